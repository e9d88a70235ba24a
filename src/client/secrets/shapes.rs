//! What looks like a secret, wherever it comes from.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use regex::{Captures, Regex};

use super::redacted;

/// A form of secret.
struct Shape {
    /// What is said in its stead.
    what: &'static str,
    /// Texts of which one is part of each such secret: without them nobody has to look closer.
    signs: &'static [&'static str],
    form: &'static str,
    /// What it says when decoded, where the form alone does not tell.
    within: Option<&'static str>,
}

/// What etcd keeps of a Secret begins with `k8s\0`, its API version and kind (kubernetes v1.20
/// `staging/src/k8s.io/apimachinery/pkg/runtime/serializer/protobuf`) and ends with two empty fields. etcdctl prints it as
/// it is, as base64 or hex, or quoted as in Go; a script may quote it as in JSON.
const STORED: [Shape; 3] = [
    Shape {
        what: "stored secret",
        signs: &["k8s\0\n\x0c\n\x02v1\x12\x06Secret"],
        form: "k8s\\x00\\n\\x0c\\n\\x02v1\\x12\\x06Secret(?s:.)*?(?:\\x1a\\x00\"\\x00|\\z)",
        within: None,
    },
    Shape {
        what: "stored secret",
        signs: &["azhzAAoMCgJ2MRIGU2VjcmV0", r"\x6b\x38\x73\x00\x0a\x0c\x0a\x02"],
        form: r"azhzAAoMCgJ2MRIGU2VjcmV0[A-Za-z0-9+/]*={0,2}|\\x6b\\x38\\x73\\x00\\x0a\\x0c\\x0a\\x02\\x76\\x31\\x12\\x06\\x53\\x65\\x63\\x72\\x65\\x74(?:\\x[0-9a-f]{2})*",
        within: None,
    },
    Shape {
        what: "stored secret",
        signs: &[r"k8s\x00\n\f\n", r"k8s\u0000\n\f\n"],
        form: r#"k8s\\(?:x|u00)00\\n\\f\\n\\(?:x|u00)02v1\\(?:x|u00)12\\(?:x|u00)06Secret(?:[^"\\]|\\.)*"#,
        within: None,
    },
];

/// A key as PEM has a first line, base64 and a last line, also where they are escaped as in JSON; `head` and `tail` leave
/// one of the two. A JSON Web Token is three parts in base64url, the first two JSON objects (RFC 7519). Both are also
/// found in base64, which `base64` wraps, in kubeconfigs and Secrets.
const BARE: [Shape; 5] = [
    Shape {
        what: "private key",
        signs: &["PRIVATE KEY-----"],
        form: r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:(?:[^-]|-[^-])*-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|(?:\s|\\[nr]|[A-Za-z0-9+/=]{16,})*)",
        within: None,
    },
    Shape {
        what: "private key",
        signs: &["PRIVATE KEY-----"],
        form: r"(?:[A-Za-z0-9+/=]{16,}(?:\s|\\[nr])+)*-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----",
        within: None,
    },
    Shape {
        what: "private key",
        signs: &["LS0tLS1CRUdJTi"],
        form: r"LS0tLS1CRUdJTi[A-Za-z0-9+/]*(?:\r?\n[ \t]*[A-Za-z0-9+/]{60,76})*(?:\r?\n[ \t]*[A-Za-z0-9+/]+={1,2})?={0,2}",
        within: Some("PRIVATE KEY-----"),
    },
    Shape {
        what: "token",
        signs: &["eyJ"],
        form: r"\beyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*",
        within: None,
    },
    Shape {
        what: "token",
        signs: &["ZXlK"],
        form: r"\bZXlK[A-Za-z0-9+/]{40,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{60,76})*(?:\r?\n[ \t]*[A-Za-z0-9+/]+={1,2})?={0,2}",
        within: Some(".eyJ"),
    },
];

static STORED_FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| forms(&STORED));
static BARE_FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| forms(&BARE));

/// One a shape: all of them are regular expressions, as a test proves.
fn forms(shapes: &[Shape]) -> Vec<Regex> {
    shapes.iter().filter_map(|shape| Regex::new(shape.form).ok()).collect()
}

static REDACTION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<redacted: [^<>\n]*>").ok());

/// Base64 with or without its end: a part of it is enough to see what it is.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

impl Shape {
    fn may_be_in(&self, text: &str) -> bool {
        self.signs.iter().any(|sign| text.contains(sign))
    }

    fn is(&self, found: &str) -> bool {
        let Some(within) = self.within else { return true };
        let bare: String = found.chars().filter(|char| !char.is_whitespace()).collect();
        let whole = bare.trim_end_matches('=');
        // One character over holds no whole byte.
        let whole = if whole.len() % 4 == 1 { &whole[..whole.len() - 1] } else { whole };
        BASE64.decode(whole).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(within))
    }
}

/// What looks like a secret in `text`, with what it is.
pub(super) fn find(text: &str) -> Vec<(&'static str, &str)> {
    let mut found = Vec::new();
    for (shape, form) in BARE.iter().zip(BARE_FORMS.iter()).filter(|(shape, _)| shape.may_be_in(text)) {
        let matches = form.find_iter(text).map(|found| found.as_str());
        found.extend(matches.filter(|found| shape.is(found)).map(|found| (shape.what, found)));
    }
    found
}

/// `text` without what etcd keeps of a Secret.
pub(super) fn mask_stored(text: &str) -> Cow<'_, str> {
    mask(text, &STORED, &STORED_FORMS)
}

/// `text` without what looks like a key or token.
pub(super) fn mask_bare(text: &str) -> Cow<'_, str> {
    mask(text, &BARE, &BARE_FORMS)
}

fn mask<'a>(text: &'a str, shapes: &[Shape], forms: &[Regex]) -> Cow<'a, str> {
    let mut masked = Cow::Borrowed(text);
    for (shape, form) in shapes.iter().zip(forms) {
        if !shape.may_be_in(&masked) {
            continue;
        }
        let replaced =
            form.replace_all(
                &masked,
                |found: &Captures<'_>| {
                    if shape.is(&found[0]) { redacted(shape.what) } else { found[0].to_owned() }
                },
            );
        if let Cow::Owned(replaced) = replaced {
            masked = Cow::Owned(replaced);
        }
    }
    masked
}

/// Where something is hidden already.
pub(super) fn redactions(text: &str) -> Vec<Range<usize>> {
    REDACTION.iter().flat_map(|form| form.find_iter(text)).map(|found| found.range()).collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const BODY: &str = "MIIEowIBAAKCAQEAx7Z0v1q3\nQm9keSBvZiBhIGtleSB0aGF0IGlzIG5vbmU=\n";

    fn mask(text: &str) -> String {
        mask_bare(&mask_stored(text)).into_owned()
    }

    fn key() -> String {
        format!("-----BEGIN RSA PRIVATE KEY-----\n{BODY}-----END RSA PRIVATE KEY-----\n")
    }

    fn jwt() -> String {
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl".to_owned()
    }

    #[test]
    fn all_forms_are_regular_expressions() {
        assert_eq!((STORED_FORMS.len(), BARE_FORMS.len()), (STORED.len(), BARE.len()));
        assert!(REDACTION.is_some());
    }

    #[test]
    fn hides_a_private_key_and_what_is_left_of_one() {
        let key = key();
        assert_eq!(mask(&format!("a\n{key}b\n")), "a\n<redacted: private key>\nb\n");
        assert_eq!(mask(&format!("{key}{key}")), "<redacted: private key>\n<redacted: private key>\n");
        let escaped = format!("\"{}\"", key.replace('\n', "\\n"));
        assert_eq!(mask(&escaped), "\"<redacted: private key>\\n\"");
        let head: String = key.lines().take(2).flat_map(|line| [line, "\n"]).collect();
        assert_eq!(mask(&format!("{head}and so on")), "<redacted: private key>and so on");
        let tail: String = key.lines().skip(2).flat_map(|line| [line, "\n"]).collect();
        assert_eq!(mask(&tail), "<redacted: private key>\n");
        let yaml: String = key.lines().map(|line| format!("  {line}\n")).collect();
        assert_eq!(mask(&yaml), "  <redacted: private key>\n");
    }

    #[test]
    fn certificates_and_words_stay() {
        let certificate = key().replace("RSA PRIVATE KEY", "CERTIFICATE");
        for text in [certificate.as_str(), &STANDARD.encode(&certificate), "eyJ", "eyJhbGci.x.y", "PRIVATE KEY"] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn hides_tokens_and_keys_in_base64() {
        assert_eq!(mask(&format!("token: {}\n", jwt())), "token: <redacted: token>\n");
        assert_eq!(mask(&format!("token: {}\n", STANDARD.encode(jwt()))), "token: <redacted: token>\n");
        let encoded = STANDARD.encode(key());
        assert_eq!(mask(&format!("client-key-data: {encoded}\nx")), "client-key-data: <redacted: private key>\nx");
        let wrapped: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert!(wrapped.len() > 1);
        let masked = mask(&wrapped.join("\n"));
        assert!(masked.starts_with("<redacted: private key>") && !masked.contains(wrapped[0]), "{masked}");
    }

    #[test]
    fn hides_what_etcd_keeps_of_a_secret() {
        let raw = "k8s\0\n\x0c\n\x02v1\x12\x06Secret\x12 \nname pin 1234\x1a\0\"\0";
        let quoted = r#""Value" : "k8s\x00\n\f\n\x02v1\x12\x06Secret\x12 pin \"1234\"\x1a\x00\"\x00""#;
        assert_eq!(
            mask(&format!("/registry/secrets/a/b\n{raw}\n")),
            "/registry/secrets/a/b\n<redacted: stored secret>\n"
        );
        assert_eq!(mask(&STANDARD.encode(raw)), "<redacted: stored secret>");
        let hex: String = raw.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        assert_eq!(mask(&hex), "<redacted: stored secret>");
        assert_eq!(mask(quoted), r#""Value" : "<redacted: stored secret>""#);
        let json = serde_json::to_string(raw).unwrap();
        assert_eq!(mask(&json), "\"<redacted: stored secret>\"");
        let config_map = raw.replace("\x0c", "\x0f").replace("\x06Secret", "\tConfigMap");
        assert_eq!(mask(&config_map), config_map);
    }
}

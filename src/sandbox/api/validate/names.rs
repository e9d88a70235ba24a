//! What texts may be names, labels, paths, addresses; each check tells what is wrong.
//!
//! Source: apimachinery v0.20.2 `util/validation/validation.go`, `api/validation/path`.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
    alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
    validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which \
    must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. \
    '*.example.com', regex used for validation is \
    '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
    '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex \
    used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. \
    'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV: &str = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', \
    and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for \
    validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";
const HTTP_HEADER: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', \
    regex used for validation is '[-A-Za-z0-9]+')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or \
    '93%', regex used for validation is '[0-9]+%')";

/// What a number that is no port is told.
pub(super) const PORT: &str = "must be between 1 and 65535, inclusive";
/// What a text that is no IP address is told.
pub(super) const IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

fn checked(text: &str, longest: usize, fits: bool, message: &str) -> Vec<String> {
    let long = (text.len() > longest).then(|| format!("must be no more than {longest} characters"));
    long.into_iter().chain((!fits).then(|| message.to_owned())).collect()
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edges = [bytes.first(), bytes.last()];
    edges.into_iter().all(|edge| edge.is_some_and(|byte| lower(*byte)))
        && bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
}

/// A part of a DNS name.
pub(super) fn label(text: &str) -> Vec<String> {
    checked(text, 63, is_label(text), LABEL)
}

/// A part of a DNS name that begins with a letter.
pub(super) fn label_1035(text: &str) -> Vec<String> {
    let fits = is_label(text) && text.starts_with(|first: char| first.is_ascii_lowercase());
    checked(text, 63, fits, LABEL_1035)
}

/// A DNS name.
pub(super) fn subdomain(text: &str) -> Vec<String> {
    checked(text, 253, text.split('.').all(is_label), SUBDOMAIN)
}

/// A DNS name with `*` for its first part.
pub(super) fn wildcard(text: &str) -> Vec<String> {
    let fits = text.strip_prefix("*.").is_some_and(|rest| rest.split('.').all(is_label));
    checked(text, 253, fits, WILDCARD)
}

/// What can stand in a path.
pub(super) fn path_segment(text: &str) -> Vec<String> {
    if matches!(text, "." | "..") {
        return vec![format!("may not be '{text}'")];
    }
    ["/", "%"].iter().filter(|part| text.contains(**part)).map(|part| format!("may not contain '{part}'")).collect()
}

fn is_qualified(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A name that may have a DNS name and a slash before it, as keys of labels do.
pub(super) fn qualified(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts[..] {
        [name] => name,
        ["", name] => {
            wrong.push("prefix part must be non-empty".to_owned());
            name
        }
        [prefix, name] => {
            wrong.extend(subdomain(prefix).into_iter().map(|why| format!("prefix part {why}")));
            name
        }
        _ => {
            let more = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            return vec![format!("a qualified name {QUALIFIED} {more}")];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        wrong.push("name part must be no more than 63 characters".to_owned());
    }
    if !is_qualified(name) {
        wrong.push(format!("name part {QUALIFIED}"));
    }
    wrong
}

/// A label's value.
pub(super) fn label_value(text: &str) -> Vec<String> {
    checked(text, 63, text.is_empty() || is_qualified(text), LABEL_VALUE)
}

/// A key of a ConfigMap or Secret.
pub(super) fn config_key(text: &str) -> Vec<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut wrong = checked(text, 253, !text.is_empty() && text.bytes().all(fits), CONFIG_KEY);
    wrong.extend(dots(text));
    wrong
}

fn dots(text: &str) -> Option<String> {
    match text {
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        text if text.starts_with("..") => Some("must not start with '..'".to_owned()),
        _ => None,
    }
}

/// The name of an environment variable.
pub(super) fn env(text: &str) -> Vec<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let first = text.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    let mut wrong = checked(text, usize::MAX, first && text.bytes().all(fits), ENV);
    wrong.extend(dots(text));
    wrong
}

/// The name of a header.
pub(super) fn http_header(text: &str) -> Vec<String> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    checked(text, usize::MAX, fits, HTTP_HEADER)
}

/// A percentage.
pub(super) fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    checked(text, usize::MAX, !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()), PERCENT)
}

/// The name of a port.
pub(super) fn port_name(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut tell = |fits: bool, why: &str| {
        if !fits {
            wrong.push(why.to_owned());
        }
    };
    let lower_or_dash = text.bytes().all(|byte| lower(byte) || byte == b'-');
    tell(text.len() <= 15, "must be no more than 15 characters");
    tell(lower_or_dash && !text.is_empty(), "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    tell(text.bytes().any(|byte| byte.is_ascii_lowercase()), "must contain at least one letter or number (a-z, 0-9)");
    tell(!text.contains("--"), "must not contain consecutive hyphens");
    tell(!text.starts_with('-') && !text.ends_with('-'), "must not begin or end with a hyphen");
    wrong
}

/// An IP address.
pub(super) fn ip(text: &str) -> Vec<String> {
    if text.parse::<std::net::IpAddr>().is_ok() { Vec::new() } else { vec![IP.to_owned()] }
}

/// A range of addresses: the address and how many of its bits count.
pub(super) fn cidr(text: &str) -> Option<(std::net::IpAddr, u8)> {
    let (address, bits) = text.split_once('/')?;
    let address: std::net::IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.parse().ok().filter(|bits| *bits <= most).map(|bits| (address, bits))
}

/// Checks the beginning of a name, as `generateName` gives it, in the place of a name.
pub(super) fn of_prefix(check: fn(&str) -> Vec<String>, prefix: &str) -> Vec<String> {
    match prefix.strip_suffix('-') {
        // What follows will end it.
        Some(base) if !base.is_empty() => check(&format!("{}a", &base[..base.len() - 1])),
        _ => check(prefix),
    }
}

//! CertificateSigningRequests: v1.20 `pkg/apis/certificates/validation/validation.go`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::causes::Causes;
use super::{items, text};

/// What a certificate may be for, in the order of their names.
const USAGES: [&str; 23] = [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// A request; `beta`: sent as v1beta1, which has a signer that v1 has not.
pub(super) fn request(new: &Value, old: Option<&Value>, beta: bool, causes: &mut Causes) {
    if let Some(old) = old {
        return changed(new, old, causes);
    }
    let spec = &new["spec"];
    let bytes = STANDARD.decode(text(&spec["request"])).unwrap_or_default();
    if !bytes.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----") {
        let shown: Vec<String> = bytes.iter().map(|byte| format!("{byte:#x}")).collect();
        let shown = format!("[]byte{{{}}}", shown.join(", "));
        causes.invalid("spec.request", shown, "PEM block type must be CERTIFICATE REQUEST");
    }
    let usages: Vec<&str> = items(&spec["usages"]).iter().map(text).collect();
    if usages.is_empty() {
        causes.required("spec.usages", "usages must be provided");
    }
    for (index, usage) in usages.iter().enumerate().filter(|_| !beta) {
        let field = format!("spec.usages[{index}]");
        causes.one_of(&field, usage, &USAGES);
        if usages[..index].contains(usage) {
            causes.duplicate(field, format!("{usage:?}"), "");
        }
    }
    let signer = text(&spec["signerName"]);
    if signer.is_empty() {
        causes.required("spec.signerName", "signerName must be provided");
    } else if !signer.split_once('/').is_some_and(|(domain, path)| domain.contains('.') && !path.is_empty()) {
        let why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        causes.invalid("spec.signerName", format!("{signer:?}"), why);
    } else if signer == "kubernetes.io/legacy-unknown" && !beta {
        let why = "the legacy signerName is not allowed via this API version";
        causes.invalid("spec.signerName", format!("{signer:?}"), why);
    }
}

fn changed(new: &Value, old: &Value, causes: &mut Causes) {
    let (now, before) = (&new["status"]["certificate"], &old["status"]["certificate"]);
    if now.is_string() && now != before {
        let bytes = STANDARD.decode(text(now)).unwrap_or_default();
        if !String::from_utf8_lossy(&bytes).contains("-----BEGIN CERTIFICATE-----") {
            let why = "must contain at least one CERTIFICATE PEM block";
            causes.invalid("status.certificate", "\"<certificate data>\"", why);
        }
    }
}

//! What others ask to have signed: certificate signing requests, and the certificates that come of them. What a request must
//! be: v1.20 `pkg/apis/certificates/helpers.go`, `pkg/controller/certificates/signer/signer.go`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rcgen::{
    CertificateSigningRequestParams, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, SerialNumber, date_time_ymd,
};
use serde_json::Value;

/// A request that was understood and whose signature is its own key's.
#[derive(Debug, Clone)]
pub struct SigningRequest(CertificateSigningRequestParams);

/// An authority: its certificate and its key, both in PEM.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// The certificate.
    pub certificate: &'a str,
    /// The key.
    pub key: &'a str,
}

/// What kinds of names a request asks for beside its subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Alternative {
    /// Names of hosts.
    pub dns: bool,
    /// Addresses of hosts.
    pub ip: bool,
    /// Mail addresses.
    pub email: bool,
    /// URIs.
    pub uri: bool,
}

impl SigningRequest {
    /// Reads a request in PEM; none: it is not one. Of several organizations only the last is known.
    pub fn read(pem: &str) -> Option<Self> {
        CertificateSigningRequestParams::from_pem(pem).ok().map(Self)
    }

    /// The common name of its subject.
    pub fn common_name(&self) -> String {
        self.part(&DnType::CommonName)
    }

    /// The organization of its subject.
    pub fn organization(&self) -> String {
        self.part(&DnType::OrganizationName)
    }

    fn part(&self, kind: &DnType) -> String {
        match self.0.params.distinguished_name.get(kind) {
            Some(DnValue::Utf8String(text)) => text.clone(),
            Some(DnValue::PrintableString(text)) => text.as_str().to_owned(),
            Some(DnValue::Ia5String(text)) => text.as_str().to_owned(),
            _ => String::new(),
        }
    }

    /// What kinds of other names it asks for.
    pub fn alternative(&self) -> Alternative {
        let mut found = Alternative::default();
        for name in &self.0.params.subject_alt_names {
            match name {
                SanType::DnsName(_) => found.dns = true,
                SanType::IpAddress(_) => found.ip = true,
                SanType::Rfc822Name(_) => found.email = true,
                SanType::URI(_) => found.uri = true,
                _ => {}
            }
        }
        found
    }

    /// That of a CertificateSigningRequest; none: it asks for nothing that is understood.
    pub fn of(object: &Value) -> Option<Self> {
        let bytes = STANDARD.decode(object["spec"]["request"].as_str()?).ok()?;
        Self::read(std::str::from_utf8(&bytes).ok()?)
    }

    /// Whether it is a kubelet's, to be known by at the API server.
    ///
    /// # Errors
    /// Why not.
    pub fn is_kubelet_client(&self, usages: &[&str]) -> Result<(), String> {
        let Alternative { dns, ip, email, uri } = self.alternative();
        let kinds = [(dns, "DNS"), (email, "Email"), (ip, "IP"), (uri, "URI")];
        if let Some((_, kind)) = kinds.into_iter().find(|(there, _)| *there) {
            return Err(format!("{kind} subjectAltNames are not allowed"));
        }
        self.is_of_node(usages, &["client auth", "digital signature", "key encipherment"])
    }

    /// Whether it is a kubelet's, to serve with.
    ///
    /// # Errors
    /// Why not.
    pub fn is_kubelet_serving(&self, usages: &[&str]) -> Result<(), String> {
        let Alternative { dns, ip, email, uri } = self.alternative();
        self.is_of_node(usages, &["digital signature", "key encipherment", "server auth"])?;
        match (dns || ip, email, uri) {
            (false, ..) => Err("DNS or IP subjectAltName is required".to_owned()),
            (_, true, _) => Err("Email subjectAltNames are not allowed".to_owned()),
            (_, _, true) => Err("URI subjectAltNames are not allowed".to_owned()),
            _ => Ok(()),
        }
    }

    fn is_of_node(&self, usages: &[&str], required: &[&str]) -> Result<(), String> {
        if self.organization() != "system:nodes" {
            return Err("subject organization is not system:nodes".to_owned());
        }
        let mut own = usages.to_vec();
        own.sort_unstable();
        if own != required {
            return Err(format!("usages did not match [{}]", required.join(" ")));
        }
        if !self.common_name().starts_with("system:node:") {
            return Err("subject common name does not begin with system:node: prefix".to_owned());
        }
        Ok(())
    }

    /// The certificate, in PEM, for these of Kubernetes' usages.
    ///
    /// # Errors
    /// An authority that is none; why, for people.
    pub fn signed(
        mut self,
        by: Authority<'_>,
        usages: &[&str],
        (from, to): (Timestamp, Timestamp),
        serial: [u8; 16],
    ) -> Result<String, String> {
        let text = |error: rcgen::Error| error.to_string();
        let issuer =
            Issuer::from_ca_cert_pem(by.certificate, KeyPair::from_pem(by.key).map_err(text)?).map_err(text)?;
        let params = &mut self.0.params;
        let moment = |at: Timestamp| {
            let seconds = u64::try_from(at.as_second()).unwrap_or_default();
            date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(seconds)
        };
        (params.not_before, params.not_after) = (moment(from), moment(to));
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        (params.key_usages, params.extended_key_usages) = (Vec::new(), Vec::new());
        for usage in usages {
            if let Some(usage) = key_usage(usage) {
                params.key_usages.push(usage);
            }
            if let Some(usage) = extended(usage) {
                params.extended_key_usages.push(usage);
            }
        }
        Ok(self.0.signed_by(&issuer).map_err(text)?.pem())
    }
}

/// Whether usages are a client's.
///
/// # Errors
/// Why not.
pub fn is_client(usages: &[&str]) -> Result<(), String> {
    const OPTIONAL: [&str; 2] = ["digital signature", "key encipherment"];
    if let Some(other) = usages.iter().find(|usage| **usage != "client auth" && !OPTIONAL.contains(usage)) {
        return Err(format!("invalid usage for client certificate: {other}"));
    }
    let there = usages.contains(&"client auth");
    there.then_some(()).ok_or_else(|| "missing required usage for client certificate: client auth".to_owned())
}

/// k8s.io/api v0.20.2 `certificates/v1/types.go`, `KeyUsage`.
fn key_usage(name: &str) -> Option<KeyUsagePurpose> {
    Some(match name {
        "signing" | "digital signature" => KeyUsagePurpose::DigitalSignature,
        "content commitment" => KeyUsagePurpose::ContentCommitment,
        "key encipherment" => KeyUsagePurpose::KeyEncipherment,
        "key agreement" => KeyUsagePurpose::KeyAgreement,
        "data encipherment" => KeyUsagePurpose::DataEncipherment,
        "cert sign" => KeyUsagePurpose::KeyCertSign,
        "crl sign" => KeyUsagePurpose::CrlSign,
        "encipher only" => KeyUsagePurpose::EncipherOnly,
        "decipher only" => KeyUsagePurpose::DecipherOnly,
        _ => return None,
    })
}

fn extended(name: &str) -> Option<ExtendedKeyUsagePurpose> {
    Some(match name {
        "any" => ExtendedKeyUsagePurpose::Any,
        "server auth" => ExtendedKeyUsagePurpose::ServerAuth,
        "client auth" => ExtendedKeyUsagePurpose::ClientAuth,
        "code signing" => ExtendedKeyUsagePurpose::CodeSigning,
        "email protection" | "s/mime" => ExtendedKeyUsagePurpose::EmailProtection,
        "timestamping" => ExtendedKeyUsagePurpose::TimeStamping,
        "ocsp signing" => ExtendedKeyUsagePurpose::OcspSigning,
        _ => return None,
    })
}

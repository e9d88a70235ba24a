//! What others ask to have signed: certificate signing requests, and the certificates that come of them. What a request must
//! be: v1.20 `pkg/apis/certificates/helpers.go`, `pkg/controller/certificates/signer/signer.go`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rcgen::{
    CertificateSigningRequestParams, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, SerialNumber, SigningKey as _, date_time_ymd,
};
use serde_json::Value;

use super::der;

/// A request that was understood and whose signature is its own key's.
#[derive(Debug, Clone)]
pub struct SigningRequest {
    asked: CertificateSigningRequestParams,
    /// Its subject as it is there.
    subject: Vec<u8>,
}

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
    /// Reads a request in PEM; none: it is not one.
    pub fn read(pem: &str) -> Option<Self> {
        let asked = CertificateSigningRequestParams::from_pem(pem).ok()?;
        let lines = pem.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1);
        let text: String = lines.take_while(|line| !line.starts_with("-----")).map(str::trim).collect();
        let bytes = STANDARD.decode(text).ok()?;
        let request = *der::values(der::inside(&bytes)).first()?;
        // After the version.
        let subject = der::values(der::inside(request)).get(1)?.to_vec();
        Some(Self { asked, subject })
    }

    /// The common name of its subject.
    pub fn common_name(&self) -> String {
        self.part(&DnType::CommonName)
    }

    /// The organizations of its subject.
    pub fn organizations(&self) -> Vec<String> {
        // The object identifier 2.5.4.10.
        const ORGANIZATION: [u8; 5] = [6, 3, 85, 4, 10];
        let sets = der::values(der::inside(&self.subject)).into_iter();
        let pairs = sets.flat_map(|set| der::values(der::inside(set))).map(|pair| der::values(der::inside(pair)));
        let named = pairs.filter(|pair| pair.len() == 2 && pair[0] == ORGANIZATION);
        named.map(|pair| String::from_utf8_lossy(der::inside(pair[1])).into_owned()).collect()
    }

    fn part(&self, kind: &DnType) -> String {
        match self.asked.params.distinguished_name.get(kind) {
            Some(DnValue::Utf8String(text)) => text.clone(),
            Some(DnValue::PrintableString(text)) => text.as_str().to_owned(),
            Some(DnValue::Ia5String(text)) => text.as_str().to_owned(),
            _ => String::new(),
        }
    }

    /// What kinds of other names it asks for.
    pub fn alternative(&self) -> Alternative {
        let mut found = Alternative::default();
        for name in &self.asked.params.subject_alt_names {
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
        if self.organizations() != ["system:nodes"] {
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
        let key = || KeyPair::from_pem(by.key).map_err(text);
        let issuer = Issuer::from_ca_cert_pem(by.certificate, key()?).map_err(text)?;
        let params = &mut self.asked.params;
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
        let made = self.asked.signed_by(&issuer).map_err(text)?;
        with_subject(made.der(), &self.subject, &key()?).map_err(text)
    }
}

/// A certificate, in PEM, with a subject in the place of its own, which would have one organization: signed anew.
fn with_subject(certificate: &[u8], subject: &[u8], key: &KeyPair) -> Result<String, rcgen::Error> {
    let parts = der::values(der::inside(certificate));
    let [body, algorithm, _] = parts[..] else { return Err(rcgen::Error::CouldNotParseCertificate) };
    let mut fields = der::values(der::inside(body));
    // Version, serial number, algorithm, issuer and validity come first.
    *fields.get_mut(5).ok_or(rcgen::Error::CouldNotParseCertificate)? = subject;
    let body = der::sequence(&fields);
    let signature = der::bits(&key.sign(&body)?);
    let text = STANDARD.encode(der::sequence(&[&body, algorithm, &signature]));
    let lines: Vec<&str> = (0..text.len()).step_by(64).filter_map(|at| text.get(at..text.len().min(at + 64))).collect();
    Ok(format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")))
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

//! Who asks.

/// A user, as authentication found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `kubernetes-admin`, or `system:anonymous`.
    pub name: String,
    /// `system:masters`, …
    pub groups: Vec<String>,
}

impl User {
    /// The one who may do everything: kubeadm's `kubernetes-admin`.
    pub fn admin() -> Self {
        let groups = ["system:masters", "system:authenticated"].map(str::to_owned).to_vec();
        Self { name: "kubernetes-admin".to_owned(), groups }
    }

    /// One who brought no certificate.
    pub fn anonymous() -> Self {
        Self { name: "system:anonymous".to_owned(), groups: vec!["system:unauthenticated".to_owned()] }
    }

    /// Whether everything is allowed, whatever the roles say: `authorizationapi.PrivilegedGroups`.
    pub fn may_do_everything(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }
}

/// The object identifiers of `commonName` and `organizationName`, as DER has them (X.520).
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];

impl User {
    /// The one whom a certificate names, which was verified: its common name, and its organizations as groups.
    pub fn of_certificate(der: &[u8]) -> Self {
        let mut user = Self { name: String::new(), groups: Vec::new() };
        for (attribute, text) in subject(der).unwrap_or_default() {
            if attribute == COMMON_NAME {
                user.name = text;
            } else if attribute == ORGANIZATION {
                user.groups.push(text);
            }
        }
        user.groups.push("system:authenticated".to_owned());
        user
    }
}

/// The attributes of a certificate's subject; none where it is no certificate.
fn subject(der: &[u8]) -> Option<Vec<(Vec<u8>, String)>> {
    let (_, certificate, _) = element(der)?;
    let (_, signed, _) = element(certificate)?;
    // Version (tagged, may be absent), serial number, algorithm, issuer, validity, subject: RFC 5280, 4.1.
    let mut rest = signed;
    if rest.first() == Some(&0xa0) {
        (_, _, rest) = element(rest)?;
    }
    for _ in 0..4 {
        (_, _, rest) = element(rest)?;
    }
    let (_, mut names, _) = element(rest)?;
    let mut attributes = Vec::new();
    while !names.is_empty() {
        let (_, set, after) = element(names)?;
        names = after;
        let (_, pair, _) = element(set)?;
        let (_, attribute, value) = element(pair)?;
        let (_, text, _) = element(value)?;
        attributes.push((attribute.to_vec(), String::from_utf8_lossy(text).into_owned()));
    }
    Some(attributes)
}

/// The first element of DER: its tag, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        length = 0;
        for _ in 0..first & 0x7f {
            let (&byte, after) = rest.split_first()?;
            length = length.checked_mul(256)? + usize::from(byte);
            rest = after;
        }
    }
    Some((tag, rest.get(..length)?, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_certificate_names_a_user() {
        use tokio_rustls::rustls::pki_types::CertificateDer;
        use tokio_rustls::rustls::pki_types::pem::PemObject as _;
        let pki = crate::sandbox::pki::Pki::new(&[7; 32], jiff::Timestamp::UNIX_EPOCH, "n", &[]).unwrap();
        let der = CertificateDer::from_pem_slice(pki.admin.certificate.as_bytes()).unwrap();
        let user = User::of_certificate(&der);
        assert_eq!(user.name, "kubernetes-admin");
        assert!(user.may_do_everything());
        assert!(!User::of_certificate(&der[..40]).may_do_everything());
    }
}

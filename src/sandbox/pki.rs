//! The sandbox's certificates: its own authorities, and what they sign.
//!
//! Keys are Ed25519 and follow from one secret, so that the same secret and day give the same bytes: certificates are seen in
//! the cluster's objects. Who knows the secret has the keys; what is served to others needs one by true chance.

mod der;
mod signing;

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ED25519, SerialNumber, date_time_ymd,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub use signing::{Alternative, Authority, SigningRequest, is_client};

/// How long certificates hold, in years: kubeadm's authorities do (1.20 `cmd/kubeadm/app/constants`), and here all, because
/// virtual time may run far ahead.
const YEARS: i16 = 10;
/// Of an Ed25519 key in PKCS #8 (RFC 8410), before its 32 bytes.
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A certificate and its key, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The key, in PKCS #8.
    pub key: String,
}

/// All certificates of a cluster.
#[derive(Debug, Clone)]
pub struct Pki {
    /// The authority of the API server and its clients.
    pub ca: Pair,
    /// The API server's.
    pub server: Pair,
    /// The cluster's administrator, of the group system:masters.
    pub admin: Pair,
    /// The authority of etcd and its clients.
    pub etcd_ca: Pair,
    /// etcd's, which serves as a client's too.
    pub etcd_server: Pair,
    /// What else kubeadm makes, by the path below `/etc/kubernetes/pki` without its extension.
    others: BTreeMap<&'static str, Pair>,
    /// Signs the tokens of service accounts.
    accounts: KeyFiles,
}

#[derive(Debug, Clone)]
struct KeyFiles {
    key: String,
    public: String,
}

/// Whom a certificate is for.
struct Subject<'a> {
    common_name: &'a str,
    organization: Option<&'a str>,
    /// Names and addresses.
    alternative: &'a [String],
    server: bool,
    client: bool,
}

impl Pki {
    /// Certificates that hold from the day before `from`, for a control plane that is reached by `addresses` besides the
    /// names that every cluster has.
    ///
    /// # Errors
    /// A name that no certificate can have, or a date that no calendar has; why, for people.
    pub fn new(secret: &[u8; 32], from: Timestamp, node: &str, addresses: &[IpAddr]) -> Result<Self, String> {
        Maker { secret, from: from.to_zoned(TimeZone::UTC).date() }.all(node, addresses).map_err(|e| e.to_string())
    }

    /// All files, by their path below `/etc/kubernetes/pki`.
    pub fn files(&self) -> BTreeMap<String, String> {
        let named = [
            ("ca", &self.ca),
            ("apiserver", &self.server),
            ("etcd/ca", &self.etcd_ca),
            ("etcd/server", &self.etcd_server),
        ];
        let pairs = named.into_iter().chain(self.others.iter().map(|(name, pair)| (*name, pair)));
        let mut files: BTreeMap<_, _> = pairs
            .flat_map(|(name, pair)| {
                [(format!("{name}.crt"), pair.certificate.clone()), (format!("{name}.key"), pair.key.clone())]
            })
            .collect();
        files.insert("sa.key".to_owned(), self.accounts.key.clone());
        files.insert("sa.pub".to_owned(), self.accounts.public.clone());
        files
    }
}

impl Pki {
    /// The files of a control plane whose programs all use one certificate, by their path below `/etc/kubernetes/pki`.
    pub fn host_files(&self) -> Vec<(&'static str, String)> {
        let pair = |pair: &Pair| (pair.certificate.clone(), pair.key.clone());
        let ((ca, ca_key), (server, server_key), (client, client_key)) =
            (pair(&self.ca), pair(&self.server), pair(&self.admin));
        let (etcd, etcd_key) = pair(&self.etcd_server);
        vec![
            ("ca.crt", ca),
            ("ca.key", ca_key),
            ("server.crt", server),
            ("server.key", server_key),
            ("client.crt", client),
            ("client.key", client_key),
            ("sa.key", self.accounts.key.clone()),
            ("sa.pub", self.accounts.public.clone()),
            ("etcd/ca.crt", self.etcd_ca.certificate.clone()),
            ("etcd/server.crt", etcd),
            ("etcd/server.key", etcd_key),
        ]
    }

    /// A kubeconfig whose one context is `name`: the administrator, at `server`. `extension`, of the cluster, may be null.
    pub fn kubeconfig(&self, name: &str, server: &str, extension: &Value) -> String {
        let encoded = |text: &str| STANDARD.encode(text);
        let mut cluster = json!({"server": server, "certificate-authority-data": encoded(&self.ca.certificate)});
        if !extension.is_null() {
            cluster["extensions"] = json!([extension]);
        }
        // JSON is YAML.
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": name,
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": {
                "client-certificate-data": encoded(&self.admin.certificate),
                "client-key-data": encoded(&self.admin.key),
            }}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        });
        format!("{config:#}\n")
    }
}

struct Maker<'a> {
    secret: &'a [u8; 32],
    from: Date,
}

impl Maker<'_> {
    /// As kubeadm lays them out (1.20 `cmd/kubeadm/app/phases/certs/certlist.go`).
    fn all(&self, node: &str, addresses: &[IpAddr]) -> Result<Pki, rcgen::Error> {
        let (ca, ca_issuer) = self.authority("ca", "kubernetes")?;
        let (etcd_ca, etcd_issuer) = self.authority("etcd/ca", "etcd-ca")?;
        let (front_ca, front_issuer) = self.authority("front-proxy-ca", "front-proxy-ca")?;
        let own = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned(), node.to_owned()];
        let addresses = addresses.iter().map(ToString::to_string);
        let etcd_names: Vec<_> = own.iter().cloned().chain(addresses.clone()).collect();
        let service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(str::to_owned);
        // The service's address is the first of kind's range of them.
        let cluster = ["kubernetes.default.svc.cluster.local".to_owned(), "10.96.0.1".to_owned()];
        let names: Vec<_> = own.into_iter().chain(service).chain(cluster).chain(addresses).collect();
        let client = |common_name, organization| Subject {
            common_name,
            organization,
            alternative: &[],
            server: false,
            client: true,
        };
        let masters = Some("system:masters");
        let server = Subject {
            common_name: "kube-apiserver",
            organization: None,
            alternative: &names,
            server: true,
            client: false,
        };
        let etcd =
            Subject { common_name: node, organization: None, alternative: &etcd_names, server: true, client: true };
        let mut others = BTreeMap::from([("front-proxy-ca", front_ca)]);
        for (name, subject, issuer) in [
            ("apiserver-kubelet-client", client("kube-apiserver-kubelet-client", masters), &ca_issuer),
            ("apiserver-etcd-client", client("kube-apiserver-etcd-client", masters), &etcd_issuer),
            ("etcd/healthcheck-client", client("kube-etcd-healthcheck-client", masters), &etcd_issuer),
            ("front-proxy-client", client("front-proxy-client", None), &front_issuer),
        ] {
            others.insert(name, self.signed(name, &subject, issuer)?);
        }
        others.insert("etcd/peer", self.signed("etcd/peer", &etcd, &etcd_issuer)?);
        let accounts = self.key("sa")?;
        Ok(Pki {
            server: self.signed("apiserver", &server, &ca_issuer)?,
            admin: self.signed("admin", &client("kubernetes-admin", masters), &ca_issuer)?,
            etcd_server: self.signed("etcd/server", &etcd, &etcd_issuer)?,
            ca,
            etcd_ca,
            others,
            accounts: KeyFiles { key: accounts.serialize_pem(), public: accounts.public_key_pem() },
        })
    }

    fn authority(&self, name: &str, common_name: &str) -> Result<(Pair, Issuer<'static, KeyPair>), rcgen::Error> {
        let mut params = self.params(name, common_name, &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::KeyCertSign];
        let key = self.key(name)?;
        let pair = Pair { certificate: params.self_signed(&key)?.pem(), key: key.serialize_pem() };
        Ok((pair, Issuer::new(params, key)))
    }

    fn signed(&self, name: &str, subject: &Subject<'_>, issuer: &Issuer<'_, KeyPair>) -> Result<Pair, rcgen::Error> {
        let mut params = self.params(name, subject.common_name, subject.alternative)?;
        if let Some(organization) = subject.organization {
            params.distinguished_name.push(DnType::OrganizationName, organization);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        let usages = [
            (subject.server, ExtendedKeyUsagePurpose::ServerAuth),
            (subject.client, ExtendedKeyUsagePurpose::ClientAuth),
        ];
        params.extended_key_usages = usages.into_iter().filter_map(|(use_it, usage)| use_it.then_some(usage)).collect();
        let key = self.key(name)?;
        Ok(Pair { certificate: params.signed_by(&key, issuer)?.pem(), key: key.serialize_pem() })
    }

    fn params(&self, name: &str, common_name: &str, alternative: &[String]) -> Result<CertificateParams, rcgen::Error> {
        let mut params = CertificateParams::new(alternative)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let day = |date: Date| {
            // A month is from 1 to 12, a day from 1 to 31.
            let part = |part: i8| part.unsigned_abs();
            date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
        };
        params.not_before = day(self.from.yesterday().unwrap_or(self.from));
        // The first of a month: it is there in every year.
        let month = self.from.first_of_month();
        params.not_after = day(month.checked_add(jiff::Span::new().years(YEARS)).unwrap_or(month));
        params.serial_number = Some(SerialNumber::from_slice(&self.bytes("serial", name)[..8]));
        params.use_authority_key_identifier_extension = true;
        Ok(params)
    }

    fn key(&self, name: &str) -> Result<KeyPair, rcgen::Error> {
        let der = [&PKCS8[..], &self.bytes("key", name)].concat();
        KeyPair::from_pkcs8_der_and_sign_algo(&der.into(), &PKCS_ED25519)
    }

    fn bytes(&self, what: &str, name: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [&self.secret[..], what.as_bytes(), b"\0", name.as_bytes()] {
            hash.update(part);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pki(secret: u8) -> Pki {
        let address = IpAddr::from([172, 18, 0, 2]);
        Pki::new(&[secret; 32], Timestamp::UNIX_EPOCH, "a-node", &[address]).unwrap()
    }

    #[test]
    fn the_same_secret_gives_the_same_files() {
        assert_eq!(pki(1).files(), pki(1).files());
        assert_ne!(pki(1).ca, pki(2).ca);
        let names: Vec<_> = pki(1).files().into_keys().collect();
        assert_eq!(
            names,
            [
                "apiserver-etcd-client.crt",
                "apiserver-etcd-client.key",
                "apiserver-kubelet-client.crt",
                "apiserver-kubelet-client.key",
                "apiserver.crt",
                "apiserver.key",
                "ca.crt",
                "ca.key",
                "etcd/ca.crt",
                "etcd/ca.key",
                "etcd/healthcheck-client.crt",
                "etcd/healthcheck-client.key",
                "etcd/peer.crt",
                "etcd/peer.key",
                "etcd/server.crt",
                "etcd/server.key",
                "front-proxy-ca.crt",
                "front-proxy-ca.key",
                "front-proxy-client.crt",
                "front-proxy-client.key",
                "sa.key",
                "sa.pub",
            ]
        );
    }
}

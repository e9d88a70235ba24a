//! One connection a request, to a socket or by TCP, with or without TLS.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bollard::errors::Error;
use http::{HeaderValue, Request, Response, header};
use hyper::body::{Body, Incoming};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::host::{DockerHost, Tls};
use crate::client::{Dial, Failure, Stream};

/// How requests reach an engine.
///
/// bollard's own transports would do for its typed calls, but what `docker inspect` prints is the engine's JSON as it
/// came, which bollard does not hand out.
#[derive(Debug)]
pub(super) struct Transport {
    host: DockerHost,
    address: Address,
}

enum Address {
    Unix(PathBuf),
    Tcp(String),
    Tls(String, ServerName<'static>, TlsConnector),
    Dial(Dial),
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => f.debug_tuple("Unix").field(path).finish(),
            Self::Tcp(address) => f.debug_tuple("Tcp").field(address).finish(),
            Self::Tls(address, ..) => f.debug_tuple("Tls").field(address).finish(),
            Self::Dial(_) => f.write_str("Dial"),
        }
    }
}

impl Transport {
    pub(super) fn new(host: DockerHost) -> Result<Self, Failure> {
        let (scheme, rest) = host.url.split_once("://").unwrap_or(("tcp", &host.url));
        let address = match (scheme, &host.tls) {
            ("unix", _) => Address::Unix(PathBuf::from(rest)),
            ("tcp" | "http", None) => Address::Tcp(with_port(rest, 2375)),
            ("tcp" | "https", tls) => {
                let address = with_port(rest, 2376);
                let name = address.rsplit_once(':').map_or(&*address, |(name, _)| name).trim_matches(['[', ']']);
                let name = ServerName::try_from(name.to_owned())
                    .map_err(|error| Failure::usage(format!("DOCKER_HOST {}: {error}", host.url)))?;
                Address::Tls(address, name, connector(tls.clone().unwrap_or_default())?)
            }
            _ => {
                return Err(Failure::usage(format!("DOCKER_HOST {}: kpnb speaks unix:// and tcp:// only", host.url))
                    .with_hint("for ssh://, forward the socket: ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST"));
            }
        };
        Ok(Self { host, address })
    }

    /// To what `dial` leads to, which calls itself `host`.
    pub(super) fn dial(host: DockerHost, dial: Dial) -> Self {
        Self { host, address: Address::Dial(dial) }
    }

    pub(super) fn host(&self) -> &DockerHost {
        &self.host
    }

    /// Sends a request and returns when its answer begins.
    pub(super) async fn send<B>(&self, mut request: Request<B>) -> Result<Response<Incoming>, Error>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).parse();
        *request.uri_mut() = path.map_err(http::Error::from)?;
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("docker"));
        let stream = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        // Ends when the answer was read or dropped; an exec takes the connection over.
        tokio::spawn(connection.with_upgrades());
        Ok(sender.send_request(request).await?)
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match &self.address {
            Address::Dial(dial) => dial(),
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Address::Tcp(address) => Box::new(tcp(address).await?),
            Address::Tls(address, name, connector) => {
                Box::new(connector.connect(name.clone(), tcp(address).await?).await?)
            }
        })
    }
}

async fn tcp(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// `host` or `host:port`, maybe with a path behind, which engines do not have.
fn with_port(address: &str, port: u16) -> String {
    let address = address.split('/').next().unwrap_or_default();
    let has_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port { address.to_owned() } else { format!("{address}:{port}") }
}

fn connector(tls: Tls) -> Result<TlsConnector, Failure> {
    let file = |name: &str| Some(tls.folder.join(name)).filter(|path| path.is_file());
    let wrong = |path: &Path, error: &dyn std::fmt::Display| {
        Failure::usage(format!("docker's certificate {}: {error}", path.display()))
    };
    let certificates = |path: &Path| {
        CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| wrong(path, &error))
    };
    let mut roots = RootCertStore::empty();
    if let Some(ca) = file("ca.pem") {
        for certificate in certificates(&ca)? {
            roots.add(certificate).map_err(|error| wrong(&ca, &error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::usage(format!("docker's TLS: {error}")))?
        .with_root_certificates(roots);
    let config = match (file("cert.pem"), file("key.pem")) {
        (Some(cert), Some(key)) => {
            let private = PrivateKeyDer::from_pem_file(&key).map_err(|error| wrong(&key, &error))?;
            config.with_client_auth_cert(certificates(&cert)?, private).map_err(|error| wrong(&cert, &error))?
        }
        _ => config.with_no_client_auth(),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_port_gets_dockers() {
        assert_eq!(with_port("far", 2375), "far:2375");
        assert_eq!(with_port("far:1/x", 2375), "far:1");
        assert_eq!(with_port("[::1]:1", 2375), "[::1]:1");
    }

    #[test]
    fn ssh_is_refused_with_a_way_out() {
        let host = DockerHost { url: "ssh://me@far".to_owned(), tls: None };
        let failure = Transport::new(host).unwrap_err();
        assert!(failure.hint.unwrap().contains("ssh -NL"), "{}", failure.message);
    }
}

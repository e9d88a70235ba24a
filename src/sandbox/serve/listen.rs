//! A port on loopback with TLS, whose clients may show certificates.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

use crate::sandbox::pki::Pair;

/// How long a port rests when it cannot be accepted from.
pub(super) const PAUSE: Duration = Duration::from_millis(10);

/// Who may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clients {
    /// Only who shows a certificate of the CA's.
    Certified,
    /// Also who shows none.
    Any,
}

/// TLS with the certificate `server`, for clients with certificates of `ca`; `protocols` are those of ALPN, the best first.
///
/// # Errors
/// They are no certificates or keys in PEM; why, for people.
pub(super) fn tls(server: &Pair, ca: &str, clients: Clients, protocols: &[&str]) -> Result<TlsAcceptor, String> {
    configured(server, ca, clients, protocols).map_err(|error| format!("the certificates: {error}"))
}

fn configured(
    server: &Pair,
    ca: &str,
    clients: Clients,
    protocols: &[&str],
) -> Result<TlsAcceptor, Box<dyn std::error::Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let verifier = match clients {
        Clients::Certified => verifier,
        Clients::Any => verifier.allow_unauthenticated(),
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(server.certificate.as_bytes()).collect();
    let key = PrivateKeyDer::from_pem_slice(server.key.as_bytes())?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier.build()?)
        .with_single_cert(chain?, key)?;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves whoever connects and proves who he is, until it is dropped.
pub(super) async fn listen<F>(
    listener: TcpListener,
    tls: TlsAcceptor,
    serve: impl Fn(TlsStream<TcpStream>) -> F + Clone + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, or gone before it was accepted: the next one may do.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Without it answers wait for acknowledgements; a socket that is closed already does not matter.
        let _ = stream.set_nodelay(true);
        let (tls, serve) = (tls.clone(), serve.clone());
        connections.spawn(async move {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

//! A port on loopback with TLS, whose clients may show certificates.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

use crate::sandbox::host::Met;
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

/// How often it is looked whether the simulated server still answers.
const LOOKED: Duration = Duration::from_millis(20);

/// Serves whoever connects and proves who he is, until it is dropped, as far as the simulated server answers; `met` tells.
pub(super) async fn listen<F>(
    listener: TcpListener,
    tls: TlsAcceptor,
    met: impl Fn() -> Met + Clone + Send + 'static,
    serve: impl Fn(TlsStream<TcpStream>) -> F + Clone + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = tokio::task::JoinSet::new();
    let address = listener.local_addr();
    let mut listener = Some(listener);
    loop {
        let now = met();
        if matches!(now, Met::Nobody | Met::Closed) {
            connections.abort_all();
        }
        if let (Met::Nobody, Ok(address)) = (now, &address) {
            drop(listener.take());
            listener = again(*address, &met).await;
        }
        let Some(open) = &listener else { return };
        let stream = match tokio::time::timeout(LOOKED, open.accept()).await {
            Ok(Ok((stream, _))) => stream,
            Ok(Err(_)) => {
                // Out of file descriptors, or gone before it was accepted: the next one may do.
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(_) => continue,
        };
        // Without it answers wait for acknowledgements; a socket that is closed already does not matter.
        let _ = stream.set_nodelay(true);
        let (tls, serve, met) = (tls.clone(), serve.clone(), met.clone());
        connections.spawn(async move {
            while met() == Met::Silence {
                tokio::time::sleep(LOOKED).await;
            }
            if met() != Met::Answers {
                return;
            }
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Listens at an address again, once somebody is to be met there.
async fn again(address: SocketAddr, met: &(impl Fn() -> Met + Send)) -> Option<TcpListener> {
    loop {
        tokio::time::sleep(LOOKED).await;
        if met() != Met::Nobody
            && let Ok(listener) = TcpListener::bind(address).await
        {
            return Some(listener);
        }
    }
}

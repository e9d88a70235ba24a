//! A TCP port with TLS. Who shows a certificate of the CA's is whom it names; who shows none is anonymous.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::{User, serve};
use crate::sandbox::Shared;
use crate::sandbox::pki::Pair;

/// TLS with this certificate; a client's must be one of the CA's, if it shows any.
///
/// # Errors
/// They are no certificates or keys in PEM; why, for people.
pub fn tls(server: &Pair, ca: &str) -> Result<Arc<ServerConfig>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("the API server's certificates: {error}");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .map_err(|error| wrong(&error))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(server.certificate.as_bytes()).collect();
    let key = PrivateKeyDer::from_pem_slice(server.key.as_bytes()).map_err(|error| wrong(&error))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain.map_err(|error| wrong(&error))?, key)
        .map_err(|error| wrong(&error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Serves whoever connects, until it is dropped.
pub async fn listen(listener: TcpListener, tls: Arc<ServerConfig>, shared: Shared) {
    let acceptor = TlsAcceptor::from(tls);
    let mut connections = tokio::task::JoinSet::new();
    loop {
        // Out of file descriptors, or gone before it was accepted: the next one may do.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        // Without it answers wait for acknowledgements; a socket that is closed already does not matter.
        let _ = stream.set_nodelay(true);
        let (acceptor, shared) = (acceptor.clone(), shared.clone());
        connections.spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
                let user = shown.map_or_else(User::anonymous, |certificate| User::of_certificate(certificate));
                serve(stream, shared, user).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

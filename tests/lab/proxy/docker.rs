//! Between kpnb and Docker Engine: bytes are replaced in both directions.

use kpnb::client::docker::DockerHost;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};

use super::{Log, Substitution};

/// Starts a proxy for the engine's socket; returns `tcp://…` for DOCKER_HOST. `log` gets the first line of each
/// connection, of which kpnb makes one a request.
pub(crate) async fn start(substitution: Substitution, log: Log) -> String {
    let host = DockerHost::find().unwrap();
    let socket = host.url.strip_prefix("unix://").expect("the tests' engine has a socket").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let engine = UnixStream::connect(&socket).await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_engine, to_engine) = engine.into_split();
            tokio::spawn(copy(from_client, to_engine, substitution.clone(), Some(log.clone())));
            tokio::spawn(copy(from_engine, to_client, substitution.clone(), None));
        }
    });
    format!("tcp://{address}")
}

async fn copy(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    substitution: Substitution,
    mut log: Option<Log>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let bytes = &mut buffer[..length];
        if let Some(log) = log.take() {
            log.note(String::from_utf8_lossy(bytes).lines().next().unwrap_or_default());
        }
        substitution.apply(bytes);
        if to.write_all(bytes).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

//! From endpoints and certificates to a client.

use std::sync::Arc;
use std::time::Duration;

use etcd_client::{Certificate, Channel, Client, Identity, TlsOptions};
use tonic::transport::Endpoint as Transport;

use super::failure::{causes, failure, unreachable};
use super::{Endpoint, Etcd};
use crate::client::dial::Connector;
use crate::client::{Dial, Failure, Reads, Seen};

/// How long a connection may take to be set up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// PEM bytes that a TLS connection takes. Empty ones count as not given.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The CA that signed etcd's certificate.
    pub ca: Vec<u8>,
    /// The client's certificate.
    pub cert: Vec<u8>,
    /// The client's key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key is a secret.
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Etcd {
    /// A client of the etcd behind `endpoints` (`https://127.0.0.1:2379`, or `host:port`), of which one has to answer.
    ///
    /// # Errors
    /// No endpoint answers, a certificate is not accepted by either side, or a PEM that cannot be read.
    pub async fn connect(
        endpoints: &[String],
        credentials: &Credentials,
        reads: Arc<Reads>,
        seen: Arc<Seen>,
    ) -> Result<Self, Failure> {
        let all = endpoints.join(",");
        let mut transports = Vec::new();
        for endpoint in endpoints {
            transports.push(transport(endpoint, credentials)?);
        }
        let mut clients = Vec::new();
        let mut last = Failure::usage("Error: no etcd endpoint was given");
        let mut answered = false;
        for (url, transport) in endpoints.iter().zip(&transports) {
            let client = |channel| async { Client::from_channel(Channel::Tonic(channel), None).await };
            let client = match transport.connect().await {
                Ok(channel) => {
                    let client = client(channel).await.map_err(|error| failure(&error, url))?;
                    // TLS 1.3 lets a client without a certificate connect and hangs up at the first request.
                    match client.maintenance_client().status().await {
                        Ok(_) => answered = true,
                        Err(error) => last = failure(&error, url),
                    }
                    client
                }
                Err(error) => {
                    last = unreachable(&causes(&error), url);
                    client(transport.connect_lazy()).await.map_err(|error| failure(&error, url))?
                }
            };
            clients.push(Endpoint { url: url.clone(), client });
        }
        if !answered {
            return Err(last);
        }
        let client = match &clients[..] {
            [only] => only.client.clone(),
            _ => {
                let channel = tonic::transport::Channel::balance_list(transports.into_iter());
                Client::from_channel(Channel::Tonic(channel), None).await.map_err(|error| failure(&error, &all))?
            }
        };
        Ok(Self { client, endpoints: clients.into(), reads, seen, recorder: None })
    }

    /// A client of the etcd that `dial` leads to, and that calls itself `url`. Who dials is known there.
    ///
    /// # Errors
    /// A URL that is none.
    pub async fn dial(dial: Dial, url: &str, reads: Arc<Reads>, seen: Arc<Seen>) -> Result<Self, Failure> {
        // What stands for TLS here is that nobody else can dial.
        let transport = Transport::from_shared(url.replacen("https://", "http://", 1))
            .map_err(|error| Failure::usage(format!("Error: etcd endpoint {url}: {error}")))?;
        let channel = transport.connect_with_connector_lazy(Connector(dial));
        let client = Client::from_channel(Channel::Tonic(channel), None).await.map_err(|error| failure(&error, url))?;
        let endpoint = Endpoint { url: url.to_owned(), client: client.clone() };
        Ok(Self { client, endpoints: Arc::new([endpoint]), reads, seen, recorder: None })
    }

    /// The failure that an error of the client library stands for.
    pub(super) fn failed(&self, error: &etcd_client::Error) -> Failure {
        failure(error, &self.endpoints().collect::<Vec<_>>().join(","))
    }
}

fn transport(endpoint: &str, credentials: &Credentials) -> Result<Transport, Failure> {
    let secure = !credentials.ca.is_empty() || !credentials.cert.is_empty();
    let url = match endpoint.contains("://") {
        true => endpoint.to_owned(),
        false if secure => format!("https://{endpoint}"),
        false => format!("http://{endpoint}"),
    };
    let wrong = |error: tonic::transport::Error| {
        Failure::usage(format!("Error: etcd endpoint {endpoint}: {}", causes(&error)))
            .with_hint("check the endpoint, and that CA, certificate and key are PEM and belong together")
    };
    let transport = Transport::from_shared(url.clone())
        .map_err(|error| Failure::usage(format!("Error: etcd endpoint {endpoint}: {error}")))?
        .tcp_nodelay(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(Duration::from_secs(30));
    if !url.starts_with("https://") {
        return Ok(transport);
    }
    let mut tls = TlsOptions::new();
    if !credentials.ca.is_empty() {
        tls = tls.ca_certificate(Certificate::from_pem(&credentials.ca));
    }
    if !credentials.cert.is_empty() {
        tls = tls.identity(Identity::from_pem(&credentials.cert, &credentials.key));
    }
    transport.tls_config(tls).map_err(wrong)
}

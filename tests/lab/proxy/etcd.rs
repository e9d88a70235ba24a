//! Between kpnb and etcd: whatever is called over gRPC is passed on, and bytes are replaced in the answers.

use std::convert::Infallible;

use futures::StreamExt as _;
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};
use tower::ServiceExt as _;

use super::{Log, Substitution};
use crate::lab::real;

/// Starts a proxy for the cluster's etcd; returns its endpoint, `http://…`. `log` gets the names of what is called.
pub(crate) async fn start(substitution: Substitution, log: Log) -> String {
    let channel = channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (channel, substitution, log) = (channel.clone(), substitution.clone(), log.clone());
            let service = service_fn(move |request: http::Request<Incoming>| {
                log.note(request.uri().path());
                forward(channel.clone(), substitution.clone(), request)
            });
            tokio::spawn(
                hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(connection), service),
            );
        }
    });
    format!("http://{address}")
}

/// A connection with the credentials that the control plane's container has.
fn channel() -> Channel {
    let file = |name: &str| real("cat", &[&format!("/etc/kubernetes/pki/etcd/{name}")], "").stdout;
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(file("ca.crt")))
        .identity(Identity::from_pem(file("server.crt"), file("server.key")));
    let endpoint = std::env::var("ETCDCTL_ENDPOINTS").unwrap_or_else(|_| "https://127.0.0.1:2379".to_owned());
    Channel::from_shared(endpoint).unwrap().tls_config(tls).unwrap().connect_lazy()
}

type Answer = http::Response<tonic::body::Body>;

async fn forward(
    channel: Channel,
    substitution: Substitution,
    request: http::Request<Incoming>,
) -> Result<Answer, Infallible> {
    let request = request.map(tonic::body::Body::new);
    let answer = match channel.oneshot(request).await {
        Ok(answer) => answer,
        Err(error) => {
            let mut unavailable = http::Response::new(tonic::body::Body::empty());
            let headers = unavailable.headers_mut();
            headers.insert("content-type", http::HeaderValue::from_static("application/grpc"));
            headers.insert("grpc-status", http::HeaderValue::from_static("14"));
            eprintln!("etcd behind the proxy: {error}");
            return Ok(unavailable);
        }
    };
    Ok(answer.map(|body| tonic::body::Body::new(StreamBody::new(substituted(body, substitution)))))
}

/// Replaces bytes frame by frame. etcd's answers to what the tests read come in one frame each.
fn substituted(
    body: tonic::body::Body,
    substitution: Substitution,
) -> impl futures::Stream<Item = Result<Frame<Bytes>, tonic::Status>> + Send {
    http_body_util::BodyStream::new(body).map(move |frame| {
        frame.map(|frame| match frame.into_data() {
            Ok(data) => {
                let mut bytes = data.to_vec();
                substitution.apply(&mut bytes);
                Frame::data(bytes.into())
            }
            Err(trailers) => trailers,
        })
    })
}

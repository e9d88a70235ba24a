//! A connection.

use std::convert::Infallible;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use sha2::{Digest as _, Sha512};
use tokio::io::{AsyncRead, AsyncWrite};

use super::answer::Answer;
use super::patience::{hears, patiently};
use super::remote::{self, Protocol};
use super::request::Request;
use super::{User, deprecated, flow, logs, watch};
use crate::sandbox::Shared;
use crate::sandbox::api::Status;
use crate::sandbox::host::{self, Met};

/// The longest body that is read, in bytes: apiserver's `MaxRequestBodyBytes`.
const LONGEST_BODY: usize = 3 * 1024 * 1024;

/// What is longer is compressed, in bytes: `defaultGzipThresholdBytes`.
const LONG: usize = 128 * 1024;

/// The headers that tell which FlowSchema a request was counted by, and of which priority.
const FLOW: [&str; 2] = ["x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid"];

/// What is sent back.
type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The API server does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox's API server does not answer")]
struct Down;

/// Serves one connection until it ends, to `user`. A broken connection only ends.
pub async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Shared, user: User) {
    let service = service_fn(move |request| {
        let (shared, user) = (shared.clone(), user.clone());
        async move {
            // Whatever is met there instead of an answer, this connection is of no more use.
            let met = shared.with(|world| host::met_at_api(world));
            if met == Met::Answers { Ok(respond(request, &shared, &user).await) } else { Err(Down) }
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().title_case_headers(true);
    // The other end may go away at any time: nothing is lost with it, and no one is there to be told.
    let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}

async fn respond(request: http::Request<Incoming>, shared: &Shared, user: &User) -> http::Response<Body> {
    let guard = shared.request();
    let mut request = request;
    let upgrade = hyper::upgrade::on(&mut request);
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let too_long = error.downcast_ref::<http_body_util::LengthLimitError>().is_some();
            let message = format!("Request entity too large: limit is {LONGEST_BODY}");
            let status = if too_long {
                Status { code: 413, reason: "RequestEntityTooLarge", message, details: None }
            } else {
                Status::bad_request("the body of the request could not be read")
            };
            return full(status.code, "application/json", status.to_value().to_string().into());
        }
    };
    let request = Request::new(&head, body);
    let warning = deprecated::warning(&request.path).and_then(|text| format!("299 - {text:?}").parse().ok());
    let warned = |mut response: http::Response<Body>| {
        if let Some(warning) = warning {
            response.headers_mut().insert(http::header::WARNING, warning);
        }
        response
    };
    let guard = hears(&request, shared, guard).await;
    match patiently(&request, shared, user).await {
        Answer::Whole { code, content_type, body } => {
            let flow = shared.with(|world| flow::of(world, user, &request));
            let mut response = warned(whole(code, content_type, body, &request));
            for (name, uid) in FLOW.into_iter().zip(flow.into_iter().flatten()) {
                if let Ok(uid) = uid.parse() {
                    response.headers_mut().insert(name, uid);
                }
            }
            response
        }
        Answer::Watch(wanted) => {
            let content_type = wanted.content_type();
            let stream = watch::stream(*wanted, shared.clone());
            drop(guard);
            warned(build(200, content_type, http_body_util::StreamBody::new(stream).boxed_unsync()))
        }
        Answer::Log(followed) => {
            let stream = logs::stream(followed, shared.clone());
            build(200, "text/plain", http_body_util::StreamBody::new(stream).boxed_unsync())
        }
        Answer::Remote(prepared) => {
            let response = switching(&prepared.protocol, prepared.subprotocol);
            tokio::spawn(remote::run(*prepared, upgrade, shared.clone()));
            response
        }
        Answer::Forward(forward) => {
            let response = switching(&forward.protocol, forward.subprotocol);
            tokio::spawn(remote::forward::run(*forward, upgrade, shared.clone()));
            response
        }
    }
}

/// An answer at once; a long one compressed, for who can read it: apiserver v0.20.2
/// `endpoints/handlers/responsewriters/writers.go`.
fn whole(code: u16, content_type: &'static str, body: Bytes, request: &Request) -> http::Response<Body> {
    let document = code == 200 && request.path == "/openapi/v2";
    let tag = document.then(|| format!("\"{:X}\"", Sha512::digest(&body)));
    if tag.as_ref().is_some_and(|tag| *tag == request.none_match) {
        let mut response = full(304, content_type, Bytes::new());
        response.headers_mut().remove(http::header::CONTENT_TYPE);
        of_document(&mut response, tag.as_deref().unwrap_or_default());
        return response;
    }
    let can_read = request.encodings.split(',').any(|encoding| encoding.split(';').next() == Some("gzip"));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(4));
    let compressed = (can_read && body.len() > LONG).then(|| encoder.write_all(&body).and_then(|()| encoder.finish()));
    let mut response = match compressed {
        Some(Ok(compressed)) => {
            let mut response = full(code, content_type, compressed.into());
            response.headers_mut().insert(http::header::CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
            response
        }
        _ => full(code, content_type, body),
    };
    if matches!(request.path.as_str(), "/healthz" | "/livez" | "/readyz") {
        // A check as a whole says so; its parts do not.
        response.headers_mut().insert(http::header::X_CONTENT_TYPE_OPTIONS, http::HeaderValue::from_static("nosniff"));
    }
    if let Some(tag) = tag {
        response.headers_mut().insert(http::header::ACCEPT_RANGES, http::HeaderValue::from_static("bytes"));
        of_document(&mut response, &tag);
    }
    response
}

/// What is said of the document of all kinds: kube-openapi's `handler`, which asks its caller to keep it.
fn of_document(response: &mut http::Response<Body>, tag: &str) {
    let headers = response.headers_mut();
    for vary in ["Accept-Encoding", "Accept"] {
        headers.append(http::header::VARY, http::HeaderValue::from_static(vary));
    }
    if let Ok(tag) = tag.parse() {
        headers.insert(http::header::ETAG, tag);
    }
}

/// 101: the connection becomes what both speak.
fn switching(protocol: &Protocol, subprotocol: &'static str) -> http::Response<Body> {
    let mut response = http::Response::new(Full::default().boxed_unsync());
    *response.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(http::header::CONNECTION, http::HeaderValue::from_static("Upgrade"));
    let subprotocol = http::HeaderValue::from_static(subprotocol);
    match protocol {
        Protocol::WebSocket { accept } => {
            headers.insert(http::header::UPGRADE, http::HeaderValue::from_static("websocket"));
            headers.insert(http::header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
            if let Ok(accept) = http::HeaderValue::from_str(accept) {
                headers.insert(http::header::SEC_WEBSOCKET_ACCEPT, accept);
            }
        }
        Protocol::Spdy => {
            headers.insert(http::header::UPGRADE, http::HeaderValue::from_static("SPDY/3.1"));
            headers.insert("X-Stream-Protocol-Version", subprotocol);
        }
    }
    response
}

fn full(code: u16, content_type: &'static str, body: Bytes) -> http::Response<Body> {
    build(code, content_type, Full::new(body).boxed_unsync())
}

fn build(code: u16, content_type: &'static str, body: Body) -> http::Response<Body> {
    let mut response = http::Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-cache, private"));
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    // Go's `http.Error`, and what answers as it does.
    if code != 200 && content_type.starts_with("text/plain") {
        headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, http::HeaderValue::from_static("nosniff"));
    }
    response
}

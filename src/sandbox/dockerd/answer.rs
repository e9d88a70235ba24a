//! Answers: JSON, nothing, text, streams, errors.

use std::convert::Infallible;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use serde_json::{Value, json};

pub(super) type Body = UnsyncBoxBody<Bytes, Infallible>;
pub(super) type Answer = Response<Body>;

/// Why a request is refused: HTTP's code, and the message.
pub(super) struct Refusal(pub u16, pub String);

impl Refusal {
    pub(super) fn no_container(name: &str) -> Self {
        Self(404, format!("No such container: {name}"))
    }
}

fn with(status: u16, kind: Option<&str>, body: Body) -> Answer {
    let mut response = Response::builder()
        .status(status)
        .header("Api-Version", "1.41")
        .header("Docker-Experimental", "false")
        .header("Ostype", "linux")
        .header("Server", "Docker/20.10.24+dfsg1 (linux)");
    if let Some(kind) = kind {
        response = response.header("Content-Type", kind);
    }
    response.body(body).unwrap_or_else(|_| {
        let mut response = Response::new(full(Bytes::new()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

pub(super) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed_unsync()
}

/// JSON, with the newline that the engine ends it with.
pub(super) fn json_of(status: u16, value: &Value) -> Answer {
    with(status, Some("application/json"), full(format!("{value}\n")))
}

/// Nothing: 204, 304.
pub(super) fn empty(status: u16) -> Answer {
    with(status, None, full(Bytes::new()))
}

/// Bytes of a kind.
pub(super) fn bytes(kind: &str, body: impl Into<Bytes>) -> Answer {
    with(200, Some(kind), full(body))
}

/// What comes as it comes.
pub(super) fn stream(kind: &str, parts: impl Stream<Item = Bytes> + Send + 'static) -> Answer {
    let body = StreamBody::new(parts.map(|part| Ok::<_, Infallible>(Frame::data(part))));
    with(200, Some(kind), body.boxed_unsync())
}

impl From<Refusal> for Answer {
    fn from(Refusal(code, message): Refusal) -> Self {
        json_of(code, &json!({"message": message}))
    }
}

/// A piece of a multiplexed stream: 1 or 2, the length, the bytes.
pub(super) fn frame(stream: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&[stream, 0, 0, 0][..], &length.to_be_bytes(), bytes].concat()
}

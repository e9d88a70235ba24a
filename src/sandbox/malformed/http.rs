//! Requests over HTTP/1.1, sensible in parts.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use proptest::sample::select;

use super::patiently;
use crate::sandbox::Shared;

/// A request.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: Vec<u8>,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = self.body.escape_ascii();
        write!(f, "{} {} {:?} {body}", self.method, self.target, self.headers)
    }
}

/// The answer to one; its body is empty where it is a stream.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) code: u16,
    pub(super) body: Bytes,
    pub(super) streams: bool,
}

/// Methods, the unusual ones too.
pub(super) fn method() -> impl Strategy<Value = &'static str> {
    select(vec!["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"])
}

/// A path of some of these segments, or of what no one expects.
pub(super) fn path(segments: &'static [&'static str]) -> impl Strategy<Value = String> {
    let odd = select(vec!["", ".", "..", "%00", "%2F", "%", "%zz", "é", "a%20b", "{}", "*", "-1", "~"]);
    let segment = prop_oneof![8 => select(segments), 1 => odd];
    proptest::collection::vec(segment, 0..9).prop_map(|segments| format!("/{}", segments.join("/")))
}

/// A query of some of these pairs.
pub(super) fn query(pairs: &'static [&'static str]) -> impl Strategy<Value = String> {
    let odd = select(vec!["=", "&", "a", "%", "watch", "x=%ff", "limit=99999999999999999999"]);
    proptest::collection::vec(prop_oneof![8 => select(pairs), 1 => odd], 0..4).prop_map(|pairs| pairs.join("&"))
}

/// Bytes that were a body, in which something was lost or changed.
pub(super) fn broken(body: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let damage = prop_oneof![
        4 => Just(None),
        1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(Some),
    ];
    (body, damage, any::<bool>()).prop_map(|(mut body, damage, cut)| {
        if let Some((at, byte)) = damage
            && !body.is_empty()
        {
            let at = at.index(body.len());
            if cut {
                body.truncate(at);
            } else {
                body[at] = byte;
            }
        }
        body
    })
}

/// A client's side of a connection, and the server's task.
pub(super) struct Connection {
    sender: hyper::client::conn::http1::SendRequest<Full<Bytes>>,
    server: tokio::task::JoinHandle<()>,
}

impl Connection {
    pub(super) async fn new<F>(serve: impl FnOnce(tokio::io::DuplexStream) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (near, far) = tokio::io::duplex(1 << 20);
        let server = tokio::spawn(serve(far));
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(near)).await.unwrap();
        tokio::spawn(connection.with_upgrades());
        Self { sender, server }
    }

    /// The answer to a request; none where the client itself cannot send it, or it only waits.
    pub(super) async fn ask(mut self, shared: &Shared, asked: &Asked) -> Option<Answered> {
        let mut request = http::Request::builder().method(asked.method).uri(&asked.target);
        for (name, value) in &asked.headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(asked.body.clone()))).ok()?;
        let response = patiently(shared, self.sender.send_request(request)).await;
        if response.is_none() {
            // What waits for a container's end may wait for ever.
            assert!(asked.target.contains("/wait"), "no answer");
            return None;
        }
        let Some(Ok(response)) = response else {
            drop(self.sender);
            // A panic, if that was why there is no answer.
            patiently(shared, self.server).await.expect("the server ends").unwrap();
            panic!("no answer");
        };
        let code = response.status().as_u16();
        let streams = !response.headers().contains_key("content-length");
        let body = match streams {
            true => Bytes::new(),
            false => patiently(shared, response.into_body().collect()).await.unwrap().unwrap().to_bytes(),
        };
        Some(Answered { code, body, streams })
    }
}

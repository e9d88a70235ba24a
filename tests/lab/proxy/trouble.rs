//! What an API server in trouble does.

use http::{Response, StatusCode, Uri};
use kube::client::Body;
use serde_json::json;

use super::api::bare;

/// One kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Every request is refused with this code.
    Refused(u16),
    /// As [`Trouble::Refused`], and the server says to come back in a second.
    ComeBack(u16),
    /// Every connection breaks.
    Cut,
    /// The server has forgotten the past: a watch ends with 410 in its stream, whatever else is answered.
    Expired,
}

impl Trouble {
    /// The answer in this trouble; none where the request passes.
    pub(super) fn answer(self, uri: &Uri) -> Option<Response<Body>> {
        match self {
            Self::Refused(code) => Some(refused(code)),
            Self::ComeBack(code) => {
                let mut answer = refused(code);
                answer.headers_mut().insert("retry-after", http::HeaderValue::from_static("1"));
                Some(answer)
            }
            Self::Cut => None,
            Self::Expired => uri.query().is_some_and(|query| query.contains("watch=true")).then(|| {
                let event =
                    json!({"type": "ERROR", "object": status(410, "Expired", "too old resource version: 1 (2)")});
                bare(StatusCode::OK, format!("{event}\n"))
            }),
        }
    }
}

fn refused(code: u16) -> Response<Body> {
    let reason = if code == 429 { "TooManyRequests" } else { "ServiceUnavailable" };
    bare(StatusCode::from_u16(code).unwrap(), status(code, reason, "in trouble").to_string())
}

fn status(code: u16, reason: &str, message: &str) -> serde_json::Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": reason, "code": code})
}

//! Objects as clients send and get them in protobuf, `application/vnd.kubernetes.protobuf`: as etcd has them, but with
//! their resourceVersion, and with lists, events of watches and statuses among them.
//!
//! Source: apimachinery v0.20.2 `runtime/serializer/protobuf`.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde_json::Value;

use super::encode;
use super::plan::{PLANS, Plan};
use super::{Invalid, MAGIC, unknown};

/// Whether there is a protobuf of the kind. There is none of custom resources, and the descriptors have none of the kinds
/// that extend the API itself.
pub fn has_protobuf(api_version: &str, kind: &str) -> bool {
    plan(api_version, kind).is_some()
}

fn plan(api_version: &str, kind: &str) -> Option<&'static Plan> {
    PLANS.of_kind(api_version, kind)
}

/// An object, a list or a Status in protobuf; none: its kind has no protobuf, or it is not of its kind.
pub fn to_wire(value: &Value) -> Option<Bytes> {
    let text = |field: &str| value[field].as_str();
    let (api_version, kind) = (text("apiVersion")?, text("kind")?);
    let mut raw = Vec::new();
    encode::message(plan(api_version, kind)?, value.as_object()?, &mut raw).ok()?;
    Some(unknown(api_version, kind, &raw))
}

/// The object in a body.
///
/// # Errors
/// It is none; why, for people.
pub fn from_wire(body: &[u8]) -> Result<Value, String> {
    if !body.starts_with(MAGIC) {
        return Err(format!("provided data does not appear to be a protobuf message, expected prefix {MAGIC:?}"));
    }
    crate::client::etcd::decode::decode(body, None).map_err(|failure| failure.message)
}

/// One event of a watch, behind its length.
///
/// # Errors
/// The object's kind has no protobuf.
pub fn watch_event(kind: &str, object: &Value) -> Result<Bytes, Invalid> {
    let object = to_wire(object).ok_or_else(|| Invalid::kind(object, "protobuf"))?;
    let (mut event, mut raw) = (Vec::new(), Vec::new());
    encode::bytes(1, &object, &mut raw);
    encode::bytes(1, kind.as_bytes(), &mut event);
    encode::bytes(2, &raw, &mut event);
    let mut framed = BytesMut::with_capacity(event.len() + 4);
    // An event is far shorter than four gigabytes.
    framed.put_u32(u32::try_from(event.len()).unwrap_or(u32::MAX));
    framed.extend_from_slice(&event);
    Ok(framed.freeze())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_keep_their_revision_and_their_items_theirs() {
        let list = json!({
            "kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "9", "continue": "x"},
            "items": [{"metadata": {"name": "a", "resourceVersion": "3", "creationTimestamp": null}, "data": {"k": "v"}}],
        });
        let back = from_wire(&to_wire(&list).unwrap()).unwrap();
        assert_eq!(back, list);
    }

    #[test]
    fn statuses_and_options_are_of_the_meta_group() {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "m",
            "reason": "NotFound", "details": {"name": "n", "kind": "pods"}, "code": 404,
        });
        assert_eq!(from_wire(&to_wire(&status).unwrap()).unwrap(), status);
        let options = json!({"kind": "DeleteOptions", "apiVersion": "policy/v1beta1", "gracePeriodSeconds": 0});
        assert_eq!(from_wire(&to_wire(&options).unwrap()).unwrap()["gracePeriodSeconds"], 0);
    }

    #[test]
    fn an_event_stands_behind_its_length() {
        let event = watch_event("ADDED", &json!({"kind": "Namespace", "apiVersion": "v1"})).unwrap();
        assert_eq!(usize::from(event[3]), event.len() - 4);
        assert_eq!(&event[4..11], b"\x0a\x05ADDED");
        assert!(watch_event("ADDED", &json!({"kind": "X", "apiVersion": "v1"})).is_err());
    }

    #[test]
    fn what_is_no_protobuf_says_so() {
        assert!(from_wire(b"{}").unwrap_err().contains("expected prefix [107, 56, 115, 0]"));
        assert!(!has_protobuf("example.com/v1", "Foo"));
        assert!(has_protobuf("v1", "PodList") && has_protobuf("meta.k8s.io/v1", "PartialObjectMetadata"));
    }
}

//! Objects as the API server stores them: `k8s\0` and protobuf, or JSON for the kinds that it does not have in protobuf.

mod cache;
mod encode;
mod invalid;
mod plan;
mod shape;
#[cfg(test)]
mod tests;
mod time;

use bytes::Bytes;
use serde_json::{Map, Value};

pub use cache::Decoded;
pub use invalid::Invalid;
use plan::PLANS;

/// What a protobuf value begins with.
const MAGIC: &[u8] = b"k8s\0";

/// What is stored of an object of this kind. Its resourceVersion and selfLink are not; nor are fields that the kind does
/// not have.
///
/// # Errors
/// A field has what it cannot have, as a text where a number is due.
pub fn encode(api_version: &str, kind: &str, object: &Value) -> Result<Bytes, Invalid> {
    let object = object.as_object().ok_or_else(|| Invalid::kind(object, "object"))?;
    let object = stored(object);
    let Some(plan) = PLANS.of_kind(api_version, kind) else {
        // As Go's encoder leaves it: the type first, a line's end last.
        let mut all = Map::from_iter([("kind".to_owned(), kind.into()), ("apiVersion".to_owned(), api_version.into())]);
        all.extend(object.into_iter().filter(|(key, _)| key != "kind" && key != "apiVersion"));
        return Ok(format!("{}\n", Value::Object(all)).into());
    };
    let mut raw = Vec::new();
    encode::message(plan, &object, &mut raw)?;
    // A runtime.Unknown: the type, the object, and no contentEncoding and contentType.
    let mut meta = Vec::new();
    encode::bytes(1, api_version.as_bytes(), &mut meta);
    encode::bytes(2, kind.as_bytes(), &mut meta);
    let mut out = Vec::with_capacity(MAGIC.len() + meta.len() + raw.len() + 16);
    out.extend_from_slice(MAGIC);
    encode::bytes(1, &meta, &mut out);
    encode::bytes(2, &raw, &mut out);
    encode::bytes(3, b"", &mut out);
    encode::bytes(4, b"", &mut out);
    Ok(out.into())
}

/// The object in a value, as the API returns it; `mod_revision` becomes its resourceVersion.
///
/// # Errors
/// It is none; why, for people.
pub fn decode(value: &[u8], mod_revision: i64) -> Result<Value, String> {
    crate::client::etcd::decode::decode(value, Some(mod_revision)).map_err(|failure| failure.message)
}

fn stored(object: &Map<String, Value>) -> Map<String, Value> {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("resourceVersion");
        metadata.remove("selfLink");
    }
    object
}

//! Objects as the API server stores them: `k8s\0` and protobuf, or JSON for the kinds that it does not have in protobuf.

mod dump;
mod encode;
mod invalid;
mod plan;
mod shape;
#[cfg(test)]
mod tests;
mod time;
mod version;
mod wire;

use bytes::Bytes;
use serde_json::{Map, Value};

pub use dump::{dump, template as dump_template};
pub use invalid::Invalid;
pub(in crate::sandbox) use invalid::go_kind;
use plan::PLANS;
pub use version::name_backends;
pub use wire::{from_wire, has_protobuf, to_wire, watch_event};

use super::api::{Resource, group_version};

/// Whether a field that is neither a list nor a map is a pointer in Go, of a message named by group and kind.
pub fn is_pointer(message: &str, field: &str, holds_message: bool) -> bool {
    if holds_message && matches!(field, "metadata" | "spec" | "status") {
        return false;
    }
    if holds_message { !shape::is_struct(message, field) } else { shape::is_pointer(message, field) }
}

/// What a protobuf value begins with.
const MAGIC: &[u8] = b"k8s\0";

/// What is stored of an object of this resource, in the version that is stored. Its resourceVersion and selfLink are not;
/// nor are fields that the kind does not have.
///
/// # Errors
/// A field has what it cannot have, as a text where a number is due.
pub fn encode(resource: &Resource, object: &Value) -> Result<Bytes, Invalid> {
    let mut object = object.as_object().ok_or_else(|| Invalid::kind(object, "object"))?.clone();
    version::to_stored(resource, &mut object);
    write(&group_version(resource.stored.0, resource.stored.1), resource.kind, object)
}

/// What is stored of an object of a kind that the API server keeps for itself.
///
/// # Errors
/// As [`encode`]'s.
pub fn encode_kind(api_version: &str, kind: &str, object: &Value) -> Result<Bytes, Invalid> {
    write(api_version, kind, object.as_object().cloned().unwrap_or_default())
}

fn write(api_version: &str, kind: &str, mut object: Map<String, Value>) -> Result<Bytes, Invalid> {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("resourceVersion");
        metadata.shift_remove("selfLink");
    }
    let Some(plan) = PLANS.of_kind(api_version, kind) else {
        // As Go's encoder leaves it: the type first, a line's end last.
        let mut all = Map::new();
        all.insert("kind".to_owned(), kind.into());
        all.insert("apiVersion".to_owned(), api_version.into());
        all.extend(object.into_iter().filter(|(key, _)| key != "kind" && key != "apiVersion"));
        return Ok(format!("{}\n", Value::Object(all)).into());
    };
    let mut raw = Vec::new();
    encode::message(plan, &object, &mut raw)?;
    Ok(unknown(api_version, kind, &raw))
}

/// A `runtime.Unknown`: the type, the object, and no contentEncoding and contentType.
fn unknown(api_version: &str, kind: &str, raw: &[u8]) -> Bytes {
    let mut meta = Vec::new();
    encode::bytes(1, api_version.as_bytes(), &mut meta);
    encode::bytes(2, kind.as_bytes(), &mut meta);
    let mut out = Vec::with_capacity(MAGIC.len() + meta.len() + raw.len() + 16);
    out.extend_from_slice(MAGIC);
    encode::bytes(1, &meta, &mut out);
    encode::bytes(2, raw, &mut out);
    encode::bytes(3, b"", &mut out);
    encode::bytes(4, b"", &mut out);
    out.into()
}

/// The object in a value, in the version that the sandbox holds; `mod_revision` becomes its resourceVersion.
///
/// # Errors
/// It is none; why, for people.
pub fn decode(value: &[u8], mod_revision: i64) -> Result<Value, String> {
    let mut object = read(value, mod_revision)?;
    if let Some(object) = object.as_object_mut() {
        version::to_held(object);
    }
    Ok(object)
}

fn read(value: &[u8], mod_revision: i64) -> Result<Value, String> {
    crate::client::etcd::decode::decode(value, Some(mod_revision)).map_err(|failure| failure.message)
}

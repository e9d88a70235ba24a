//! Between etcd's keys and a script's values.

use rhai::{Array, Blob, Dynamic, Map};

use crate::bindings::{CallError, wrong_type};
use crate::client::etcd::KeyValue;

/// `#{key, value, create_revision, mod_revision, version, lease}`; value is a blob, for it may be any bytes.
pub(super) fn kv_map(kv: &KeyValue) -> Dynamic {
    map([
        ("key", String::from_utf8_lossy(&kv.key).into_owned().into()),
        ("value", Dynamic::from_blob(kv.value.clone())),
        ("create_revision", kv.create_revision.into()),
        ("mod_revision", kv.mod_revision.into()),
        ("version", kv.version.into()),
        ("lease", kv.lease.into()),
    ])
}

pub(super) fn kv_maps(kvs: &[KeyValue]) -> Dynamic {
    kvs.iter().map(kv_map).collect::<Array>().into()
}

pub(super) fn map<const N: usize>(fields: [(&str, Dynamic); N]) -> Dynamic {
    fields.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>().into()
}

/// A string or a blob, as bytes.
pub(super) fn bytes(name: &str, value: &Dynamic) -> Result<Vec<u8>, CallError> {
    if let Ok(text) = value.clone().into_string() {
        return Ok(text.into_bytes());
    }
    value.clone().try_cast::<Blob>().ok_or_else(|| wrong_type(name, "a string or a blob", value))
}

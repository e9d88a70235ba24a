//! Answers as etcdctl's JSON: zero values left out, bytes in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::client::etcd::{Header, KeyValue};

/// An object under construction.
#[derive(Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Adds a field.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a field, unless it is zero, empty or null.
    pub(super) fn with_set(self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let zero = match &value {
            Value::Null => true,
            Value::Bool(value) => !value,
            Value::Number(number) => number.as_i64() == Some(0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(_) => false,
        };
        if zero { self } else { self.with(name, value) }
    }

    /// The fields of a header among the object's own.
    pub(super) fn with_header(self, header: &Header) -> Self {
        self.with_set("cluster_id", header.cluster_id)
            .with_set("member_id", header.member_id)
            .with_set("revision", header.revision)
            .with_set("raft_term", header.raft_term)
    }

    /// Beginning with a header of its own.
    pub(super) fn headed(header: &Header) -> Self {
        Self::default().with("header", Self::default().with_header(header))
    }

    /// One line.
    pub(super) fn line(self) -> String {
        format!("{}\n", Value::from(self))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn kv(kv: &KeyValue) -> Value {
    Object::default()
        .with_set("key", base64(&kv.key))
        .with_set("create_revision", kv.create_revision)
        .with_set("mod_revision", kv.mod_revision)
        .with_set("version", kv.version)
        .with_set("value", base64(&kv.value))
        .with_set("lease", kv.lease)
        .into()
}

pub(super) fn kvs(list: &[KeyValue]) -> Value {
    list.iter().map(kv).collect()
}

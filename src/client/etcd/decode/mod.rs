//! What Kubernetes keeps in a value of etcd, as the API returns it.
//!
//! A value is JSON (custom resources and their definitions, API services), or protobuf behind four bytes, `k8s\0`: a
//! `runtime.Unknown` that names the object's kind and holds its bytes. Descriptors of the Kubernetes API 1.20.2 tell what
//! the bytes mean; `shapes`, `presence` and `defaults` tell what they do not say. Fields that a later Kubernetes has added are left
//! out.

mod defaults;
mod json;
mod presence;
mod shapes;

use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use prost::Message as _;
use prost_reflect::DescriptorPool;
use serde_json::{Map, Value};

pub(crate) use shapes::{Count, Field, Form, SHAPES, Scalar, Shape};

use crate::client::Failure;

/// What a protobuf value begins with.
const MAGIC: &[u8] = b"k8s\0";

static DESCRIPTORS: LazyLock<Result<DescriptorPool, String>> = LazyLock::new(|| {
    let mut bytes = Vec::new();
    GzDecoder::new(&include_bytes!("v1.20.binpb.gz")[..])
        .read_to_end(&mut bytes)
        .map_err(|error| format!("embedded descriptors: {error}"))?;
    DescriptorPool::decode(bytes.as_slice()).map_err(|error| format!("embedded descriptors: {error}"))
});

/// `k8s.io/apimachinery/pkg/runtime.Unknown`: the kind of what follows, and its bytes.
#[derive(Clone, PartialEq, prost::Message)]
struct Unknown {
    #[prost(message, optional, tag = "1")]
    type_meta: Option<TypeMeta>,
    #[prost(bytes = "vec", optional, tag = "2")]
    raw: Option<Vec<u8>>,
}

/// `k8s.io/apimachinery/pkg/runtime.TypeMeta`.
#[derive(Clone, PartialEq, prost::Message)]
struct TypeMeta {
    #[prost(string, optional, tag = "1")]
    api_version: Option<String>,
    #[prost(string, optional, tag = "2")]
    kind: Option<String>,
}

/// The object in a value, as the API returns it. `mod_revision`, where it is known, becomes its resourceVersion, which is
/// not stored.
///
/// # Errors
/// Neither JSON nor protobuf; a kind that the descriptors do not have; encrypted at rest.
pub fn decode(value: &[u8], mod_revision: Option<i64>) -> Result<Value, Failure> {
    let mut object = match value.strip_prefix(MAGIC) {
        Some(bytes) => protobuf(bytes)?,
        None if value.starts_with(b"k8s:enc:") => {
            let provider = String::from_utf8_lossy(&value[..value.len().min(40)]).into_owned();
            return Err(wrong(format!("the value is encrypted at rest ({provider}…)")));
        }
        None => serde_json::from_slice(value)
            .map_err(|_| wrong("the value is neither JSON nor Kubernetes' protobuf (k8s\\0)".to_owned()))?,
    };
    if let (Some(revision), Some(metadata)) = (mod_revision, object.get_mut("metadata").and_then(Value::as_object_mut))
    {
        metadata.insert("resourceVersion".to_owned(), revision.to_string().into());
    }
    Ok(object)
}

/// The descriptors of the messages that values may hold; none, should those that are embedded be broken.
pub(crate) fn descriptors() -> Option<&'static DescriptorPool> {
    DESCRIPTORS.as_ref().ok()
}

fn protobuf(bytes: &[u8]) -> Result<Value, Failure> {
    let broken = |error: &dyn std::fmt::Display| wrong(format!("the value is broken protobuf: {error}"));
    let unknown = Unknown::decode(bytes).map_err(|error| broken(&error))?;
    let meta = unknown.type_meta.unwrap_or_default();
    let (version, kind) = (meta.api_version.unwrap_or_default(), meta.kind.unwrap_or_default());
    DESCRIPTORS.as_ref().map_err(|error| wrong(error.clone()))?;
    let shape = SHAPES.named(&message_name(&version, &kind)).ok_or_else(|| {
        wrong(format!("no descriptor for kind {kind:?} of {version:?}"))
            .with_hint("kpnb knows the kinds of Kubernetes 1.20")
    })?;
    let raw = unknown.raw.unwrap_or_default();
    let mut object = Map::new();
    object.insert("kind".to_owned(), kind.as_str().into());
    object.insert("apiVersion".to_owned(), version.into());
    json::add_fields(shape, &raw, 0, &mut object).map_err(|error| broken(&error))?;
    defaults::fill(&kind, &mut object);
    Ok(object.into())
}

/// The kinds that are of no group: what is asked and answered rather than kept.
const META: [&str; 8] = [
    "APIGroup",
    "APIGroupList",
    "APIResourceList",
    "APIVersions",
    "DeleteOptions",
    "PartialObjectMetadata",
    "PartialObjectMetadataList",
    "Status",
];

/// `apps/v1` and `Deployment`: `k8s.io.api.apps.v1.Deployment`. A group's package is named by its first label.
pub(crate) fn message_name(api_version: &str, kind: &str) -> String {
    if META.contains(&kind) {
        return format!("k8s.io.apimachinery.pkg.apis.meta.v1.{kind}");
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("core", api_version));
    let package = group.split('.').next().unwrap_or(group);
    format!("k8s.io.api.{package}.{version}.{kind}")
}

fn wrong(message: String) -> Failure {
    Failure::answer(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_the_table_have_descriptors() {
        let pool = DESCRIPTORS.as_ref().unwrap();
        for (version, kind) in [
            ("v1", "Pod"),
            ("apps/v1", "Deployment"),
            ("rbac.authorization.k8s.io/v1", "ClusterRole"),
            ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema"),
            ("discovery.k8s.io/v1beta1", "EndpointSlice"),
        ] {
            assert!(pool.get_message_by_name(&message_name(version, kind)).is_some(), "{version} {kind}");
        }
    }

    #[test]
    fn the_fields_with_rules_of_their_own_are_there() {
        let pool = DESCRIPTORS.as_ref().unwrap();
        let unknown: Vec<String> = presence::rules()
            .filter(|(message, field)| {
                let known = |descriptor: prost_reflect::MessageDescriptor| {
                    presence::short_name(&descriptor) == *message && descriptor.get_field_by_name(field).is_some()
                };
                !pool.all_messages().any(known)
            })
            .map(|(message, field)| format!("{message}.{field}"))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn json_is_taken_as_it_is() {
        let object = decode(br#"{"kind":"X","metadata":{"name":"a"}}"#, Some(7)).unwrap();
        assert_eq!(object.to_string(), r#"{"kind":"X","metadata":{"name":"a","resourceVersion":"7"}}"#);
        for other in ["5", "[]", "null", "\"x\"", "{}"] {
            assert_eq!(decode(other.as_bytes(), Some(7)).unwrap().to_string(), other);
        }
    }

    #[test]
    fn what_is_no_object_says_so() {
        assert!(decode(b"\xff\xff", None).unwrap_err().message.contains("neither JSON nor"));
        assert!(decode(b"k8s:enc:aescbc:v1:key1:xyz", None).unwrap_err().message.contains("encrypted at rest"));
        assert!(decode(b"k8s\0\xff", None).unwrap_err().message.contains("broken protobuf"));
        let unknown = Unknown {
            type_meta: Some(TypeMeta { api_version: Some("x/v1".into()), kind: Some("Y".into()) }),
            raw: None,
        };
        let value = [MAGIC, &unknown.encode_to_vec()].concat();
        assert_eq!(decode(&value, None).unwrap_err().message, r#"no descriptor for kind "Y" of "x/v1""#);
    }
}

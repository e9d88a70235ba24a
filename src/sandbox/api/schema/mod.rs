//! The types of the API's objects, for what goes by them: patches, managed fields, checks, and OpenAPI's document.
//!
//! `v1.20.json.gz` holds `definitions` of the document that a v1.20.2 serves at `/openapi/v2`.

mod convert;
pub mod decode;
mod parse;
mod typed;

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use serde_json::{Map, Value};

pub use convert::convert;
pub use typed::{no_type, typed, unregistered};

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// An object of a definition, by its name: `io.k8s.api.core.v1.Container`.
    Named(String),
    /// An object with any keys.
    Map(Box<Node>),
    /// A list.
    List(Box<Node>),
    /// Text.
    String,
    /// Bytes in base64.
    Bytes,
    /// RFC 3339.
    Time,
    /// A number with a suffix: `100Mi`.
    Quantity,
    /// A number, or text.
    IntOrString,
    /// A whole number of so many bits.
    Integer(u8),
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Anything.
    Any,
}

/// How server-side apply treats a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListType<'a> {
    /// As one value.
    Atomic,
    /// Each element by itself.
    Set,
    /// Each element by the values of these keys.
    Map(&'a [String]),
}

/// A value's type, and how the value merges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub shape: Shape,
    /// A strategic merge patch merges the list; else it replaces it.
    pub merge: bool,
    /// A strategic merge patch may say which keys stay.
    pub retain_keys: bool,
    /// The key by which a strategic merge patch knows elements.
    pub merge_key: Option<String>,
    /// Server-side apply's type of the list, where it is given.
    list_type: Option<String>,
    list_keys: Vec<String>,
}

/// The type of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// Its fields.
    pub fields: BTreeMap<String, Node>,
    /// The fields that it always has.
    pub required: Vec<String>,
    /// Server-side apply treats it as one value.
    pub atomic: bool,
}

/// The types of all objects.
#[derive(Debug, Default)]
pub struct Schema {
    definitions: HashMap<String, Definition>,
    /// By `group/version/kind`.
    kinds: HashMap<String, String>,
}

static DOCUMENT: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let mut text = Vec::new();
    // What is embedded is whole: a test reads it.
    let _ = GzDecoder::new(&include_bytes!("v1.20.json.gz")[..]).read_to_end(&mut text);
    serde_json::from_slice(&text).unwrap_or_default()
});

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| parse::schema(&DOCUMENT));

/// OpenAPI's definitions of the built-in types, as they are served.
pub fn document() -> &'static Map<String, Value> {
    &DOCUMENT
}

/// The type of a kind; `None`: of a custom resource.
pub fn of_kind(group: &str, version: &str, kind: &str) -> Option<&'static Definition> {
    definition(SCHEMA.kinds.get(&format!("{group}/{version}/{kind}"))?)
}

/// The type of an object, by its own apiVersion and kind.
pub fn of_object(object: &Value) -> Option<&'static Definition> {
    let api_version = object["apiVersion"].as_str()?;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    of_kind(group, version, object["kind"].as_str()?)
}

/// Reads the JSON of a kind's object, which is well-formed: without the fields that the kind does not have. `None`: of a
/// custom resource.
///
/// # Errors
/// A field has what it cannot have; why, in the words of the server's decoder.
pub fn read(group: &str, version: &str, kind: &str, text: &[u8]) -> Option<Result<Value, String>> {
    let name = SCHEMA.kinds.get(&format!("{group}/{version}/{kind}"))?;
    Some(decode::decode(name, text))
}

/// A definition by its name.
pub fn definition(name: &str) -> Option<&'static Definition> {
    SCHEMA.definitions.get(name)
}

impl Node {
    /// The definition, of an object that has one.
    pub fn definition(&self) -> Option<&'static Definition> {
        match &self.shape {
            Shape::Named(name) => definition(name),
            _ => None,
        }
    }

    /// How server-side apply treats the list. What does not say is merged as strategic merge patches merge it.
    ///
    /// Source: kube-openapi `pkg/schemaconv`, `getListElementRelationship`.
    pub fn list_type(&self) -> ListType<'_> {
        match (self.list_type.as_deref(), &self.merge_key) {
            (Some("map"), _) => ListType::Map(&self.list_keys),
            (Some("set"), _) => ListType::Set,
            (Some(_), _) => ListType::Atomic,
            (None, Some(key)) if self.merge => ListType::Map(std::slice::from_ref(key)),
            (None, None) if self.merge => ListType::Set,
            (None, _) => ListType::Atomic,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn lists_have_the_types_that_1_20_gives_them() {
        let container = definition("io.k8s.api.core.v1.Container").unwrap();
        let pod = definition("io.k8s.api.core.v1.PodSpec").unwrap();
        let meta = definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta").unwrap();
        let keys = ["containerPort".to_owned(), "protocol".to_owned()];
        assert_eq!(container.fields["ports"].list_type(), ListType::Map(&keys));
        assert_eq!(container.fields["ports"].merge_key.as_deref(), Some("containerPort"));
        assert_eq!(container.fields["args"].list_type(), ListType::Atomic);
        assert_eq!(pod.fields["containers"].list_type(), ListType::Map(&["name".to_owned()]));
        assert_eq!(pod.fields["tolerations"].list_type(), ListType::Atomic);
        assert_eq!(meta.fields["finalizers"].list_type(), ListType::Set);
        assert!(pod.fields["volumes"].retain_keys);
    }

    #[test]
    fn kinds_and_references_are_found() {
        let deployment = of_kind("apps", "v1", "Deployment").unwrap();
        assert!(deployment.fields["spec"].definition().unwrap().fields.contains_key("replicas"));
        assert!(of_kind("", "v1", "Nothing").is_none());
        for definition in SCHEMA.definitions.values() {
            for node in definition.fields.values() {
                if let Shape::Named(name) = &node.shape {
                    assert!(super::definition(name).is_some(), "{name}");
                }
            }
        }
    }
}

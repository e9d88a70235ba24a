//! An object of a manifest, with the resource and place it belongs to.

use serde_json::{Value, json};

use crate::bindings::manifest::Manifest;
use crate::client::Failure;
use crate::client::k8s::{K8s, Resource};
use crate::render::compact_json;

/// The namespace of objects that name none.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Its name.
    pub namespace: String,
    /// Whether it was asked for (`-n`); objects that name another one are refused then.
    pub enforced: bool,
}

/// An object that is to be written.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its resource.
    pub resource: Resource,
    /// Where it lives; none for cluster-scoped ones.
    pub namespace: Option<String>,
    /// `metadata.name`; empty where it is to be generated.
    pub name: String,
    /// With its namespace filled in.
    pub object: Value,
    /// The file as it was named; empty where it came from none.
    pub source: String,
}

impl Item {
    /// Finds the resource of a manifest's object and fills in its namespace.
    ///
    /// # Errors
    /// An object without a kind, a kind that the server does not have, or another namespace than the enforced one.
    pub async fn resolve(k8s: &K8s, manifest: Manifest, scope: &Scope) -> Result<Self, Failure> {
        let Manifest { mut object, mut source, listed, .. } = manifest;
        if !object.is_object() {
            let found = match &object {
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Bool(_) => "bool",
                _ => "number",
            };
            return Err(Failure::usage(format!(
                "error: unable to decode {source:?}: json: cannot unmarshal {found} into Go value of type unstructured.detector"
            ))
            .with_hint("an object is a map with a kind"));
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        if kind.is_empty() {
            let object = compact_json(&object);
            return Err(Failure::usage(format!(
                "error: unable to decode {source:?}: Object 'Kind' is missing in '{object}'"
            ))
            .with_hint("every object needs a kind"));
        }
        if listed && api_version.is_empty() {
            let what = "unable to get type info from the object \"*unstructured.Unstructured\": Object 'apiVersion' is missing in 'object has no apiVersion field'";
            return Err(Failure::usage(format!("error: {what}")).with_hint(format!("see the List in {source}")));
        }
        let resource = k8s.resource_of_kind(&api_version, &kind).await.map_err(|mut failure| {
            if failure.answer.is_empty() && failure.message.starts_with("no matches") {
                failure.message = match source.as_str() {
                    _ if listed => {
                        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
                        format!("error: unable to recognize {group}/{version}, Kind={kind}: {}", failure.message)
                    }
                    "" => format!("error: {}", failure.message),
                    source => format!("error: unable to recognize {source:?}: {}", failure.message),
                };
            }
            failure
        })?;
        if listed {
            source.clear();
        }
        let mut namespace = None;
        if resource.namespaced {
            let own = text(&object["metadata"]["namespace"]);
            if scope.enforced && !own.is_empty() && own != scope.namespace {
                return Err(Failure::usage(format!(
                    "error: the namespace from the provided object {own:?} does not match the namespace {:?}. You must pass '--namespace={own}' to perform this operation.",
                    scope.namespace
                )));
            }
            if own.is_empty() {
                if object["metadata"].is_null() {
                    object["metadata"] = json!({});
                }
                if let Some(metadata) = object["metadata"].as_object_mut() {
                    metadata.insert("namespace".to_owned(), scope.namespace.clone().into());
                }
            }
            namespace = Some(if own.is_empty() { scope.namespace.clone() } else { own });
        }
        let name = text(&object["metadata"]["name"]);
        Ok(Self { resource, namespace, name, object, source })
    }

    /// `pod/a`, `deployment.apps/a`.
    pub fn shown(&self) -> String {
        format!("{}/{}", self.resource.qualified_singular(), self.name)
    }

    /// What kubectl's errors say of it: resource, kind, name and namespace.
    pub(super) fn described(&self) -> String {
        let Resource { group, version, plural, kind, .. } = &self.resource;
        let in_group = format!("{group}/{version}");
        format!(
            "Resource: \"{in_group}, Resource={plural}\", GroupVersionKind: \"{in_group}, Kind={kind}\"\nName: {:?}, Namespace: {:?}",
            self.name,
            self.namespace.as_deref().unwrap_or_default()
        )
    }

    /// The stored object.
    ///
    /// # Errors
    /// As [`K8s::get`], or an object without a name.
    pub(super) async fn stored(&self, k8s: &K8s) -> Result<Value, Failure> {
        if self.name.is_empty() {
            return Err(Failure::usage("error: resource name may not be empty"));
        }
        k8s.get(&self.resource, self.namespace.as_deref(), &self.name).await
    }
}

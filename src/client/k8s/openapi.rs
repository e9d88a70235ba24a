//! The schemas of the server's objects, as `/openapi/v2` publishes them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use http::Method;
use serde::Deserialize;

use super::{Accept, K8s};
use crate::client::Failure;

/// The schema of an object, field, element or map value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Schema {
    /// The name of another definition, which this one stands for; see [`OpenApi::resolve`].
    #[serde(rename = "$ref", deserialize_with = "definition_name")]
    pub reference: Option<String>,
    /// `object`, `array`, `string`, `integer`, `number`, `boolean`; none for anything.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `int64`, `int-or-string`, `byte`, `date-time`, …
    pub format: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The fields of an object.
    pub properties: BTreeMap<String, Schema>,
    /// Which fields must be there.
    pub required: Vec<String>,
    /// What the elements of an array are.
    pub items: Option<Box<Schema>>,
    /// What the values of a map are.
    #[serde(rename = "additionalProperties")]
    pub values: Option<Box<Schema>>,
    /// How a strategic merge patch treats the field: `merge`, `replace`, `retainKeys`, or several with commas.
    #[serde(rename = "x-kubernetes-patch-strategy")]
    pub patch_strategy: Option<String>,
    /// By which of its fields an element of a merged list is known.
    #[serde(rename = "x-kubernetes-patch-merge-key")]
    pub merge_key: Option<String>,
    /// Fields that the schema does not name are kept.
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    pub keeps_unknown_fields: bool,
    /// Which kinds of object this is the schema of.
    #[serde(rename = "x-kubernetes-group-version-kind")]
    pub kinds: Vec<GroupVersionKind>,
}

/// One kind of object in one version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct GroupVersionKind {
    /// Empty for the core group.
    pub group: String,
    /// `v1`, `v1beta1`, …
    pub version: String,
    /// `Pod`.
    pub kind: String,
}

fn definition_name<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let reference = Option::<String>::deserialize(from)?;
    Ok(reference.map(|path| path.trim_start_matches("#/definitions/").to_owned()))
}

/// All schemas of a server.
#[derive(Debug, Default)]
pub struct OpenApi {
    definitions: HashMap<String, Schema>,
    kinds: HashMap<GroupVersionKind, String>,
}

impl OpenApi {
    /// Reads the answer of `/openapi/v2`.
    ///
    /// # Errors
    /// An answer of another form.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Swagger {
            #[serde(default)]
            definitions: HashMap<String, Schema>,
        }
        let Swagger { definitions } = serde_json::from_str(text)
            .map_err(|error| Failure::answer(format!("the server's /openapi/v2 cannot be read: {error}")))?;
        let kinds = definitions
            .iter()
            // DeleteOptions and the like belong to every group; an object's schema has exactly one kind.
            .filter(|(_, schema)| schema.kinds.len() == 1)
            .map(|(name, schema)| (schema.kinds[0].clone(), name.clone()))
            .collect();
        Ok(Self { definitions, kinds })
    }

    /// The schema of the objects of a kind, with its name (`io.k8s.api.core.v1.Pod`).
    pub fn of_kind(&self, api_version: &str, kind: &str) -> Option<(&str, &Schema)> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let key = GroupVersionKind { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() };
        let name = self.kinds.get(&key)?;
        Some((name, self.definitions.get(name)?))
    }

    /// The schema that `schema` stands for, with its name where it has one of its own.
    pub fn resolve<'a>(&'a self, schema: &'a Schema) -> (Option<&'a str>, &'a Schema) {
        let (mut name, mut found) = (None, schema);
        // Longer chains go round in a circle.
        for _ in 0..=self.definitions.len() {
            let next = found.reference.as_deref().and_then(|reference| self.definitions.get_key_value(reference));
            let Some((next_name, next)) = next else { break };
            (name, found) = (Some(next_name.as_str()), next);
        }
        (name, found)
    }
}

impl K8s {
    /// The server's schemas; asked once and kept, until [`K8s::forget_openapi`].
    ///
    /// # Errors
    /// As [`K8s::send`], or an answer that cannot be read.
    pub async fn openapi(&self) -> Result<Arc<OpenApi>, Failure> {
        let mut slot = self.openapi.lock().await;
        if let Some(known) = slot.as_ref() {
            return Ok(Arc::clone(known));
        }
        let answer = self.send(Method::GET, "/openapi/v2", &[], None, Accept::Json).await?;
        let read = Arc::new(OpenApi::parse(&answer.text)?);
        *slot = Some(Arc::clone(&read));
        Ok(read)
    }

    /// Asks the server anew at the next use, for a definition that has been added since.
    pub async fn forget_openapi(&self) {
        *self.openapi.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWAGGER: &str = r##"{"definitions": {
        "io.k8s.api.core.v1.Pod": {
            "type": "object", "required": ["spec"],
            "properties": {"spec": {"$ref": "#/definitions/io.k8s.api.core.v1.PodSpec", "description": "The wish."}},
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}]},
        "io.k8s.api.core.v1.PodSpec": {"type": "object", "properties": {"containers": {"type": "array",
            "items": {"type": "string"}, "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"}}}
    }}"##;

    #[test]
    fn follows_references() {
        let openapi = OpenApi::parse(SWAGGER).unwrap();
        let (name, pod) = openapi.of_kind("v1", "Pod").unwrap();
        assert_eq!((name, pod.required.as_slice()), ("io.k8s.api.core.v1.Pod", ["spec".to_owned()].as_slice()));
        let (name, spec) = openapi.resolve(&pod.properties["spec"]);
        assert_eq!(name, Some("io.k8s.api.core.v1.PodSpec"));
        assert_eq!(spec.properties["containers"].merge_key.as_deref(), Some("name"));
        assert!(openapi.of_kind("apps/v1", "Pod").is_none());
    }

    #[test]
    fn a_circle_of_references_ends() {
        let swagger = r##"{"definitions": {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"}}}"##;
        let openapi = OpenApi::parse(swagger).unwrap();
        let schema = Schema { reference: Some("A".to_owned()), ..Schema::default() };
        assert!(openapi.resolve(&schema).1.reference.is_some());
    }
}

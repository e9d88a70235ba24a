//! The document at `/openapi/v2`, by which kubectl checks manifests, explains fields and learns what can be tried without
//! being done (`--dry-run=server`).
//!
//! Its definitions are those of a real server; of its paths it has what kubectl reads: that objects can be patched.

mod protobuf;

use serde_json::{Map, Value, json};

use crate::sandbox::api::{RESOURCES, schema};

/// The media type that kubectl asks for.
pub const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/// The document as JSON, for `Accept: application/json`. `custom`: the CustomResourceDefinitions that are there.
pub fn json(custom: &[Value]) -> Vec<u8> {
    document(custom).to_string().into_bytes()
}

/// The document as protobuf, for [`PROTOBUF`].
pub fn protobuf(custom: &[Value]) -> Vec<u8> {
    protobuf::document(&document(custom))
}

fn document(custom: &[Value]) -> Value {
    let mut paths = Map::new();
    for resource in RESOURCES {
        for version in resource.served {
            if resource.verbs.contains(&"patch") {
                path(&mut paths, [resource.group, version, resource.kind], resource.plural, resource.namespaced);
            }
        }
    }
    let mut definitions = schema::document().clone();
    for definition in custom {
        let spec = &definition["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (group, kind) = (text(&spec["group"]), text(&spec["names"]["kind"]));
        for version in spec["versions"].as_array().into_iter().flatten().filter(|version| version["served"] == true) {
            let name = text(&version["name"]);
            let gvk = [group.as_str(), &name, &kind];
            path(&mut paths, gvk, &text(&spec["names"]["plural"]), spec["scope"] == "Namespaced");
            let reversed = group.rsplit('.').collect::<Vec<_>>().join(".");
            definitions.insert(format!("{reversed}.{name}.{kind}"), custom_type(version, gvk));
        }
    }
    paths.sort_keys();
    definitions.sort_keys();
    json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": "v1.20.2"},
        "paths": paths,
        "definitions": definitions,
    })
}

/// That objects of a kind can be patched, also without being written.
fn path(paths: &mut Map<String, Value>, [group, version, kind]: [&str; 3], plural: &str, namespaced: bool) {
    let root = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    let place = if namespaced { "/namespaces/{namespace}" } else { "" };
    let parameter = |name: &str| json!({"uniqueItems": true, "type": "string", "name": name, "in": "query"});
    let patch = json!({
        "parameters": [parameter("dryRun"), parameter("fieldManager")],
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind},
    });
    paths.insert(format!("{root}{place}/{plural}/{{name}}"), json!({"patch": patch}));
}

/// A custom resource's type: its schema, with what all objects have.
fn custom_type(version: &Value, [group, name, kind]: [&str; 3]) -> Value {
    let given = &version["schema"]["openAPIV3Schema"];
    let mut made = if given["x-kubernetes-preserve-unknown-fields"] == true || !given.is_object() {
        json!({"type": "object"})
    } else {
        let mut made = given.clone();
        {
            let (field, definition) = ("metadata", "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
            made["properties"][field] = json!({"$ref": format!("#/definitions/{definition}")});
        }
        for field in ["apiVersion", "kind"] {
            made["properties"][field] = json!({"type": "string"});
        }
        made
    };
    made["x-kubernetes-group-version-kind"] = json!([{"group": group, "kind": kind, "version": name}]);
    made
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_custom_resource_is_told() {
        let custom = json!({"spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [{"name": "v1", "served": true, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {"type": "object"}}}}}],
        }});
        let document: Value = serde_json::from_slice(&json(&[custom])).unwrap();
        assert!(document["paths"]["/apis/example.com/v1/namespaces/{namespace}/foos/{name}"]["patch"].is_object());
        assert_eq!(document["definitions"]["com.example.v1.Foo"]["x-kubernetes-group-version-kind"][0]["kind"], "Foo");
        assert!(document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"].is_object());
    }
}

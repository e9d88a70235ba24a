//! CustomResourceDefinitions in v1beta1, which says once what is the same in all versions: apiextensions-apiserver v0.20.2
//! `pkg/apis/apiextensions/{v1,v1beta1}/{conversion,defaults}.go`.

use serde_json::{Map, Value, json};

use crate::sandbox::api::validate::{Cause, invalid};
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::object;

const V1BETA1: &str = "apiextensions.k8s.io/v1beta1";
/// What all versions may share: where that stands in v1beta1's spec, and where in a version.
const SHARED: [(&str, &str); 3] = [
    ("validation", "schema"),
    ("subresources", "subresources"),
    ("additionalPrinterColumns", "additionalPrinterColumns"),
];
/// The fields of v1beta1's spec, in their order.
const ORDER: [&str; 10] = [
    "group",
    "version",
    "names",
    "scope",
    "validation",
    "subresources",
    "versions",
    "additionalPrinterColumns",
    "conversion",
    "preserveUnknownFields",
];

/// One in v1beta1.
pub(super) fn to_version(definition: &Value) -> Value {
    let mut shown = definition.clone();
    shown["apiVersion"] = json!(V1BETA1);
    let Some(spec) = shown["spec"].as_object_mut() else { return shown };
    let mut versions = spec.get("versions").map(object::items).unwrap_or_default().to_vec();
    if let Some(first) = versions.first().cloned() {
        spec.insert("version".to_owned(), first["name"].clone());
        for (whole, own) in SHARED {
            if versions.iter().any(|version| version[own] != first[own]) {
                continue;
            }
            for version in versions.iter_mut().filter_map(Value::as_object_mut) {
                version.shift_remove(own);
            }
            if !first[own].is_null() {
                spec.insert(whole.to_owned(), first[own].clone());
            }
        }
    }
    let lists = versions.iter_mut().map(|version| &mut version["additionalPrinterColumns"]);
    lists.for_each(|columns| rename_paths(columns, ("jsonPath", "JSONPath")));
    for version in versions.iter_mut().filter_map(Value::as_object_mut) {
        version.retain(|_, value| !value.is_null());
    }
    if let Some(columns) = spec.get_mut("additionalPrinterColumns") {
        rename_paths(columns, ("jsonPath", "JSONPath"));
    }
    spec.insert("versions".to_owned(), json!(versions));
    if let Some(conversion) = spec.get_mut("conversion").and_then(Value::as_object_mut)
        && let Some(hook) = conversion.shift_remove("webhook")
    {
        for (old, new) in
            [("webhookClientConfig", "clientConfig"), ("conversionReviewVersions", "conversionReviewVersions")]
        {
            if let Some(value) = hook.get(new) {
                conversion.insert(old.to_owned(), value.clone());
            }
        }
    }
    let preserves = spec.get("preserveUnknownFields") == Some(&json!(true));
    spec.insert("preserveUnknownFields".to_owned(), json!(preserves));
    let mut ordered = Map::new();
    for field in ORDER {
        if let Some(value) = spec.shift_remove(field) {
            ordered.insert(field.to_owned(), value);
        }
    }
    ordered.append(spec);
    *spec = ordered;
    shown
}

/// The other way round, with v1beta1's defaults.
///
/// # Errors
/// 422 of a version that is not the first.
pub(super) fn from_version(resource: &Resource, mut definition: Value) -> Result<Value, Status> {
    definition["apiVersion"] = json!(resource.api_version());
    let name = object::name(&definition).to_owned();
    let Some(spec) = definition["spec"].as_object_mut() else { return Ok(definition) };
    let version = spec.shift_remove("version").filter(|version| version != "").unwrap_or_default();
    let mut versions = spec.get("versions").map(object::items).unwrap_or_default().to_vec();
    if versions.is_empty() && !version.is_null() {
        versions.push(json!({"name": version, "served": true, "storage": true}));
    } else if !version.is_null() && versions.first().is_some_and(|first| first["name"] != version) {
        let cause = Cause {
            reason: "FieldValueInvalid",
            field: "spec.version".to_owned(),
            message: format!("Invalid value: {version}: must match the first version in spec.versions"),
        };
        return Err(invalid(resource, &name, &[cause]));
    }
    for (whole, own) in SHARED {
        let Some(shared) = spec.shift_remove(whole).filter(|shared| !shared.is_null()) else { continue };
        for version in versions.iter_mut().filter(|version| version[own].is_null()) {
            version[own] = shared.clone();
        }
    }
    for version in versions.iter_mut().filter_map(Value::as_object_mut) {
        if let Some(columns) = version.get_mut("additionalPrinterColumns") {
            rename_paths(columns, ("JSONPath", "jsonPath"));
        }
        version.retain(|_, value| !value.is_null());
    }
    if !versions.is_empty() {
        spec.insert("versions".to_owned(), json!(versions));
    }
    if let Some(conversion) = spec.get_mut("conversion").and_then(Value::as_object_mut) {
        let mut hook = Map::new();
        for (old, new) in
            [("webhookClientConfig", "clientConfig"), ("conversionReviewVersions", "conversionReviewVersions")]
        {
            if let Some(value) = conversion.shift_remove(old) {
                hook.insert(new.to_owned(), value);
            }
        }
        if !hook.is_empty() {
            conversion.insert("webhook".to_owned(), Value::Object(hook));
        }
    }
    if spec.get("scope").is_none_or(|scope| scope.is_null() || scope == "") {
        spec.insert("scope".to_owned(), json!("Namespaced"));
    }
    if spec.shift_remove("preserveUnknownFields") != Some(json!(false)) {
        spec.insert("preserveUnknownFields".to_owned(), json!(true));
    }
    Ok(definition)
}

fn rename_paths(columns: &mut Value, (from, to): (&str, &str)) {
    for column in columns.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        if let Some(path) = column.shift_remove(from) {
            column.insert(to.to_owned(), path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_versions_share_is_said_once_in_the_old_version() {
        let resource = Resource::named("customresourcedefinitions").unwrap();
        let old = json!({"apiVersion": V1BETA1, "kind": "CustomResourceDefinition", "metadata": {"name": "bbs.k.io"}, "spec": {
            "group": "k.io", "version": "v1", "names": {"plural": "bbs", "kind": "Bb"}, "scope": "Cluster",
            "validation": {"openAPIV3Schema": {"type": "object"}}, "subresources": {"status": {}},
            "versions": [{"name": "v1", "served": true, "storage": true}, {"name": "v2", "served": true, "storage": false}],
            "additionalPrinterColumns": [{"name": "A", "type": "string", "JSONPath": ".a"}],
            "preserveUnknownFields": false}});
        let new = from_version(resource, old.clone()).unwrap();
        assert_eq!(
            new["spec"]["versions"][1],
            json!({"name": "v2", "served": true, "storage": false,
            "schema": {"openAPIV3Schema": {"type": "object"}}, "subresources": {"status": {}},
            "additionalPrinterColumns": [{"name": "A", "type": "string", "jsonPath": ".a"}]})
        );
        assert!(new["spec"]["validation"].is_null() && new["spec"]["preserveUnknownFields"].is_null());
        assert_eq!(to_version(&new).to_string(), old.to_string());
        // Versions that differ say for themselves.
        let mut differs = new;
        differs["spec"]["versions"][1]["additionalPrinterColumns"] = Value::Null;
        let shown = to_version(&differs);
        assert_eq!(shown["spec"]["versions"][0]["additionalPrinterColumns"][0]["JSONPath"], ".a");
        assert!(shown["spec"]["additionalPrinterColumns"].is_null());
    }

    #[test]
    fn a_definition_of_one_version_need_not_list_it() {
        let resource = Resource::named("customresourcedefinitions").unwrap();
        let of = |spec: Value| from_version(resource, json!({"metadata": {"name": "x"}, "spec": spec}));
        let made = of(json!({"version": "v1"})).unwrap();
        assert_eq!(
            made["spec"],
            json!({"versions": [{"name": "v1", "served": true, "storage": true}],
            "scope": "Namespaced", "preserveUnknownFields": true})
        );
        let refused = of(json!({"version": "v1", "versions": [{"name": "v2"}]})).unwrap_err();
        assert!(
            refused
                .message
                .ends_with("spec.version: Invalid value: \"v1\": must match the first version in spec.versions"),
            "{}",
            refused.message
        );
    }
}

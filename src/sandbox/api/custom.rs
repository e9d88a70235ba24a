//! Resources that CustomResourceDefinitions bring. The definitions are read from the store at each look-up, so that one
//! whose key is deleted is no longer served.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::resource::Subresource;
use super::{RESOURCES, Resource, qualified};
use crate::sandbox::World;

const VERBS: &[&str] = &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const GET_PUT: &[&str] = &["get", "patch", "update"];

/// The resources made so far, by all that they are. They live as long as the process, as those that are built in do; a
/// definition that comes again gets the same one.
static MADE: Mutex<BTreeMap<String, &'static Resource>> = Mutex::new(BTreeMap::new());

impl World {
    /// The resource that a CustomResourceDefinition brings, by its plural name or `plural.group`.
    pub fn custom_resource(&self, name: &str) -> Option<&'static Resource> {
        self.custom_resources().into_iter().find(|r| qualified(r.plural, r.group) == name || r.plural == name)
    }

    /// The resource of a kind of an API group, built in or brought by a CustomResourceDefinition.
    pub fn resource_of_kind(&self, api_version: &str, kind: &str) -> Option<&'static Resource> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let of = |resource: &&'static Resource| resource.group == group && resource.kind == kind;
        RESOURCES.iter().find(of).or_else(|| self.custom_resources().into_iter().find(of))
    }

    /// All resources that CustomResourceDefinitions bring, by their names.
    pub fn custom_resources(&self) -> Vec<&'static Resource> {
        let Ok(definitions) = Resource::named("customresourcedefinitions") else { return Vec::new() };
        self.read_all(definitions, None).iter().filter_map(|definition| of_definition(definition)).collect()
    }

    /// What the definition of a custom resource says of its objects in a version; none where it says nothing, or of what is built in.
    pub(super) fn custom_schema(&self, resource: &Resource, version: &str) -> Option<Value> {
        if !resource.custom {
            return None;
        }
        let definition = self.definition(resource)?;
        let versions = definition["spec"]["versions"].as_array()?;
        let version = versions.iter().find(|own| own["name"] == version)?;
        Some(version["schema"]["openAPIV3Schema"].clone()).filter(Value::is_object)
    }

    /// Whether objects keep what their schema does not have: `spec.preserveUnknownFields`, which v1 does not let one set.
    pub(super) fn keeps_all(&self, resource: &Resource) -> bool {
        self.definition(resource).is_some_and(|definition| definition["spec"]["preserveUnknownFields"] == true)
    }

    /// The CustomResourceDefinition that a resource comes from.
    pub fn definition(&self, resource: &Resource) -> Option<std::sync::Arc<Value>> {
        self.read(Resource::named("customresourcedefinitions").ok()?, None, &resource.qualified())
    }
}

/// Notes of a definition the versions that its objects are stored in, as the strategies do before it is written.
pub(super) fn note_stored(definition: &mut Value) {
    let versions = definition["spec"]["versions"].as_array().cloned().unwrap_or_default();
    let mut noted = definition["status"]["storedVersions"].as_array().cloned().unwrap_or_default();
    for version in versions.iter().filter(|version| version["storage"] == true) {
        if !noted.contains(&version["name"]) {
            noted.push(version["name"].clone());
        }
    }
    definition["status"]["storedVersions"] = Value::Array(noted);
}

fn of_definition(definition: &Value) -> Option<&'static Resource> {
    let spec = &definition["spec"];
    let names = &spec["names"];
    let versions = spec["versions"].as_array()?;
    let served: Vec<&str> = versions
        .iter()
        .filter(|version| version["served"] == true)
        .filter_map(|version| version["name"].as_str())
        .collect();
    let stored = versions.iter().find(|version| version["storage"] == true)?;
    let (group, plural, kind) = (spec["group"].as_str()?, names["plural"].as_str()?, names["kind"].as_str()?);
    let parts = &stored["subresources"];
    let subresources: Vec<Subresource> = ["scale", "status"]
        .into_iter()
        .filter(|name| !parts[*name].is_null())
        .map(|name| Subresource {
            name,
            group_version: (name == "scale").then_some(("autoscaling", "v1")),
            kind: if name == "scale" { "Scale" } else { "" },
            verbs: GET_PUT,
        })
        .collect();
    let texts = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let (short, categories) = (texts(&names["shortNames"]), texts(&names["categories"]));
    let (singular, version) = (names["singular"].as_str().unwrap_or_default(), stored["name"].as_str()?);
    let namespaced = spec["scope"] == "Namespaced";
    let all = format!(
        "{group} {served:?} {plural} {singular} {kind} {short:?} {categories:?} {namespaced} {subresources:?} {version}"
    );
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(resource) = made.get(&all) {
        return Some(resource);
    }
    let (group, version) = (keep(group), keep(version));
    let list = |texts: Vec<String>| -> &'static [&'static str] {
        Vec::leak(texts.iter().map(|text| keep(text)).collect::<Vec<_>>())
    };
    let resource = Resource {
        group,
        version,
        served: list(served.iter().map(|version| (*version).to_owned()).collect()),
        stored: (group, version),
        plural: keep(plural),
        name: keep(&qualified(plural, group)),
        singular: keep(singular),
        kind: keep(kind),
        short_names: list(short),
        categories: list(categories),
        namespaced,
        verbs: VERBS,
        subresources: Vec::leak(subresources),
        folder: keep(&format!("{group}/{plural}")),
        custom: true,
    };
    let resource: &'static Resource = Box::leak(Box::new(resource));
    made.insert(all, resource);
    Some(resource)
}

fn keep(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

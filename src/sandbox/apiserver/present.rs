//! Objects as a client asked to see them: in another version, as a table, as metadata alone; and JSON as Go writes it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::media::{Accepted, Form, Media};
use super::request::Request;
use crate::sandbox::api::{Conversion, Resource, Status, group_version, table};
use crate::sandbox::{World, codec};

/// What presents objects of one resource to one client.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub resource: &'static Resource,
    /// The version that was asked for.
    pub version: String,
    pub form: Form,
    pub media: Media,
}

impl View {
    /// As [`View::of`], of no objects: those can be told in any version that is served.
    pub(super) fn of_none(resource: &'static Resource, version: &str, request: &Request) -> Result<Self, Status> {
        let api_version = group_version(resource.group, version);
        let protobuf = !resource.custom && codec::has_protobuf(&api_version, resource.kind);
        let Accepted { media, form } = Accepted::of(request, protobuf)?;
        Ok(Self { resource, version: version.to_owned(), form, media })
    }

    pub(super) fn of(resource: &'static Resource, version: &str, request: &Request) -> Result<Self, Status> {
        if resource.conversion(version) == Conversion::Unknown {
            let what = format!("{} in {}", resource.plural, group_version(resource.group, version));
            return Err(Status::not_modelled(&what));
        }
        Self::of_none(resource, version, request)
    }

    /// One object.
    pub(super) fn one(&self, world: &World, object: &Arc<Value>) -> Value {
        match &self.form {
            Form::Object => self.converted(object),
            Form::Metadata { version } => metadata_of(object, version),
            Form::Table { .. } => {
                let metadata = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
                self.table(world, std::slice::from_ref(object), metadata)
            }
        }
    }

    /// A list.
    pub(super) fn list(&self, world: &World, objects: &[Arc<Value>], metadata: Value) -> Value {
        match &self.form {
            Form::Table { .. } => self.table(world, objects, metadata),
            Form::Metadata { version } => {
                let items: Vec<Value> = objects.iter().map(|object| metadata_of(object, version)).collect();
                let version = format!("meta.k8s.io/{version}");
                let mut metadata = metadata;
                // The conversion forgets it.
                metadata.as_object_mut().and_then(|fields| fields.shift_remove("remainingItemCount"));
                json!({"kind": "PartialObjectMetadataList", "apiVersion": version, "metadata": metadata, "items": items})
            }
            Form::Object => {
                let mut items: Vec<Value> = objects.iter().map(|object| self.converted(object)).collect();
                // The items of Go's typed lists do not say their kind.
                for fields in items.iter_mut().filter_map(Value::as_object_mut).filter(|_| !self.resource.custom) {
                    fields.shift_remove("kind");
                    fields.shift_remove("apiVersion");
                }
                json!({
                    "kind": self.resource.list_kind(),
                    "apiVersion": group_version(self.resource.group, &self.version),
                    "metadata": metadata,
                    "items": items,
                })
            }
        }
    }

    fn table(&self, world: &World, objects: &[Arc<Value>], metadata: Value) -> Value {
        let Form::Table { version, include } = &self.form else { return Value::Null };
        let mut table = match world.definition(self.resource).filter(|_| self.resource.custom) {
            Some(definition) => {
                let versions = definition["spec"]["versions"].as_array();
                let own = versions.into_iter().flatten().find(|own| own["name"] == self.version.as_str());
                let columns = own.and_then(|own| own["additionalPrinterColumns"].as_array()).cloned();
                table::custom(&columns.unwrap_or_default(), objects, world.now())
            }
            None => table::table(self.resource, objects, world.now()),
        };
        table["apiVersion"] = json!(format!("meta.k8s.io/{version}"));
        table["metadata"] = metadata;
        for (row, object) in table["rows"].as_array_mut().into_iter().flatten().zip(objects) {
            match include.as_str() {
                "None" => {}
                "Object" => row["object"] = self.converted(object),
                _ => row["object"] = metadata_of(object, version),
            }
        }
        table
    }

    /// An object in the version that was asked for.
    pub(super) fn converted(&self, object: &Value) -> Value {
        match self.resource.conversion(&self.version) {
            Conversion::Events => to_events(object, &self.version),
            Conversion::Autoscalers => super::autoscaler::to_version(object, &self.version),
            Conversion::Definitions => super::definition::to_version(object),
            Conversion::Ingresses => {
                let mut object = object.clone();
                object.as_object_mut().into_iter().for_each(|ingress| codec::name_backends(ingress, true));
                object["apiVersion"] = json!(group_version(self.resource.group, &self.version));
                object
            }
            _ if self.version == self.resource.version => object.clone(),
            _ => {
                let mut object = object.clone();
                object["apiVersion"] = json!(group_version(self.resource.group, &self.version));
                object
            }
        }
    }
}

fn metadata_of(object: &Value, version: &str) -> Value {
    let version = format!("meta.k8s.io/{version}");
    json!({"kind": "PartialObjectMetadata", "apiVersion": version, "metadata": object["metadata"]})
}

/// How `events.k8s.io` calls the core's fields.
const EVENTS: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn to_events(object: &Value, version: &str) -> Value {
    let mut renamed = rename(object, |field| EVENTS.iter().find(|(core, _)| *core == field).map(|(_, name)| *name));
    renamed["apiVersion"] = json!(format!("events.k8s.io/{version}"));
    renamed
}

/// An object as a client sent it, in the version that the sandbox holds it in.
pub(super) fn from_version(resource: &Resource, version: &str, mut object: Value) -> Result<Value, Status> {
    let sent = object["apiVersion"].as_str().unwrap_or_default().to_owned();
    match resource.conversion(version) {
        Conversion::Unknown => Err(Status::not_modelled(&format!("{} in {sent}", resource.plural))),
        Conversion::Events => {
            let mut object =
                rename(&object, |field| EVENTS.iter().find(|(_, name)| *name == field).map(|(core, _)| *core));
            object["apiVersion"] = json!(resource.api_version());
            Ok(object)
        }
        Conversion::Autoscalers => Ok(super::autoscaler::from_version(object, version)),
        Conversion::Definitions => super::definition::from_version(resource, object),
        Conversion::Ingresses => {
            object.as_object_mut().into_iter().for_each(|ingress| codec::name_backends(ingress, false));
            let rules = object["spec"]["rules"].as_array_mut().into_iter().flatten();
            for path in rules.filter_map(|rule| rule["http"]["paths"].as_array_mut()).flatten() {
                // Of this version alone it need not be said.
                if path["pathType"].is_null() {
                    path["pathType"] = json!("ImplementationSpecific");
                }
            }
            object["apiVersion"] = json!(resource.api_version());
            Ok(object)
        }
        Conversion::Same => {
            if sent == group_version(resource.group, version) {
                object["apiVersion"] = json!(resource.api_version());
            }
            Ok(object)
        }
    }
}

fn rename(object: &Value, name: impl Fn(&str) -> Option<&'static str>) -> Value {
    let fields = object.as_object().into_iter().flatten();
    let renamed = fields.map(|(field, value)| (name(field).unwrap_or(field).to_owned(), value.clone()));
    Value::Object(renamed.collect::<Map<_, _>>())
}

/// JSON as the API server writes it: with `<`, `>` and `&` escaped, on one line unless a person asks.
pub(super) fn json(value: &Value, request: &Request) -> String {
    let browser = ["curl", "Wget", "Mozilla/5.0"].iter().any(|agent| request.agent.starts_with(agent));
    let pretty = match request.query("pretty") {
        Some(text) => matches!(text, "1" | "true"),
        None => browser,
    };
    if pretty {
        return crate::render::served_json(value);
    }
    // A Value always has a text.
    let mut text = escaped(&serde_json::to_string(value).unwrap_or_default());
    text.push('\n');
    text
}

/// Go's escapes, which stand only within strings.
pub(super) fn escaped(text: &str) -> String {
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            char => escaped.push(char),
        }
    }
    escaped
}

//! CustomResourceDefinitions: their names, their versions, their schemas.
//!
//! Source: apiextensions-apiserver v0.20.2 `pkg/apis/apiextensions/validation/validation.go`,
//! `pkg/apiserver/schema/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{go, items, names, sorted, text};

/// What a property may be.
const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];
/// What a column may be.
const COLUMNS: &str = "must be one of boolean,date,integer,number,string";

/// A CustomResourceDefinition; `beta`: sent as v1beta1, where objects may keep what no schema has.
pub(super) fn definition(new: &Value, old: Option<&Value>, beta: bool, causes: &mut Causes) {
    let (spec, own) = (&new["spec"], text(&new["metadata"]["name"]));
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    if own != format!("{plural}.{group}") {
        causes.invalid("metadata.name", format!("{own:?}"), "must be spec.names.plural+\".\"+spec.group");
    }
    approved(new, group, causes);
    if group.is_empty() {
        causes.required("spec.group", "");
    } else {
        let wrong = names::subdomain(group);
        if wrong.is_empty() && !group.contains('.') {
            causes.invalid("spec.group", format!("{group:?}"), "should be a domain with at least one dot");
        }
        causes.invalid_text("spec.group", group, wrong);
    }
    match text(&spec["scope"]) {
        "" => causes.required("spec.scope", ""),
        scope => causes.one_of("spec.scope", scope, &["Cluster", "Namespaced"]),
    }
    let keeps = spec["preserveUnknownFields"] == true;
    let kept = old.is_some_and(|old| old["spec"]["preserveUnknownFields"] == true);
    if keeps && !beta && !kept {
        let why = "cannot set to true, set x-preserve-unknown-fields to true in spec.versions[*].schema instead";
        causes.invalid("spec.preserveUnknownFields", true, why);
    }
    versions(spec, beta, keeps && (beta || kept), causes);
    names_of(&spec["names"], causes);
    if spec["conversion"]["strategy"].is_string() {
        let strategy = text(&spec["conversion"]["strategy"]);
        causes.one_of("spec.conversion.strategy", strategy, &["None", "Webhook"]);
    }
}

/// The groups of Kubernetes itself need someone's approval.
fn approved(new: &Value, group: &str, causes: &mut Causes) {
    const APPROVAL: &str = "api-approved.kubernetes.io";
    let protected = [".k8s.io", ".kubernetes.io"].iter().any(|domain| group.ends_with(domain))
        || matches!(group, "k8s.io" | "kubernetes.io");
    if protected && text(&new["metadata"]["annotations"][APPROVAL]).is_empty() {
        let why = format!(
            "protected groups must have approval annotation {APPROVAL:?}, see \
             https://github.com/kubernetes/enhancements/pull/1111"
        );
        causes.required(format!("metadata.annotations[{APPROVAL}]"), &why);
    }
}

/// What a server says of a definition whose schemas do not tell the type of each value, one mistake after the other:
/// apiextensions-apiserver v0.20.2 `pkg/controller/nonstructuralschema`.
pub(in crate::sandbox) fn unstructural(spec: &Value) -> Vec<String> {
    let mut causes = Causes::default();
    if spec["preserveUnknownFields"] == true {
        causes.invalid("spec.preserveUnknownFields", true, "must be false");
    }
    for (index, version) in items(&spec["versions"]).iter().enumerate() {
        let schema = &version["schema"]["openAPIV3Schema"];
        if schema.is_object() {
            self::schema(schema, &format!("spec.versions[{index}].schema.openAPIV3Schema"), true, &mut causes);
        }
    }
    let mut told: Vec<String> = causes.0.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    told.sort();
    told
}

/// `free`: the schemas need not tell all.
fn versions(spec: &Value, beta: bool, free: bool, causes: &mut Causes) {
    let versions = items(&spec["versions"]);
    let single = versions.len() == 1;
    for (index, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{index}]");
        let name = text(&version["name"]);
        causes.invalid_text(format!("{path}.name"), name, names::label_1035(name));
        // What the only version has is told as if the definition had it.
        let (schema_path, own) = if single {
            ("spec.validation.openAPIV3Schema".to_owned(), "spec".to_owned())
        } else {
            (format!("{path}.schema.openAPIV3Schema"), path.clone())
        };
        let schema = &version["schema"]["openAPIV3Schema"];
        if schema.is_object() && !free {
            self::schema(schema, &schema_path, true, causes);
        } else if beta && !free {
            causes.required(format!("{path}.schema.openAPIV3Schema"), "because otherwise all fields are pruned");
        } else if !free {
            causes.required(format!("{path}.schema.openAPIV3Schema"), "schemas are required");
        }
        for (at, column) in items(&version["additionalPrinterColumns"]).iter().enumerate() {
            self::column(column, &format!("{own}.additionalPrinterColumns[{at}]"), causes);
        }
        let scale = &version["subresources"]["scale"];
        if scale.is_object() {
            for field in ["specReplicasPath", "statusReplicasPath"] {
                if text(&scale[field]).is_empty() {
                    causes.required(format!("{own}.subresources.scale.{field}"), "");
                }
            }
        }
    }
    let stored = versions.iter().filter(|version| version["storage"] == true).count();
    if stored != 1 {
        let shown: Vec<String> = versions.iter().map(version_shown).collect();
        let shown = match spec["versions"].is_array() {
            true => format!("[]apiextensions.CustomResourceDefinitionVersion{{{}}}", shown.join(", ")),
            false => "[]apiextensions.CustomResourceDefinitionVersion(nil)".to_owned(),
        };
        causes.invalid("spec.versions", shown, "must have exactly one version marked as storage version");
    }
    if let Some(first) = versions.first() {
        let name = text(&first["name"]);
        if !name.is_empty() {
            // The first version is also the one of the old field.
            causes.invalid_text("spec.version", name, names::label_1035(name));
        }
    }
    if stored == 0 {
        let why = "must have at least one stored version";
        causes.invalid("status.storedVersions", "[]string(nil)", why);
    }
}

fn version_shown(version: &Value) -> String {
    format!(
        "apiextensions.CustomResourceDefinitionVersion{{Name:{:?}, Served:{}, Storage:{}, Deprecated:{}, \
         DeprecationWarning:{}, Schema:(*apiextensions.CustomResourceValidation)(nil), \
         Subresources:(*apiextensions.CustomResourceSubresources)(nil), \
         AdditionalPrinterColumns:[]apiextensions.CustomResourceColumnDefinition(nil)}}",
        text(&version["name"]),
        version["served"] == true,
        version["storage"] == true,
        version["deprecated"] == true,
        go::pointer("string", &version["deprecationWarning"]),
    )
}

fn names_of(names: &Value, causes: &mut Causes) {
    let label = |field: &str, value: &str, causes: &mut Causes| match value {
        "" => causes.required(field, ""),
        value => causes.invalid_text(field, value, names::label_1035(value)),
    };
    // Defaults make these of the kind.
    let kind = text(&names["kind"]);
    let lower = kind.to_lowercase();
    let singular = text(&names["singular"]);
    let singular = if singular.is_empty() { lower.as_str() } else { singular };
    let list = text(&names["listKind"]);
    let list = if kind.is_empty() { "" } else { list };
    let list = if list.is_empty() && !kind.is_empty() { format!("{kind}List") } else { list.to_owned() };
    label("spec.names.plural", text(&names["plural"]), causes);
    label("spec.names.singular", singular, causes);
    for (field, value) in [("spec.names.kind", kind), ("spec.names.listKind", list.as_str())] {
        let wrong = names::label_1035(&value.to_lowercase());
        match value {
            "" => causes.required(field, ""),
            value => {
                let wrong: Vec<String> = wrong
                    .into_iter()
                    .map(|why| format!("may have mixed case, but should otherwise match: {why}"))
                    .collect();
                causes.invalid_text(field, value, wrong);
            }
        }
    }
    for list in ["shortNames", "categories"] {
        for (index, name) in items(&names[list]).iter().enumerate() {
            let name = text(name);
            causes.invalid_text(format!("spec.names.{list}[{index}]"), name, names::label_1035(name));
        }
    }
}

fn column(column: &Value, path: &str, causes: &mut Causes) {
    if text(&column["name"]).is_empty() {
        causes.required(format!("{path}.name"), "");
    }
    match text(&column["type"]) {
        "" => causes.required(format!("{path}.type"), COLUMNS),
        "boolean" | "date" | "integer" | "number" | "string" => {}
        other => causes.invalid(format!("{path}.type"), format!("{other:?}"), COLUMNS),
    }
    match text(&column["jsonPath"]) {
        "" => causes.required(format!("{path}.JSONPath"), ""),
        own if own.starts_with('.') => {}
        own => {
            causes.invalid(format!("{path}.JSONPath"), format!("{own:?}"), "must be a simple json path starting with .")
        }
    }
}

/// A schema, which says of each value of what type it is.
fn schema(schema: &Value, path: &str, root: bool, causes: &mut Causes) {
    let kind = text(&schema["type"]);
    let free = schema["x-kubernetes-int-or-string"] == true || schema["x-kubernetes-preserve-unknown-fields"] == true;
    match kind {
        "" if root => causes.required(format!("{path}.type"), "must not be empty at the root"),
        "" if free => {}
        "" if path.ends_with(']') => {
            causes.required(format!("{path}.type"), "must not be empty for specified object fields");
        }
        "" => causes.required(format!("{path}.type"), "must not be empty for specified array items"),
        "object" => {}
        kind if root => causes.invalid(format!("{path}.type"), format!("{kind:?}"), "must be object at the root"),
        kind => causes.one_of(format!("{path}.type"), kind, TYPES),
    }
    if schema["uniqueItems"] == true {
        let why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        causes.forbidden(format!("{path}.uniqueItems"), why);
    }
    if schema["x-kubernetes-preserve-unknown-fields"] == false {
        let field = format!("{path}.x-kubernetes-preserve-unknown-fields");
        causes.invalid(field, false, "must be true or undefined");
    }
    if kind == "array" {
        match &schema["items"] {
            Value::Null => causes.required(format!("{path}.items"), "must be specified"),
            Value::Array(_) => {
                causes.forbidden(format!("{path}.items"), "items must be a schema object and not an array");
            }
            items => self::schema(items, &format!("{path}.items"), false, causes),
        }
    }
    pattern(schema, path, causes);
    if !schema["default"].is_null() && !root {
        super::custom::wrong_default(schema, &format!("{path}.default"), causes);
    }
    for junctor in ["allOf", "anyOf", "oneOf"] {
        for (index, part) in items(&schema[junctor]).iter().enumerate() {
            unstructured(part, &format!("{path}.{junctor}[{index}]"), free, causes);
        }
    }
    for (name, property) in sorted(&schema["properties"]) {
        let path = format!("{path}.properties[{name}]");
        let within = sorted(&property["properties"]);
        if root && name == "metadata" && within.iter().any(|(name, _)| !matches!(*name, "name" | "generateName")) {
            let why = "must not specify anything other than name and generateName, but metadata is implicitly \
                       specified";
            causes.forbidden(path, why);
            continue;
        }
        self::schema(property, &path, false, causes);
    }
    if schema["additionalProperties"].is_object() {
        let path = format!("{path}.additionalProperties");
        self::schema(&schema["additionalProperties"], &path, false, causes);
    }
}

fn pattern(schema: &Value, path: &str, causes: &mut Causes) {
    let pattern = text(&schema["pattern"]);
    if let Err(error) = regex::Regex::new(pattern) {
        let open =
            matches!(error, regex::Error::Syntax(_)) && pattern.matches('(').count() > pattern.matches(')').count();
        let why = if open { format!("missing closing ): `{pattern}`") } else { format!("invalid syntax: `{pattern}`") };
        let why = format!("must be a valid regular expression, but isn't: error parsing regexp: {why}");
        causes.invalid(format!("{path}.pattern"), format!("{pattern:?}"), &why);
    }
}

/// A part of a condition: it cannot say what type a value is.
fn unstructured(part: &Value, path: &str, free: bool, causes: &mut Causes) {
    for field in ["type", "description", "title", "default", "nullable", "additionalProperties"] {
        let there = !part[field].is_null() && part[field] != false && part[field] != "";
        if there && !(field == "type" && free) {
            causes.forbidden(format!("{path}.{field}"), "must be empty to be structural");
        }
    }
}

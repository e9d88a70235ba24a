//! Custom resources against the schema of their definition.
//!
//! Source: go-openapi/validate v0.19.5, go-openapi/errors v0.19.2, as apiextensions-apiserver v0.20.2
//! `pkg/apiserver/validation/validation.go` uses them.

use serde_json::Value;

use super::causes::Causes;
use super::{Cause, items, sorted, text};

/// What is wrong with a custom resource, by its schema.
pub fn validate(schema: &Value, object: &Value) -> Vec<Cause> {
    let mut causes = Causes::default();
    value(schema, object, "", &mut causes);
    causes.0
}

/// A default, which must fit its own schema.
pub(super) fn wrong_default(schema: &Value, field: &str, causes: &mut Causes) {
    let mut wrong = Causes::default();
    value(schema, &schema["default"], "", &mut wrong);
    for cause in wrong.0 {
        causes.0.push(Cause { field: field.to_owned(), ..cause });
    }
}

/// How a value's type is called.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn value(schema: &Value, object: &Value, path: &str, causes: &mut Causes) {
    if object.is_null() && schema["nullable"] == true {
        return;
    }
    let (wanted, own) = (text(&schema["type"]), type_of(object));
    let free = schema["x-kubernetes-int-or-string"] == true;
    let fits = match wanted {
        "" => !free || matches!(own, "integer" | "string"),
        "number" => matches!(own, "number" | "integer"),
        "integer" => own == "integer" || object.as_f64().is_some_and(|number| number.fract() == 0.0),
        wanted => wanted == own,
    };
    if !fits {
        let wanted = if free { "integer,string" } else { wanted };
        let why = format!("{path} in body must be of type {wanted}: {own:?}");
        causes.invalid(field(path), format!("{own:?}"), &why);
        return;
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(object)
    {
        let supported: Vec<String> = values.iter().map(plain).collect();
        let supported: Vec<&str> = supported.iter().map(String::as_str).collect();
        causes.unsupported(field(path), super::go::value(object), &supported);
    }
    match object {
        Value::String(own) => string(schema, own, path, causes),
        Value::Number(number) => self::number(schema, number.as_f64().unwrap_or_default(), object, path, causes),
        Value::Array(elements) => {
            size(schema, elements.len(), path, causes);
            for (index, element) in elements.iter().enumerate() {
                value(&schema["items"], element, &format!("{path}[{index}]"), causes);
            }
        }
        Value::Object(fields) => {
            properties(schema, object, path, causes);
            if let Some(least) = schema["minProperties"].as_u64().filter(|least| (fields.len() as u64) < *least) {
                let why = format!("{path} in body should have at least {least} properties");
                causes.invalid(field(path), fields.len(), &why);
            }
            if let Some(most) = schema["maxProperties"].as_u64().filter(|most| fields.len() as u64 > *most) {
                let why = format!("{path} in body should have at most {most} properties");
                causes.invalid(field(path), fields.len(), &why);
            }
        }
        _ => {}
    }
    junctors(schema, object, path, causes);
}

fn properties(schema: &Value, object: &Value, path: &str, causes: &mut Causes) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, own) in sorted(object) {
        let property = &schema["properties"][name];
        // Whoever defines a resource says nothing of these.
        if path.is_empty() && matches!(name, "metadata" | "kind" | "apiVersion") {
            continue;
        }
        if property.is_object() {
            value(property, own, &below(name), causes);
        } else if schema["additionalProperties"].is_object() {
            value(&schema["additionalProperties"], own, &below(name), causes);
        }
    }
    for name in items(&schema["required"]) {
        if object.get(text(name)).is_none() {
            causes.required(field(&below(text(name))), "");
        }
    }
}

fn string(schema: &Value, own: &str, path: &str, causes: &mut Causes) {
    let shown = format!("{own:?}");
    let length = own.chars().count() as u64;
    if let Some(most) = schema["maxLength"].as_u64().filter(|most| length > *most) {
        let why = format!("{path} in body should be at most {most} chars long");
        causes.invalid(field(path), &shown, &why);
    }
    if let Some(least) = schema["minLength"].as_u64().filter(|least| length < *least) {
        let why = format!("{path} in body should be at least {least} chars long");
        causes.invalid(field(path), &shown, &why);
    }
    let pattern = text(&schema["pattern"]);
    if !pattern.is_empty() && regex::Regex::new(pattern).is_ok_and(|regex| !regex.is_match(own)) {
        causes.invalid(field(path), &shown, &format!("{path} in body should match '{pattern}'"));
    }
}

fn number(schema: &Value, own: f64, shown: &Value, path: &str, causes: &mut Causes) {
    if let Some(most) = schema["maximum"].as_f64() {
        let strict = schema["exclusiveMaximum"] == true;
        if own > most || (strict && own >= most) {
            let than = if strict { "less than" } else { "less than or equal to" };
            let why = format!("{path} in body should be {than} {}", plain(&schema["maximum"]));
            causes.invalid(field(path), shown, &why);
        }
    }
    if let Some(least) = schema["minimum"].as_f64() {
        let strict = schema["exclusiveMinimum"] == true;
        if own < least || (strict && own <= least) {
            let than = if strict { "greater than" } else { "greater than or equal to" };
            let why = format!("{path} in body should be {than} {}", plain(&schema["minimum"]));
            causes.invalid(field(path), shown, &why);
        }
    }
    if let Some(factor) = schema["multipleOf"].as_f64().filter(|factor| *factor != 0.0 && own % factor != 0.0) {
        causes.invalid(field(path), shown, &format!("{path} in body should be a multiple of {factor}"));
    }
}

fn size(schema: &Value, size: usize, path: &str, causes: &mut Causes) {
    if let Some(least) = schema["minItems"].as_u64().filter(|least| (size as u64) < *least) {
        let why = format!("{path} in body should have at least {least} items");
        causes.invalid(field(path), size, &why);
    }
    if let Some(most) = schema["maxItems"].as_u64().filter(|most| size as u64 > *most) {
        let why = format!("{path} in body should have at most {most} items");
        causes.invalid(field(path), size, &why);
    }
}

fn junctors(schema: &Value, object: &Value, path: &str, causes: &mut Causes) {
    let fitting = |list: &str| {
        let fits = |part: &&Value| {
            let mut wrong = Causes::default();
            value(part, object, path, &mut wrong);
            wrong.0.is_empty()
        };
        items(&schema[list]).iter().filter(fits).count()
    };
    let mut refuse = |why: &str| causes.invalid(field(path), "\"\"", &format!("{path:?} {why}"));
    if !items(&schema["anyOf"]).is_empty() && fitting("anyOf") == 0 {
        refuse("must validate at least one schema (anyOf)");
    }
    if !items(&schema["allOf"]).is_empty() && fitting("allOf") != items(&schema["allOf"]).len() {
        refuse("must validate all the schemas (allOf)");
    }
    if !items(&schema["oneOf"]).is_empty() && fitting("oneOf") != 1 {
        let found = if fitting("oneOf") == 0 { "Found none valid" } else { "Found more than one valid" };
        refuse(&format!("must validate one and only one schema (oneOf). {found}"));
    }
    if schema["not"].is_object() {
        let mut wrong = Causes::default();
        value(&schema["not"], object, path, &mut wrong);
        if wrong.0.is_empty() {
            refuse("must not validate the schema (not)");
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The root is shown as nothing.
fn field(path: &str) -> &str {
    if path.is_empty() { "<nil>" } else { path }
}

/// Drops the fields that a schema does not have: apiextensions-apiserver `pkg/apiserver/schema/pruning`.
pub fn prune(schema: &Value, object: &mut Value, root: bool) {
    match object {
        Value::Object(fields) => {
            let keeps = schema["x-kubernetes-preserve-unknown-fields"] == true;
            let properties = &schema["properties"];
            let additional = &schema["additionalProperties"];
            fields.retain(|name, _| {
                let implicit = (root || schema["x-kubernetes-embedded-resource"] == true)
                    && matches!(name.as_str(), "metadata" | "kind" | "apiVersion");
                keeps
                    || implicit
                    || properties[name.as_str()].is_object()
                    || additional.is_object()
                    || *additional == true
            });
            for (name, value) in fields.iter_mut() {
                if root && matches!(name.as_str(), "metadata" | "kind" | "apiVersion") {
                    continue;
                }
                let property = &properties[name.as_str()];
                if property.is_object() {
                    prune(property, value, false);
                } else if additional.is_object() {
                    prune(additional, value, false);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| prune(&schema["items"], element, false)),
        _ => {}
    }
}

/// Fills in the defaults of a schema: apiextensions-apiserver `pkg/apiserver/schema/defaulting`.
pub fn default(schema: &Value, object: &mut Value) {
    match object {
        Value::Object(fields) => {
            for (name, property) in sorted(&schema["properties"]) {
                let null = fields.get(name).is_some_and(Value::is_null) && property["nullable"] != true;
                if !property["default"].is_null() && (null || !fields.contains_key(name)) {
                    fields.insert(name.to_owned(), property["default"].clone());
                }
                if let Some(value) = fields.get_mut(name) {
                    default(property, value);
                }
            }
            let additional = &schema["additionalProperties"];
            if additional.is_object() {
                fields.iter_mut().for_each(|(_, value)| default(additional, value));
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| default(&schema["items"], element)),
        _ => {}
    }
}

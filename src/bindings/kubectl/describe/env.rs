//! A container's environment and where its values come from.

use serde_json::Value;

use super::container::Place;
use super::json::{flag, items, quantity, text};
use super::page::Page;
use crate::render::Quantity;

/// Writes what the environment is taken from, then its variables.
pub(super) fn write(page: &mut Page, container: &Value, place: Place<'_>) {
    sources(page, &container["envFrom"]);
    let none = if items(&container["env"]).is_empty() { "\t<none>" } else { "" };
    page.line(2, format!("Environment:{none}"));
    for variable in items(&container["env"]) {
        let (name, from) = (text(&variable["name"]), &variable["valueFrom"]);
        let key_of = |what: &str, reference: &Value| {
            let (key, owner) = (text(&reference["key"]), text(&reference["name"]));
            let optional = flag(&reference["optional"]);
            format!("{name}:\t<set to the key '{key}' {what} '{owner}'>\tOptional: {optional}")
        };
        if from.is_null() {
            let mut lines = text(&variable["value"]).split('\n');
            page.field(3, name, lines.next().unwrap_or_default());
            for line in lines {
                page.line(3, format!("\t{line}"));
            }
        } else if !from["fieldRef"].is_null() {
            let (version, path) = (text(&from["fieldRef"]["apiVersion"]), text(&from["fieldRef"]["fieldPath"]));
            page.field(3, name, format!("{} ({version}:{path})", field(place, path)));
        } else if !from["resourceFieldRef"].is_null() {
            let reference = &from["resourceFieldRef"];
            let resource = text(&reference["resource"]);
            page.field(3, name, format!("{} ({resource})", amount(container, reference)));
        } else if !from["secretKeyRef"].is_null() {
            page.line(3, key_of("in secret", &from["secretKeyRef"]));
        } else if !from["configMapKeyRef"].is_null() {
            page.line(3, key_of("of config map", &from["configMapKeyRef"]));
        }
    }
}

fn sources(page: &mut Page, sources: &Value) {
    if items(sources).is_empty() {
        return;
    }
    page.line(2, "Environment Variables from:");
    for source in items(sources) {
        let (kind, reference) = if !source["configMapRef"].is_null() {
            ("ConfigMap", &source["configMapRef"])
        } else if !source["secretRef"].is_null() {
            ("Secret", &source["secretRef"])
        } else {
            ("", &Value::Null)
        };
        let with = match text(&source["prefix"]) {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        page.line(3, format!("{}\t{kind}{with}\tOptional: {}", text(&reference["name"]), flag(&reference["optional"])));
    }
}

/// The value of a field of the Pod. kubectl knows no others than these two.
fn field<'a>(place: Place<'a>, path: &str) -> &'a str {
    match (place, path) {
        (Place::Pod(pod), "metadata.name") => text(&pod["metadata"]["name"]),
        (Place::Pod(pod), "metadata.namespace") => text(&pod["metadata"]["namespace"]),
        _ => "",
    }
}

/// A request or limit of the container, in units of the divisor, rounded up.
fn amount(container: &Value, reference: &Value) -> String {
    let resource = text(&reference["resource"]);
    let Some((sort, name)) = resource.split_once('.') else { return String::new() };
    let known = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    if !known || !matches!(sort, "limits" | "requests") {
        return String::new();
    }
    let value = quantity(&container["resources"][sort][name]);
    if value.is_zero() && matches!(resource, "limits.cpu" | "limits.memory") {
        return "node allocatable".to_owned();
    }
    let units = |amount: Quantity| if name == "cpu" { amount.milli_value() } else { amount.value() };
    let divisor = match units(quantity(&reference["divisor"])) {
        0 if name == "cpu" => 1000,
        0 => 1,
        divisor => divisor,
    };
    (units(value) as f64 / divisor as f64).ceil().to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn divides_and_rounds_up() {
        let container = json!({"resources": {"limits": {"memory": "1.5Gi"}, "requests": {"cpu": "1500m"}}});
        let of = |resource: &str, divisor: &str| amount(&container, &json!({"resource": resource, "divisor": divisor}));
        assert_eq!(of("requests.cpu", "0"), "2");
        assert_eq!(of("requests.cpu", "1m"), "1500");
        assert_eq!(of("limits.memory", "1Gi"), "2");
        assert_eq!(of("limits.memory", "0"), "1610612736");
        assert_eq!(of("limits.cpu", "0"), "node allocatable");
        assert_eq!(of("requests.ephemeral-storage", "0"), "0");
        assert_eq!(of("requests.nvidia.com/gpu", "0"), "");
    }
}

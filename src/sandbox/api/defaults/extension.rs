//! What extends the API.

use serde_json::{Value, json};

use super::{child, child_or_new, each, set, set_number, set_text};

pub(super) fn definition(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    if let Some(names) = child(spec, "names") {
        let kind = names["kind"].as_str().unwrap_or_default().to_owned();
        set_text(names, "singular", &kind.to_lowercase());
        set_text(names, "listKind", &format!("{kind}List"));
        arrange(names, &["plural", "singular", "shortNames", "kind", "listKind", "categories"]);
    }
    if let Some(conversion) = child_or_new(spec, "conversion") {
        set_text(conversion, "strategy", "None");
    }
    arrange(spec, &["group", "names", "scope", "versions", "conversion", "preserveUnknownFields"]);
}

/// Puts fields in the order of Go's type; what is not of it comes last.
fn arrange(object: &mut Value, order: &[&str]) {
    let Some(fields) = object.as_object_mut() else { return };
    let mut arranged: serde_json::Map<_, _> =
        order.iter().filter_map(|field| Some(((*field).to_owned(), fields.shift_remove(*field)?))).collect();
    arranged.append(fields);
    *fields = arranged;
}

pub(super) fn webhooks(object: &mut Value, mutating: bool) {
    for webhook in each(object, "webhooks") {
        set(webhook, "failurePolicy", "Fail");
        set(webhook, "matchPolicy", "Equivalent");
        set(webhook, "namespaceSelector", json!({}));
        set(webhook, "objectSelector", json!({}));
        set(webhook, "timeoutSeconds", 10);
        if mutating {
            set(webhook, "reinvocationPolicy", "Never");
        }
        if let Some(service) = child(webhook, "clientConfig").and_then(|config| child(config, "service")) {
            set_number(service, "port", 443);
        }
        each(webhook, "rules").for_each(|rule| set(rule, "scope", "*"));
    }
}

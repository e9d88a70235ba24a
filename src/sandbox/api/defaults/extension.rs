//! What extends the API.

use serde_json::{Value, json};

use super::{child, child_or_new, each, set, set_number, set_text};

pub(super) fn definition(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    if let Some(names) = child(spec, "names") {
        let kind = names["kind"].as_str().unwrap_or_default().to_owned();
        set_text(names, "singular", &kind.to_lowercase());
        set_text(names, "listKind", &format!("{kind}List"));
    }
    if let Some(conversion) = child_or_new(spec, "conversion") {
        set_text(conversion, "strategy", "None");
    }
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

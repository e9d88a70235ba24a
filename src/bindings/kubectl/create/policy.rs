//! `create quota`, `create priorityclass` and `create poddisruptionbudget`.

use futures::FutureExt;
use serde_json::{Map, Value, json};

use super::generator::{Generator, listed, wrong};
use super::selector::label_selector;
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;
use crate::render::Quantity;

/// kubectl's words for an amount that is none.
const NO_QUANTITY: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

pub(super) const QUOTA: Generator = Generator {
    words: &[&["quota", "resourcequota"]],
    flags: &[Flag::value("hard", None), Flag::value("scopes", None)],
    required: &[],
    build: |_, flags, name| std::future::ready(quota(flags, name)).boxed(),
};

pub(super) const PRIORITY_CLASS: Generator = Generator {
    words: &[&["priorityclass", "pc"]],
    flags: &[
        Flag::value("value", None),
        Flag::switch("global-default", None),
        Flag::value("description", None),
        Flag::value("preemption-policy", None),
    ],
    required: &[],
    build: |_, flags, name| std::future::ready(priority_class(flags, name)).boxed(),
};

pub(super) const DISRUPTION_BUDGET: Generator = Generator {
    words: &[&["poddisruptionbudget", "pdb"]],
    flags: &[Flag::value("selector", None), Flag::value("min-available", None), Flag::value("max-unavailable", None)],
    required: &[],
    build: |_, flags, name| std::future::ready(disruption_budget(flags, name)).boxed(),
};

fn quota(flags: &Flags, name: &str) -> Result<Value, Failure> {
    let mut spec = json!({});
    let mut hard = Map::new();
    for pair in listed(flags, "hard") {
        match pair.split_once('=') {
            Some((_, quantity)) if Quantity::parse(quantity).is_none() => return wrong(NO_QUANTITY),
            Some((resource, quantity)) => hard.insert(resource.to_owned(), quantity.into()),
            None => return wrong(format!("Invalid argument syntax {pair}, expected <resource>=<value>")),
        };
    }
    if !hard.is_empty() {
        hard.sort_keys();
        spec["hard"] = hard.into();
    }
    let scopes = listed(flags, "scopes");
    if !scopes.is_empty() {
        spec["scopes"] = scopes.into();
    }
    Ok(json!({
        "kind": "ResourceQuota",
        "apiVersion": "v1",
        "metadata": { "name": name, "creationTimestamp": null },
        "spec": spec,
        "status": {},
    }))
}

fn priority_class(flags: &Flags, name: &str) -> Result<Value, Failure> {
    let mut object = json!({
        "kind": "PriorityClass",
        "apiVersion": "scheduling.k8s.io/v1",
        "metadata": { "name": name, "creationTimestamp": null },
        "value": flags.integer("value")?.unwrap_or(0),
    });
    if flags.switch("global-default", false)? {
        object["globalDefault"] = true.into();
    }
    if let Some(description) = flags.get("description").filter(|text| !text.is_empty()) {
        object["description"] = description.into();
    }
    object["preemptionPolicy"] = flags.get("preemption-policy").unwrap_or("PreemptLowerPriority").into();
    Ok(object)
}

fn disruption_budget(flags: &Flags, name: &str) -> Result<Value, Failure> {
    let Some(selector) = flags.get("selector").filter(|text| !text.is_empty()) else {
        return wrong("a selector must be specified");
    };
    let count = |text: &str| text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from);
    let (field, amount) = match (flags.get("min-available"), flags.get("max-unavailable")) {
        (None, None) => return wrong("one of min-available or max-unavailable must be specified"),
        (Some(_), Some(_)) => return wrong("min-available and max-unavailable cannot be both specified"),
        (Some(least), None) => ("minAvailable", count(least)),
        (None, Some(most)) => ("maxUnavailable", count(most)),
    };
    // The order of the fields is the API's own.
    let selector = label_selector(selector)?;
    let spec = match field {
        "minAvailable" => json!({ field: amount, "selector": selector }),
        _ => json!({ "selector": selector, field: amount }),
    };
    Ok(json!({
        "kind": "PodDisruptionBudget",
        "apiVersion": "policy/v1beta1",
        "metadata": { "name": name, "creationTimestamp": null },
        "spec": spec,
        "status": { "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0 },
    }))
}

//! How Pods are reached.

use serde_json::{Value, json};

use super::{child, child_or_new, each, set, set_text, some};

pub(super) fn service(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    set_text(spec, "sessionAffinity", "None");
    if spec["sessionAffinity"] == "None" {
        if let Some(spec) = spec.as_object_mut() {
            spec.shift_remove("sessionAffinityConfig");
        }
    } else if spec["sessionAffinity"] == "ClientIP"
        && let Some(config) = child_or_new(spec, "sessionAffinityConfig")
        && let Some(client) = child_or_new(config, "clientIP")
    {
        set(client, "timeoutSeconds", 10800);
    }
    set_text(spec, "type", "ClusterIP");
    if spec["type"] == "NodePort" || spec["type"] == "LoadBalancer" {
        set_text(spec, "externalTrafficPolicy", "Cluster");
    }
    for port in each(spec, "ports") {
        set_text(port, "protocol", "TCP");
        let number = port["port"].clone();
        if port["targetPort"] == 0 || port["targetPort"] == "" {
            port["targetPort"] = Value::Null;
        }
        set(port, "targetPort", number);
    }
}

pub(super) fn endpoints(object: &mut Value) {
    for subset in each(object, "subsets") {
        each(subset, "ports").for_each(|port| set_text(port, "protocol", "TCP"));
    }
}

pub(super) fn endpoint_slice(object: &mut Value) {
    each(object, "endpoints").for_each(|endpoint| set(endpoint, "conditions", json!({})));
    for port in each(object, "ports") {
        set(port, "name", "");
        set(port, "protocol", "TCP");
    }
}

pub(super) fn policy(object: &mut Value) {
    let Some(spec) = child(object, "spec") else { return };
    for list in ["ingress", "egress"] {
        for rule in each(spec, list) {
            each(rule, "ports").for_each(|port| set(port, "protocol", "TCP"));
        }
    }
    let types = spec["policyTypes"].as_array().map_or(0, Vec::len);
    if types == 0 {
        let egress =
            spec["egress"].as_array().is_some_and(|rules| !rules.is_empty()) || some(&spec["egress"]).is_some();
        spec["policyTypes"] = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    }
}

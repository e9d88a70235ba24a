//! Configurations of webhooks: v1.20 `pkg/apis/admissionregistration/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{go, items, names, text};

/// The versions of AdmissionReview that the server can send.
const REVIEWS: [&str; 2] = ["v1", "v1beta1"];
const FORM: &str = "desired format: https://host[/path]";

/// A configuration; `beta`: sent as v1beta1, of which less is asked.
pub(super) fn configuration(new: &Value, beta: bool, causes: &mut Causes) {
    let mut known: Vec<&str> = Vec::new();
    for (index, hook) in items(&new["webhooks"]).iter().enumerate() {
        let path = format!("webhooks[{index}]");
        webhook(hook, &path, beta, causes);
        let name = text(&hook["name"]);
        if known.contains(&name) && !beta {
            causes.duplicate(format!("{path}.name"), format!("{name:?}"), "");
        }
        known.push(name);
    }
}

fn webhook(hook: &Value, path: &str, beta: bool, causes: &mut Causes) {
    let name = text(&hook["name"]);
    let wrong = names::subdomain(name);
    if name.is_empty() {
        causes.required(format!("{path}.name"), "");
    } else if !wrong.is_empty() {
        causes.invalid_text(format!("{path}.name"), name, wrong);
    } else if name.split('.').count() < 3 {
        let why = "should be a domain with at least three segments separated by dots";
        causes.invalid(format!("{path}.name"), format!("{name:?}"), why);
    }
    for (index, rule) in items(&hook["rules"]).iter().enumerate() {
        self::rule(rule, &format!("{path}.rules[{index}]"), causes);
    }
    let one_of = |field: &str, supported: &[&str], causes: &mut Causes| {
        if !hook[field].is_null() {
            causes.one_of(format!("{path}.{field}"), text(&hook[field]), supported);
        }
    };
    one_of("failurePolicy", &["Fail", "Ignore"], causes);
    one_of("matchPolicy", &["Equivalent", "Exact"], causes);
    let known: &[&str] = if beta { &["None", "NoneOnDryRun", "Some", "Unknown"] } else { &["None", "NoneOnDryRun"] };
    if hook["sideEffects"].is_null() {
        causes.required(format!("{path}.sideEffects"), &format!("must specify one of {}", known.join(", ")));
    }
    one_of("sideEffects", known, causes);
    if let Some(seconds) = hook["timeoutSeconds"].as_i64().filter(|seconds| !(1..=30).contains(seconds)) {
        let why = "the timeout value must be between 1 and 30 seconds";
        causes.invalid(format!("{path}.timeoutSeconds"), seconds, why);
    }
    one_of("reinvocationPolicy", &["IfNeeded", "Never"], causes);
    client(&hook["clientConfig"], &format!("{path}.clientConfig"), causes);
    let versions = items(&hook["admissionReviewVersions"]);
    let field = format!("{path}.admissionReviewVersions");
    if versions.is_empty() {
        causes.required(field, &format!("must specify one of {}", REVIEWS.join(", ")));
    } else if !versions.iter().any(|version| REVIEWS.contains(&text(version))) {
        let why = format!("must include at least one of {}", REVIEWS.join(", "));
        causes.invalid(field, go::list("string", &hook["admissionReviewVersions"]), &why);
    }
}

fn rule(rule: &Value, path: &str, causes: &mut Causes) {
    const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
    let has_all = |list: &str| items(&rule[list]).len() > 1 && items(&rule[list]).iter().any(|one| one == "*");
    if items(&rule["operations"]).is_empty() {
        causes.required(format!("{path}.operations"), "");
    }
    if has_all("operations") {
        let shown = go::list("admissionregistration.OperationType", &rule["operations"]);
        causes.invalid(format!("{path}.operations"), shown, "if '*' is present, must not specify other operations");
    }
    for (index, operation) in items(&rule["operations"]).iter().enumerate() {
        causes.one_of(format!("{path}.operations[{index}]"), text(operation), &OPERATIONS);
    }
    for (list, what) in [("apiGroups", "API groups"), ("apiVersions", "API versions")] {
        let field = format!("{path}.{list}");
        if items(&rule[list]).is_empty() {
            causes.required(&field, "");
        }
        if has_all(list) {
            let why = format!("if '*' is present, must not specify other {what}");
            causes.invalid(&field, go::list("string", &rule[list]), &why);
        }
        for (index, version) in items(&rule[list]).iter().enumerate() {
            if text(version).is_empty() && list == "apiVersions" {
                causes.required(format!("{field}[{index}]"), "");
            }
        }
    }
    let resources: Vec<&str> = items(&rule["resources"]).iter().map(text).collect();
    let field = format!("{path}.resources");
    if resources.is_empty() {
        causes.required(&field, "");
    }
    let plain = resources.iter().filter(|resource| !resource.contains('/')).count();
    let why = if resources.contains(&"*/*") && resources.len() > 1 {
        "if '*/*' is present, must not specify other resources"
    } else if resources.contains(&"*") && plain > 1 {
        "if '*' is present, must not specify other resources without subresources"
    } else {
        ""
    };
    if !why.is_empty() {
        causes.invalid(&field, go::list("string", &rule["resources"]), why);
    }
    for (index, resource) in resources.iter().enumerate().filter(|(_, resource)| resource.is_empty()) {
        causes.required(format!("{field}[{index}]"), resource);
    }
    if !rule["scope"].is_null() {
        causes.one_of(format!("{path}.scope"), text(&rule["scope"]), &["*", "Cluster", "Namespaced"]);
    }
}

/// Where a webhook is: apiserver v0.20.2 `util/webhook/validation.go`.
fn client(config: &Value, path: &str, causes: &mut Causes) {
    let (url, service) = (&config["url"], &config["service"]);
    if url.is_null() == service.is_null() {
        return causes.required(path, "exactly one of url or service is required");
    }
    if let Some(url) = url.as_str() {
        return self::url(url, &format!("{path}.url"), causes);
    }
    for (field, why) in [("name", "service name is required"), ("namespace", "service namespace is required")] {
        if text(&service[field]).is_empty() {
            causes.required(format!("{path}.service.{field}"), why);
        }
    }
    if let Some(port) = service["port"].as_i64().filter(|port| !(1..=65_535).contains(port)) {
        let why = "port is not valid: must be between 1 and 65535, inclusive";
        causes.invalid(format!("{path}.service.port"), port, why);
    }
    if let Some(own) = service["path"].as_str().filter(|own| !own.starts_with('/')) {
        causes.invalid(format!("{path}.service.path"), format!("{own:?}"), "must start with a '/'");
    }
}

fn url(url: &str, path: &str, causes: &mut Causes) {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let (host, _) = rest.split_once(['/', '?', '#']).unwrap_or((rest, ""));
    if scheme != "https" {
        let why = format!("'https' is the only allowed URL scheme; {FORM}");
        causes.invalid(path, format!("{scheme:?}"), &why);
    }
    if host.is_empty() {
        causes.invalid(path, format!("{host:?}"), &format!("host must be provided; {FORM}"));
    }
    if let Some((user, _)) = host.split_once('@') {
        causes.invalid(path, format!("{user:?}"), "user information is not permitted in the URL");
    }
    for (mark, what) in [('#', "fragments"), ('?', "query parameters")] {
        if let Some((_, part)) = rest.split_once(mark) {
            causes.invalid(path, format!("{part:?}"), &format!("{what} are not permitted in the URL"));
        }
    }
}

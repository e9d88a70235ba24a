//! Pods, and the templates of them.
//!
//! Source: v1.20.2 `pkg/apis/core/validation/validation.go`.

use serde_json::Value;

use super::causes::Causes;
use super::{affinity, container, go, items, meta, names, resources, sorted, text, volume};

/// A Pod's spec at a path.
pub(super) fn spec(spec: &Value, path: &str, causes: &mut Causes) {
    let volumes = volume::volumes(spec, path, causes);
    container::containers(spec, path, &volumes, causes);
    container::init(spec, path, &volumes, causes);
    match text(&spec["restartPolicy"]) {
        // Defaults fill it in.
        "" => {}
        policy => causes.one_of(format!("{path}.restartPolicy"), policy, &["Always", "OnFailure", "Never"]),
    }
    match text(&spec["dnsPolicy"]) {
        "" => {}
        policy => causes.one_of(
            format!("{path}.dnsPolicy"),
            policy,
            &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
        ),
    }
    meta::labels(&spec["nodeSelector"], &format!("{path}.nodeSelector"), causes);
    security(spec, path, causes);
    affinity::affinity(&spec["affinity"], &format!("{path}.affinity"), causes);
    dns(spec, path, causes);
    for (index, gate) in items(&spec["readinessGates"]).iter().enumerate() {
        let kind = text(&gate["conditionType"]);
        let field = format!("{path}.readinessGates[{index}].conditionType");
        causes.invalid_text(field, kind, names::qualified(kind));
    }
    affinity::spread(&spec["topologySpreadConstraints"], &format!("{path}.topologySpreadConstraints"), causes);
    for (field, rule) in
        [("serviceAccountName", names::subdomain as fn(&str) -> Vec<String>), ("nodeName", names::subdomain)]
    {
        let name = text(&spec[field]);
        if !name.is_empty() {
            causes.invalid_text(format!("{path}.{field}"), name, rule(name));
        }
    }
    if let Some(seconds) = spec["activeDeadlineSeconds"].as_i64()
        && !(1..=2_147_483_647).contains(&seconds)
    {
        let why = "must be between 1 and 2147483647, inclusive";
        causes.invalid(format!("{path}.activeDeadlineSeconds"), seconds, why);
    }
    for field in ["hostname", "subdomain"] {
        let name = text(&spec[field]);
        if !name.is_empty() {
            causes.invalid_text(format!("{path}.{field}"), name, names::label(name));
        }
    }
    tolerations(&spec["tolerations"], &format!("{path}.tolerations"), causes);
    for alias in items(&spec["hostAliases"]) {
        let ip = text(&alias["ip"]);
        if !names::ip(ip).is_empty() {
            causes.invalid(format!("{path}.hostAliases.ip"), format!("{ip:?}"), "must be valid IP address");
        }
        for name in items(&alias["hostnames"]) {
            let name = text(name);
            causes.invalid_text(format!("{path}.hostAliases.hostnames"), name, names::subdomain(name));
        }
    }
    for field in ["priorityClassName", "runtimeClassName"] {
        let name = text(&spec[field]);
        if !name.is_empty() {
            causes.invalid_text(format!("{path}.{field}"), name, names::subdomain(name));
        }
    }
    if spec["preemptionPolicy"].is_string() {
        let policy = text(&spec["preemptionPolicy"]);
        causes.one_of(format!("{path}.preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
    for (name, value) in sorted(&spec["overhead"]) {
        let field = format!("{path}.overhead.limits[{name}]");
        resources::container_name(name, &field, causes);
        resources::amount(name, value, &field, causes);
    }
}

/// A template at a path.
pub(super) fn template(template: &Value, path: &str, causes: &mut Causes) {
    meta::labels(&template["metadata"]["labels"], &format!("{path}.labels"), causes);
    meta::annotations(&template["metadata"]["annotations"], &format!("{path}.annotations"), causes);
    spec(&template["spec"], &format!("{path}.spec"), causes);
}

fn security(spec: &Value, path: &str, causes: &mut Causes) {
    if spec["hostNetwork"] == true {
        for (list, containers) in [("containers", &spec["containers"]), ("initContainers", &spec["initContainers"])] {
            for (index, container) in items(containers).iter().enumerate() {
                for (at, port) in items(&container["ports"]).iter().enumerate() {
                    let number = port["containerPort"].as_i64().unwrap_or_default();
                    if port["hostPort"].as_i64().unwrap_or_default() != number {
                        let field = format!("{path}.{list}[{index}].ports[{at}].containerPort");
                        causes.invalid(field, number, "must match `hostPort` when `hostNetwork` is true");
                    }
                }
            }
        }
    }
    if spec["shareProcessNamespace"] == true && spec["hostPID"] == true {
        let why = "ShareProcessNamespace and HostPID cannot both be enabled";
        causes.invalid(format!("{path}.securityContext.shareProcessNamespace"), true, why);
    }
    let (context, path) = (&spec["securityContext"], format!("{path}.securityContext"));
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        container::id(&context[field], &format!("{path}.{field}"), causes);
    }
    for (index, group) in items(&context["supplementalGroups"]).iter().enumerate() {
        container::id(group, &format!("{path}.supplementalGroups[{index}]"), causes);
    }
    let mut known = Vec::new();
    for (index, sysctl) in items(&context["sysctls"]).iter().enumerate() {
        const SYSCTL: &str = "must have at most 253 characters and match regex \
            ([a-z0-9]([-_a-z0-9]*[a-z0-9])?\\.)*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
        let (name, field) = (text(&sysctl["name"]), format!("{path}.sysctls[{index}].name"));
        let fits = name.split('.').all(|part| names::label(&part.replace('_', "-")).is_empty() || part.len() > 63);
        if name.is_empty() {
            causes.required(field, "");
        } else if !fits || name.len() > 253 || name.contains("_.") || name.contains("._") {
            causes.invalid(field, format!("{name:?}"), SYSCTL);
        } else if known.contains(&name) {
            causes.duplicate(field, format!("{name:?}"), "");
        }
        known.push(name);
    }
    if context["fsGroupChangePolicy"].is_string() {
        let policy = text(&context["fsGroupChangePolicy"]);
        causes.one_of(format!("{path}.fsGroupChangePolicy"), policy, &["OnRootMismatch", "Always"]);
    }
    container::seccomp(&context["seccompProfile"], &format!("{path}.seccompProfile"), causes);
}

fn dns(spec: &Value, path: &str, causes: &mut Causes) {
    let (config, field) = (&spec["dnsConfig"], format!("{path}.dnsConfig"));
    let servers = items(&config["nameservers"]);
    if spec["dnsPolicy"] == "None" {
        if !config.is_object() {
            causes.required(&field, "must provide `dnsConfig` when `dnsPolicy` is None");
            return;
        }
        if servers.is_empty() {
            let why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            causes.required(format!("{field}.nameservers"), why);
            return;
        }
    }
    if servers.len() > 3 {
        let shown = go::list("string", &config["nameservers"]);
        causes.invalid(format!("{field}.nameservers"), shown, "must not have more than 3 nameservers");
    }
    for (index, server) in servers.iter().enumerate() {
        if !names::ip(text(server)).is_empty() {
            let shown = format!("{:?}", text(server));
            causes.invalid(format!("{field}.nameservers[{index}]"), shown, "must be valid IP address");
        }
    }
    let searches = items(&config["searches"]);
    if searches.len() > 6 {
        let shown = go::list("string", &config["searches"]);
        causes.invalid(format!("{field}.searches"), shown, "must not have more than 6 search paths");
    }
    for (index, search) in searches.iter().enumerate() {
        let own = text(search);
        let wrong = names::subdomain(own.strip_suffix('.').unwrap_or(own));
        causes.invalid_text(format!("{field}.searches[{index}]"), own, wrong);
    }
    for (index, option) in items(&config["options"]).iter().enumerate() {
        if text(&option["name"]).is_empty() {
            causes.required(format!("{field}.options[{index}]"), "must not be empty");
        }
    }
}

/// Tolerations at a field.
pub(super) fn tolerations(tolerations: &Value, path: &str, causes: &mut Causes) {
    for (index, toleration) in items(tolerations).iter().enumerate() {
        let path = format!("{path}[{index}]");
        let of = |field: &str| text(&toleration[field]);
        if !of("key").is_empty() {
            causes.invalid_text(format!("{path}.key"), of("key"), names::qualified(of("key")));
        }
        let operator = format!("{path}.operator");
        if of("key").is_empty() && of("operator") != "Exists" {
            let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            causes.invalid(&operator, format!("{:?}", of("operator")), why);
        }
        if !toleration["tolerationSeconds"].is_null() && of("effect") != "NoExecute" {
            let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            causes.invalid(format!("{path}.effect"), format!("{:?}", of("effect")), why);
        }
        match of("operator") {
            "Equal" | "" => causes.invalid_text(&operator, of("value"), names::label_value(of("value"))),
            "Exists" => {
                if !of("value").is_empty() {
                    let shown = format!(
                        "core.Toleration{{Key:{:?}, Operator:{:?}, Value:{:?}, Effect:{:?}, TolerationSeconds:{}}}",
                        of("key"),
                        of("operator"),
                        of("value"),
                        of("effect"),
                        go::pointer("int64", &toleration["tolerationSeconds"])
                    );
                    causes.invalid(&operator, shown, "value must be empty when `operator` is 'Exists'");
                }
            }
            other => causes.unsupported(&operator, format!("{other:?}"), &["Equal", "Exists"]),
        }
        if !of("effect").is_empty() {
            effect(of("effect"), &format!("{path}.effect"), causes);
        }
    }
}

/// What a taint does.
pub(super) fn effect(effect: &str, field: &str, causes: &mut Causes) {
    causes.one_of(field, effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
}

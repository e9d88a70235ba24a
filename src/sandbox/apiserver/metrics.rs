//! `/metrics` as Prometheus' text, as far as it is true here: what is stored, and what clients asked for. Histograms, and what
//! measures the machine, are left out.

use std::fmt::Write as _;

use super::answer::Answer;
use super::request::{Request, Target};
use crate::sandbox::World;
use crate::sandbox::api::RESOURCES;
use crate::sandbox::host;

const BUILD: &str = "# HELP kubernetes_build_info [ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, \
git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.\n\
# TYPE kubernetes_build_info gauge\n\
kubernetes_build_info{build_date=\"2021-01-13T13:20:00Z\",compiler=\"gc\",git_commit=\"\",git_tree_state=\"clean\",\
git_version=\"v1.20.2\",go_version=\"go1.19.8\",major=\"1\",minor=\"20\",platform=\"linux/amd64\"} 1\n";

/// One metric: what it is, of which type, and its values with their labels.
fn metric(text: &mut String, name: &str, help: &str, kind: &str, values: &[(String, String)]) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in values {
        let braces = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(text, "{name}{braces} {value}");
    }
}

/// A number as Go's `%g` writes it: `1.79592739686e+09`.
fn float(number: f64) -> String {
    if number != 0.0 && (number.abs() >= 1e21 || number.abs() < 1e-4) || number.abs() >= 1e6 {
        let text = format!("{number:e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
        return format!("{digits}e{sign}{power:0>2}");
    }
    number.to_string()
}

/// The server's own.
pub(super) fn of_server(world: &World) -> Answer {
    let one = |value: String| [(String::new(), value)];
    let mut text = String::new();
    let kinds =
        [("mutating", 0), ("readOnly", 0)].map(|(kind, now)| (format!("request_kind=\"{kind}\""), now.to_string()));
    let help = "[ALPHA] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.";
    metric(&mut text, "apiserver_current_inflight_requests", help, "gauge", &kinds);
    let served: Vec<_> = world.served.iter().map(|(labels, count)| (labels.clone(), count.to_string())).collect();
    let help = "[ALPHA] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response contentType and code.";
    metric(&mut text, "apiserver_request_total", help, "counter", &served);
    // What has no list has nothing stored.
    let stored = RESOURCES.iter().filter(|r| r.verbs.contains(&"list") && r.plural != "componentstatuses");
    let mut counts = std::collections::BTreeMap::new();
    for resource in stored.chain(world.custom_resources()) {
        // Events are in two groups and one place.
        if resource.group != "events.k8s.io" && resource.group != "extensions" {
            let count = world.store.prefixed(resource.prefix(None).as_bytes()).count();
            counts.insert(format!("resource=\"{}\"", resource.qualified()), count.to_string());
        }
    }
    let counts: Vec<_> = counts.into_iter().collect();
    let help = "[ALPHA] Number of stored objects at the time of last check split by kind.";
    metric(&mut text, "etcd_object_counts", help, "gauge", &counts);
    text += BUILD;
    let node = world.hosts.nodes().first().map(|node| node.spec.name.clone()).unwrap_or_default();
    process(&mut text, world, &node, "kube-apiserver");
    metric(
        &mut text,
        "ssh_tunnel_open_count",
        "[ALPHA] Counter of ssh tunnel total open attempts",
        "counter",
        &one("0".to_owned()),
    );
    Answer::Whole { code: 200, content_type: "text/plain; version=0.0.4; charset=utf-8", body: text.into() }
}

/// What a program takes and since when it runs.
fn process(text: &mut String, world: &World, node: &str, program: &str) {
    let process = host::process_of(world, node, program);
    let Some(process) = process.and_then(|pid| world.hosts.node(node)?.processes.get(&pid)) else { return };
    // Files are far below 2^52 bytes.
    #[allow(clippy::cast_precision_loss)]
    let bytes = |kib: u64| float((kib * 1024) as f64);
    let age = world.now().duration_since(process.started).as_secs_f64();
    let used = process.cpu.as_secs_f64() + process.load * age;
    #[allow(clippy::cast_precision_loss)] // A date.
    let started = process.started.as_millisecond() as f64 / 1000.0;
    for (name, help, kind, value) in [
        (
            "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds.",
            "counter",
            float((used * 100.0).round() / 100.0),
        ),
        ("process_max_fds", "Maximum number of open file descriptors.", "gauge", "20000".to_owned()),
        ("process_resident_memory_bytes", "Resident memory size in bytes.", "gauge", bytes(process.rss)),
        (
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
            "gauge",
            float(started),
        ),
        ("process_virtual_memory_bytes", "Virtual memory size in bytes.", "gauge", bytes(process.vsz)),
    ] {
        metric(text, name, help, kind, &[(String::new(), value)]);
    }
}

/// A kubelet's.
pub(super) fn of_kubelet(world: &World, node: &str) -> Answer {
    let mut text = String::new();
    let one = |value: String| [(String::new(), value)];
    metric(
        &mut text,
        "kubelet_node_config_error",
        "[ALPHA] This metric is true (1) if the node is experiencing a configuration-related error, false (0) otherwise.",
        "gauge",
        &one("0".to_owned()),
    );
    let name = (format!("node=\"{node}\""), "1".to_owned());
    metric(&mut text, "kubelet_node_name", "[ALPHA] The node's name. The count is always 1.", "gauge", &[name]);
    let containers = host::list(world, node);
    let mut states: Vec<(String, String)> = Vec::new();
    for (state, running) in [("exited", false), ("running", true)] {
        let count = containers.iter().filter(|container| container.state.running == running).count();
        if count > 0 {
            states.push((format!("container_state=\"{state}\""), count.to_string()));
        }
    }
    metric(&mut text, "kubelet_running_containers", "[ALPHA] Number of containers currently running", "gauge", &states);
    let pods = world.hosts.node(node).map_or(0, |node| node.sandboxes.values().filter(|sandbox| sandbox.ready).count());
    metric(
        &mut text,
        "kubelet_running_pods",
        "[ALPHA] Number of pods currently running",
        "gauge",
        &one(pods.to_string()),
    );
    text += BUILD;
    process(&mut text, world, node, "kubelet");
    Answer::Whole { code: 200, content_type: "text/plain; version=0.0.4; charset=utf-8", body: text.into() }
}

/// Counts a request that was answered: apiserver `endpoints/metrics/metrics.go`, `RecordRequest`.
pub(super) fn count(world: &mut World, request: &Request, answer: &Answer) {
    let path = request.path.trim_end_matches('/');
    let target = Target::of(path);
    let (code, content_type) = match answer {
        Answer::Whole { code, content_type, .. } => (*code, content_type.split("; version").next().unwrap_or_default()),
        Answer::Watch(_) => (200, "application/json"),
        Answer::Log(_) => (200, "text/plain"),
        Answer::Remote(_) | Answer::Forward(_) => (101, ""),
    };
    let content_type = content_type.replace("; ", ";");
    let dry = if request.query("dryRun").is_some() { "All" } else { "" };
    let labels = match target {
        Some(target) => {
            let watches = target.watch || request.flag("watch");
            let verb = match (request.method.as_str(), target.name.is_some()) {
                ("GET" | "HEAD", _) if watches => "WATCH",
                ("GET" | "HEAD", false) => "LIST",
                ("DELETE", false) => "DELETECOLLECTION",
                (other, _) => other,
            };
            let scope = match (&target.name, &target.namespace) {
                (Some(_), _) => "resource",
                (None, Some(_)) => "namespace",
                (None, None) => "cluster",
            };
            let subresource = target.subresource.split('/').next().unwrap_or_default();
            format!(
                "code=\"{code}\",component=\"apiserver\",contentType=\"{content_type}\",dry_run=\"{dry}\",group=\"{}\",resource=\"{}\",\
                 scope=\"{scope}\",subresource=\"{subresource}\",verb=\"{verb}\",version=\"{}\"",
                target.group, target.plural, target.version
            )
        }
        // Of paths that are no resources only those of checks and of itself have a name.
        None if matches!(path, "/healthz" | "/livez" | "/readyz" | "/metrics" | "/version") => format!(
            "code=\"{code}\",component=\"\",contentType=\"{content_type}\",dry_run=\"\",group=\"\",resource=\"\",scope=\"\",\
             subresource=\"{path}\",verb=\"{}\",version=\"\"",
            request.method
        ),
        None => return,
    };
    *world.served.entry(labels).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn numbers_are_gos() {
        assert_eq!(
            (float(1_795_927_396.86), float(20_000.0), float(0.5)),
            ("1.79592739686e+09".into(), "20000".into(), "0.5".into())
        );
        assert_eq!(float(121_286_656.0), "1.21286656e+08");
    }
}

//! What a kubelet's own server answers through `nodes/…/proxy`: pkg/kubelet/server, as far as it is modelled.

use serde_json::{Value, json};

use super::answer::Answer;
use super::metrics;
use crate::sandbox::World;
use crate::sandbox::api::{Status, rfc3339};
use crate::sandbox::host;

/// What a real one has besides.
const NOT_MODELLED: [&str; 12] = [
    "/attach",
    "/configz",
    "/containerLogs",
    "/cri",
    "/debug",
    "/exec",
    "/logs",
    "/metrics/cadvisor",
    "/metrics/probes",
    "/metrics/resource",
    "/portForward",
    "/run",
];

/// A kubelet's answer to a GET; it runs and is reached.
pub(super) fn answer(world: &World, node: &str, path: &str) -> Result<Answer, Status> {
    match path.trim_end_matches('/') {
        "/healthz" | "/healthz/ping" | "/healthz/log" | "/healthz/syncloop" => Ok(Answer::text(200, "ok")),
        "/metrics" => Ok(metrics::of_kubelet(world, node)),
        "/pods" => Ok(json_of(&pods(world, node, Clone::clone))),
        "/runningpods" => Ok(json_of(&running(world, node))),
        "/stats/summary" => {
            let body = serde_json::to_string_pretty(&summary(world, node)).unwrap_or_default();
            // Go's encoder indents by one space there.
            let lines = body.lines().map(|line| {
                let depth = line.len() - line.trim_start().len();
                format!("{}{}", " ".repeat(depth / 2), line.trim_start())
            });
            let body = lines.collect::<Vec<_>>().join("\n");
            Ok(Answer::Whole { code: 200, content_type: "application/json", body: body.into() })
        }
        path if NOT_MODELLED.iter().any(|known| path == *known || path.starts_with(&format!("{known}/"))) => {
            Err(Status::not_modelled(&format!("a kubelet's {path}")))
        }
        _ => Err(Status::no_resource()),
    }
}

fn json_of(value: &Value) -> Answer {
    Answer::Whole { code: 200, content_type: "application/json", body: value.to_string().into() }
}

fn pods(world: &World, node: &str, shown: fn(&Value) -> Value) -> Value {
    let own = world.informers.list("pods").filter(|pod| pod["spec"]["nodeName"] == node);
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": own.map(|pod| shown(pod)).collect::<Vec<_>>()})
}

/// What the runtime says that runs.
fn running(world: &World, node: &str) -> Value {
    let Some(host) = world.hosts.node(node) else { return json!({}) };
    let items = host.sandboxes.values().filter(|sandbox| sandbox.ready).map(|sandbox| {
        let own = host.containers.values().filter(|c| c.sandbox == sandbox.id && c.state.running);
        let containers: Vec<Value> =
            own.map(|c| json!({"name": c.spec.name, "image": c.spec.image, "resources": {}})).collect();
        json!({
            "metadata": {"name": sandbox.pod.name, "namespace": sandbox.pod.namespace, "uid": sandbox.pod.uid, "creationTimestamp": null},
            "spec": {"containers": containers},
            "status": {},
        })
    });
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items.collect::<Vec<_>>()})
}

/// `/stats/summary`: what processes take; networks and disks, which are not measured here, are left out.
fn summary(world: &World, node: &str) -> Value {
    let Some(host) = world.hosts.node(node) else { return json!({}) };
    let now = rfc3339(world.now());
    let taken = |chosen: &dyn Fn(&host::Process) -> bool| {
        let (mut cores, mut total, mut memory) = (0.0, 0.0, 0);
        for process in host.processes.values().filter(|process| process.exit.is_none() && chosen(process)) {
            let age = world.now().duration_since(process.started).as_secs_f64();
            cores += process.load * 1e9;
            total += (process.cpu.as_secs_f64() + process.load * age) * 1e9;
            memory += process.rss * 1024;
        }
        // Times are far below 2^63 ns.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let (cores, total) = (cores as u64, total as u64);
        (
            json!({"time": now, "usageNanoCores": cores, "usageCoreNanoSeconds": total}),
            json!({"time": now, "usageBytes": memory, "workingSetBytes": memory, "rssBytes": memory, "pageFaults": 0, "majorPageFaults": 0}),
        )
    };
    let (cpu, memory) = taken(&|_| true);
    let pods = host.sandboxes.values().filter(|sandbox| sandbox.ready).map(|sandbox| {
        let own: Vec<_> = host.containers.values().filter(|c| c.sandbox == sandbox.id && c.state.running).collect();
        let containers = own.iter().map(|container| {
            let (cpu, memory) = taken(&|process| process.container.as_ref() == Some(&container.id));
            let started = container.state.started_at.map(rfc3339);
            json!({"name": container.spec.name, "startTime": started, "cpu": cpu, "memory": memory})
        });
        let containers: Vec<Value> = containers.collect();
        let (cpu, memory) = taken(&|process| own.iter().any(|c| process.container.as_ref() == Some(&c.id)));
        json!({
            "podRef": {"name": sandbox.pod.name, "namespace": sandbox.pod.namespace, "uid": sandbox.pod.uid},
            "startTime": rfc3339(sandbox.created_at),
            "containers": containers,
            "cpu": cpu,
            "memory": memory,
        })
    });
    json!({
        "node": {"nodeName": node, "startTime": rfc3339(host.started_at), "cpu": cpu, "memory": memory},
        "pods": pods.collect::<Vec<_>>(),
    })
}

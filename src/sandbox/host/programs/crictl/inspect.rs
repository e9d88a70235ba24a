//! `crictl inspect`, `inspectp`, `inspecti` and `info`.

use serde_json::{Value, json};

use super::list::print;
use super::seen::{resolve, seen, seen_pod};
use super::{Asked, Done};
use crate::sandbox::World;
use crate::sandbox::host::node::Node;
use crate::sandbox::host::sys::Sys;
use crate::sandbox::kubelet::images;

/// The time that stands for none in the CRI.
const NEVER: &str = "1970-01-01T00:00:00Z";

pub(super) async fn container(sys: &Sys, args: &[String]) -> Done {
    each(sys, args, "the container", |world, at, asked| {
        let node = &world.hosts.nodes[at];
        let id = resolve(node.containers.keys(), "container", asked)?;
        Ok(container_json(node, &id))
    })
    .await
}

fn container_json(node: &Node, id: &str) -> Value {
    let Some(container) = node.containers.get(id) else { return Value::Null };
    let one = seen(node, container);
    let state = &container.state;
    let time = |time: Option<jiff::Timestamp>| time.map_or_else(|| NEVER.to_owned(), |time| time.to_string());
    let pid = node.processes.get(&container.main).filter(|_| state.running).map_or(0, |process| process.pid);
    let pod = node.sandboxes.get(&container.sandbox).map(|sandbox| &sandbox.pod);
    let log = pod.map(|pod| {
        let (name, attempt) = (&container.spec.name, container.spec.attempt);
        format!("/var/log/pods/{}_{}_{}/{name}/{attempt}.log", pod.namespace, pod.name, pod.uid)
    });
    json!({
        "status": {
            "id": one.id, "metadata": {"attempt": one.attempt, "name": one.name},
            "state": if state.running { "CONTAINER_RUNNING" } else { "CONTAINER_EXITED" },
            "createdAt": container.created_at.to_string(), "startedAt": time(state.started_at),
            "finishedAt": time(state.finished_at), "exitCode": state.exit_code,
            "image": {"annotations": {}, "image": images::full_name(&container.spec.image)}, "imageRef": one.image,
            "reason": state.reason, "message": state.message, "labels": one.labels, "annotations": one.annotations,
            "mounts": [], "logPath": log,
        },
        "info": {
            "sandboxID": one.sandbox, "pid": pid, "removing": false, "snapshotKey": one.id, "snapshotter": "overlayfs",
            "runtimeType": "io.containerd.runc.v2", "runtimeOptions": null,
        },
    })
}

pub(super) async fn pod(sys: &Sys, args: &[String]) -> Done {
    each(sys, args, "the pod sandbox", |world, at, asked| {
        let node = &world.hosts.nodes[at];
        let id = resolve(node.sandboxes.keys(), "sandbox", asked)?;
        let Some(sandbox) = node.sandboxes.get(&id) else { return Ok(Value::Null) };
        let one = seen_pod(world, sandbox);
        let pod = world.informers.get("pods", &one.namespace, &one.name);
        let host = pod.as_ref().is_some_and(|pod| pod["spec"]["hostNetwork"] == true);
        // A Pod on the host's network has no address of its own.
        let ip = pod.filter(|_| !host).and_then(|pod| pod["status"]["podIP"].as_str().map(str::to_owned));
        let network = if host { "NODE" } else { "POD" };
        let pid = sandbox.first_process();
        Ok(json!({
            "status": {
                "id": one.id,
                "metadata": {"attempt": one.attempt, "name": one.name, "namespace": one.namespace, "uid": one.uid},
                "state": if one.ready { "SANDBOX_READY" } else { "SANDBOX_NOTREADY" },
                "createdAt": one.created.to_string(),
                "network": {"additionalIps": [], "ip": ip.unwrap_or_default()},
                "linux": {"namespaces": {"options": {"ipc": "POD", "network": network, "pid": "CONTAINER", "targetId": ""}}},
                "labels": one.labels, "annotations": one.annotations, "runtimeHandler": "",
            },
            "info": {
                "pid": if one.ready { pid } else { 0 }, "processStatus": if one.ready { "running" } else { "deleted" },
                "netNamespaceClosed": false, "image": "k8s.gcr.io/pause:3.3", "snapshotKey": one.id,
                "snapshotter": "overlayfs", "runtimeHandler": "", "runtimeType": "io.containerd.runc.v2",
                "runtimeOptions": null,
            },
        }))
    })
    .await
}

pub(super) async fn image(sys: &Sys, args: &[String]) -> Done {
    each(sys, args, "image", |world, at, asked| {
        let profile = world.hosts.nodes[at].spec.profile;
        let full = images::full_name(asked);
        let mut known = images::of(profile).iter();
        let digits = asked.strip_prefix("sha256:").unwrap_or(asked);
        let found = known.find(|(name, id, _)| *name == full || id.trim_start_matches("sha256:").starts_with(digits));
        let found = found.ok_or_else(|| format!("no such image {asked:?} present"))?;
        Ok(json!({"status": image_json(found), "info": {}}))
    })
    .await
}

/// An image as the CRI has it.
pub(super) fn image_json((name, id, size): &images::Image) -> Value {
    json!({
        "id": id, "repoTags": [name], "repoDigests": [], "size": size.to_string(), "uid": null, "username": "", "spec": null,
    })
}

pub(super) async fn info(sys: &Sys) -> Done {
    let network = sys
        .with(|world, me| {
            let files = world.hosts.nodes[me.node].files.list("/etc/cni/net.d");
            files.iter().any(|(name, _)| name.ends_with(".conflist") || name.ends_with(".conf"))
        })
        .await;
    let (reason, message) = if network {
        ("", "")
    } else {
        ("NetworkPluginNotReady", "Network plugin returns error: cni plugin not initialized")
    };
    let value = json!({
        "status": {"conditions": [
            {"type": "RuntimeReady", "status": true, "reason": "", "message": ""},
            {"type": "NetworkReady", "status": network, "reason": reason, "message": message},
        ]},
        "golang": "go1.13.15", "lastCNILoadStatus": if network { "OK" } else { "cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config" },
    });
    print(sys, &value, "json").await
}

/// Prints what `of` tells of each that is named.
async fn each(sys: &Sys, args: &[String], what: &str, of: fn(&World, usize, &str) -> Result<Value, String>) -> Done {
    let asked = Asked::read(args, &["output", "o", "template"], true);
    if asked.words.is_empty() {
        return Err("ID cannot be empty".to_owned());
    }
    for id in &asked.words {
        let wanted = id.clone();
        let value = sys.with(move |world, me| of(world, me.node, &wanted)).await;
        let value = value.map_err(|why| match what {
            "image" => why,
            _ => format!("getting the status of {what} {id:?}: {why}"),
        })?;
        match asked.value(&["output", "o"]).unwrap_or("json") {
            format @ ("json" | "yaml") => drop(print(sys, &value, format).await),
            "go-template" => {
                let text = template(asked.value(&["template"]).unwrap_or_default(), &value)?;
                sys.out(text + "\n").await;
            }
            "table" => return Err("the output table is not modelled in kpnb's sandbox".to_owned()),
            other => return Err(format!("getting the status of {what} {id:?}: output option cannot be {other}")),
        }
    }
    Ok(0)
}

/// A Go template of fields alone: `{{.info.pid}}`.
fn template(text: &str, value: &Value) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (field, after) = after.split_once("}}").ok_or("unclosed action")?;
        let path = field.trim().strip_prefix('.').ok_or("only fields of templates are modelled in kpnb's sandbox")?;
        if path.contains([' ', '|', '(']) {
            return Err("only fields of templates are modelled in kpnb's sandbox".to_owned());
        }
        let found = path.split('.').filter(|part| !part.is_empty()).try_fold(value, |at, part| at.get(part));
        out += before;
        out += &match found {
            None => "<no value>".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        rest = after;
    }
    Ok(out + rest)
}

//! A volume whose claim is gone: `reclaimVolume`. Only volumes of type hostPath can be deleted or recycled here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::bind::{set_phase, unbind};
use super::{COMPONENT, PROVISIONED_BY, annotation, warn};
use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::controllers::MANAGER;
use crate::sandbox::object;
use crate::sandbox::recorder::record;
use crate::sandbox::scheduler::resources::Resources;

/// How often the recycler's Pod is looked at.
const WATCHED: Duration = Duration::from_millis(500);
/// How long a recycler may take, in seconds: `PersistentVolumeRecyclerConfiguration.MinimumTimeoutHostPath`.
const TIMEOUT: i64 = 60;
/// And for each GiB: `IncrementTimeoutHostPath`.
const TIMEOUT_FOR_EACH: i64 = 30;
/// Where recyclers run.
const NAMESPACE: &str = "default";

/// Does what the volume's policy says.
pub(super) fn reclaim(world: &mut World, volume: &Arc<Value>) -> Result<(), Status> {
    match volume["spec"]["persistentVolumeReclaimPolicy"].as_str() {
        Some("Delete") => delete(world, volume),
        Some("Recycle") => recycle(world, volume),
        _ => Ok(()),
    }
}

fn delete(world: &mut World, volume: &Arc<Value>) -> Result<(), Status> {
    let name = object::name(volume).to_owned();
    if annotation(volume, PROVISIONED_BY).is_some_and(|by| !by.starts_with("kubernetes.io/"))
        || object::deleting(volume)
    {
        // Whoever made it deletes it.
        return Ok(());
    }
    let why = match volume["spec"]["hostPath"]["path"].as_str() {
        None => {
            Some(format!("error getting deleter volume plugin for volume {name:?}: no deletable volume plugin matched"))
        }
        Some(path) if path.split_once("/tmp/").is_some_and(|(_, rest)| !rest.is_empty()) => None,
        Some(path) => Some(format!("host_path deleter only supports /tmp/.+ but received provided {path}")),
    };
    let Some(why) = why else {
        world.api(MANAGER).delete("persistentvolumes", None, &name, &DeleteOptions::default())?;
        return Ok(());
    };
    fail(world, volume, "VolumeFailedDelete", &why)
}

fn fail(world: &mut World, volume: &Arc<Value>, reason: &str, why: &str) -> Result<(), Status> {
    if set_phase(world, volume, "Failed", why)? {
        let volume = world.api(MANAGER).get("persistentvolumes", None, object::name(volume))?;
        warn(world, &volume, reason, why);
    }
    Ok(())
}

/// Empties a volume with a Pod of its own.
fn recycle(world: &mut World, volume: &Arc<Value>) -> Result<(), Status> {
    let name = object::name(volume).to_owned();
    let pod = format!("recycler-for-{name}");
    let Some(path) = volume["spec"]["hostPath"]["path"].as_str() else {
        return fail(world, volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!");
    };
    // Otherwise it is watched already.
    if world.informers.get("pods", NAMESPACE, &pod).is_none() {
        let sizes = Resources::parse(&volume["spec"]["capacity"]);
        let deadline = (sizes.get("storage") >> 30) * TIMEOUT_FOR_EACH;
        world.api(MANAGER).create("pods", Some(NAMESPACE), recycler(&pod, path, deadline.max(TIMEOUT)))?;
        watch(world, name, pod, BTreeSet::new());
    }
    Ok(())
}

/// pkg/volume/util.go, `NewPersistentVolumeRecyclerPodTemplate`.
fn recycler(name: &str, path: &str, deadline: i64) -> Value {
    let script =
        "test -e /scrub && rm -rf /scrub/..?* /scrub/.[!.]* /scrub/*  && test -z \"$(ls -A /scrub)\" || exit 1";
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "activeDeadlineSeconds": deadline, "restartPolicy": "Never",
            "volumes": [{"name": "vol", "hostPath": {"path": path}}],
            "containers": [{
                "name": "pv-recycler", "image": "busybox:1.27", "command": ["/bin/sh"], "args": ["-c", script],
                "volumeMounts": [{"name": "vol", "mountPath": "/scrub"}],
            }],
        },
    })
}

/// Waits for the recycler's end.
fn watch(world: &mut World, volume: String, pod: String, mut told: BTreeSet<String>) {
    world.after(WATCHED, move |world| {
        let Some(found) = world.informers.get("pods", NAMESPACE, &pod) else { return };
        let Some(volume_now) = world.informers.get("persistentvolumes", "", &volume) else { return };
        forward(world, &volume_now, &pod, &mut told);
        let done = match found["status"]["phase"].as_str() {
            Some("Succeeded") => {
                record(world, COMPONENT, &volume_now, "Normal", "VolumeRecycled", "Volume recycled");
                unbind(world, &volume_now)
            }
            Some("Failed") => {
                let why = found["status"]["message"].as_str().unwrap_or("pod failed, pod.Status.Message unknown.");
                fail(
                    world,
                    &volume_now,
                    "VolumeFailedRecycle",
                    &format!("Recycle failed: failed to recycle volume: {why}"),
                )
            }
            _ => return watch(world, volume, pod, told),
        };
        // What was not written is tried again at the next resync.
        drop(done);
        drop(world.api(MANAGER).delete("pods", Some(NAMESPACE), &pod, &DeleteOptions::default()));
    });
}

/// Tells of a volume what is told of its recycler: pkg/volume/util/recyclerclient.
fn forward(world: &mut World, volume: &Value, pod: &str, told: &mut BTreeSet<String>) {
    let Ok(all) = world.api(MANAGER).list("events", Some(NAMESPACE)) else { return };
    for event in all.iter().filter(|event| event["involvedObject"]["name"] == pod) {
        if told.insert(format!("{}{}", event["metadata"]["uid"], event["count"])) {
            let message = format!("Recycler pod: {}", event["message"].as_str().unwrap_or_default());
            let kind = event["type"].as_str().unwrap_or("Normal").to_owned();
            record(world, COMPONENT, volume, &kind, "RecyclerPod", &message);
        }
    }
}

//! rancher.io/local-path v0.0.14, the provisioner of kind's class `standard`: folders of nodes, which helper Pods make and
//! remove. Its `provisioner.go`, and the controller of sig-storage-lib-external-provisioner v6 that calls it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{DeleteOptions, Status};
use crate::sandbox::controllers::volumes::{SELECTED_NODE, class};
use crate::sandbox::host;
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

const PROVISIONER: &str = "rancher.io/local-path";
const PROGRAM: &str = "local-path-provisioner";
/// Who records the events; upstream appends the name of its Pod and a UUID.
const COMPONENT: &str = "rancher.io/local-path_local-path-provisioner";
const NAMESPACE: &str = "local-path-storage";
/// Below which folders are made, as `config.json` has it.
const FOLDER: &str = "/var/local-path-provisioner";
/// What helpers run: `--helper-image`.
const HELPER: &str = "k8s.gcr.io/build-image/debian-base:v2.1.0";
/// How often a helper is looked at, and how many times: `CmdTimeoutCounts`.
const LOOKED_AT: Duration = Duration::from_secs(1);
const LOOKS: u32 = 120;
/// How often what failed is tried again: `ResyncPeriod`.
const RESYNC: Duration = Duration::from_secs(15);

/// What a helper does for a volume.
#[derive(Debug, Clone)]
struct Job {
    /// `create` or `delete`.
    action: &'static str,
    volume: String,
    /// The folder's name.
    folder: String,
    node: String,
    /// The claim of a volume that is to be made.
    claim: Option<Name>,
}

/// Starts the provisioner, which works while its program runs.
pub(super) fn start(world: &mut World) {
    world.informers.watch("persistentvolumeclaims", |world, heard| {
        if heard.now.is_some() {
            provision(world, &heard.name);
        }
    });
    world.informers.watch("persistentvolumes", |world, heard| {
        if heard.now.is_some() {
            remove(world, &heard.name);
        }
    });
    resync(world);
}

fn resync(world: &mut World) {
    world.after(RESYNC, |world| {
        let names = |world: &World, resource: &str| -> Vec<Name> {
            world.informers.list(resource).map(|object| Name::of(object)).collect()
        };
        names(world, "persistentvolumeclaims").iter().for_each(|name| provision(world, name));
        names(world, "persistentvolumes").iter().for_each(|name| remove(world, name));
        resync(world);
    });
}

/// Whether the provisioner runs and reaches the API.
fn alive(world: &World) -> bool {
    let nodes = world.hosts.nodes().iter().filter(|node| host::is_reachable(world, &node.spec.name));
    nodes.flat_map(|node| node.processes.values()).any(|process| {
        let first = process.args.first().and_then(|first| first.rsplit('/').next());
        first == Some(PROGRAM) && process.container.is_some() && process.exit.is_none() && !process.stopped
    })
}

/// Begins to make the volume of a claim that has a node.
fn provision(world: &mut World, name: &Name) {
    let Some(claim) = world.informers.get("persistentvolumeclaims", &name.namespace, &name.name) else { return };
    let annotation = |name: &str| claim["metadata"]["annotations"].get(name).and_then(Value::as_str);
    let ours = annotation("volume.beta.kubernetes.io/storage-provisioner") == Some(PROVISIONER);
    let bound = claim["spec"]["volumeName"].as_str().is_some_and(|name| !name.is_empty());
    if !ours || bound || object::deleting(&claim) || !alive(world) {
        return;
    }
    let Some(node) = annotation(SELECTED_NODE).map(str::to_owned) else { return };
    let volume = format!("pvc-{}", object::uid(&claim));
    let folder = format!("{volume}_{}_{}", name.namespace, name.name);
    let job = Job { action: "create", volume, folder, node, claim: Some(name.clone()) };
    if world.informers.get("persistentvolumes", "", &job.volume).is_some() || begun(world, &job) {
        return;
    }
    let message = format!("External provisioner is provisioning volume for claim {:?}", full(name));
    record(world, COMPONENT, &claim, "Normal", "Provisioning", &message);
    let modes = object::items(&claim["spec"]["accessModes"]);
    if !claim["spec"]["selector"].is_null() {
        return failed(world, name, "claim.Spec.Selector is not supported");
    }
    if modes.iter().any(|mode| mode != "ReadWriteOnce") {
        return failed(world, name, "Only support ReadWriteOnce access mode");
    }
    help(world, job);
}

fn full(name: &Name) -> String {
    format!("{}/{}", name.namespace, name.name)
}

fn failed(world: &mut World, name: &Name, why: &str) {
    let Some(claim) = world.informers.get("persistentvolumeclaims", &name.namespace, &name.name) else { return };
    let message = format!("failed to provision volume with StorageClass {:?}: {why}", class(&claim));
    record(world, COMPONENT, &claim, "Warning", "ProvisioningFailed", &message);
}

/// Begins to remove the folder of a volume that was given back.
fn remove(world: &mut World, name: &Name) {
    let Some(volume) = world.informers.get("persistentvolumes", "", &name.name) else { return };
    let annotations = &volume["metadata"]["annotations"];
    let ours = annotations.get("pv.kubernetes.io/provisioned-by").is_some_and(|by| by == PROVISIONER);
    let given_back =
        volume["status"]["phase"] == "Released" && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete";
    if !ours || !given_back || object::deleting(&volume) || !alive(world) {
        return;
    }
    let terms = &volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0];
    let node = terms["matchExpressions"][0]["values"][0].as_str().unwrap_or_default().to_owned();
    let path = volume["spec"]["hostPath"]["path"].as_str().unwrap_or_default();
    let folder = path.rsplit('/').next().unwrap_or_default().to_owned();
    let job = Job { action: "delete", volume: name.name.clone(), folder, node, claim: None };
    if !begun(world, &job) {
        help(world, job);
    }
}

fn helper(job: &Job) -> String {
    format!("{}-{}", job.action, job.volume)
}

fn begun(world: &mut World, job: &Job) -> bool {
    world.api(PROGRAM).get("pods", Some(NAMESPACE), &helper(job)).is_ok()
}

/// Makes a helper, and waits for it.
fn help(world: &mut World, job: Job) {
    let mut command = match job.action {
        "create" => json!(["mkdir", "-m", "0777", "-p"]),
        _ => json!(["rm", "-rf"]),
    };
    if let Some(words) = command.as_array_mut() {
        words.push(json!(format!("/data/{}", job.folder)));
    }
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": helper(&job), "namespace": NAMESPACE},
        "spec": {
            "restartPolicy": "Never", "nodeName": job.node, "tolerations": [{"operator": "Exists"}],
            "containers": [{
                "name": format!("local-path-{}", job.action), "image": HELPER, "command": command,
                "volumeMounts": [{"name": "data", "mountPath": "/data/"}], "imagePullPolicy": "IfNotPresent",
            }],
            "volumes": [{"name": "data", "hostPath": {"path": FOLDER, "type": "DirectoryOrCreate"}}],
        },
    });
    match world.api(PROGRAM).create("pods", Some(NAMESPACE), pod) {
        Ok(_) => look(world, job, LOOKS),
        Err(status) => {
            if let Some(claim) = &job.claim {
                failed(world, claim, &status.message);
            }
        }
    }
}

fn look(world: &mut World, job: Job, left: u32) {
    world.after(LOOKED_AT, move |world| {
        let pod = world.api(PROGRAM).get("pods", Some(NAMESPACE), &helper(&job));
        let done = pod.is_ok_and(|pod| pod["status"]["phase"] == "Succeeded");
        if !done && left > 0 {
            return look(world, job, left - 1);
        }
        // Whatever became of it, it is not kept; it may be gone already.
        let _ = world.api(PROGRAM).delete("pods", Some(NAMESPACE), &helper(&job), &DeleteOptions::default());
        let why = format!("{} process timeout after {LOOKS} seconds", job.action);
        match (&job.claim, done) {
            (Some(claim), false) => failed(world, claim, &why),
            // A claim that went meanwhile needs no volume.
            (Some(claim), true) => drop(made(world, &job, claim)),
            (None, true) => {
                let _ = world.api(PROGRAM).delete("persistentvolumes", None, &job.volume, &DeleteOptions::default());
            }
            (None, false) => {
                if let Some(volume) = world.informers.get("persistentvolumes", "", &job.volume) {
                    record(world, COMPONENT, &volume, "Warning", "VolumeFailedDelete", &why);
                }
            }
        }
    });
}

/// Makes the volume, for its claim.
fn made(world: &mut World, job: &Job, name: &Name) -> Result<(), Status> {
    let claim = world.api(PROGRAM).get("persistentvolumeclaims", name.ns(), &name.name)?;
    let named = class(&claim).to_owned();
    let policy = world.informers.get("storageclasses", "", &named);
    let policy = policy.map_or_else(|| json!("Delete"), |class| class["reclaimPolicy"].clone());
    let metadata = &claim["metadata"];
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": job.volume, "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER}},
        "spec": {
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "hostPath": {"path": format!("{FOLDER}/{}", job.folder), "type": "DirectoryOrCreate"},
            "accessModes": claim["spec"]["accessModes"],
            "claimRef": {
                "kind": "PersistentVolumeClaim", "namespace": metadata["namespace"], "name": metadata["name"],
                "uid": metadata["uid"], "apiVersion": "v1", "resourceVersion": metadata["resourceVersion"],
            },
            "persistentVolumeReclaimPolicy": policy, "storageClassName": named, "volumeMode": "Filesystem",
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": [job.node]},
            ]}]}},
        },
    });
    world.api(PROGRAM).create("persistentvolumes", None, volume)?;
    let message = format!("Successfully provisioned volume {}", job.volume);
    record(world, COMPONENT, &claim, "Normal", "ProvisioningSucceeded", &message);
    Ok(())
}

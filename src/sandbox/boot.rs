//! A cluster that has been up for a while: a control plane and two workers, all Ready.

use serde_json::Value;

use super::World;
use super::api::{Cluster, Status, bootstrap};
use super::host::{Entry, NodeSpec, Role, add_node};
use super::kubelet::runtime::Runtime;
use super::pki::Pki;
use super::{Profile, apiserver, controllers, kind, kubelet, object, scheduler};

/// The names of the cluster's nodes, as kind makes them.
pub const NODES: [&str; 3] = ["k8splayground-control-plane", "k8splayground-worker", "k8splayground-worker2"];

/// The cluster, as kind is told of it: roles, labels and taints.
const KIND: &str = include_str!("../../manifests/kind.yaml");
/// The control plane's address; the workers have those after it.
pub const ADDRESS: &str = "172.30.0.2";

/// Boots the cluster of a profile on simulated hosts. `ca` is the certificate of the cluster's CA, in PEM.
///
/// # Errors
/// The world has a cluster already; `manifests/kind.yaml` is not what it should be.
pub fn boot(world: &mut World, profile: Profile, ca: &str) -> Result<(), Status> {
    boot_with(world, profile, ca, NODES.len() - 1)
}

/// Likewise, with so many workers. Those after the second are plain ones: no labels, no taints.
///
/// # Errors
/// As [`boot`].
pub fn boot_with(world: &mut World, profile: Profile, ca: &str, workers: usize) -> Result<(), Status> {
    let mut nodes = nodes(profile)?;
    nodes.truncate(workers + 1);
    nodes.extend(
        (nodes.len()..=workers).map(|at| spec(at, profile, format!("{}{at}", NODES[1]), Role::Worker, Vec::new())),
    );
    boot_on(world, profile, kubelet::host::RUNTIME, Cluster { address: ADDRESS, ca }, |world| {
        if profile == Profile::Kind {
            return kind::create(world, nodes);
        }
        for node in nodes {
            add_node(world, node);
        }
    })
}

/// Gives the control plane its certificates and keys, and its administrator's kubeconfig, as files of its host.
pub fn install(world: &mut World, pki: &Pki) {
    if world.hosts.profile() == Profile::Kind {
        return kind::install(world, pki);
    }
    let now = world.now();
    let Some(files) = world.hosts.files_mut(NODES[0]) else { return };
    for (name, content) in pki.host_files() {
        let mode = if name.ends_with(".crt") || name.ends_with(".pub") { 0o644 } else { 0o600 };
        // The directories are the host's own.
        let _ = files.put(&format!("/etc/kubernetes/pki/{name}"), Entry::file(mode, content, now));
    }
    let kubeconfig = pki.kubeconfig("kubernetes", "https://127.0.0.1:6443", &Value::Null);
    let _ = files.put("/etc/kubernetes/admin.conf", Entry::file(0o600, kubeconfig, now));
}

/// The cluster's nodes.
///
/// # Errors
/// `manifests/kind.yaml` is not what it should be.
pub fn nodes(profile: Profile) -> Result<Vec<NodeSpec>, Status> {
    let kind: Value = serde_yaml::from_str(KIND).map_err(|error| Status::internal(&error.to_string()))?;
    let nodes = object::items(&kind["nodes"]).iter().zip(NODES).enumerate();
    Ok(nodes.map(|(at, (node, name))| node_spec(at, profile, node, name)).collect())
}

fn node_spec(at: usize, profile: Profile, node: &Value, name: &str) -> NodeSpec {
    let control_plane = node["role"] == "control-plane";
    let mut kubelet_args = Vec::new();
    let labels = node["labels"].as_object().into_iter().flatten();
    let labels: Vec<String> =
        labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if !labels.is_empty() {
        kubelet_args.push(format!("--node-labels={}", labels.join(",")));
    }
    let patches = object::items(&node["kubeadmConfigPatches"]).iter().filter_map(Value::as_str);
    let patches: Vec<Value> = patches.filter_map(|patch| serde_yaml::from_str(patch).ok()).collect();
    let taints = patches.iter().flat_map(|patch| object::items(&patch["nodeRegistration"]["taints"]));
    let mut taints: Vec<String> = taints
        .map(|taint| {
            let text = |field: &str| taint[field].as_str().unwrap_or_default();
            format!("{}={}:{}", text("key"), text("value"), text("effect"))
        })
        .collect();
    if control_plane {
        taints.push("node-role.kubernetes.io/master=:NoSchedule".to_owned());
    }
    if !taints.is_empty() {
        kubelet_args.push(format!("--register-with-taints={}", taints.join(",")));
    }
    let role = if control_plane { Role::ControlPlane } else { Role::Worker };
    spec(at, profile, name.to_owned(), role, kubelet_args)
}

/// The node at a place among all: its addresses follow from that. There is room for 3,072.
fn spec(at: usize, profile: Profile, name: String, role: Role, kubelet_args: Vec<String>) -> NodeSpec {
    let host = at + 2;
    NodeSpec {
        profile,
        name,
        role,
        ip: format!("172.30.{}.{}", host / 256, host % 256),
        // Of a /12, as 10.244.0.0/16 has room for 256 nodes.
        pod_cidr: format!("10.{}.{}.0/24", 244 + at / 256, at % 256),
        kubelet_args,
    }
}

/// Starts the components of a cluster whose hosts are there, and lets them run until all nodes are Ready. `begin` starts
/// the hosts, whose processes `kubelet` tell of themselves.
///
/// # Errors
/// The world has a cluster already.
pub fn boot_on(
    world: &mut World,
    profile: Profile,
    runtime: Runtime,
    cluster: Cluster<'_>,
    begin: impl FnOnce(&mut World),
) -> Result<(), Status> {
    world.controllers.ca = cluster.ca.to_owned();
    kubelet::start(world, runtime);
    controllers::start(world);
    scheduler::start(world);
    apiserver::compact(world);
    bootstrap(world, cluster)?;
    apiserver::restore(world, cluster.address.to_owned());
    world.tell();
    begin(world);
    let until = world.now() + profile.up();
    world.run_until(until);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use serde_json::json;

    fn pass(world: &mut World, seconds: f64) {
        let until = world.now() + Duration::from_secs_f64(seconds);
        world.tell();
        world.run_until(until);
    }

    #[test]
    fn a_cluster_on_simulated_hosts_runs_a_pod_and_ends_it() {
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        boot(&mut world, Profile::Lab, "ca").unwrap();
        let nodes: Vec<_> = world.informers.list("nodes").cloned().collect();
        assert!(nodes.len() == 3 && nodes.iter().all(|node| object::holds(node, "Ready")), "{nodes:#?}");
        for (at, node) in nodes.iter().enumerate() {
            assert_eq!(node["spec"]["podCIDR"], format!("10.244.{at}.0/24"), "{}", object::name(node));
        }
        let script = "trap 'exit 7' TERM; while :; do sleep 1; done";
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"},
            "spec": {"terminationGracePeriodSeconds": 5, "containers": [
                {"name": "main", "image": "busybox:1.31", "command": ["/bin/sh", "-c", script]}]},
        });
        world.api("kubectl").create("pods", Some("default"), pod).unwrap();
        pass(&mut world, 3.0);
        let pod = world.informers.get("pods", "default", "one").unwrap();
        assert!(object::holds(&pod, "Ready"), "{pod:#}");
        assert_eq!(pod["spec"]["nodeName"], NODES[1]);
        assert_eq!(pod["status"]["hostIP"], "172.30.0.3");
        world
            .api("kubectl")
            .delete("pods", Some("default"), "one", &super::super::api::DeleteOptions::default())
            .unwrap();
        pass(&mut world, 2.5);
        let pod = world.informers.get("pods", "default", "one").unwrap();
        assert_eq!(pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"], 7, "{pod:#}");
        pass(&mut world, 12.0);
        assert!(world.informers.get("pods", "default", "one").is_none());
    }

    #[test]
    fn containers_share_their_pods_volumes_and_see_objects_change() {
        let mut world = World::new(3, "2026-11-24T15:22:00Z".parse().unwrap());
        boot(&mut world, Profile::Lab, "ca").unwrap();
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"k": "one"}});
        world.api("kubectl").create("configmaps", Some("default"), map).unwrap();
        let mounts = json!([{"name": "e", "mountPath": "/e"}, {"name": "c", "mountPath": "/c"},
            {"name": "c", "mountPath": "/k", "subPath": "k"}, {"name": "h", "mountPath": "/h"}]);
        let container = |name: &str, script: &str| {
            json!({"name": name, "image": "busybox:1.31",
            "command": ["sh", "-c", script], "volumeMounts": mounts})
        };
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"},
            "spec": {
                "volumes": [{"name": "e", "emptyDir": {}}, {"name": "c", "configMap": {"name": "m"}},
                    {"name": "h", "hostPath": {"path": "/srv/data"}}],
                "containers": [
                    container("a", "echo from a > /e/f; echo deep > /h/g; echo no > /c/x; sleep 1000"),
                    container("b", "sleep 2; cat /e/f /c/k /k; sleep 300; cat /c/k /k; ls -a /c; sleep 1000")],
            },
        });
        world.api("kubectl").create("pods", Some("default"), pod).unwrap();
        pass(&mut world, 10.0);
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"k": "two"}});
        world.api("kubectl").update("configmaps", Some("default"), map).unwrap();
        pass(&mut world, 400.0);
        let text = |world: &World, name: &str| {
            let all = super::super::host::list(world, NODES[1]);
            let found = all.into_iter().find(|container| container.spec.name == name).unwrap();
            found.log.iter().map(|line| line.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(text(&world, "a"), ["sh: can't create /c/x: Read-only file system"]);
        let log = text(&world, "b");
        assert_eq!(log[..3], ["from a", "oneonetwoone.", ".."].map(str::to_owned), "{log:?}");
        assert_eq!(log[4..], ["..data", "k"].map(str::to_owned), "{log:?}");
        let files = &world.hosts.node(NODES[1]).unwrap().files;
        assert_eq!(&files.get("/srv/data/g").unwrap().content[..], b"deep\n");
        let options = super::super::api::DeleteOptions::default();
        world.api("kubectl").delete("pods", Some("default"), "one", &options).unwrap();
        pass(&mut world, 60.0);
        let files = &world.hosts.node(NODES[1]).unwrap().files;
        assert_eq!((files.list("/var/lib/kubelet/pods").len(), files.list("/srv/data").len()), (0, 1));
    }

    #[test]
    fn a_paused_node_is_not_ready_until_it_goes_on() {
        let mut world = World::new(2, "2026-11-24T15:22:00Z".parse().unwrap());
        boot(&mut world, Profile::Lab, "ca").unwrap();
        let ready = |world: &World| object::holds(&world.informers.get("nodes", "", NODES[2]).unwrap(), "Ready");
        super::super::host::pause(&mut world, NODES[2]);
        pass(&mut world, 50.0);
        assert!(!ready(&world));
        super::super::host::unpause(&mut world, NODES[2]);
        pass(&mut world, 12.0);
        assert!(ready(&world));
    }
}

//! A cluster of profile `kind` in virtual time.
#![allow(clippy::unwrap_used)]

mod addons;

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::api::DeleteOptions;
use crate::sandbox::boot::{self, NODES};
use crate::sandbox::host::{self, Exec, ExecSpec};
use crate::sandbox::{Profile, World, object};

fn world(seed: u64) -> World {
    let mut world = World::new(seed, "2021-01-27T10:00:00Z".parse().unwrap());
    boot::boot(&mut world, Profile::Kind, "ca").unwrap();
    world
}

fn pass(world: &mut World, seconds: f64) {
    let until = world.now() + Duration::from_secs_f64(seconds);
    world.tell();
    world.run_until(until);
}

/// What a command on a node writes, and its exit code.
fn run(world: &mut World, node: &str, command: &str) -> (String, i32) {
    let command = ["sh", "-c", command].map(str::to_owned).into();
    let id = host::exec(world, node, None, ExecSpec { command, ..ExecSpec::default() });
    Exec::start(world, &id).unwrap();
    while world.hosts.exec(&id).unwrap().exit_code.is_none() {
        assert!(world.step());
    }
    let exec = world.hosts.exec(&id).unwrap();
    let bytes: Vec<u8> = exec.output.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    (String::from_utf8(bytes).unwrap(), exec.exit_code.unwrap())
}

fn pod(world: &World, name: &str) -> Value {
    world.informers.get("pods", "kube-system", name).map_or(Value::Null, |pod| Value::clone(&pod))
}

fn restarts(pod: &Value) -> i64 {
    object::int(&pod["status"]["containerStatuses"][0]["restartCount"], -1)
}

const APISERVER: &str = "kube-apiserver-k8splayground-control-plane";

#[test]
fn a_cluster_has_the_pods_of_kind() {
    let world = world(1);
    let nodes: Vec<_> = world.informers.list("nodes").collect();
    assert_eq!(nodes.len(), 3);
    for node in nodes {
        assert!(object::holds(node, "Ready"), "{node:#}");
    }
    let mut shown: Vec<String> = Vec::new();
    for pod in world.informers.list("pods") {
        assert!(object::holds(pod, "Ready"), "{pod:#}");
        assert_eq!(restarts(pod), 0, "{pod:#}");
        let node = pod["spec"]["nodeName"].as_str().unwrap().strip_prefix("k8splayground-").unwrap();
        let base =
            pod["metadata"]["generateName"].as_str().map_or(object::name(pod), |base| base.trim_end_matches('-'));
        let base = if base.starts_with("coredns") || base.starts_with("local") {
            base.rsplit_once('-').unwrap().0
        } else {
            base
        };
        shown.push(format!("{}/{base} {node} {}", object::namespace(pod), pod["status"]["podIP"].as_str().unwrap()));
    }
    shown.sort();
    let wanted = [
        "kube-system/coredns control-plane 10.244.0.3",
        "kube-system/coredns control-plane 10.244.0.4",
        "kube-system/etcd-k8splayground-control-plane control-plane 172.30.0.2",
        "kube-system/kindnet control-plane 172.30.0.2",
        "kube-system/kindnet worker 172.30.0.3",
        "kube-system/kindnet worker2 172.30.0.4",
        "kube-system/kube-apiserver-k8splayground-control-plane control-plane 172.30.0.2",
        "kube-system/kube-controller-manager-k8splayground-control-plane control-plane 172.30.0.2",
        "kube-system/kube-proxy control-plane 172.30.0.2",
        "kube-system/kube-proxy worker 172.30.0.3",
        "kube-system/kube-proxy worker2 172.30.0.4",
        "kube-system/kube-scheduler-k8splayground-control-plane control-plane 172.30.0.2",
        "local-path-storage/local-path-provisioner control-plane 10.244.0.2",
    ];
    let mut plain: Vec<String> = shown.clone();
    let addresses = |of: &str| of.rsplit(' ').next().unwrap().to_owned();
    // Which of the three that begin at the same moment is first is chance.
    for one in plain.iter_mut().filter(|one| one.contains("10.244.0.")) {
        let address = addresses(one);
        *one = one.replace(&address, "10.244.0.");
    }
    let mut expected: Vec<String> = wanted.iter().map(|one| (*one).to_owned()).collect();
    for one in expected.iter_mut().filter(|one| one.contains("10.244.0.")) {
        let address = addresses(one);
        *one = one.replace(&address, "10.244.0.");
    }
    assert_eq!(plain, expected, "{shown:#?}");
    let mut own: Vec<String> = shown.iter().filter(|one| one.contains("10.244.0.")).map(|one| addresses(one)).collect();
    own.sort();
    assert_eq!(own, ["10.244.0.2", "10.244.0.3", "10.244.0.4"]);
    let service = world.informers.get("services", "kube-system", "kube-dns").unwrap();
    assert_eq!(service["spec"]["clusterIP"], "10.96.0.10");
    let endpoints = world.informers.get("endpoints", "kube-system", "kube-dns").unwrap();
    assert_eq!(object::items(&endpoints["subsets"][0]["addresses"]).len(), 2, "{endpoints:#}");
    for (namespace, name) in [
        ("kube-system", "kubeadm-config"),
        ("kube-system", "kubelet-config-1.20"),
        ("kube-system", "kube-proxy"),
        ("kube-system", "coredns"),
        ("kube-public", "cluster-info"),
        ("local-path-storage", "local-path-config"),
    ] {
        assert!(world.informers.get("configmaps", namespace, name).is_some(), "{name}");
    }
    let class = world.informers.get("storageclasses", "", "standard").unwrap();
    assert_eq!(class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"], "true");
    // As a kind v0.10.0 cluster has named them.
    assert!(world.informers.get("replicasets", "kube-system", "coredns-74ff55c5b").is_some());
    assert!(world.informers.get("controllerrevisions", "kube-system", "kube-proxy-b89db7f56").is_some());
    let set = "local-path-provisioner-78776bfc44";
    assert!(world.informers.get("replicasets", "local-path-storage", set).is_some());
    let static_pod = pod(&world, APISERVER);
    assert_eq!(static_pod["spec"]["priority"], 2_000_001_000);
    assert_eq!(static_pod["metadata"]["ownerReferences"][0]["kind"], "Node");
    assert_eq!(static_pod["spec"]["tolerations"], json!([{"effect": "NoExecute", "operator": "Exists"}]));
}

#[test]
fn every_object_of_the_manifests_is_made() {
    let mut world = world(11);
    let texts = [
        include_str!("../manifests/kubeadm.yaml"),
        include_str!("../manifests/default-cni.yaml"),
        include_str!("../manifests/default-storage.yaml"),
    ];
    let mut count = 0;
    for part in texts.iter().flat_map(|text| text.split("\n---\n")) {
        // Their values are put in by then; names have none.
        let line =
            |start: &str| part.lines().find_map(|line| line.strip_prefix(start)).map(str::trim).map(str::to_owned);
        let Some(kind) = line("kind:") else { continue };
        let version = line("apiVersion:").unwrap();
        let metadata = &part[part.find("\nmetadata:").unwrap()..];
        let inside = |start: &str| metadata.lines().find_map(|line| line.strip_prefix(start)).map(str::trim);
        let resource = world.resource_of_kind(&version, &kind).unwrap_or_else(|| panic!("{version} {kind}"));
        let name = inside("  name:").unwrap().trim_matches('"').to_owned();
        let namespace = inside("  namespace:").filter(|_| resource.namespaced).map(str::to_owned);
        let made = world.api("test").get(&resource.qualified(), namespace.as_deref(), &name);
        assert!(made.is_ok(), "{kind} {name}: {made:?}");
        count += 1;
    }
    assert!(count > 30, "{count}");
}

#[test]
fn a_file_is_a_static_pod_as_long_as_it_is_there() {
    let mut world = world(2);
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec:\n  containers:\n  - {name: main, image: 'busybox:1.31', command: [sleep, '1000000']}\n";
    run(&mut world, NODES[1], &format!("cat > /etc/kubernetes/manifests/one.yaml <<'E'\n{manifest}E\n"));
    pass(&mut world, 6.0);
    let name = "one-k8splayground-worker";
    let first = world.informers.get("pods", "default", name).unwrap();
    assert!(object::holds(&first, "Ready"), "{first:#}");
    world.api("kubectl").delete("pods", Some("default"), name, &DeleteOptions::default()).unwrap();
    pass(&mut world, 2.0);
    let second = world.informers.get("pods", "default", name).unwrap();
    assert_ne!(object::uid(&first), object::uid(&second));
    assert_eq!(second["status"]["containerStatuses"], first["status"]["containerStatuses"]);
    run(&mut world, NODES[1], "rm /etc/kubernetes/manifests/one.yaml");
    pass(&mut world, 3.0);
    assert!(world.informers.get("pods", "default", name).is_none());
    pass(&mut world, 40.0);
    assert_eq!(run(&mut world, NODES[1], "crictl ps -q --name main").0, "");
}

#[test]
fn killed_programs_of_the_control_plane_come_back() {
    let mut world = world(3);
    run(&mut world, NODES[0], "pkill -9 kube-apiserver");
    assert!(!host::api_is_up(&world));
    pass(&mut world, 45.0);
    assert!(host::api_is_up(&world));
    assert_eq!(restarts(&pod(&world, APISERVER)), 1, "{:#}", pod(&world, APISERVER));
    assert!(object::holds(&pod(&world, APISERVER), "Ready"));
    let (id, _) = run(&mut world, NODES[0], "crictl ps -q --name etcd");
    assert_eq!(run(&mut world, NODES[0], &format!("crictl stop {id}")), (id, 0));
    pass(&mut world, 45.0);
    assert_eq!(restarts(&pod(&world, "etcd-k8splayground-control-plane")), 1);
}

#[test]
fn systemd_restarts_a_kubelet_that_was_killed_and_not_one_that_was_stopped() {
    let mut world = world(4);
    let ready = |world: &World| object::holds(&world.informers.get("nodes", "", NODES[1]).unwrap(), "Ready");
    assert_eq!(run(&mut world, NODES[1], "systemctl is-active kubelet"), ("active\n".to_owned(), 0));
    let before = run(&mut world, NODES[1], "pgrep kubelet").0;
    run(&mut world, NODES[1], "pkill -9 kubelet");
    assert_eq!(run(&mut world, NODES[1], "systemctl is-active kubelet"), ("activating\n".to_owned(), 3));
    pass(&mut world, 1.2);
    let after = run(&mut world, NODES[1], "pgrep kubelet").0;
    assert!(!after.is_empty() && after != before);
    assert_eq!(run(&mut world, NODES[1], "systemctl stop kubelet"), (String::new(), 0));
    assert_eq!(run(&mut world, NODES[1], "systemctl is-active kubelet"), ("inactive\n".to_owned(), 3));
    let (status, code) = run(&mut world, NODES[1], "systemctl status kubelet");
    assert_eq!(code, 3);
    assert!(status.contains("Active: inactive (dead) since Wed 2021-01-27 10:0"), "{status}");
    assert!(status.contains("systemd[1]: kubelet.service: Succeeded.\n"), "{status}");
    pass(&mut world, 28.0);
    assert!(ready(&world));
    pass(&mut world, 25.0);
    assert!(!ready(&world));
    run(&mut world, NODES[1], "systemctl start kubelet");
    pass(&mut world, 12.0);
    assert!(ready(&world));
    let journal = run(&mut world, NODES[1], "journalctl -u kubelet --no-pager").0;
    assert!(journal.contains("kubelet.service: Main process exited, code=killed, status=9/KILL"), "{journal}");
    run(&mut world, NODES[1], "chmod -x /usr/bin/kubelet; pkill kubelet");
    pass(&mut world, 3.0);
    let (status, _) = run(&mut world, NODES[1], "systemctl status kubelet");
    assert!(status.contains("(code=exited, status=203/EXEC)"), "{status}");
    assert_eq!(run(&mut world, NODES[1], "systemctl start nothing").1, 5);
}

#[test]
fn a_node_has_the_processes_of_kind() {
    let mut world = world(5);
    let (table, _) = run(&mut world, NODES[0], "ps -eo user,pid,ppid,stat,args");
    for wanted in [
        "Ss   /sbin/init\n",
        "/lib/systemd/systemd-journald\n",
        "Ssl  /usr/local/bin/containerd\n",
        "/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf \
         --config=/var/lib/kubelet/config.yaml --container-runtime=remote \
         --container-runtime-endpoint=unix:///run/containerd/containerd.sock --fail-swap-on=false --node-ip=172.30.0.2 \
         --provider-id=kind://docker/k8splayground/k8splayground-control-plane --fail-swap-on=false --cgroup-root=/kubelet\n",
        "etcd --advertise-client-urls=https://172.30.0.2:2379",
        "/coredns -conf /etc/coredns/Corefile\n",
        "/bin/kindnetd\n",
        "/usr/local/bin/kube-proxy --config=/var/lib/kube-proxy/config.conf --hostname-override=k8splayground-control-plane\n",
        "local-path-provisioner --debug start",
    ] {
        assert!(table.contains(wanted), "{wanted}\n{table}");
    }
    let (pods, _) = run(&mut world, NODES[0], "crictl pods | wc -l; pgrep -c pause; crictl ps | wc -l");
    assert_eq!(pods, "10\n9\n10\n");
}

#[test]
fn two_boots_of_one_seed_are_the_same() {
    let dump = |world: &World| {
        let values: Vec<String> = world.store.prefixed(b"").map(|kv| format!("{kv:?}")).collect();
        let nodes = world.hosts.nodes().iter().flat_map(|node| node.processes.values());
        let processes: Vec<String> =
            nodes.map(|process| format!("{} {} {:?}", process.pid, process.started, process.args)).collect();
        (values, processes)
    };
    let (mut one, mut two) = (world(6), world(6));
    pass(&mut one, 60.0);
    pass(&mut two, 60.0);
    assert!(dump(&one) == dump(&two));
    assert!(dump(&one) != dump(&world(7)));
}

#[test]
fn a_node_that_is_stopped_and_started_has_its_pods_again() {
    let mut world = world(8);
    host::stop(&mut world, NODES[1], Duration::from_secs(10));
    pass(&mut world, 11.0);
    let node = world.hosts.node(NODES[1]).unwrap();
    assert_eq!((node.state, node.exit_code), (host::NodeState::Exited, 130));
    pass(&mut world, 60.0);
    assert!(!object::holds(&world.informers.get("nodes", "", NODES[1]).unwrap(), "Ready"));
    host::start(&mut world, NODES[1]);
    pass(&mut world, 90.0);
    assert!(object::holds(&world.informers.get("nodes", "", NODES[1]).unwrap(), "Ready"));
    for pod in world.informers.pods_on(NODES[1]) {
        assert!(object::holds(&pod, "Ready") && restarts(&pod) == 1, "{pod:#}");
    }
    // Each has a container that is kept for its Pod's last state.
    assert_eq!(run(&mut world, NODES[1], "crictl pods -q --state notready | wc -l").0, "2\n");
}

#[test]
fn the_holder_of_a_lease_acts_and_another_waits_for_its_end() {
    let mut world = world(9);
    let lease = |world: &World| world.informers.get("leases", "kube-system", "kube-scheduler").unwrap();
    let before = lease(&world);
    run(&mut world, NODES[0], "pkill -9 kube-scheduler");
    pass(&mut world, 8.0);
    assert_eq!(lease(&world)["spec"]["holderIdentity"], before["spec"]["holderIdentity"]);
    pass(&mut world, 15.0);
    assert_ne!(lease(&world)["spec"]["holderIdentity"], before["spec"]["holderIdentity"]);
    assert_eq!(lease(&world)["spec"]["leaseTransitions"], 1);
    run(&mut world, NODES[0], "mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/");
    pass(&mut world, 40.0);
    assert!(!host::api_is_up(&world));
    run(&mut world, NODES[0], "mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/");
    pass(&mut world, 90.0);
    assert!(host::api_is_up(&world));
    assert_eq!(restarts(&pod(&world, "kube-scheduler-k8splayground-control-plane")), 2);
    assert_eq!(restarts(&pod(&world, "kube-controller-manager-k8splayground-control-plane")), 1);
}

#[test]
fn a_node_without_its_runtime_is_not_ready() {
    let mut world = world(10);
    let ready = |world: &World| {
        let node = world.informers.get("nodes", "", NODES[2]).unwrap();
        object::condition(&node, "Ready").cloned().unwrap()
    };
    run(&mut world, NODES[2], "systemctl stop containerd");
    let (said, code) = run(&mut world, NODES[2], "crictl ps");
    assert!(code == 1 && said.contains("connect endpoint 'unix:///run/containerd/containerd.sock'"), "{said}");
    pass(&mut world, 45.0);
    assert_eq!(
        (&ready(&world)["status"], &ready(&world)["message"]),
        (&json!("False"), &json!("container runtime is down"))
    );
    run(&mut world, NODES[2], "systemctl start containerd");
    pass(&mut world, 12.0);
    assert_eq!(ready(&world)["status"], "True");
}

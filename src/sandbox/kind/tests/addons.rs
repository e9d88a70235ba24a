//! What kind brings along: volumes of local-path, and what etcd's own container has.

use super::*;

#[test]
fn claims_of_the_standard_class_get_folders_of_their_pods_node() {
    let mut world = world(1);
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    world.api("kubectl").create("persistentvolumeclaims", Some("default"), claim).unwrap();
    pass(&mut world, 5.0);
    assert!(world.informers.list("persistentvolumes").next().is_none());
    let script = "echo kept > /v/file; sleep 100000";
    let user = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "c", "image": "busybox:1.31", "command": ["sh", "-c", script],
            "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
        "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}});
    world.api("kubectl").create("pods", Some("default"), user).unwrap();
    pass(&mut world, 20.0);
    let claim = world.informers.get("persistentvolumeclaims", "default", "c").unwrap();
    assert_eq!(claim["status"]["phase"], "Bound", "{claim:#}");
    let name = format!("pvc-{}", object::uid(&claim));
    let volume = world.informers.get("persistentvolumes", "", &name).unwrap();
    let folder = format!("/var/local-path-provisioner/{name}_default_c");
    assert_eq!(volume["spec"]["hostPath"], json!({"path": folder, "type": "DirectoryOrCreate"}));
    let events = world.api("kubectl").list("events", Some("default")).unwrap();
    let of_claim = events.iter().filter(|event| event["involvedObject"]["kind"] == "PersistentVolumeClaim");
    let mut reasons: Vec<String> = of_claim.map(|event| event["reason"].as_str().unwrap().to_owned()).collect();
    reasons.sort();
    assert_eq!(reasons, ["ExternalProvisioning", "Provisioning", "ProvisioningSucceeded", "WaitForFirstConsumer"]);
    let user = world.informers.get("pods", "default", "p").unwrap();
    assert_eq!(user["status"]["phase"], "Running");
    let node = user["spec"]["nodeName"].as_str().unwrap().to_owned();
    assert_eq!(run(&mut world, &node, &format!("cat {folder}/file")), ("kept\n".to_owned(), 0));
    world.api("kubectl").delete("pods", Some("default"), "p", &DeleteOptions::default()).unwrap();
    pass(&mut world, 5.0);
    world.api("kubectl").delete("persistentvolumeclaims", Some("default"), "c", &DeleteOptions::default()).unwrap();
    pass(&mut world, 20.0);
    assert!(world.informers.list("persistentvolumes").next().is_none());
    assert_eq!(run(&mut world, &node, "ls /var/local-path-provisioner"), (String::new(), 0));
    let helpers = world.informers.list("pods").filter(|pod| object::namespace(pod) == "local-path-storage").count();
    assert_eq!(helpers, 1, "only the provisioner is left");
}

/// What a command in the container of a Pod of kube-system writes, and its exit code.
fn within(world: &mut World, name: &str, command: &[&str]) -> (String, i32) {
    let pod = pod(world, name);
    let id =
        pod["status"]["containerStatuses"][0]["containerID"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let command = command.iter().map(|&word| word.to_owned()).collect();
    let exec = host::exec_in_container(world, NODES[0], &id, ExecSpec { command, ..ExecSpec::default() });
    Exec::start(world, &exec).unwrap();
    while world.hosts.exec(&exec).unwrap().exit_code.is_none() {
        assert!(world.step());
    }
    let bytes: Vec<u8> = host::exec_output(world, &exec).into_iter().flat_map(|(_, bytes)| bytes).collect();
    (String::from_utf8_lossy(&bytes).into_owned(), world.hosts.exec(&exec).unwrap().exit_code.unwrap())
}

#[test]
fn etcd_is_asked_from_its_own_container() {
    let mut world = world(1);
    let name = "etcd-k8splayground-control-plane";
    let mut ask = |rest: &[&str]| {
        let pki = "/etc/kubernetes/pki/etcd";
        let flags = ["ca.crt", "server.crt", "server.key"].map(|file| format!("{pki}/{file}"));
        let mut command = vec!["etcdctl", "--cacert", &flags[0], "--cert", &flags[1], "--key", &flags[2]];
        command.extend(rest);
        within(&mut world, name, &command)
    };
    let (keys, code) = ask(&["get", "/registry/namespaces/", "--prefix", "--keys-only"]);
    assert!(code == 0 && keys.starts_with("/registry/namespaces/default\n\n"), "{keys}");
    assert_eq!(ask(&["put", "/a", "b"]), ("OK\n".to_owned(), 0));
    assert_eq!(ask(&["get", "/a"]), ("/a\nb\n".to_owned(), 0));
    assert_eq!(ask(&["del", "/a"]), ("1\n".to_owned(), 0));
    assert!(ask(&["member", "list"]).0.starts_with("8e9e05c52164694d, started, k8splayground-control-plane, https://"));
    assert_eq!(ask(&["--foo"]), ("Error: unknown flag: --foo\n".to_owned(), 128));
    let (told, code) = within(&mut world, name, &["etcdctl", "get", "/a"]);
    assert!(code == 1 && told.ends_with("Error: context deadline exceeded\n"), "{told}");
    let logs = |world: &World, name: &str| {
        let pod = pod(world, name);
        let id = pod["status"]["containerStatuses"][0]["containerID"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        host::logs(world, NODES[0], &id).unwrap()[1].text.clone()
    };
    assert!(logs(&world, name).ends_with(" I | etcdmain: etcd Version: 3.4.13"));
    assert!(logs(&world, APISERVER).contains("server.go:632] external host was not specified, using "));
}

//! What Pods have on their nodes' disks, as a v1.20.2 lab showed it, in virtual time.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::story_tests::{log, make, pass, pod, told, world};

#[test]
fn a_pod_that_takes_more_of_the_disk_than_it_may_is_evicted() {
    let mut world = world();
    let volume = json!({"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Mi"}}]});
    let mounted = json!({"volumeMounts": [{"name": "v", "mountPath": "/c"}]});
    make(&mut world, "volume", "dd if=/dev/zero of=/c/f bs=1M count=5; sleep 1000", &volume, &mounted);
    let limited = json!({"resources": {"limits": {"ephemeral-storage": "1Mi"}}});
    make(&mut world, "layer", "dd if=/dev/zero of=/tmp/f bs=1M count=5; sleep 1000", &json!({}), &limited);
    make(&mut world, "small", "dd if=/dev/zero of=/tmp/f bs=1k count=5; sleep 1000", &json!({}), &limited);
    pass(&mut world, 90.0);
    let volume = "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ";
    let layer = "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ";
    for (name, message) in [("volume", volume), ("layer", layer)] {
        let status = &pod(&world, name)["status"];
        let told_so = [&status["phase"], &status["reason"], &status["message"]].map(|value| value.as_str().unwrap());
        assert_eq!(told_so, ["Failed", "Evicted", message]);
        assert!(status["containerStatuses"].is_null() && status["startTime"].is_string(), "{status:#}");
        assert_eq!(told(&mut world, name, "Evicted"), [(message.to_owned(), 1)]);
        assert_eq!(told(&mut world, name, "Killing").len(), 1);
    }
    assert_eq!(pod(&world, "small")["status"]["phase"], "Running");
}

#[test]
fn volumes_belong_to_the_group_of_their_pod() {
    let mut world = world();
    let more = json!({"securityContext": {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000},
        "volumes": [{"name": "v", "emptyDir": {}}]});
    let mounted = json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]});
    let script = "id; ls -ld /v | cut -c1-36; echo hi > /v/f; ls -l /v | tail -1 | cut -c1-36; echo > /x; sleep 1000";
    make(&mut world, "p", script, &more, &mounted);
    pass(&mut world, 3.0);
    let told = "uid=1000 gid=3000 groups=2000,3000\ndrwxrwsrwx    2 root     2000       \n\
                -rw-r--r--    1 1000     2000       \nsh: can't create /x: Permission denied\n";
    assert_eq!(log(&world, "p"), told);
}

#[test]
fn a_pod_has_its_folders_on_its_node_until_it_is_gone() {
    let mut world = world();
    let volumes = json!({"volumes": [{"name": "v", "emptyDir": {}}]});
    make(&mut world, "p", "sleep 1000", &volumes, &json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}));
    pass(&mut world, 3.0);
    let uid = crate::sandbox::object::uid(&pod(&world, "p")).to_owned();
    let files = &world.hosts.node(super::story_tests::WORKER).unwrap().files;
    let dir = format!("/var/lib/kubelet/pods/{uid}");
    let names: Vec<String> = files.list(&dir).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["containers", "etc-hosts", "plugins", "volumes"]);
    let hosts = files.get(&format!("{dir}/etc-hosts")).unwrap().content;
    assert!(String::from_utf8_lossy(&hosts).ends_with("\tp\n"));
    assert_eq!(files.list(&format!("{dir}/containers/main")).len(), 1);
    assert!(files.get(&format!("{dir}/plugins/kubernetes.io~empty-dir/v/ready")).is_some());
    assert_eq!(files.get(&format!("{dir}/volumes/kubernetes.io~empty-dir/v")).unwrap().permissions(), "drwxrwxrwx");
    world.api("kubectl").delete("pods", Some("default"), "p", &Default::default()).unwrap();
    pass(&mut world, 60.0);
    let files = &world.hosts.node(super::story_tests::WORKER).unwrap().files;
    assert!(files.get(&dir).is_none());
}

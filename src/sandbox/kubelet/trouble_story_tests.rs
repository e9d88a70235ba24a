//! Pods in trouble: programs that the kernel ends, hooks and probes that cannot be made.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::story_tests::{log, main, make, pass, pod, told, world};
use crate::sandbox::World;

#[test]
fn who_takes_more_memory_than_the_limit_is_killed_and_all_kubelets_read_of_it() {
    let mut world = world();
    let limited = json!({"resources": {"limits": {"memory": "20Mi"}}});
    let never = json!({"restartPolicy": "Never"});
    make(&mut world, "main", "exec tail /dev/zero", &never, &limited);
    make(&mut world, "child", "tail /dev/zero; echo child $?; sleep 1000", &never, &limited);
    pass(&mut world, 6.0);
    let ended = &main(&world, "main")["state"]["terminated"];
    assert_eq!((&ended["reason"], &ended["exitCode"]), (&json!("OOMKilled"), &json!(137)));
    assert!(main(&world, "child")["state"]["running"].is_object(), "only the child ended");
    assert_eq!(log(&world, "child"), "Killed\nchild 137\n");
    for node in crate::sandbox::boot::NODES {
        let read = told(&mut world, node, "SystemOOM");
        assert_eq!(read.len(), 2, "{read:?}");
        assert!(read[0].0.starts_with("System OOM encountered, victim process: tail, pid: "), "{read:?}");
    }
}

#[test]
fn hooks_may_ask_over_http_and_what_cannot_be_started_says_nothing_of_a_container() {
    let mut world = world();
    let hooks = json!({"lifecycle": {"postStart": {"httpGet": {"port": 99, "path": "/x"}}}});
    make(&mut world, "post", "sleep 1000", &json!({}), &hooks);
    let probe = json!({"exec": {"command": ["nothing"]}, "periodSeconds": 1, "failureThreshold": 1});
    make(&mut world, "none", "sleep 1000", &json!({}), &json!({"livenessProbe": probe}));
    let hooks = json!({"lifecycle": {"preStop": {"httpGet": {"port": 99, "path": "/"}}}});
    make(&mut world, "pre", "sleep 1000", &json!({}), &hooks);
    pass(&mut world, 8.0);
    let address = |world: &World, name: &str| pod(world, name)["status"]["podIP"].as_str().unwrap().to_owned();
    let refused = |to: &str, path: &str| {
        format!("Get \"http://{to}:99/{path}\": dial tcp {to}:99: connect: connection refused, message: \"\"")
    };
    let failed = told(&mut world, "post", "FailedPostStartHook");
    let all = refused(&address(&world, "post"), "/x");
    assert!(failed[0].0.starts_with("Http lifecycle hook (/x) for Container \"main\" in Pod \"post_default("));
    assert!(failed[0].0.ends_with(&format!(" failed - error: {all}")), "{failed:?}");
    assert!(main(&world, "post")["restartCount"] != 0 || main(&world, "post")["state"]["waiting"].is_object());
    let errored = told(&mut world, "none", "Unhealthy");
    assert!(errored[0].0.starts_with(
        "Liveness probe errored: rpc error: code = Unknown desc = failed to exec in container: failed to start exec \""
    ));
    assert!(errored[0].0.ends_with("exec: \"nothing\": executable file not found in $PATH: unknown"), "{errored:?}");
    assert_eq!(main(&world, "none")["restartCount"], 0);
    let to = address(&world, "pre");
    world
        .api("kubectl")
        .delete("pods", Some("default"), "pre", &crate::sandbox::api::DeleteOptions::default())
        .unwrap();
    pass(&mut world, 0.5);
    let failed = told(&mut world, "pre", "FailedPreStopHook");
    assert!(failed[0].0.ends_with(&refused(&to, "/")), "{failed:?}");
}

#[test]
fn a_pod_whose_key_comes_back_while_it_ends_is_started_anew() {
    let mut world = world();
    make(&mut world, "two", "sleep 1000", &json!({}), &json!({}));
    pass(&mut world, 4.0);
    let key = b"/registry/pods/default/two";
    let value = world.store.get(key).unwrap().value.clone();
    world.store.delete(key);
    pass(&mut world, 1.0);
    world.store.put("/registry/pods/default/two".to_owned(), value, 0);
    pass(&mut world, 12.0);
    let status = main(&world, "two");
    assert!(status["state"]["running"].is_object(), "{status}");
    assert_eq!((&status["restartCount"], &status["lastState"]["terminated"]["exitCode"]), (&json!(1), &json!(137)));
    assert!(!told(&mut world, "two", "SandboxChanged").is_empty());
}

#[test]
fn what_no_container_has_or_knows_is_no_trouble() {
    let mut world = world();
    let volume = json!({"volumes": [{"name": "v", "secret": {"secretName": "nope"}}]});
    make(&mut world, "unused", "sleep 1000", &volume, &json!({}));
    let limits = json!({"resources": {"limits": {"example.com/gpu": "1"}, "requests": {"example.com/gpu": "1"}}});
    make(&mut world, "extended", "sleep 1000", &json!({}), &limits);
    make(&mut world, "made", "pwd; sleep 1000", &json!({}), &json!({"workingDir": "/a/b"}));
    make(&mut world, "file", "sleep 1000", &json!({}), &json!({"workingDir": "/etc/passwd"}));
    pass(&mut world, 5.0);
    for name in ["unused", "extended", "made"] {
        assert!(main(&world, name)["state"]["running"].is_object(), "{}", pod(&world, name)["status"]);
    }
    assert_eq!(log(&world, "made"), "/a/b\n");
    let why = main(&world, "file")["lastState"]["terminated"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(why.ends_with("error during container init: mkdir /etc/passwd: not a directory: unknown"), "{why}");
}

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use super::*;
use crate::sandbox::{Profile, World};

pub(super) fn world() -> World {
    let mut world = World::new(1, "2026-11-28T15:54:00Z".parse().unwrap());
    for (name, role, ip) in [("cp", Role::ControlPlane, "172.30.0.2"), ("w", Role::Worker, "172.30.0.3")] {
        add_node(
            &mut world,
            NodeSpec {
                profile: Profile::Lab,
                name: name.into(),
                role,
                ip: ip.into(),
                pod_cidr: "10.244.0.0/24".into(),
                kubelet_args: Vec::new(),
            },
        );
    }
    world
}

fn pass(world: &mut World, seconds: f64) {
    let until = world.now() + Duration::from_secs_f64(seconds);
    world.run_until(until);
}

/// What a command on a node writes, both streams, and its exit code.
pub(super) fn run(world: &mut World, command: &[&str]) -> (String, i32) {
    let spec = ExecSpec { command: command.iter().map(|word| (*word).to_owned()).collect(), ..ExecSpec::default() };
    let id = exec(world, "w", None, spec);
    finish(world, &id)
}

/// Runs a command that was prepared to its end.
pub(super) fn finish(world: &mut World, id: &str) -> (String, i32) {
    if let Err(why) = Exec::start(world, id) {
        return (why, 126);
    }
    for _ in 0..1_000 {
        if world.hosts.exec(id).unwrap().exit_code.is_some() {
            break;
        }
        world.step();
    }
    let exec = world.hosts.exec(id).unwrap();
    let bytes: Vec<u8> = exec.output.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    (String::from_utf8(bytes).unwrap(), exec.exit_code.unwrap_or(-1))
}

pub(super) fn sh(world: &mut World, script: &str) -> (String, i32) {
    run(world, &["sh", "-c", script])
}

pub(super) fn pod(world: &mut World, script: &str) -> (String, String) {
    let pod = PodRef {
        uid: "u".into(),
        namespace: "default".into(),
        name: "p".into(),
        cgroup: "/kubepods/besteffort/podu".into(),
        ..PodRef::default()
    };
    let sandbox = run_pod(world, "w", pod);
    let spec = ContainerSpec {
        name: "main".into(),
        image: "busybox:1.31".into(),
        command: vec!["sh".into(), "-c".into(), script.into()],
        ..ContainerSpec::default()
    };
    let id = start_container(world, "w", &sandbox, spec).unwrap();
    (sandbox, id)
}

fn log_text(world: &World, id: &str) -> String {
    logs(world, "w", id).unwrap().iter().map(|line| format!("{}\n", line.text)).collect()
}

#[test]
fn a_node_runs_its_daemons_and_starts_them_again() {
    let mut world = world();
    assert!(
        is_running(&world, "w", "kubelet")
            && is_running(&world, "cp", "kube-apiserver")
            && met_at_api(&world) == Met::Answers
    );
    assert_eq!(sh(&mut world, "ps -e -o comm= | sort | uniq -c").0.lines().count(), 7);
    assert_eq!(run(&mut world, &["pkill", "-x", "kubelet"]), (String::new(), 0));
    assert!(!is_running(&world, "w", "kubelet"));
    pass(&mut world, 1.5);
    assert!(is_running(&world, "w", "kubelet"));
    run(&mut world, &["chmod", "-x", "/usr/bin/kubelet"]);
    run(&mut world, &["pkill", "-x", "kubelet"]);
    pass(&mut world, 60.0);
    assert!(!is_running(&world, "w", "kubelet"));
    assert_eq!(run(&mut world, &["kubelet"]).1, 126);
    run(&mut world, &["chmod", "+x", "/usr/bin/kubelet"]);
    pass(&mut world, 1.5);
    assert!(is_running(&world, "w", "kubelet"));
}

#[test]
fn a_pipeline_finds_itself() {
    let mut world = world();
    assert_eq!(sh(&mut world, "ps aux | grep containerd-shim | wc -l").0, "2\n");
    assert_eq!(run(&mut world, &["pgrep", "-c", "-x", "containerd-shim"]), ("0\n".into(), 1));
    let (sandbox, _) = pod(&mut world, "while :; do sleep 1; done");
    assert_eq!(sh(&mut world, "ps aux | grep [c]ontainerd-shim | wc -l").0, "1\n");
    stop_pod(&mut world, "w", &sandbox);
    assert_eq!(sh(&mut world, "ps aux | grep [c]ontainerd-shim | wc -l").0, "0\n");
}

#[test]
fn scripts_do_what_they_do_in_life() {
    let mut world = world();
    for (script, text, code) in [
        ("echo a; exit 3", "a\n", 3),
        ("for i in 1 2 3; do echo $((i * i)); done | tail -1", "9\n", 0),
        ("x=$(echo hi | tr a-z A-Z); echo \"$x ${y:-none} ${#x}\"", "HI none 2\n", 0),
        ("nosuch", "sh: 1: nosuch: not found\n", 127),
        ("/etc/passwd", "sh: 1: /etc/passwd: Permission denied\n", 126),
        ("false || echo no && echo yes", "no\nyes\n", 0),
        ("trap 'echo bye' EXIT; exit 4", "bye\n", 4),
        ("sleep 100 & kill $!; wait $!; echo $?", "143\n", 0),
        ("(exit 5); echo $?", "5\n", 0),
        ("f() { return 2; }; f; echo $?", "2\n", 0),
        ("while read a b; do echo $b; done <<E\n1 2\n3 4\nE", "2\n4\n", 0),
        ("case abc in a*) echo yes;; *) echo no;; esac", "yes\n", 0),
        ("echo x > /tmp/f; echo y >> /tmp/f; cat /tmp/f | wc -l; ls /tmp", "2\nf\n", 0),
        ("seq 3 | sed 's/2/two/' | head -2", "1\ntwo\n", 0),
        ("yes | head -2", "y\ny\n", 0),
        ("set -e; false; echo no", "", 1),
        ("printf '%s-%03d\\n' a 7 b 8", "a-007\nb-008\n", 0),
        ("seq 3 | xargs -n 1 echo n", "n 1\nn 2\nn 3\n", 0),
        ("timeout 1 sleep 5; echo $?", "124\n", 0),
        ("exec sh -c 'exit 9'", "", 9),
        ("i=0; until [ $i -ge 3 ]; do i=$((i+1)); done; echo $i", "3\n", 0),
        ("echo err >&2", "err\n", 0),
        ("if true", "sh: 1: Syntax error: end of file unexpected (expecting \"then\")\n", 2),
    ] {
        assert_eq!(sh(&mut world, script), (text.to_owned(), code), "{script}");
    }
    let why =
        "exec failed: unable to start container process: exec: \"foo\": executable file not found in $PATH: unknown";
    assert_eq!(run(&mut world, &["foo"]), (why.to_owned(), 126));
}

#[test]
fn the_first_process_of_a_container_is_deaf_to_sigterm() {
    let mut world = world();
    let (_, deaf) = pod(&mut world, "while :; do sleep 1; done");
    let (_, polite) = pod(&mut world, "trap 'echo got TERM; exit 7' TERM; echo up; while :; do sleep 1; done");
    pass(&mut world, 2.5);
    for id in [&deaf, &polite] {
        stop_container(&mut world, "w", id, Duration::from_secs(10));
    }
    pass(&mut world, 2.0);
    let state = container(&world, "w", &polite).unwrap();
    assert_eq!((state.running, state.exit_code, state.reason.as_str()), (false, 7, "Error"));
    assert_eq!(log_text(&world, &polite), "up\ngot TERM\n");
    assert!(container(&world, "w", &deaf).unwrap().running);
    pass(&mut world, 9.0);
    assert_eq!(container(&world, "w", &deaf).unwrap().exit_code, 137);
}

#[test]
fn a_missing_program_is_a_start_error() {
    let mut world = world();
    let sandbox = run_pod(
        &mut world,
        "w",
        PodRef { uid: "u".into(), namespace: "d".into(), name: "p".into(), ..PodRef::default() },
    );
    let spec = ContainerSpec {
        name: "a".into(),
        image: "busybox:1.31".into(),
        command: vec!["nosuch".into()],
        ..ContainerSpec::default()
    };
    let why = start_container(&mut world, "w", &sandbox, spec).unwrap_err();
    assert!(why.ends_with("runc create failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown"), "{why}");
    let all = list(&world, "w");
    assert_eq!((all[0].state.exit_code, all[0].state.reason.as_str()), (128, "StartError"));
}

#[test]
fn pausing_freezes_and_stopping_ends() {
    let mut world = world();
    let (_, id) = pod(&mut world, "while :; do sleep 1; echo tick; done");
    pass(&mut world, 3.5);
    assert!(pause(&mut world, "w") && !is_running(&world, "w", "kubelet") && !is_reachable(&world, "w"));
    pass(&mut world, 100.0);
    assert_eq!(log_text(&world, &id), "tick\n".repeat(3));
    unpause(&mut world, "w");
    pass(&mut world, 0.6);
    assert_eq!(log_text(&world, &id), "tick\n".repeat(4));
    assert!(is_reachable(&world, "w"));
    disconnect(&mut world, "w");
    assert!(!is_reachable(&world, "w"));
    connect(&mut world, "w");
    stop(&mut world, "w", Duration::from_secs(10));
    let node = world.hosts.node("w").unwrap();
    assert_eq!((node.state, node.exit_code, node.processes.len()), (NodeState::Exited, 0, 0));
    start(&mut world, "w");
    assert!(is_running(&world, "w", "kubelet"));
    let state = container(&world, "w", &id).unwrap();
    assert_eq!((state.running, state.exit_code, state.reason.as_str()), (false, 255, "Unknown"));
    kill(&mut world, "w", SIGKILL);
    assert_eq!(world.hosts.node("w").unwrap().exit_code, 137);
    kill(&mut world, "cp", 9);
    assert_eq!(met_at_api(&world), Met::Nobody);
}

#[test]
fn a_loop_that_never_sleeps_takes_time_all_the_same() {
    let mut world = world();
    let (_, id) = pod(&mut world, "while :; do :; done");
    pass(&mut world, 5.0);
    assert!(container(&world, "w", &id).unwrap().running);
}

#[test]
fn the_same_seed_is_the_same_world() {
    let play = || {
        let mut world = world();
        pod(&mut world, "while :; do date; sleep 1; done | head -3");
        pass(&mut world, 5.0);
        sh(&mut world, "ps -ef").0
    };
    assert_eq!(play(), play());
}

/// As the recordings' node and busybox say it.
#[test]
fn names_and_differences_are_told_on_nodes_and_in_containers() {
    let mut world = world();
    let pod = PodRef { uid: "u".into(), namespace: "default".into(), name: "p".into(), ..PodRef::default() };
    let sandbox = run_pod(&mut world, "w", pod);
    let command = ["sleep", "1000"].map(str::to_owned).to_vec();
    let spec = ContainerSpec { image: "busybox".into(), command, ..ContainerSpec::default() };
    let id = start_container(&mut world, "w", &sandbox, spec).unwrap();
    let mut within = |script: &str| {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        let exec = exec_in_container(&mut world, "w", &id, ExecSpec { command, ..ExecSpec::default() });
        finish(&mut world, &exec)
    };
    assert_eq!(within("hostname -f; hostname -d; hostname -s"), ("p\np\n".to_owned(), 0));
    assert_eq!(
        within("cd /tmp; echo a > a; echo b > b; diff a b"),
        ("--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n".to_owned(), 1)
    );
    assert_eq!(
        within("diff /tmp/a /none 2>&1"),
        ("diff: can't stat '/none': No such file or directory\n".to_owned(), 2)
    );
    assert_eq!(within("sysctl a.b 2>&1"), ("sysctl: error: 'a/b' is an unknown key\n".to_owned(), 1));
    assert_eq!(within("busybox --list | grep -c -x -e pgrep -e nohup -e killall"), ("1\n".to_owned(), 0));
    assert_eq!(within("busybox pgrep a 2>&1"), ("pgrep: applet not found\n".to_owned(), 127));
    let script = "cd /tmp; echo a > a; echo b > b; diff a b; sysctl kernel.hostname";
    let told = run(&mut world, &["sh", "-c", script]);
    assert_eq!(told, ("1c1\n< a\n---\n> b\nkernel.hostname = w\n".to_owned(), 0));
}

#[test]
fn archives_and_users_are_as_in_containers() {
    let mut world = world();
    let (_, container) = pod(&mut world, "sleep 1000");
    let mut inside = |script: &str, user: &str| {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        let spec = ExecSpec { command, user: user.to_owned(), ..ExecSpec::default() };
        let id = exec(&mut world, "w", Some(&container), spec);
        finish(&mut world, &id)
    };
    let packed = "mkdir -p /tmp/d/e; echo hi > /tmp/d/f; ln -s f /tmp/d/l; tar cf - /tmp/d 2>/dev/null | tar xmf - -C /root; cat /root/tmp/d/l";
    assert_eq!(inside(packed, ""), ("hi\n".into(), 0));
    let listed = inside("tar cf /x.tar -C /tmp d; tar tf /x.tar; tar xf /x.tar nope", "");
    assert_eq!(listed, ("d/\nd/e/\nd/f\nd/l\ntar: nope: not found in archive\n".into(), 1));
    assert_eq!(
        inside("tar xmf - -C /nope", "").0,
        "tar: can't change directory to '/nope': No such file or directory\n"
    );
    let nobody = inside("id; echo > /x; rm /tmp/d/f; kill 1; echo ok > /tmp/n; ls -l /tmp/n | cut -c1-34", "nobody");
    let told = "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\nsh: can't create /x: Permission denied\n\
        rm: can't remove '/tmp/d/f': Permission denied\nsh: can't kill pid 1: Operation not permitted\n\
        -rw-r--r--    1 nobody   nogroup  \n";
    assert_eq!(nobody.0, told);
    assert_eq!(inside("true", "0:nope"), ("unable to find group nope: no matching entries in group file".into(), 126));
    assert_eq!(inside("echo abcdef | dd bs=2 count=2 skip=1 2>/dev/null", "").0, "cdef");
}

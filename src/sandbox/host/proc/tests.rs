#![allow(clippy::unwrap_used)]
use crate::sandbox::host::tests::{pod, run, sh, world};
use crate::sandbox::host::{ExecSpec, exec_in_container};

#[test]
fn processes_are_folders() {
    let mut world = world();
    assert_eq!(
        sh(&mut world, "cat /proc/1/comm; tr '\\0' ' ' < /proc/1/cmdline").0,
        "node-init\n/bin/bash /usr/local/bin/node-init "
    );
    assert_eq!(sh(&mut world, "readlink /proc/1/exe; cat /proc/sys/kernel/hostname").0, "/usr/bin/bash\nw\n");
    let (kubelet, _) =
        sh(&mut world, "for f in /proc/[0-9]*/comm; do read c < $f; [ $c = kubelet ] && echo $f; done; true");
    let (by_name, _) = sh(&mut world, "echo /proc/$(pgrep -x kubelet)/comm");
    assert_eq!(kubelet, by_name);
    assert_eq!(sh(&mut world, "readlink /proc/self/ns/net | grep -c 'net:\\[[0-9]*\\]'").0, "1\n");
    assert_eq!(sh(&mut world, "awk '/^State/ {print $2}' /proc/$(pgrep -x kubelet)/status").0, "S\n");
    assert_eq!(
        sh(&mut world, "grep -c . /proc/mounts; ls -d /proc/99999").0,
        "23\nls: cannot access '/proc/99999': No such file or directory\n"
    );
    let (stopped, _) = sh(
        &mut world,
        "p=$(pgrep -x kubelet); kill -STOP $p; grep State /proc/$p/status; kill -CONT $p; grep State /proc/$p/status",
    );
    assert_eq!(stopped, "State:\tT (stopped)\nState:\tS (sleeping)\n");
}

#[test]
fn a_container_sees_its_own_processes_alone() {
    let mut world = world();
    let (_, id) = pod(&mut world, "while :; do sleep 1; done");
    let spec = ExecSpec {
        command: [
            "sh",
            "-c",
            "echo /proc/[0-9]*; readlink /proc/1/exe; head -1 /proc/1/cgroup; cat /proc/sys/kernel/hostname",
        ]
        .map(str::to_owned)
        .into(),
        ..ExecSpec::default()
    };
    let exec = exec_in_container(&mut world, "w", &id, spec);
    let text = crate::sandbox::host::tests::finish(&mut world, &exec).0;
    assert_eq!(
        text,
        format!("/proc/1 /proc/2 /proc/3\n/bin/busybox\n9:name=systemd:/kubepods/besteffort/podu/{id}\np\n")
    );
    // From its node all are seen, with its files.
    let main = world.hosts.node("w").unwrap().containers[&id].main;
    assert_eq!(run(&mut world, &["cat", &format!("/proc/{main}/root/etc/hostname")]).0, "p\n");
    assert_eq!(run(&mut world, &["readlink", &format!("/proc/{main}/exe")]).0, "/bin/busybox\n");
}

#[test]
fn the_first_process_of_a_container_is_killed_from_outside_alone() {
    let mut world = world();
    let (_, id) = pod(&mut world, "while :; do sleep 1; done");
    let spec =
        ExecSpec { command: ["sh", "-c", "kill -9 1; echo $?"].map(str::to_owned).into(), ..ExecSpec::default() };
    let exec = exec_in_container(&mut world, "w", &id, spec);
    assert_eq!(crate::sandbox::host::tests::finish(&mut world, &exec).0, "0\n");
    let main = world.hosts.node("w").unwrap().containers[&id].main;
    assert_eq!(
        sh(&mut world, &format!("cat /proc/{main}/comm; kill -9 {main}; sleep 1; ls -d /proc/{main}")).0,
        format!("sh\nls: cannot access '/proc/{main}': No such file or directory\n")
    );
}

#[test]
fn who_looks_for_processes_sees_the_rest_of_its_pipeline_as_what_it_is() {
    let mut world = world();
    // The shell's own command line has the words too.
    assert_eq!(sh(&mut world, "pgrep -fc 'nothing else' | cat | cat").0, "1\n");
}

#[test]
fn logs_of_containers_are_files_of_their_node() {
    let mut world = world();
    let (_, id) = pod(&mut world, "echo hi; echo no >&2; sleep 100");
    world.run_until(world.now() + std::time::Duration::from_secs(1));
    let all = "cd /var/log; cat pods/*/*/0.log | cut -d' ' -f2-; ls containers; readlink containers/*; head -qn1 containers/* | wc -l";
    let (text, code) = sh(&mut world, all);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((&lines[..2], code), (&["stdout F hi", "stderr F no"][..], 0), "{text}");
    assert!(lines[2].ends_with(&format!("-{id}.log")) && lines[3].starts_with("/var/log/pods/"), "{text}");
    assert_eq!(lines[4], "1");
}

#[test]
fn control_groups_say_what_containers_may_take() {
    let mut world = world();
    let (_, id) = pod(&mut world, "sleep 1000");
    let inside = |world: &mut crate::sandbox::World, script: &str| {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        let exec = exec_in_container(world, "w", &id, ExecSpec { command, ..ExecSpec::default() });
        crate::sandbox::host::tests::finish(world, &exec).0
    };
    let text = inside(&mut world, "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us; ls pids");
    let files = "cgroup.clone_children\ncgroup.procs\nnotify_on_release\npids.current\npids.events\npids.max\npids.peak\ntasks\n";
    assert_eq!(text, format!("9223372036854771712\n-1\n{files}"));
    let refused = inside(&mut world, "echo 5 > /sys/fs/cgroup/memory/memory.limit_in_bytes; ls /sys/fs/cgroup | wc -l");
    assert_eq!(refused, "sh: can't create /sys/fs/cgroup/memory/memory.limit_in_bytes: Read-only file system\n9\n");
    let found = sh(
        &mut world,
        "cd /sys/fs/cgroup/cpu/kubepods/besteffort; ls | grep pod; cat podu/cpu.shares; cat podu/*/cgroup.procs | wc -l",
    );
    assert_eq!(found.0, "podu\n2\n2\n");
    let all = sh(&mut world, "cat /sys/fs/cgroup/pids/pids.current; ls /proc | grep -c '^[0-9]'");
    let (current, _) = all.0.split_once('\n').unwrap();
    assert!(current.parse::<u32>().unwrap() > 4, "{current}");
}

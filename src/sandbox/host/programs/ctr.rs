//! `ctr` 1.6.20, as the lab's nodes have it: containers, tasks, images and namespaces are listed, shown and ended; and what
//! `runc` lists of them.

use serde_json::json;

use super::out;
use crate::sandbox::host::Node;
use crate::sandbox::host::process::{self, SIGTERM, signal_number};
use crate::sandbox::host::sys::{Me, Sys};

const VERSION: &str = "Client:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1+deb12u3\n  Go version: go1.19.8\n\nServer:\n  \
    Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1+deb12u3\n  UUID: f3c6fc66-48a6-41a1-8b97-fc2c43ae2235\n";

/// The images of a node of the lab: reference, digest and size.
const IMAGES: [(&str, &str, &str); 4] = [
    (
        "docker.io/library/busybox:1.31",
        "sha256:d063fd53fd7670f05581984915eff33e7ee2da5a3291420d73b719b0b1a78c43",
        "2.0 MiB",
    ),
    ("k8s.gcr.io/pause:3.2", "sha256:fe0ed7d0f87039b999a879770267632d391fe1e6fc2705cbdcdbaa64f537761a", "21.3 KiB"),
    (
        "sha256:0a764132216019cb7f318e8b1911c302f00e0e1fffcd0bc9129cbc25ce9a5679",
        "sha256:d063fd53fd7670f05581984915eff33e7ee2da5a3291420d73b719b0b1a78c43",
        "2.0 MiB",
    ),
    (
        "sha256:10c09bee3f1bfefef5d9c122094abc453d6636d7b9039e6c834ac454a4ad1239",
        "sha256:fe0ed7d0f87039b999a879770267632d391fe1e6fc2705cbdcdbaa64f537761a",
        "21.3 KiB",
    ),
];

/// What containerd knows of a sandbox or a container.
struct Known {
    id: String,
    image: String,
    /// Its first process; none: it has ended.
    pid: Option<u32>,
    labels: serde_json::Value,
    created: jiff::Timestamp,
}

fn known(node: &Node) -> Vec<Known> {
    let mut all = Vec::new();
    for sandbox in node.sandboxes.values() {
        all.push(Known {
            id: sandbox.id.clone(),
            image: "k8s.gcr.io/pause:3.2".to_owned(),
            pid: sandbox.ready.then(|| sandbox.first_process()),
            labels: json!({
                "io.cri-containerd.kind": "sandbox",
                "io.kubernetes.pod.name": sandbox.pod.name,
                "io.kubernetes.pod.namespace": sandbox.pod.namespace,
                "io.kubernetes.pod.uid": sandbox.pod.uid,
            }),
            created: sandbox.created_at,
        });
    }
    for container in node.containers.values() {
        let pod = node.sandboxes.get(&container.sandbox).map(|sandbox| sandbox.pod.clone()).unwrap_or_default();
        let named = container.spec.image.contains('/');
        let library = if named { "" } else { "docker.io/library/" };
        all.push(Known {
            id: container.id.clone(),
            image: format!("{library}{}", container.spec.image),
            pid: container.state.running.then_some(container.main),
            labels: json!({
                "io.cri-containerd.kind": "container",
                "io.kubernetes.container.name": container.spec.name,
                "io.kubernetes.pod.name": pod.name,
                "io.kubernetes.pod.namespace": pod.namespace,
                "io.kubernetes.pod.uid": pod.uid,
            }),
            created: container.created_at,
        });
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// What is in containerd's namespace; all is in `k8s.io`.
async fn all(sys: &Sys, namespace: &str) -> Vec<Known> {
    if namespace != "k8s.io" {
        return Vec::new();
    }
    sys.with(|world, me| known(&world.hosts.nodes[me.node])).await
}

/// Cells in columns as text/tabwriter sets them: `gap` spaces after the widest.
fn table(rows: &[Vec<String>], least: usize, gap: usize) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].len() + gap).max().unwrap_or(0).max(least);
    let line = |row: &Vec<String>| {
        row.iter().enumerate().map(|(at, cell)| format!("{cell:<w$}", w = width(at))).collect::<String>()
    };
    rows.iter().map(|row| line(row) + "\n").collect()
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

pub(super) async fn ctr(sys: &Sys, args: &[String]) -> i32 {
    let (mut namespace, mut words): (String, Vec<&str>) = ("default".to_owned(), Vec::new());
    let mut rest = args[1..].iter().map(String::as_str).peekable();
    while let Some(flag) = rest.next_if(|arg| arg.starts_with('-')) {
        match flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value))) {
            ("-n" | "--namespace", value) => {
                value.or_else(|| rest.next()).unwrap_or_default().clone_into(&mut namespace)
            }
            ("-a" | "--address" | "--timeout" | "--connect-timeout", value) => {
                let _ = value.or_else(|| rest.next());
            }
            ("--debug", _) => {}
            (name, _) => {
                let why = format!("flag provided but not defined: -{}", name.trim_start_matches('-'));
                sys.err(format!("Incorrect Usage: {why}\n\nctr: {why}\n")).await;
                return 1;
            }
        }
    }
    words.extend(rest);
    let (object, verb) = (words.first().copied().unwrap_or_default(), words.get(1).copied().unwrap_or_default());
    let mut operands: Vec<&str> = words.get(2..).unwrap_or_default().to_vec();
    let quiet = operands.iter().any(|arg| matches!(*arg, "-q" | "--quiet"));
    match (object, verb) {
        ("version", _) => out(sys, VERSION).await,
        ("namespaces" | "namespace" | "ns", "list" | "ls") => {
            out(sys, if quiet { "k8s.io\n" } else { "NAME   LABELS \nk8s.io        \n" }).await
        }
        ("containers" | "container" | "c" | "tasks" | "task" | "t" | "images" | "image" | "i", "list" | "ls") => {
            operands.retain(|arg| !matches!(*arg, "-q" | "--quiet"));
            if let Some(flag) = operands.iter().find(|arg| arg.starts_with('-')) {
                let why = format!("flag provided but not defined: -{}", flag.trim_start_matches('-'));
                sys.err(format!("Incorrect Usage: {why}\n\nctr: {why}\n")).await;
                return 1;
            }
            let text = list(sys, &namespace, object, quiet).await;
            out(sys, &text).await
        }
        ("containers" | "container" | "c", "info") => info(sys, &namespace, operands.first().copied().unwrap_or_default()).await,
        ("tasks" | "task" | "t", "kill") => kill(sys, &namespace, &operands).await,
        ("tasks" | "task" | "t", "ps") => {
            let id = operands.first().copied().unwrap_or_default();
            let Some(Known { id, .. }) = running(sys, &namespace, id).await else { return 1 };
            let pids = sys.with(move |world, me| {
                let node = &world.hosts.nodes[me.node];
                let pause = node.sandboxes.get(&id).map(super::super::runtime::Sandbox::first_process);
                let own = node.processes.values().filter(|p| p.container.as_ref() == Some(&id) || Some(p.pid) == pause);
                own.map(|process| format!("{:<9}-\n", process.pid)).collect::<String>()
            });
            let pids = pids.await;
            out(sys, &format!("PID      INFO\n{pids}")).await
        }
        ("" | "help" | "h", _) => {
            sys.out("NAME:\n   ctr - \ncontainerd CLI\n\nUSAGE:\n   ctr [global options] command [command options] [arguments...]\n").await;
            0
        }
        ("plugins" | "plugin" | "content" | "events" | "event" | "leases" | "pprof" | "run" | "snapshots" | "snapshot" | "install" | "oci" | "shim", _)
        | ("containers" | "container" | "c", "create" | "delete" | "del" | "rm" | "remove" | "label" | "checkpoint" | "restore")
        | ("tasks" | "task" | "t", "attach" | "checkpoint" | "delete" | "del" | "rm" | "remove" | "exec" | "pause" | "resume" | "start" | "metrics" | "metric")
        | ("images" | "image" | "i", "check" | "export" | "import" | "mount" | "unmount" | "pull" | "push" | "delete" | "del" | "rm" | "remove" | "tag" | "label" | "convert")
        | ("namespaces" | "namespace" | "ns", "create" | "c" | "remove" | "rm" | "label") => {
            sys.err(format!("ctr: not modelled in kpnb's sandbox: {object} {verb}\n")).await;
            1
        }
        ("containers" | "container" | "c" | "tasks" | "task" | "t" | "images" | "image" | "i" | "namespaces" | "namespace" | "ns", "") => {
            out(sys, &format!("NAME:\n   ctr {object} - manage {object}\n\nUSAGE:\n   ctr {object} command [command options] [arguments...]\n")).await
        }
        ("containers" | "container" | "c" | "tasks" | "task" | "t" | "images" | "image" | "i" | "namespaces" | "namespace" | "ns", other)
        | (other, _) => {
            sys.err(format!("No help topic for '{other}'\n")).await;
            3
        }
    }
}

async fn list(sys: &Sys, namespace: &str, object: &str, quiet: bool) -> String {
    let all = all(sys, namespace).await;
    match object.chars().next() {
        Some('i') => {
            let images = if namespace == "k8s.io" { &IMAGES[..] } else { &[] };
            if quiet {
                return images.iter().map(|(name, ..)| format!("{name}\n")).collect();
            }
            let mut rows = vec![row(&["REF", "TYPE", "DIGEST", "SIZE", "PLATFORMS", "LABELS"])];
            let kind = "application/vnd.docker.distribution.manifest.v2+json";
            for (name, digest, size) in images {
                rows.push(row(&[name, kind, digest, size, "linux/amd64", "io.cri-containerd.image=managed"]));
            }
            table(&rows, 0, 1)
        }
        Some('t') => {
            let running = all.iter().filter_map(|known| Some((&known.id, known.pid?)));
            if quiet {
                return running.map(|(id, _)| format!("{id}\n")).collect();
            }
            let rows: Vec<_> = std::iter::once(row(&["TASK", "PID"]))
                .chain(running.map(|(id, pid)| vec![id.clone(), pid.to_string()]))
                .collect();
            let lines = table(&rows, 8, 4);
            let lines = lines
                .lines()
                .enumerate()
                .map(|(n, line)| format!("{line}{}\n", if n == 0 { "STATUS    " } else { "RUNNING" }));
            lines.collect()
        }
        _ => {
            if quiet {
                return all.iter().map(|known| format!("{}\n", known.id)).collect();
            }
            let mut rows = vec![row(&["CONTAINER", "IMAGE", "RUNTIME"])];
            rows.extend(all.iter().map(|known| row(&[&known.id, &known.image, "io.containerd.runc.v2"])));
            table(&rows, 0, 4)
        }
    }
}

/// One that is there; otherwise a complaint.
async fn found(sys: &Sys, namespace: &str, id: &str) -> Option<Known> {
    let known = all(sys, namespace).await.into_iter().find(|known| known.id == id);
    if known.is_none() {
        sys.err(format!("ctr: container {id:?} in namespace {namespace:?}: not found\n")).await;
    }
    known
}

/// One that has a task.
async fn running(sys: &Sys, namespace: &str, id: &str) -> Option<Known> {
    let known = found(sys, namespace, id).await?;
    if known.pid.is_none() {
        sys.err(format!("ctr: no running task found: task {id} not found: not found\n")).await;
        return None;
    }
    Some(known)
}

async fn info(sys: &Sys, namespace: &str, id: &str) -> i32 {
    if id.is_empty() {
        sys.err("ctr: container id must be provided\n").await;
        return 1;
    }
    let Some(known) = found(sys, namespace, id).await else { return 1 };
    let shown = json!({
        "ID": known.id,
        "Labels": known.labels,
        "Image": known.image,
        "Runtime": {"Name": "io.containerd.runc.v2"},
        "SnapshotKey": known.id,
        "Snapshotter": "overlayfs",
        "CreatedAt": known.created.to_string(),
        "UpdatedAt": known.created.to_string(),
    });
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut text, format);
    // A text takes everything.
    let _ = serde::Serialize::serialize(&shown, &mut writer);
    text.push(b'\n');
    sys.out(text).await;
    0
}

async fn kill(sys: &Sys, namespace: &str, operands: &[&str]) -> i32 {
    let (mut signal, mut every, mut id) = (SIGTERM.to_string(), false, "");
    let mut rest = operands.iter();
    while let Some(arg) = rest.next() {
        match arg.split_once('=').map_or((*arg, None), |(name, value)| (name, Some(value))) {
            ("-s" | "--signal", value) => {
                value.or_else(|| rest.next().copied()).unwrap_or_default().clone_into(&mut signal)
            }
            ("-a" | "--all", _) => every = true,
            ("--exec-id", value) => {
                let _ = value.or_else(|| rest.next().copied());
            }
            (flag, _) if flag.starts_with('-') => {
                let why = format!("flag provided but not defined: -{}", flag.trim_start_matches('-'));
                sys.err(format!("Incorrect Usage: {why}\n\nctr: {why}\n")).await;
                return 1;
            }
            _ => id = arg,
        }
    }
    if id.is_empty() {
        sys.err("ctr: container id must be provided\n").await;
        return 1;
    }
    let Some(Known { id, pid, .. }) = running(sys, namespace, id).await else { return 1 };
    let Some(number) = signal_number(&signal) else {
        sys.err(format!("ctr: unknown signal {signal:?}\n")).await;
        return 1;
    };
    sys.with(move |world, me| {
        let mut pids = if every { process::members(world, me.node, &id) } else { Vec::new() };
        pids.extend(pid.filter(|pid| !pids.contains(pid)));
        for pid in pids {
            process::signal(world, Me { node: me.node, pid }, number);
        }
    })
    .await;
    0
}

/// Where containerd has runc keep its state.
const ROOT: &str = "/run/containerd/runc/k8s.io";

/// `runc list` and `runc state`.
pub(super) async fn runc(sys: &Sys, args: &[String]) -> i32 {
    let (mut root, mut words) = ("/run/runc".to_owned(), Vec::new());
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        match arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value))) {
            ("--root", value) => {
                value.or_else(|| rest.next().map(String::as_str)).unwrap_or_default().clone_into(&mut root)
            }
            ("--log" | "--log-format" | "--criu" | "--rootless", value) => {
                let _ = value.or_else(|| rest.next().map(String::as_str));
            }
            _ => words.push(arg.as_str()),
        }
    }
    let namespace = if root.trim_end_matches('/') == ROOT { "k8s.io" } else { "" };
    let all: Vec<Known> = all(sys, namespace).await.into_iter().filter(|known| known.pid.is_some()).collect();
    let bundle = |id: &str| format!("/run/containerd/io.containerd.runtime.v2.task/k8s.io/{id}");
    let failed = |now: jiff::Timestamp, why: &str| {
        format!("time=\"{}\" level=error msg=\"{why}\"\n", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    };
    let now = sys.with(|world, _| world.now()).await;
    match words.first().copied().unwrap_or_default() {
        "list" if words.contains(&"-q") || words.contains(&"--quiet") => {
            let text: String = all.iter().map(|known| format!("{}\n", known.id)).collect();
            out(sys, &text).await
        }
        "list" => {
            let mut rows = vec![row(&["ID", "PID", "STATUS", "BUNDLE", "CREATED"])];
            for known in &all {
                let pid = known.pid.unwrap_or(0).to_string();
                rows.push(row(&[&known.id, &pid, "running", &bundle(&known.id), &known.created.to_string()]));
            }
            let text = table(&rows, 12, 3);
            let lines =
                text.lines().enumerate().map(|(n, line)| format!("{line}{}\n", if n == 0 { "OWNER" } else { "root" }));
            out(sys, &lines.collect::<String>()).await
        }
        "state" => match all.iter().find(|known| Some(&known.id.as_str()) == words.get(1)) {
            Some(known) => {
                let shown = json!({
                    "ociVersion": "1.0.2-dev", "id": known.id, "pid": known.pid, "status": "running", "bundle": bundle(&known.id),
                    "rootfs": format!("{}/rootfs", bundle(&known.id)), "created": known.created.to_string(), "owner": "",
                });
                out(sys, &serde_json::to_string_pretty(&shown).unwrap_or_default()).await
            }
            None => {
                sys.err(failed(now, "container does not exist")).await;
                1
            }
        },
        "" | "help" | "h" => out(sys, "NAME:\n   runc - Open Container Initiative runtime\n").await,
        other @ ("checkpoint" | "create" | "delete" | "events" | "exec" | "kill" | "pause" | "ps" | "restore"
        | "resume" | "run" | "spec" | "start" | "update" | "features") => {
            sys.err(format!("runc: not modelled in kpnb's sandbox: {other}\n")).await;
            1
        }
        other => {
            sys.err(failed(now, &format!("No help topic for '{other}'\\n"))).await;
            3
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sandbox::host::tests::{pod, run, sh, world};

    #[test]
    fn tasks_are_listed_and_ended() {
        let mut world = world();
        let (_, id) = pod(&mut world, "while :; do sleep 1; done");
        assert_eq!(
            sh(&mut world, "ctr -n k8s.io t ls -q | wc -l; ctr t ls; ctr -n k8s.io c ls | grep -c busybox").0,
            "2\nTASK    PID     STATUS    \n1\n"
        );
        let (name, _) = sh(&mut world, &format!("ctr -n k8s.io c info {id} | grep container.name"));
        assert_eq!(name, "        \"io.kubernetes.container.name\": \"main\",\n");
        let missing = "ctr: container \"x\" in namespace \"k8s.io\": not found\n";
        assert_eq!(run(&mut world, &["ctr", "-n", "k8s.io", "t", "kill", "x"]), (missing.into(), 1));
        assert_eq!(run(&mut world, &["ctr", "foo"]), ("No help topic for 'foo'\n".into(), 3));
        let list = sh(
            &mut world,
            "runc --root /run/containerd/runc/k8s.io list | awk 'NR > 1 {print $3, $6}' | uniq; runc list",
        )
        .0;
        assert_eq!(list, "running root\nID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
        assert_eq!(run(&mut world, &["ctr", "-n", "k8s.io", "tasks", "kill", "-s", "SIGKILL", &id]).1, 0);
        assert_eq!(world.hosts.nodes()[1].containers[&id].state.exit_code, 137);
    }
}

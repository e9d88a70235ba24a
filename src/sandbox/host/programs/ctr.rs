//! `ctr` and `crictl`.

use crate::sandbox::host::sys::Sys;

/// What of `ctr` is modelled: the lists of containers and tasks. `crictl` is in profile `kind` alone.
pub(super) async fn ctr(sys: &Sys, args: &[String]) -> i32 {
    let words: Vec<&str> =
        args.iter().map(String::as_str).filter(|arg| !matches!(*arg, "-n" | "k8s.io" | "--namespace")).collect();
    let text = match words.get(1..) {
        Some(["version", ..]) => "Client:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1+deb12u3\n  Go version: go1.19.8\n\nServer:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1+deb12u3\n".to_owned(),
        Some([what @ ("containers" | "container" | "c" | "tasks" | "task" | "t"), "list" | "ls", ..]) => {
            let tasks = what.starts_with('t');
            sys.with(move |world, me| {
                let node = &world.hosts.nodes[me.node];
                let mut rows: Vec<(String, String)> = Vec::new();
                for sandbox in node.sandboxes.values().filter(|sandbox| sandbox.ready || !tasks) {
                    rows.push((sandbox.id.clone(), "k8s.gcr.io/pause:3.2".to_owned()));
                }
                for container in node.containers.values().filter(|container| container.state.running || !tasks) {
                    rows.push((container.id.clone(), format!("docker.io/library/{}", container.spec.image)));
                }
                rows.sort();
                let mut text = if tasks { format!("{:<68}{:<8}STATUS    \n", "TASK", "PID") } else { format!("{:<68}{:<35}RUNTIME                  \n", "CONTAINER", "IMAGE") };
                for (id, image) in rows {
                    let pid = node.processes.values().find(|p| p.container.as_ref() == Some(&id) && p.ns_pid == 1).map_or(0, |p| p.pid);
                    text += &if tasks { format!("{id:<68}{pid:<8}RUNNING\n") } else { format!("{id:<68}{image:<35}io.containerd.runc.v2    \n") };
                }
                text
            })
            .await
        }
        _ => {
            sys.err("ctr: not modelled in kpnb's sandbox: only version, containers list and tasks list\n").await;
            return 1;
        }
    };
    sys.out(text).await;
    0
}

//! systemd 246 as the first process of a kind node: its services, their journal, its shutdown.
//!
//! - `unit`: what services there are; `run`: their starts, ends and restarts
//! - `journal`: what is written down of them; `status`: what `systemctl status` says
//!
//! Modelled are the services that matter to a node: journald, containerd and the kubelet.

mod journal;
mod run;
mod status;
mod unit;

use std::time::Duration;

use super::process::{self, SIGKILL, SIGTERM};
use super::sys::{Me, Sys};
use crate::sandbox::World;

pub(super) use journal::{Entry, line, log};
pub(super) use run::{boot, ended, forget, restart, start, stop};
pub(super) use status::describe;
pub(super) use unit::{State, Systemd, Unit, WANTS};

/// `SIGRTMIN+3`: a node image's stop signal, on which systemd halts.
pub(super) const HALT: i32 = 37;

/// How long processes have that are left at the shutdown: `DEFAULT_TIMEOUT_USEC` of systemd-shutdown is longer than Docker's
/// patience.
const LEFT: Duration = Duration::from_secs(90);

/// The first process of a kind node: starts what is enabled, and runs until it is told to halt. A kernel that is halted in a
/// PID namespace ends its first process as SIGINT would: 130 (reboot(2)).
pub(super) async fn init(sys: Sys) -> i32 {
    sys.process(|process| process.handled.extend([1, 2, SIGTERM, HALT])).await;
    let name = sys.with(|world, me| world.hosts.nodes[me.node].spec.name.clone()).await;
    sys.out(greeting(&name)).await;
    sys.with(|world, me| boot(world, me.node)).await;
    while signal(&sys).await != HALT {}
    sys.with(|world, me| {
        run::stop_all(world, me.node);
        // Nothing starts again.
        forget(world, me.node);
    })
    .await;
    sys.with(|world, me| end_others(world, me, SIGTERM)).await;
    let until = sys.with(|world, _| world.now() + LEFT).await;
    loop {
        let (left, late) = sys.with(move |world, me| (others(world, me).len(), world.now() >= until)).await;
        if left == 0 || late {
            break;
        }
        sys.sleep(Duration::from_millis(100)).await;
    }
    sys.with(|world, me| end_others(world, me, SIGKILL)).await;
    130
}

/// What the entry point and systemd write on the node's terminal.
fn greeting(name: &str) -> String {
    let lines = [
        "INFO: ensuring we can execute mount/umount even with userns-remap",
        "INFO: remounting /sys read-only",
        "INFO: making mounts shared",
        "INFO: detected cgroup v1",
        "INFO: fix cgroup mounts for all subsystems",
        "INFO: clearing and regenerating /etc/machine-id",
        "INFO: setting iptables to detected mode: legacy",
        "systemd 246.6-1ubuntu1 running in system mode.",
        "Detected virtualization docker.",
        "Detected architecture x86-64.",
        "",
        "Welcome to Ubuntu 20.10!",
        "",
        &format!("Set hostname to <{name}>."),
        "[  OK  ] Started Journal Service.",
        "[  OK  ] Started containerd container runtime.",
        "[  OK  ] Started kubelet: The Kubernetes Node Agent.",
        "[  OK  ] Reached target Multi-User System.",
        "[  OK  ] Reached target Graphical Interface.",
    ];
    lines.map(|line| format!("{line}\r\n")).concat()
}

/// The next signal that this process has a handler for.
pub(super) async fn signal(sys: &Sys) -> i32 {
    sys.wait_for(|world, me| {
        let process = world.hosts.nodes[me.node].processes.get_mut(&me.pid);
        match process {
            Some(process) if !process.pending.is_empty() => std::task::Poll::Ready(process.pending.remove(0)),
            _ => std::task::Poll::Pending,
        }
    })
    .await
}

fn others(world: &World, me: Me) -> Vec<u32> {
    let processes = world.hosts.nodes[me.node].processes.values();
    processes.filter(|process| process.pid != me.pid && process.exit.is_none()).map(|process| process.pid).collect()
}

fn end_others(world: &mut World, me: Me, signal: i32) {
    for pid in others(world, me) {
        process::signal(world, Me { node: me.node, pid }, signal);
    }
}

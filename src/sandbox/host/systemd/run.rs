//! How services start, end and start again: src/core/service.c of systemd 246.

use std::collections::BTreeMap;
use std::time::Duration;

use super::unit::{End, UNITS};
use super::{State, Unit, log};
use crate::sandbox::World;
use crate::sandbox::host::fd::Fd;
use crate::sandbox::host::node::Node;
use crate::sandbox::host::process::{self, Birth, SIGTERM};
use crate::sandbox::host::programs;
use crate::sandbox::host::sys::{Io, Me, Task};
use crate::sandbox::host::who::Who;

/// How long a service that is told to end has: `DefaultTimeoutStopSec`.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often a restart looks whether the service has ended.
const STEP: Duration = Duration::from_millis(10);
/// How often a frozen node's timers look whether they are late.
const FROZEN: Duration = Duration::from_millis(200);
/// The process numbers that a node's boot has used up before journald and before the others.
const FIRST_PIDS: [u32; 2] = [87, 193];

/// Starts the services that start with a node.
pub(in crate::sandbox::host) fn boot(world: &mut World, at: usize) {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    node.systemd.units = UNITS.iter().map(|definition| Unit::new(definition, now)).collect();
    node.systemd.journal.clear();
    for unit in 0..UNITS.len() {
        let first = FIRST_PIDS[unit.min(1)];
        let node = &mut world.hosts.nodes[at];
        node.last_pid = node.last_pid.max(first);
        if node.systemd.units[unit].enabled(&node.files) != "disabled" {
            begin(world, at, unit);
        }
    }
}

/// Starts a service that does not run.
pub(in crate::sandbox::host) fn start(world: &mut World, at: usize, unit: usize) {
    if world.hosts.nodes[at].systemd.units[unit].state != State::Running {
        world.hosts.nodes[at].systemd.units[unit].restarts = 0;
        begin(world, at, unit);
    }
}

/// Stops a service, and starts it.
pub(in crate::sandbox::host) fn restart(world: &mut World, at: usize, unit: usize) {
    stop(world, at, unit);
    start_when_dead(world, at, unit);
}

fn start_when_dead(world: &mut World, at: usize, unit: usize) {
    let Some(known) = world.hosts.nodes[at].systemd.units.get(unit) else { return };
    if known.state == State::Stopping {
        world.after(STEP, move |world| start_when_dead(world, at, unit));
        return;
    }
    start(world, at, unit);
    crate::sandbox::host::sys::drive(world);
}

/// Stops a service: SIGTERM, SIGKILL 90 s later.
pub(in crate::sandbox::host) fn stop(world: &mut World, at: usize, unit: usize) {
    let now = world.now();
    let known = &mut world.hosts.nodes[at].systemd.units[unit];
    let (description, main) = (known.definition.description, known.main);
    match known.state {
        State::Dead | State::Stopping => return,
        State::AutoRestart => {
            (known.state, known.since) = (State::Dead, now);
            if let Some(again) = known.again.take() {
                world.cancel(again);
            }
            return say(world, at, unit, &format!("Stopped {description}."));
        }
        State::Running => (known.state, known.since) = (State::Stopping, now),
    }
    say(world, at, unit, &format!("Stopping {description}..."));
    process::signal(world, Me { node: at, pid: main }, process::SIGCONT);
    process::signal(world, Me { node: at, pid: main }, SIGTERM);
    world.after(PATIENCE, move |world| {
        let late = world.hosts.nodes[at].systemd.units.get(unit);
        if late.is_some_and(|unit| unit.state == State::Stopping && unit.main == main) {
            process::signal(world, Me { node: at, pid: main }, process::SIGKILL);
        }
    });
}

/// Stops all services, the last first.
pub(super) fn stop_all(world: &mut World, at: usize) {
    for unit in (1..world.hosts.nodes[at].systemd.units.len()).rev() {
        stop(world, at, unit);
    }
}

fn say(world: &mut World, at: usize, unit: usize, text: &str) {
    log(world, at, unit, ("systemd", 1), text);
}

/// What a service runs, with the variables of its environment files.
fn command(node: &Node, unit: &Unit) -> Vec<String> {
    let variable = |path: &str, name: &str| {
        let entry = node.files.get(path).map(|entry| String::from_utf8_lossy(&entry.content).into_owned());
        let lines = entry.unwrap_or_default();
        let value = lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().trim_matches('"').to_owned()
    };
    let known = [
        (
            "$KUBELET_KUBECONFIG_ARGS",
            "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
                .to_owned(),
        ),
        ("$KUBELET_CONFIG_ARGS", "--config=/var/lib/kubelet/config.yaml".to_owned()),
        ("$KUBELET_KUBEADM_ARGS", variable("/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS")),
        ("$KUBELET_EXTRA_ARGS", variable("/etc/default/kubelet", "KUBELET_EXTRA_ARGS")),
    ];
    let mut line = unit.definition.command.to_owned();
    for (name, value) in known {
        line = line.replace(name, &value);
    }
    line.split_whitespace().map(str::to_owned).collect()
}

fn begin(world: &mut World, at: usize, unit: usize) {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    let args = command(node, &node.systemd.units[unit]);
    let definition = node.systemd.units[unit].definition;
    let runs = node.files.get(&args[0]).is_some_and(|entry| entry.mode & 0o111 != 0);
    let env: BTreeMap<_, _> = node.env().into_iter().collect();
    let known = &mut node.systemd.units[unit];
    if definition.before.is_some() {
        node.last_pid += 1;
        known.before = node.last_pid;
        say(world, at, unit, &format!("Starting {}...", definition.description));
    }
    let (argv, variables) = (args.clone(), env.clone());
    let out = Fd::Journal { unit, ident: definition.ident };
    let io = Io { stdin: Fd::Null, stdout: out.clone(), stderr: out };
    let task = Task::new(io, move |sys| async move {
        // What cannot be executed: EXIT_EXEC.
        if runs { programs::main(sys, argv, variables).await } else { 203 }
    });
    let (cwd, who) = ("/".to_owned(), Who::root());
    let pid = process::spawn(world, at, Birth { parent: 1, container: None, args, env, cwd, who, tty: "?", task });
    let node = &mut world.hosts.nodes[at];
    if let Some(process) = node.processes.get_mut(&pid) {
        process.leader = true;
    }
    let known = &mut node.systemd.units[unit];
    (known.state, known.since, known.main) = (State::Running, now, pid);
    if let Some(again) = known.again.take() {
        world.cancel(again);
    }
    say(world, at, unit, &format!("Started {}.", definition.description));
}

/// A process of the node has ended: perhaps a service's.
pub(in crate::sandbox::host) fn ended(world: &mut World, at: usize, pid: u32, code: i32, signal: Option<i32>) {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    let Some(unit) = node.systemd.units.iter().position(|unit| unit.main == pid && pid != 0) else { return };
    let known = &mut node.systemd.units[unit];
    let end = End { pid, code, signal };
    let (stopped, definition) = (known.state == State::Stopping, known.definition);
    (known.end, known.main, known.since) = (Some(end), 0, now);
    known.state = if stopped { State::Dead } else { State::AutoRestart };
    let name = definition.name;
    if end.result() == "success" {
        say(world, at, unit, &format!("{name}: Succeeded."));
    } else {
        let how = how_it_ended(&end);
        say(world, at, unit, &format!("{name}: Main process exited, {how}"));
        say(world, at, unit, &format!("{name}: Failed with result '{}'.", end.result()));
    }
    if definition.leaves {
        let shims = world.hosts.nodes[at].processes.values().filter(|process| process.comm == "containerd-shim");
        let left: Vec<u32> = shims.map(|process| process.pid).collect();
        for pid in left {
            let text = format!("{name}: Unit process {pid} (containerd-shim) remains running after unit stopped.");
            say(world, at, unit, &text);
        }
    }
    if stopped {
        return say(world, at, unit, &format!("Stopped {}.", definition.description));
    }
    if let Some(delay) = definition.restart {
        let event = world.after(delay, move |world| again(world, at, unit));
        world.hosts.nodes[at].systemd.units[unit].again = Some(event);
    }
}

/// `code=exited, status=255/EXCEPTION`, `code=killed, status=9/KILL`.
pub(super) fn how_it_ended(end: &End) -> String {
    let Some(signal) = end.signal else {
        let name = match end.code {
            0 => "SUCCESS",
            1 => "FAILURE",
            2 => "INVALIDARGUMENT",
            203 => "EXEC",
            255 => "EXCEPTION",
            _ => "n/a",
        };
        return format!("code=exited, status={}/{name}", end.code);
    };
    let name = usize::try_from(signal - 1).ok().and_then(|at| process::SIGNALS.get(at)).unwrap_or(&"n/a");
    format!("code=killed, status={signal}/{name}")
}

fn again(world: &mut World, at: usize, unit: usize) {
    let frozen = world.hosts.nodes[at].is_frozen();
    let Some(known) = world.hosts.nodes[at].systemd.units.get_mut(unit) else { return };
    if known.state != State::AutoRestart {
        return;
    }
    if frozen {
        let event = world.after(FROZEN, move |world| again(world, at, unit));
        world.hosts.nodes[at].systemd.units[unit].again = Some(event);
        return;
    }
    known.restarts += 1;
    known.again = None;
    let (count, definition) = (known.restarts, known.definition);
    let text = format!("{}: Scheduled restart job, restart counter is at {count}.", definition.name);
    say(world, at, unit, &text);
    say(world, at, unit, &format!("Stopped {}.", definition.description));
    begin(world, at, unit);
    crate::sandbox::host::sys::drive(world);
}

/// The node has ended, and systemd with it.
pub(in crate::sandbox::host) fn forget(world: &mut World, at: usize) {
    let events: Vec<_> = world.hosts.nodes[at].systemd.units.iter_mut().filter_map(|unit| unit.again.take()).collect();
    world.hosts.nodes[at].systemd.units.clear();
    for event in events {
        world.cancel(event);
    }
}

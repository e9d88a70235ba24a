//! Process tables: birth, signals, timers, death.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::connect::Listens;
use super::sys::{Me, Task, drive, wake};
use super::who::Who;
use crate::sandbox::World;
use crate::sandbox::sim::EventId;

/// Ends a process, whatever it thinks of it.
pub const SIGKILL: i32 = 9;
/// Asks a process to end.
pub const SIGTERM: i32 = 15;
pub(super) const SIGPIPE: i32 = 13;
const SIGCHLD: i32 = 17;
pub(super) const SIGCONT: i32 = 18;
const SIGSTOP: i32 = 19;

/// The names of signals, in the order of their numbers from 1.
pub(super) const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
];

/// The number of a signal that is named `TERM`, `SIGTERM`, `term` or `15`.
pub fn signal_number(name: &str) -> Option<i32> {
    if let Ok(number) = name.parse::<i32>() {
        return (0..=64).contains(&number).then_some(number);
    }
    let name = name.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    if let Some(more) = name.strip_prefix("RTMIN") {
        return more
            .trim_start_matches('+')
            .parse()
            .map_or_else(|_| more.is_empty().then_some(34), |n: i32| (0..=30).contains(&n).then_some(34 + n));
    }
    if name == "EXIT" {
        return Some(0);
    }
    SIGNALS.iter().position(|known| *known == name).and_then(|at| i32::try_from(at + 1).ok())
}

/// What the C library calls a signal that ended a process; none: one that shells do not tell of.
pub(super) fn signal_word(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "Hangup",
        3 => "Quit",
        4 => "Illegal instruction",
        6 => "Aborted",
        8 => "Floating point exception",
        SIGKILL => "Killed",
        10 => "User defined signal 1",
        11 => "Segmentation fault",
        12 => "User defined signal 2",
        14 => "Alarm clock",
        SIGTERM => "Terminated",
        _ => return None,
    })
}

/// One process.
pub struct Process {
    /// On its node.
    pub pid: u32,
    /// Its parent; 0 for the first, and for those from outside.
    pub ppid: u32,
    /// In its container; the same as `pid` on the node itself.
    pub ns_pid: u32,
    /// The container that it belongs to; none: the node itself.
    pub container: Option<String>,
    /// When it began.
    pub started: Timestamp,
    /// Its command line.
    pub args: Vec<String>,
    /// The name of its program, at most 15 bytes of it.
    pub comm: String,
    /// `?` or `pts/0`.
    pub tty: &'static str,
    /// The user's name.
    pub user: String,
    /// Its group's name.
    pub group: String,
    /// All groups that count; none: that one alone.
    pub groups: Vec<String>,
    /// KiB of address space.
    pub vsz: u64,
    /// KiB of memory.
    pub rss: u64,
    /// What it took beyond that, in bytes.
    pub taken: u64,
    /// CPU time used up to now, beyond what `load` tells.
    pub cpu: Duration,
    /// The part of a CPU that it takes, steadily.
    pub load: f64,
    /// Whether it has several threads.
    pub threads: bool,
    /// Whether it leads a session.
    pub leader: bool,
    /// SIGSTOP.
    pub stopped: bool,
    /// A server that was told to end: it takes no more connections.
    pub drains: bool,
    /// Its exit code, from its end until its parent has asked.
    pub exit: Option<i32>,
    /// The signal that ended it.
    pub killed_by: Option<i32>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) cwd: String,
    pub(super) task: Option<Task>,
    /// To be run when it is no longer stopped or frozen.
    pub(super) deferred: bool,
    pub(super) timer: Option<Timer>,
    /// Signals that it has a handler for and that have come.
    pub(super) pending: Vec<i32>,
    pub(super) handled: BTreeSet<i32>,
    pub(super) ignored: BTreeSet<i32>,
    /// Those that it will wait for.
    pub(super) children: BTreeSet<u32>,
    /// The outside command that this process is the first of.
    pub(super) exec: Option<String>,
    /// The port that it listens on, with who has connected and was not accepted yet.
    pub(super) listens: Option<Listens>,
}

/// When a process wakes.
pub(super) struct Timer {
    event: Option<EventId>,
    due: Timestamp,
    /// What was left when it was frozen.
    left: Duration,
}

/// What a new process is.
pub(super) struct Birth {
    pub parent: u32,
    pub container: Option<String>,
    pub args: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub cwd: String,
    pub who: Who,
    pub tty: &'static str,
    pub task: Task,
}

impl Birth {
    /// A child that goes on as its parent does.
    pub(super) fn of(parent: &Process, task: Task) -> Self {
        Self {
            parent: parent.pid,
            container: parent.container.clone(),
            args: parent.args.clone(),
            env: parent.env.clone(),
            cwd: parent.cwd.clone(),
            who: parent.who(),
            tty: parent.tty,
            task,
        }
    }
}

/// Makes a process on a node and lets it run.
pub(super) fn spawn(world: &mut World, node: usize, birth: Birth) -> u32 {
    let now = world.now();
    let host = &mut world.hosts.nodes[node];
    host.last_pid += 1;
    let pid = host.last_pid;
    let ns_pid = match birth.container.as_ref().and_then(|id| host.containers.get_mut(id)) {
        Some(container) => {
            container.last_pid += 1;
            container.last_pid
        }
        None => pid,
    };
    let ignored = host.processes.get(&birth.parent).map(|parent| parent.ignored.clone()).unwrap_or_default();
    let mut process = Process {
        pid,
        ppid: birth.parent,
        ns_pid,
        leader: ns_pid == 1,
        container: birth.container,
        started: now,
        args: Vec::new(),
        comm: String::new(),
        tty: birth.tty,
        user: birth.who.user,
        group: birth.who.group,
        groups: birth.who.groups,
        vsz: 0,
        rss: 0,
        taken: 0,
        cpu: Duration::ZERO,
        load: 0.0,
        threads: false,
        stopped: false,
        exit: None,
        killed_by: None,
        env: birth.env,
        cwd: birth.cwd,
        task: Some(birth.task),
        deferred: false,
        timer: None,
        pending: Vec::new(),
        drains: false,
        handled: BTreeSet::new(),
        ignored,
        children: BTreeSet::new(),
        exec: None,
        listens: None,
    };
    become_(&mut process, birth.args);
    host.processes.insert(pid, process);
    wake(world, Me { node, pid });
    pid
}

/// What exec does: another program in the same process.
pub(super) fn become_(process: &mut Process, args: Vec<String>) {
    let size = super::image::size(&args, process.container.is_some(), process.ns_pid == 1);
    (process.vsz, process.rss, process.load, process.threads) = (size.vsz, size.rss, size.load, size.threads);
    process.comm = size.comm;
    process.args = args;
    process.handled.clear();
}

/// What fork does: a subshell takes less memory of its own.
pub(super) fn forked(process: &mut Process) {
    if process.container.is_none() {
        process.rss = process.rss * 62 / 100;
    }
}

/// Sends a signal from one process to another: the first of its own container or node cannot even be killed
/// (`pid_namespaces(7)`).
pub(super) fn send(world: &mut World, from: Me, to: Me, signal: i32) {
    let processes = &world.hosts.nodes[to.node].processes;
    let (Some(sender), Some(receiver)) = (processes.get(&from.pid), processes.get(&to.pid)) else { return };
    let within = sender.container == receiver.container;
    if !(within && receiver.ns_pid == 1 && matches!(signal, SIGKILL | SIGSTOP)) {
        self::signal(world, to, signal);
    }
}

/// Sends a signal to a process, from outside of its container.
pub(super) fn signal(world: &mut World, me: Me, signal: i32) {
    let Some(process) = world.hosts.nodes[me.node].processes.get_mut(&me.pid) else { return };
    if process.exit.is_some() || signal == 0 {
        return;
    }
    match signal {
        SIGKILL => return ended_by(world, me, SIGKILL),
        SIGSTOP => {
            process.stopped = true;
            return freeze_timer(world, me);
        }
        SIGCONT => {
            if std::mem::take(&mut process.stopped) {
                thaw(world, me);
            }
            return;
        }
        SIGCHLD | 23 | 28 => return,
        _ => {}
    }
    if process.handled.contains(&signal) {
        process.pending.push(signal);
        return wake(world, me);
    }
    // The first process of a container or node gets no signal that it has no handler for (pid_namespaces(7)).
    if !process.ignored.contains(&signal) && process.ns_pid != 1 {
        ended_by(world, me, signal);
    }
}

fn ended_by(world: &mut World, me: Me, signal: i32) {
    if let Some(process) = world.hosts.nodes[me.node].processes.get_mut(&me.pid) {
        process.killed_by = Some(signal);
    }
    ended(world, me, 128 + signal);
}

/// A process has ended: its parent hears of it, its children get another parent, and with the first of a container all go.
pub(super) fn ended(world: &mut World, me: Me, code: i32) {
    clear_timer(world, me);
    let host = &mut world.hosts.nodes[me.node];
    let Some(process) = host.processes.get_mut(&me.pid) else { return };
    if process.exit.is_some() {
        return;
    }
    process.exit = Some(code);
    let (parent, container, first) = (process.ppid, process.container.clone(), process.ns_pid == 1);
    let (exec, comm, killed_by) = (process.exec.take(), process.comm.clone(), process.killed_by);
    // Dropped last: its open pipes close, which wakes others.
    let (task, _refused) = (process.task.take(), process.listens.take());
    let orphans: Vec<u32> =
        host.processes.values().filter(|p| p.ppid == me.pid && me.pid != 0).map(|p| p.pid).collect();
    let reaper = match &container {
        Some(id) => {
            host.processes.values().find(|p| p.container.as_ref() == Some(id) && p.ns_pid == 1).map_or(1, |p| p.pid)
        }
        None => 1,
    };
    for pid in orphans {
        if let Some(orphan) = host.processes.get_mut(&pid) {
            orphan.ppid = reaper;
            if orphan.exit.is_some() {
                host.processes.remove(&pid);
            }
        }
    }
    // Who is not waited for leaves no zombie.
    let waited =
        host.processes.get(&parent).is_some_and(|parent| parent.exit.is_none() && parent.children.contains(&me.pid));
    if !waited {
        host.processes.remove(&me.pid);
    }
    if container.is_none() && me.pid == 1 {
        super::node::exited(world, me.node, code);
    } else if first && let Some(id) = &container {
        for other in members(world, me.node, id) {
            ended_by(world, Me { node: me.node, pid: other }, SIGKILL);
        }
        super::runtime::main_ended(world, me.node, id, code);
    }
    if let Some(exec) = exec {
        super::exec::done(world, &exec, code);
    }
    drop(task);
    if waited {
        wake(world, Me { node: me.node, pid: parent });
    }
    if container.is_none() {
        super::systemd::ended(world, me.node, me.pid, code, killed_by);
        super::node::daemon_ended(world, me.node, me.pid, &comm);
    }
}

/// The processes of a container.
pub(super) fn members(world: &World, node: usize, container: &str) -> Vec<u32> {
    let processes = world.hosts.nodes[node].processes.values();
    processes.filter(|p| p.container.as_deref() == Some(container)).map(|p| p.pid).collect()
}

/// Sets the alarm of a process.
pub(super) fn set_timer(world: &mut World, me: Me, duration: Duration) {
    clear_timer(world, me);
    let due = world.now() + duration;
    let event = world.after(duration, move |world| rang(world, me));
    if let Some(process) = world.hosts.nodes[me.node].processes.get_mut(&me.pid) {
        process.timer = Some(Timer { event: Some(event), due, left: Duration::ZERO });
    }
}

fn rang(world: &mut World, me: Me) {
    if let Some(process) = world.hosts.nodes[me.node].processes.get_mut(&me.pid) {
        process.timer = None;
    }
    wake(world, me);
    drive(world);
}

/// Takes the alarm of a process back.
pub(super) fn clear_timer(world: &mut World, me: Me) {
    let timer = world.hosts.nodes[me.node].processes.get_mut(&me.pid).and_then(|process| process.timer.take());
    if let Some(event) = timer.and_then(|timer| timer.event) {
        world.cancel(event);
    }
}

/// Lets the alarm of a process stand still.
pub(super) fn freeze_timer(world: &mut World, me: Me) {
    let now = world.now();
    let timer = world.hosts.nodes[me.node].processes.get_mut(&me.pid).and_then(|process| process.timer.as_mut());
    let Some(timer) = timer else { return };
    let Some(event) = timer.event.take() else { return };
    timer.left = timer.due.duration_since(now).try_into().unwrap_or_default();
    world.cancel(event);
}

/// Lets a process go on, and its alarm.
pub(super) fn thaw(world: &mut World, me: Me) {
    let frozen = world.hosts.nodes[me.node].is_frozen();
    let Some(process) = world.hosts.nodes[me.node].processes.get_mut(&me.pid) else { return };
    if frozen || process.stopped {
        return;
    }
    let left = process.timer.as_ref().filter(|timer| timer.event.is_none()).map(|timer| timer.left);
    if std::mem::take(&mut process.deferred) {
        wake(world, me);
    }
    if let Some(left) = left {
        set_timer(world, me, left);
    }
}

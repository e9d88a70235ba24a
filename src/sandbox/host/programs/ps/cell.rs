//! What `ps` says of a process.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::columns::Column;
use crate::sandbox::host::proc::MEMORY;
use crate::sandbox::host::process::Process;

/// Who looks, when, and at what.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) now: Timestamp,
    /// What the machine that the node is a container of adds to its numbers.
    pub(super) offset: u32,
    /// The ps that looks; none: that of the machine.
    pub(super) me: Option<u32>,
    /// All processes of the node.
    pub(super) processes: &'a BTreeMap<u32, Process>,
}

impl View<'_> {
    /// The session of a process: the nearest leader above it.
    pub(super) fn session(&self, process: &Process) -> u32 {
        let mut at = process;
        while !at.leader
            && let Some(parent) = self.processes.get(&at.ppid)
        {
            at = parent;
        }
        at.pid
    }

    /// Its process group: its session's, as no shell here has job control; but containerd starts each shim in one of its own.
    fn group(&self, process: &Process) -> u32 {
        if process.comm == "containerd-shim" { process.pid } else { self.session(process) }
    }
}

pub(super) fn cell(process: &Process, key: &str, view: View<'_>) -> String {
    let View { now, offset, me, .. } = view;
    let elapsed = now.duration_since(process.started).unsigned_abs();
    let cpu = process.cpu.as_secs_f64() + process.load * elapsed.as_secs_f64();
    // No process has used CPU for centuries.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let seconds = cpu as u64;
    let percent = if elapsed.is_zero() { 0.0 } else { cpu * 100.0 / elapsed.as_secs_f64() };
    let host = |pid: u32| (if pid == 0 { offset.saturating_sub(24) } else { offset + pid }).to_string();
    let zoned = process.started.to_zoned(jiff::tz::TimeZone::UTC);
    let clock = |format: &str| jiff::fmt::strtime::format(format, &zoned).unwrap_or_default();
    let started = if now.duration_since(process.started).as_secs() < 86_400 { clock("%H:%M") } else { clock("%b%d") };
    let state = match process {
        Process { exit: Some(_), .. } => 'Z',
        Process { stopped: true, .. } => 'T',
        Process { pid, .. } if me == Some(*pid) => 'R',
        _ => 'S',
    };
    match key {
        "pid" | "tgid" => host(process.pid),
        "pgid" | "pgrp" => host(view.group(process)),
        "sid" | "sess" | "session" => host(view.session(process)),
        "tpgid" => "-1".to_owned(),
        // 4: it had the rights of root; 1: it was forked and runs no other program.
        "f" => if process.ppid == 0 || process.leader { "4" } else { "0" }.to_owned(),
        "size" | "sz" => (process.vsz / 4).to_string(),
        "addr" => "-".to_owned(),
        // The function of the kernel in which it sleeps.
        "wchan" => match process.comm.as_str() {
            _ if state != 'S' => "-",
            _ if process.threads => "futex_",
            "sleep" => "hrtime",
            "pause" => "do_sys",
            _ => "do_wai",
        }
        .to_owned(),
        "psr" => "0".to_owned(),
        "ppid" => {
            if offset == 0 {
                process.ppid.to_string()
            } else {
                host(process.ppid)
            }
        }
        "user" | "euser" | "ruser" | "uname" | "uid_name" => process.user.clone(),
        "uid" | "euid" => if process.user == "root" { "0" } else { &process.user }.to_owned(),
        "tty" | "tt" | "tname" | "TTY" => process.tty.to_owned(),
        "stat" => {
            let leader = if process.leader { "s" } else { "" };
            let threads = if process.threads { "l" } else { "" };
            let front = if process.tty == "?" { "" } else { "+" };
            format!("{state}{leader}{threads}{front}")
        }
        "s" | "state" => state.to_string(),
        "vsz" | "vsize" => process.vsz.to_string(),
        "rss" | "rssize" | "rsz" => process.rss.to_string(),
        "pcpu" | "%cpu" => format!("{percent:.1}"),
        "c" => format!("{:.0}", percent.floor()),
        #[allow(clippy::cast_precision_loss)] // Far below 2^52.
        "pmem" | "%mem" => format!("{:.1}", ((process.rss * 1000 / MEMORY[0]) as f64) / 10.0),
        "comm" | "ucmd" | "ucomm" | "CMD" if state == 'Z' => format!("{} <defunct>", process.comm),
        "comm" | "ucmd" | "ucomm" | "CMD" => process.comm.clone(),
        "args" | "command" | "cmd" if state == 'Z' => format!("[{}] <defunct>", process.comm),
        "args" | "command" | "cmd" => process.args.join(" "),
        "time" | "cputime" => format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
        "bsdtime" => format!("{}:{:02}", seconds / 60, seconds % 60),
        "etime" => {
            let all = elapsed.as_secs();
            let (days, hours, minutes) = (all / 86_400, all / 3600 % 24, all / 60 % 60);
            match (days, hours) {
                (0, 0) => format!("{minutes:02}:{:02}", all % 60),
                (0, _) => format!("{hours:02}:{minutes:02}:{:02}", all % 60),
                _ => format!("{days}-{hours:02}:{minutes:02}:{:02}", all % 60),
            }
        }
        "etimes" => elapsed.as_secs().to_string(),
        "lstart" => clock("%a %b %e %H:%M:%S %Y"),
        "start" | "bsdstart" | "start_time" | "stime" => started,
        "ni" | "nice" => "0".to_owned(),
        "pri" => "19".to_owned(),
        "priority" => "20".to_owned(),
        _ => {
            if process.threads {
                "12".to_owned()
            } else {
                "1".to_owned()
            }
        }
    }
}

/// Cells side by side; what one takes too much, the next ones give back, as in procps.
pub(super) fn line(columns: &[Column], cells: Vec<String>) -> String {
    let mut text = String::new();
    let mut excess = 0;
    let count = columns.len();
    for (n, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if n > 0 {
            text.push(' ');
        }
        let room = column.width.saturating_sub(excess);
        let length = cell.chars().count();
        excess = length.saturating_sub(room);
        let pad = " ".repeat(room.saturating_sub(length));
        if column.left {
            text += &cell;
            if n + 1 < count {
                text += &pad;
            }
        } else {
            text += &pad;
            text += &cell;
        }
    }
    text.push('\n');
    text
}

//! `ps`, with procps' columns, and busybox's.

use std::task::Poll;

use jiff::Timestamp;

use super::busybox;
use crate::sandbox::World;
use crate::sandbox::host::process::Process;
use crate::sandbox::host::sys::Sys;

/// KiB of memory of a node, as the lab's nodes have it.
const MEMORY: u64 = 24_684_092;

struct Column {
    key: String,
    title: String,
    width: usize,
    left: bool,
}

/// A column by its name, with procps' title and width.
fn column(key: &str) -> Option<Column> {
    let (title, width, left) = match key {
        "pid" | "tgid" => ("PID", 7, false),
        "ppid" => ("PPID", 7, false),
        "pgid" | "pgrp" => ("PGID", 7, false),
        "sid" | "sess" => ("SID", 7, false),
        "user" | "euser" | "ruser" | "uname" => ("USER", 8, true),
        "uid_name" => ("UID", 8, true),
        "uid" | "euid" => ("UID", 5, false),
        "tty" | "tt" | "tname" => ("TT", 8, true),
        "TTY" => ("TTY", 8, true),
        "stat" => ("STAT", 4, true),
        "s" | "state" => ("S", 1, true),
        "vsz" | "vsize" => ("VSZ", 6, false),
        "rss" | "rssize" | "rsz" => ("RSS", 5, false),
        "pcpu" | "%cpu" => ("%CPU", 4, false),
        "pmem" | "%mem" => ("%MEM", 4, false),
        "c" => ("C", 2, false),
        "comm" | "ucmd" | "ucomm" => ("COMMAND", 15, true),
        "CMD" => ("CMD", 15, true),
        "args" | "command" => ("COMMAND", 27, true),
        "cmd" => ("CMD", 27, true),
        "time" | "cputime" => ("TIME", 8, false),
        "bsdtime" => ("TIME", 6, false),
        "etime" => ("ELAPSED", 11, false),
        "etimes" => ("ELAPSED", 7, false),
        "start" | "bsdstart" | "start_time" => ("START", 5, false),
        "stime" => ("STIME", 5, false),
        "lstart" => ("STARTED", 24, false),
        "ni" | "nice" => ("NI", 3, false),
        "pri" => ("PRI", 3, false),
        "nlwp" | "thcount" => ("NLWP", 4, false),
        _ => return None,
    };
    Some(Column { key: key.to_owned(), title: title.to_owned(), width, left })
}

/// What was asked for.
#[derive(Default)]
struct Wanted {
    columns: Vec<Column>,
    all: bool,
    pids: Vec<u32>,
    commands: Vec<String>,
    users: Vec<String>,
    parents: Vec<u32>,
    headers: Option<bool>,
    sort: Vec<String>,
}

fn columns(keys: &[&str]) -> Vec<Column> {
    keys.iter().filter_map(|key| column(key)).collect()
}

fn formats(list: &str, into: &mut Vec<Column>) -> Result<(), String> {
    // A title takes all that follows it.
    let mut rest = list;
    while !rest.is_empty() {
        let end = rest.find([',', '=', ' ']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let mut found =
            column(key.trim()).ok_or_else(|| format!("error: unknown user-defined format specifier \"{key}\""))?;
        if let Some(title) = after.strip_prefix('=') {
            let end = if title.starts_with(',') { 0 } else { title.len() };
            title[..end].clone_into(&mut found.title);
            found.width = found.width.max(end);
            rest = title[end..].trim_start_matches(',');
        } else {
            rest = after.trim_start_matches([',', ' ']);
        }
        into.push(found);
    }
    Ok(())
}

fn wanted(args: &[String]) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    let mut own = Vec::new();
    let mut bsd = "pid TTY stat bsdtime command";
    let (mut user_format, mut full, mut is_bsd) = (false, false, false);
    let mut rest = args.iter();
    let numbers = |list: &str| list.split([',', ' ']).filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>();
    while let Some(arg) = rest.next() {
        if let Some(long) = arg.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
            let value = || value.clone().or_else(|| rest.clone().next().cloned()).unwrap_or_default();
            match name {
                "no-headers" | "no-heading" | "noheaders" => wanted.headers = Some(false),
                "sort" => wanted.sort = value().split(',').map(str::to_owned).collect(),
                "pid" => wanted.pids = numbers(&value()),
                "ppid" => wanted.parents = numbers(&value()),
                "format" => formats(&value(), &mut own)?,
                "forest" | "headers" | "cols" | "width" => {}
                _ => return Err("error: unknown gnu long option".to_owned()),
            }
            continue;
        }
        let dashed = arg.starts_with('-');
        if !dashed && arg.chars().all(|c| c.is_ascii_digit() || c == ',') {
            wanted.pids.extend(numbers(arg));
            is_bsd = true;
            continue;
        }
        is_bsd |= !dashed;
        let flags = arg.trim_start_matches('-');
        for (at, flag) in flags.char_indices() {
            let takes = matches!(flag, 'o' | 'O' | 'p' | 'C' | 'k') || dashed && matches!(flag, 'u' | 'U' | 'g' | 't');
            if takes {
                let value = match &flags[at + 1..] {
                    "" => rest.next().cloned().unwrap_or_default(),
                    joined => joined.to_owned(),
                };
                match flag {
                    'o' | 'O' => formats(&value, &mut own)?,
                    'p' => wanted.pids = numbers(&value),
                    'C' => wanted.commands = value.split(',').map(str::to_owned).collect(),
                    'u' | 'U' => wanted.users = value.split(',').map(str::to_owned).collect(),
                    _ => {}
                }
                break;
            }
            match (flag, dashed) {
                ('e' | 'A', true) | ('x', false) => wanted.all = true,
                ('a', _) => {}
                ('f' | 'F', true) => full = true,
                ('u', false) => user_format = true,
                ('h', false) => wanted.headers = Some(false),
                ('w' | 'f' | 'l' | 'T' | 'H' | 'L' | 'e' | 'g' | 'S' | 'x' | 'd', _) => {}
                ('V', _) => return Err("ps from procps-ng 4.0.2".to_owned()),
                _ => return Err("error: unsupported option (BSD syntax)".to_owned()),
            }
        }
    }
    if is_bsd && args.iter().any(|arg| !arg.starts_with('-') && arg.contains('a')) {
        bsd = "pid TTY stat bsdtime command";
    }
    let keys: Vec<&str> = if user_format {
        "user pid pcpu pmem vsz rss TTY stat bsdstart bsdtime command".split(' ').collect()
    } else if full {
        "uid_name pid ppid c stime TTY time cmd".split(' ').collect()
    } else if is_bsd {
        bsd.split(' ').collect()
    } else {
        "pid TTY time CMD".split(' ').collect()
    };
    wanted.columns = if own.is_empty() { columns(&keys) } else { own };
    wanted.headers.get_or_insert_with(|| wanted.columns.iter().any(|column| !column.title.is_empty()));
    Ok(wanted)
}

fn cell(process: &Process, key: &str, now: Timestamp, offset: u32, me: Option<u32>) -> String {
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
        "pid" | "tgid" | "pgid" | "pgrp" | "sid" | "sess" => host(process.pid),
        "ppid" => {
            if offset == 0 {
                process.ppid.to_string()
            } else {
                host(process.ppid)
            }
        }
        "user" | "euser" | "ruser" | "uname" | "uid_name" => process.user.clone(),
        "uid" | "euid" => "0".to_owned(),
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
        "pmem" | "%mem" => format!("{:.1}", ((process.rss * 1000 / MEMORY) as f64) / 10.0),
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
        _ => {
            if process.threads {
                "12".to_owned()
            } else {
                "1".to_owned()
            }
        }
    }
}

/// The processes of a node as `ps` with these arguments lists them: titles and cells. `offset` is what the machine that the
/// node is a container of adds to its numbers.
///
/// # Errors
/// Wrong arguments, as ps says it.
pub fn rows(
    world: &World,
    node: &str,
    args: &[String],
    offset: u32,
) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let Some(node) = world.hosts.node(node) else { return Err(format!("no node {node}")) };
    let wanted = wanted(args)?;
    let titles = wanted.columns.iter().map(|column| column.title.clone()).collect();
    let row = |process: &Process| {
        wanted.columns.iter().map(|column| cell(process, &column.key, world.now(), offset, None)).collect()
    };
    Ok((titles, node.processes.values().map(row).collect()))
}

pub(super) async fn main(sys: &Sys, args: &[String]) -> i32 {
    // What else the pipeline starts, starts meanwhile, as in life: it is in the list.
    let mut turns = 0;
    sys.wait_for(move |world, me| {
        turns += 1;
        if turns > 20 || world.hosts.ready.is_empty() {
            return Poll::Ready(());
        }
        world.hosts.ready.push_back(me);
        Poll::Pending
    })
    .await;
    if busybox(sys).await {
        let text = sys
            .with(|world, me| {
                let processes = &world.hosts.nodes[me.node].processes;
                let container = processes.get(&me.pid).and_then(|process| process.container.clone());
                let own = processes.values().filter(|process| process.container == container);
                let lines = own.map(|p| format!("{:>5} {:<8} {}\n", p.ns_pid, p.user, p.args.join(" ")));
                std::iter::once("PID   USER     COMMAND\n".to_owned()).chain(lines).collect::<String>()
            })
            .await;
        sys.out(text).await;
        return 0;
    }
    let wanted = match wanted(&args[1..]) {
        Ok(wanted) => wanted,
        Err(why) => {
            sys.err(format!(
                "{why}\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n"
            ))
            .await;
            return 1;
        }
    };
    let (text, some) = sys
        .with(move |world, me| {
            let now = world.now();
            let processes = &world.hosts.nodes[me.node].processes;
            let tty = processes.get(&me.pid).map_or("?", |process| process.tty);
            let limited = !wanted.pids.is_empty()
                || !wanted.commands.is_empty()
                || !wanted.users.is_empty()
                || !wanted.parents.is_empty();
            let mut chosen: Vec<&Process> = processes
                .values()
                .filter(|p| {
                    wanted.all && !limited
                        || wanted.pids.contains(&p.pid)
                        || wanted.parents.contains(&p.ppid)
                        || wanted.commands.iter().any(|c| c.chars().take(15).eq(p.comm.chars()))
                        || wanted.users.iter().any(|user| *user == p.user || user == "0" && p.user == "root")
                        || !wanted.all
                            && !limited
                            && p.tty == tty
                            && (tty != "?" || p.exec.is_some() || p.pid == me.pid)
                })
                .collect();
            for key in wanted.sort.iter().rev() {
                let (down, key) = key.strip_prefix('-').map_or((false, key.trim_start_matches('+')), |key| (true, key));
                let value = |p: &Process| {
                    let text = cell(p, key, now, 0, None);
                    (text.parse::<f64>().unwrap_or(0.0), text)
                };
                chosen.sort_by(|a, b| {
                    let (a, b) = (value(a), value(b));
                    let order = a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1));
                    if down { order.reverse() } else { order }
                });
            }
            let mut text = String::new();
            if wanted.headers == Some(true) {
                let titles = wanted.columns.iter().map(|column| column.title.clone()).collect();
                text += &line(&wanted.columns, titles);
            }
            for process in &chosen {
                let cells =
                    wanted.columns.iter().map(|column| cell(process, &column.key, now, 0, Some(me.pid))).collect();
                text += &line(&wanted.columns, cells);
            }
            (text, !chosen.is_empty())
        })
        .await;
    sys.out(text).await;
    i32::from(!some)
}

/// Cells side by side; what one takes too much, the next ones give back, as in procps.
fn line(columns: &[Column], cells: Vec<String>) -> String {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn columns_are_procps() {
        let title = |args: &str| {
            let args: Vec<String> = args.split(' ').map(str::to_owned).collect();
            let wanted = wanted(&args).unwrap();
            line(&wanted.columns, wanted.columns.iter().map(|c| c.title.clone()).collect())
        };
        assert_eq!(title("aux"), "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n");
        assert_eq!(title("-ef"), "UID          PID    PPID  C STIME TTY          TIME CMD\n");
        assert_eq!(title("-e"), "    PID TTY          TIME CMD\n");
        assert_eq!(
            title("-eo pid,ppid,user,tty,stat,vsz,rss,comm,args"),
            "    PID    PPID USER     TT       STAT    VSZ   RSS COMMAND         COMMAND\n"
        );
        let wide = columns(&["vsz", "rss", "TTY", "stat"]);
        let cells = ["11886920", "57432", "?", "Sl"].map(str::to_owned).to_vec();
        assert_eq!(line(&wide, cells), "11886920 57432 ?      Sl\n");
    }
}

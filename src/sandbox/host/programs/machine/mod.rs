//! Programs about the machine and what is on it: `df`, `mount`, `free`, `uptime`, `top`, `ip`, `ss`, `lsns` and their like.

mod disks;
mod memory;
mod network;
mod spaces;
#[cfg(test)]
mod tests;
mod top;

use super::{busybox, out};
use crate::sandbox::World;
use crate::sandbox::host::proc::{BOOTED_BEFORE, LOAD};
use crate::sandbox::host::sys::{Me, Sys};
use crate::sandbox::host::{Container, Process, Sandbox};

pub(super) use spaces::nsenter;

/// The program of a name.
pub(super) async fn main(sys: &Sys, args: &[String]) -> i32 {
    let rest = &args[1..];
    match args[0].as_str() {
        "df" => disks::df(sys, rest).await,
        "mount" => disks::mount(sys, rest).await,
        "mountpoint" => disks::mountpoint(sys, rest).await,
        "free" => memory::free(sys, rest).await,
        "uptime" | "w" => uptime(sys, args).await,
        "top" => top::top(sys, rest).await,
        "ip" => network::ip(sys, rest).await,
        "ss" | "netstat" => network::listening(sys, &args[0], rest).await,
        "lsns" => spaces::lsns(sys).await,
        "arch" => out(sys, "x86_64\n").await,
        "groups" => out(sys, "root\n").await,
        "tty" => {
            let terminal = sys.process(|process| process.tty).await;
            let text = if terminal == "?" { "not a tty\n".to_owned() } else { format!("/dev/{terminal}\n") };
            sys.out(text).await;
            i32::from(terminal == "?")
        }
        // Nobody is logged in.
        _ => 0,
    }
}

/// A letter that a program does not take: what it says, and its exit code.
async fn invalid(sys: &Sys, program: &str, letter: char) -> i32 {
    let text = if busybox(sys).await {
        format!("{program}: invalid option -- '{letter}'\n{BUSYBOX}")
    } else {
        format!("{program}: invalid option -- '{letter}'\nTry '{program} --help' for more information.\n")
    };
    sys.err(text).await;
    1
}

const BUSYBOX: &str = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n";

/// The first letter among the options that is not in `known`; long options are not looked at.
fn unknown(args: &[String], known: &str) -> Option<char> {
    let short = args.iter().filter(|arg| arg.starts_with('-') && !arg.starts_with("--"));
    short.flat_map(|arg| arg.chars().skip(1)).find(|letter| !known.contains(*letter))
}

/// The container that a process is in, with its Pod.
fn inside(world: &World, me: Me) -> Option<(&Container, &Sandbox)> {
    let node = &world.hosts.nodes[me.node];
    let container = node.containers.get(node.processes.get(&me.pid)?.container.as_ref()?)?;
    Some((container, node.sandboxes.get(&container.sandbox)?))
}

/// The processes that one sees, with the numbers that they have there.
fn seen(world: &World, me: Me) -> Vec<(u32, &Process)> {
    let processes = &world.hosts.nodes[me.node].processes;
    let container = processes.get(&me.pid).and_then(|process| process.container.as_ref());
    let own = processes.values().filter(|process| container.is_none() || process.container.as_ref() == container);
    own.map(|process| (if container.is_some() { process.ns_pid } else { process.pid }, process)).collect()
}

/// ` 05:40:39 up 14:01,  0 user,  load average: 1.04, 0.49, 0.94`.
fn up(world: &World, me: Me, users: &str) -> String {
    let now = world.now();
    let booted = world.hosts.nodes[me.node].created - BOOTED_BEFORE;
    let minutes = now.duration_since(booted).as_secs() / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let since = match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours:>2}:{minutes:02}"),
        (1, _) => format!("1 day, {hours:>2}:{minutes:02}"),
        _ => format!("{days} days, {hours:>2}:{minutes:02}"),
    };
    let time = now.strftime("%H:%M:%S");
    format!("{time} up {since},  0 {users},  load average: {}", LOAD.replace(' ', ", "))
}

async fn uptime(sys: &Sys, args: &[String]) -> i32 {
    if let Some(letter) = unknown(&args[1..], if args[0] == "w" { "hsfiou" } else { "psV" }) {
        return invalid(sys, &args[0], letter).await;
    }
    let users = if busybox(sys).await { "users" } else { "user" };
    if args.iter().any(|arg| arg == "-p" || arg == "--pretty") {
        let text = sys.with(move |world, me| {
            let booted = world.hosts.nodes[me.node].created - BOOTED_BEFORE;
            let minutes = world.now().duration_since(booted).as_secs() / 60;
            let part = |count: i64, what: &str| {
                (count > 0).then(|| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
            };
            let parts = [part(minutes / 1440, "day"), part(minutes / 60 % 24, "hour"), part(minutes % 60, "minute")];
            format!("up {}\n", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        });
        let text = text.await;
        return out(sys, &text).await;
    }
    let text = sys.with(move |world, me| format!(" {}\n", up(world, me, users))).await;
    let titles = "USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n";
    out(sys, &if args[0] == "w" { text + titles } else { text }).await
}

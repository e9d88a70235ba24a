//! `ps`, with procps' columns, and busybox's.

mod cell;
mod columns;
mod tree;
mod wanted;

use super::{after_others, busybox};
use crate::sandbox::World;
use crate::sandbox::host::process::Process;
use crate::sandbox::host::sys::Sys;
use cell::{View, cell, line};
use wanted::{Wanted, Which, wanted};

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
    let view = View { now: world.now(), offset, me: None, processes: &node.processes };
    let processes: Vec<&Process> = node.processes.values().collect();
    let shown = match wanted.tree {
        Some(tree) => tree::arrange(&processes, tree, Some(" \\_ ")),
        None => processes.into_iter().map(|process| (process, String::new())).collect(),
    };
    Ok((titles, shown.iter().map(|(process, before)| row(process, before, &wanted, view)).collect()))
}

pub(super) async fn main(sys: &Sys, args: &[String]) -> i32 {
    after_others(sys).await;
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
            let processes = &world.hosts.nodes[me.node].processes;
            let view = View { now: world.now(), offset: 0, me: Some(me.pid), processes };
            let mut chosen: Vec<&Process> =
                processes.values().filter(|process| chosen(process, &wanted, view)).collect();
            sort(&mut chosen, &wanted.sort, view);
            let shown = match wanted.tree {
                Some(tree) => tree::arrange(&chosen, tree, None),
                None => chosen.iter().map(|process| (*process, String::new())).collect(),
            };
            let mut text = String::new();
            if wanted.headers == Some(true) {
                let titles = wanted.columns.iter().map(|column| column.title.clone()).collect();
                text += &line(&wanted.columns, titles);
            }
            for (process, before) in &shown {
                text += &line(&wanted.columns, row(process, before, &wanted, view));
            }
            (text, !chosen.is_empty())
        })
        .await;
    sys.out(text).await;
    i32::from(!some)
}

/// The cells of a process, with what a tree has before its command.
fn row(process: &Process, before: &str, wanted: &Wanted, view: View<'_>) -> Vec<String> {
    let cells = wanted.columns.iter().map(|column| match column.is_command() {
        true => format!("{before}{}", cell(process, &column.key, view)),
        false => cell(process, &column.key, view),
    });
    cells.collect()
}

/// Whether a process is among those that are wanted.
fn chosen(process: &Process, wanted: &Wanted, view: View<'_>) -> bool {
    let me = view.me.and_then(|pid| view.processes.get(&pid));
    let (tty, user) = me.map_or(("?", "root"), |me| (me.tty, me.user.as_str()));
    let lists = &wanted.lists;
    let fits = if lists.is_empty() {
        match wanted.which {
            Which::All => true,
            Which::Near => process.user == user && process.tty == tty && !(wanted.bsd && tty == "?"),
            Which::Own => process.user == user,
            Which::OnTerminals => process.tty != "?",
            Which::Led => process.tty != "?" && !process.leader,
            Which::NotLeaders => !process.leader,
        }
    } else {
        // Names are cut to the length that the kernel keeps.
        let named = |name: &String| name.chars().take(15).eq(process.comm.chars());
        let of = |user: &String| *user == process.user || user == "0" && process.user == "root";
        lists.pids.contains(&process.pid)
            || lists.parents.contains(&process.ppid)
            || lists.sessions.contains(&view.session(process))
            || lists.terminals.iter().any(|tty| *tty == process.tty || tty == "-" && process.tty == "?")
            || lists.commands.iter().any(named)
            || lists.users.iter().any(of)
    };
    fits != wanted.others
}

/// Sorts by columns; a minus before one turns it round.
fn sort(chosen: &mut [&Process], keys: &[String], view: View<'_>) {
    for key in keys.iter().rev() {
        let (down, key) = key.strip_prefix('-').map_or((false, key.trim_start_matches('+')), |key| (true, key));
        let value = |process: &Process| {
            let text = cell(process, key, view);
            (text.parse::<f64>().unwrap_or(0.0), text)
        };
        chosen.sort_by(|a, b| {
            let (a, b) = (value(a), value(b));
            let order = a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1));
            if down { order.reverse() } else { order }
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use serde_json::json;

    use super::columns::columns;
    use super::*;
    use crate::sandbox::Profile;
    use crate::sandbox::boot::{self, NODES};

    /// What `ps` prints on a worker with a Pod whose shell has two children, with command lines cut short.
    fn printed(args: &str) -> Vec<String> {
        let mut world = World::new(1, "2026-11-28T16:00:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let container =
            json!({"name": "c", "image": "busybox:1.31", "command": ["sh", "-c", "sleep 50 & sleep 60; true"]});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"nodeName": NODES[1], "containers": [container]}});
        world.api("kubectl").create("pods", Some("default"), pod).unwrap();
        world.tell();
        world.run_until(world.now() + Duration::from_secs(5));
        let args: Vec<String> = args.split(' ').map(str::to_owned).collect();
        let wanted = wanted(&args).unwrap();
        let processes = &world.hosts.node(NODES[1]).unwrap().processes;
        let view = View { now: world.now(), offset: 0, me: None, processes };
        let all: Vec<&Process> = processes.values().filter(|process| chosen(process, &wanted, view)).collect();
        let shown = match wanted.tree {
            Some(tree) => tree::arrange(&all, tree, None),
            None => all.iter().map(|process| (*process, String::new())).collect(),
        };
        let rows = shown.iter().map(|(process, before)| row(process, before, &wanted, view));
        rows.map(|row| row.join(" ").chars().take(28).collect::<String>().trim_end().to_owned()).collect()
    }

    #[test]
    fn children_stand_below_their_parents() {
        let tree = [
            "/bin/bash /usr/local/bin/nod",
            "/bin/bash /usr/local/bin/nod",
            " \\_ containerd",
            "/bin/bash /usr/local/bin/nod",
            " \\_ kubelet --oom-score-adj=",
            "/usr/bin/containerd-shim-run",
            " \\_ /pause",
            " \\_ sh -c sleep 50 & sleep 6",
            "     \\_ sleep 50",
            "     \\_ sleep 60",
        ];
        assert_eq!(printed("-eo args --forest"), tree);
        let blanks = ["node-init", "  node-init", "    containerd", "  node-init", "    kubelet", "  containerd-shim"];
        assert_eq!(printed("-eHo comm")[..6], blanks);
    }

    #[test]
    fn those_are_chosen_that_are_asked_for() {
        assert_eq!(printed("-C sleep -o comm"), ["sleep", "sleep"]);
        assert_eq!(printed("-N -C sleep,pause,kubelet,node-init -o comm"), ["containerd", "containerd-shim", "sh"]);
        assert_eq!(printed("--ppid 1 -o comm"), ["node-init", "node-init", "containerd-shim"]);
        assert_eq!(printed("-aux").len(), 10);
        assert_eq!(printed("-t ?").len(), 10);
        assert_eq!(printed("-t pts/0"), Vec::<String>::new());
        // Nothing has a terminal.
        assert_eq!(printed("a"), Vec::<String>::new());
        // Shims have a group of their own in the session of init; containers have sessions.
        assert_eq!(printed("-C containerd-shim,pause -o pgid,sid"), ["30 1", "31 31"]);
    }

    #[test]
    fn what_is_no_flag_of_unix_makes_all_flags_bsds() {
        let all = |args: &str| wanted(&args.split(' ').map(str::to_owned).collect::<Vec<_>>()).map(|wanted| wanted.bsd);
        assert_eq!((all("-ef"), all("-x"), all("-aux"), all("-u root")), (Ok(false), Ok(true), Ok(true), Ok(false)));
        assert_eq!(all("-C"), Err("error: list of command names must follow -C".to_owned()));
    }

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

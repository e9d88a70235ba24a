//! Namespaces: `lsns` and `nsenter`.

use std::collections::BTreeMap;

use crate::sandbox::host::process::{self, Birth};
use crate::sandbox::host::programs::{Env, find, main, out, wait};
use crate::sandbox::host::sys::{Sys, Task};

pub(super) async fn lsns(sys: &Sys) -> i32 {
    let pids: Vec<(u32, String, String)> = sys
        .with(|world, me| {
            let all = super::seen(world, me).into_iter();
            all.map(|(number, process)| (number, process.user.clone(), process.args.join(" "))).collect()
        })
        .await;
    let mut spaces: BTreeMap<u64, (&str, usize, u32, String, String)> = BTreeMap::new();
    for (pid, user, line) in pids {
        for kind in ["time", "user", "mnt", "uts", "ipc", "pid", "net", "cgroup"] {
            let path = format!("/proc/{pid}/ns/{kind}");
            let link = sys.files(move |files, _| files.own(&path)).await;
            let Some(crate::sandbox::host::Kind::Link(to)) = link.map(|entry| entry.kind) else { continue };
            let number = to.trim_end_matches(']').rsplit('[').next().and_then(|number| number.parse().ok());
            let Some(number) = number else { continue };
            let space = spaces.entry(number).or_insert((kind, 0, pid, user.clone(), line.clone()));
            space.1 += 1;
        }
    }
    let mut text = "        NS TYPE   NPROCS   PID USER COMMAND\n".to_owned();
    for (number, (kind, count, pid, user, line)) in spaces {
        text += &format!("{number} {kind:<6} {count:>6} {pid:>5} {user} {line}\n");
    }
    out(sys, &text).await
}

/// What of a process's namespaces a command is run in. Those of a container go together here: with its files come its
/// processes; with its network or name alone the command stays where it is, unless it only looks at these.
pub(in crate::sandbox::host::programs) async fn nsenter(sys: &Sys, args: &[String], env: &Env) -> i32 {
    let (mut target, mut kinds, mut rest) = (None, String::new(), args[1..].to_vec());
    while let Some(arg) = rest.first().filter(|arg| arg.starts_with('-')).cloned() {
        rest.remove(0);
        if arg == "--" {
            break;
        }
        if let Some(long) = arg.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            match name {
                "target" => target = value.or_else(|| (!rest.is_empty()).then(|| rest.remove(0))),
                "mount" => kinds.push('m'),
                "pid" => kinds.push('p'),
                "net" => kinds.push('n'),
                "uts" => kinds.push('u'),
                "ipc" => kinds.push('i'),
                "cgroup" => kinds.push('C'),
                "all" => kinds.push('a'),
                "root" => kinds.push('r'),
                "no-fork" | "wd" => {}
                _ => {
                    sys.err(format!(
                        "nsenter: unrecognized option '{arg}'\nTry 'nsenter --help' for more information.\n"
                    ))
                    .await;
                    return 1;
                }
            }
            continue;
        }
        for (at, letter) in arg.char_indices().skip(1) {
            match letter {
                't' => {
                    target = match &arg[at + 1..] {
                        "" if rest.is_empty() => None,
                        "" => Some(rest.remove(0)),
                        joined => Some(joined.to_owned()),
                    };
                    break;
                }
                'm' | 'p' | 'n' | 'u' | 'i' | 'C' | 'a' | 'r' | 'U' | 'T' => kinds.push(letter),
                'F' | 'w' | 'Z' => {}
                other => {
                    sys.err(format!(
                        "nsenter: invalid option -- '{other}'\nTry 'nsenter --help' for more information.\n"
                    ))
                    .await;
                    return 1;
                }
            }
        }
    }
    let names = [('m', "mnt"), ('u', "uts"), ('i', "ipc"), ('n', "net"), ('p', "pid"), ('C', "cgroup")];
    let name =
        names.iter().find(|(letter, _)| kinds.contains(*letter) || kinds.contains('a')).map_or("mnt", |(_, name)| name);
    let Some(target) = target else {
        if !kinds.is_empty() {
            sys.err(format!("nsenter: neither filename nor target pid supplied for ns/{name}\n")).await;
            return 1;
        }
        return 0;
    };
    let Ok(pid) = target.parse::<u32>() else {
        sys.err(format!("nsenter: failed to parse pid: '{target}'\n")).await;
        return 1;
    };
    // The container of the target; that of a sandbox's first process is any of its Pod.
    let found = sys
        .with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            let process = node.processes.get(&pid).filter(|process| process.exit.is_none())?;
            let sandbox = node.sandboxes.values().find(|sandbox| sandbox.first_process() == pid);
            let of_pod =
                |id: &str| node.containers.values().find(|c| c.sandbox == id && c.state.running).map(|c| c.id.clone());
            Some((process.container.clone(), sandbox.and_then(|sandbox| of_pod(&sandbox.id)), sandbox.is_some()))
        })
        .await;
    let Some((container, neighbour, is_pause)) = found else {
        sys.err(format!("nsenter: cannot open /proc/{pid}/ns/{name}: No such file or directory\n")).await;
        return 1;
    };
    if rest.is_empty() {
        rest.push("/bin/sh".to_owned());
    }
    let files_too = kinds.contains('m') || kinds.contains('a') || kinds.contains('r');
    let program = rest[0].rsplit('/').next().unwrap_or_default().to_owned();
    let looks = matches!(program.as_str(), "ip" | "ss" | "netstat" | "hostname");
    let alone = !kinds.is_empty() && (container.is_some() || is_pause);
    if is_pause && files_too || !files_too && alone && !looks {
        sys.err("nsenter: not modelled in kpnb's sandbox: these namespaces without a container's files\n").await;
        return 1;
    }
    let into = if files_too { container } else { container.or(neighbour).filter(|_| alone) };
    enter(sys, into, rest, env, files_too).await
}

/// Runs a command in a container, or on the node, as a child.
async fn enter(sys: &Sys, container: Option<String>, command: Vec<String>, env: &Env, checks: bool) -> i32 {
    let (argv, variables, io) = (command.clone(), env.clone(), sys.io.clone());
    let pid = sys
        .with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            let who = node.processes.get(&me.pid)?.who();
            let files = container.as_ref().and_then(|id| node.containers.get(id)).map_or(&node.files, |c| &c.files);
            // A program of the node's that only looks at a network is the node's file.
            if checks || container.is_none() {
                find(files, &variables, "/", &argv[0]).ok()?;
            }
            let (args, environment) = (argv.clone(), variables.clone());
            let birth = Birth {
                parent: me.pid,
                container,
                args: argv,
                env: variables,
                cwd: "/".to_owned(),
                who,
                tty: "?",
                task: Task::new(io, move |sys| main(sys, args, environment)),
            };
            let pid = process::spawn(world, me.node, birth);
            world.hosts.nodes[me.node].processes.get_mut(&me.pid)?.children.insert(pid);
            Some(pid)
        })
        .await;
    match pid {
        Some(pid) => wait(sys, pid).await,
        None => {
            sys.err(format!("nsenter: failed to execute {}: No such file or directory\n", command[0])).await;
            127
        }
    }
}

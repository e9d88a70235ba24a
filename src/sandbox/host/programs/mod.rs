//! The programs that there are on nodes and in containers.
//!
//! - this file: finding and running them; `arguments`: their options
//! - `cat`, `ends`, `count`, `grep`, `sed`, `awk`, `order`, `fields`, `print`, `xargs`, `diff`: text
//! - `files`: what there is on disks; `tar`, `dd`: moving and filling it
//! - [`ps`], `signals`: processes; `ctr`, `crictl`: containers, `etcdctl`: keys; `systemctl`, `journalctl`: services
//! - `daemons`, `kindnetd`: what runs until it is told to end; `startup`: what that says first
//! - `machine`: the machine itself; `refusals`: options that nobody knows
//! - `listeners`, `httpd`: what listens
//! - `time`, `environment`, `test`: the rest of a shell's companions

mod arguments;
mod awk;
mod cat;
mod count;
mod crictl;
mod ctr;
pub(super) mod daemons;
mod dd;
mod diff;
mod ends;
mod environment;
mod etcdctl;
mod fields;
mod files;
mod grep;
mod httpd;
mod journalctl;
mod kindnetd;
mod listeners;
mod machine;
mod order;
mod print;
pub mod ps;
mod refusals;
mod sed;
mod signals;
mod startup;
mod systemctl;
mod tar;
mod test;
mod time;
mod xargs;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use super::files::{Files, absolute};
use super::process::{self, Birth};
use super::sys::{Io, Sys, Task};
use super::{image, shell};
use crate::sandbox::Profile;

type Env = BTreeMap<String, String>;
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Where the program of a name is.
///
/// # Errors
/// Why it cannot be run, as runc says it.
pub(super) fn find(files: &Files, env: &Env, cwd: &str, name: &str) -> Result<String, String> {
    let runs = |path: &str| files.get(path).filter(|entry| !entry.is_dir() && entry.mode & 0o111 != 0).is_some();
    if name.contains('/') {
        let path = absolute(cwd, name);
        return match files.get(&path) {
            None => Err(format!("stat {name}: no such file or directory")),
            Some(_) if runs(&path) => Ok(path),
            Some(_) => Err("permission denied".to_owned()),
        };
    }
    let dirs = env.get("PATH").map_or("/usr/bin:/bin", String::as_str).split(':');
    let mut there = false;
    for dir in dirs {
        let path = format!("{dir}/{name}");
        if runs(&path) {
            return Ok(path);
        }
        there |= files.get(&path).is_some();
    }
    let why = if there { "permission denied" } else { "executable file not found in $PATH" };
    Err(why.to_owned())
}

/// What a process does whose command line is `args`.
pub(super) fn main(sys: Sys, args: Vec<String>, env: Env) -> Boxed<i32> {
    Box::pin(async move {
        let name = args.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or_default()).to_owned();
        if matches!(name.as_str(), "sh" | "bash" | "dash" | "ash") {
            return shell::main(sys, args, env).await;
        }
        if name == "busybox" && args.len() > 1 {
            if args[1] == "--list" {
                let list: String = image::applets().map(|applet| format!("{applet}\n")).collect();
                return out(&sys, &list).await;
            }
            if !image::applets().any(|applet| applet == args[1]) {
                sys.err(format!("{}: applet not found\n", args[1])).await;
                return 127;
            }
            return run(sys, args[1..].to_vec(), env).await;
        }
        // A script that is a file.
        let path = absolute(&sys.process(|process| process.cwd.clone()).await, &args[0]);
        if args[0].contains('/') {
            let content = sys.files(move |files, _| files.get(&path).map(|entry| entry.content.clone())).await;
            if content.is_some_and(|content| content.starts_with(b"#!")) {
                let mut shell = vec!["sh".to_owned()];
                shell.extend(args);
                return shell::main(sys, shell, env).await;
            }
        }
        run(sys, args, env).await
    })
}

/// Runs a program that is no shell, with the streams of `sys`.
pub(super) fn run(sys: Sys, mut args: Vec<String>, env: Env) -> Boxed<i32> {
    Box::pin(async move {
        let name = args.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or_default()).to_owned();
        args[0].clone_from(&name);
        let a = &args[..];
        if let Some((letter, code)) = refusals::refused(a) {
            let more = if busybox(&sys).await {
                "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n".to_owned()
            } else {
                format!("Try '{name} --help' for more information.\n")
            };
            sys.err(format!("{name}: invalid option -- '{letter}'\n{more}")).await;
            return if busybox(&sys).await { 1 } else { code };
        }
        match name.as_str() {
            "true" | "sync" => 0,
            "false" => 1,
            "sleep" | "usleep" => time::sleep(&sys, a).await,
            "echo" => print::echo(&sys, a).await,
            "printf" => print::printf(&sys, a).await,
            "date" => time::date(&sys, a).await,
            "env" | "printenv" => environment::env(sys, a, env).await,
            "hostname" => environment::hostname(&sys, a).await,
            "uname" => environment::uname(&sys, a).await,
            "id" | "whoami" => environment::id(&sys, &name, a).await,
            "seq" => print::seq(&sys, a).await,
            "xargs" => xargs::xargs(&sys, a, &env).await,
            "timeout" => time::timeout(&sys, a, &env).await,
            "nproc" => out(&sys, "2\n").await,
            "pwd" => {
                let cwd = sys.process(|process| process.cwd.clone()).await;
                out(&sys, &format!("{cwd}\n")).await
            }
            "yes" => {
                let line = if a.len() > 1 { a[1..].join(" ") } else { "y".to_owned() } + "\n";
                loop {
                    sys.tick().await;
                    sys.out(line.repeat(64)).await;
                }
            }
            "test" | "[" => test::main(&sys, a).await,
            "cat" | "tac" => cat::cat(&sys, a).await,
            "head" | "tail" => ends::ends(&sys, a).await,
            "wc" => count::wc(&sys, a).await,
            "grep" | "egrep" | "fgrep" => grep::grep(&sys, a).await,
            "sort" => order::sort(&sys, a).await,
            "uniq" => order::uniq(&sys, a).await,
            "cut" => fields::cut(&sys, a).await,
            "tr" => fields::tr(&sys, a).await,
            "tee" => cat::tee(&sys, a).await,
            "awk" | "mawk" | "nawk" => awk::main(&sys, a, &env).await,
            "sed" => sed::main(&sys, a).await,
            "ps" => ps::main(&sys, a).await,
            "kill" => signals::kill(&sys, a).await,
            "pgrep" | "pkill" | "killall" | "pidof" => signals::by_name(&sys, a).await,
            "ls" => files::ls(&sys, a).await,
            "stat" => files::stat(&sys, a).await,
            "chmod" | "chown" => files::chmod(&sys, a).await,
            "touch" | "mkdir" | "rm" | "rmdir" => files::change(&sys, a).await,
            "cp" | "mv" | "ln" => files::copy(&sys, a).await,
            "readlink" | "realpath" | "basename" | "dirname" | "which" => files::path(&sys, a, &env).await,
            "find" => files::find(&sys, a).await,
            "httpd" | "nc" => listeners::main(&sys, a, &env).await,
            "df" | "mount" | "mountpoint" | "free" | "uptime" | "w" | "top" | "ip" | "ss" | "netstat" | "lsns"
            | "arch" | "groups" | "tty" | "who" | "users" => machine::main(&sys, a).await,
            "nsenter" => machine::nsenter(&sys, a, &env).await,
            "nohup" | "setsid" => environment::apart(sys, a, env).await,
            "diff" => diff::diff(&sys, a).await,
            "tar" => tar::tar(&sys, a).await,
            "gzip" | "gunzip" | "zcat" => tar::packed(&sys, a).await,
            "dd" => dd::dd(&sys, a).await,
            "truncate" | "fallocate" => dd::resize(&sys, a).await,
            "sysctl" => environment::sysctl(&sys, a).await,
            "comm" => order::comm(&sys, a).await,
            "etcdctl" if of_kind(&sys).await => etcdctl::main(&sys, a, &env).await,
            "ctr" => ctr::ctr(&sys, a).await,
            "runc" => ctr::runc(&sys, a).await,
            "crictl" => crictl::main(&sys, a).await,
            "systemctl" => systemctl::systemctl(&sys, a).await,
            "journalctl" => journalctl::journalctl(&sys, a).await,
            name if daemons::is(name) && of_kind(&sys).await => daemons::main(&sys, name, &env).await,
            "kube-apiserver" => daemons::api_server(&sys).await,
            "pause" | "containerd" | "etcd" | "kube-controller-manager" | "kube-scheduler" => sys.forever().await,
            "kubelet" => {
                daemons::kubelet_starts(&sys).await;
                sys.forever().await
            }
            other => {
                sys.err(format!("{other}: not modelled in kpnb's sandbox\n")).await;
                127
            }
        }
    })
}

async fn out(sys: &Sys, text: &str) -> i32 {
    sys.out(text).await;
    0
}

/// Runs another program and waits for its end.
async fn child(sys: &Sys, args: Vec<String>, env: Env) -> i32 {
    match spawn(sys, args, env, sys.io.clone()).await {
        Ok(pid) => wait(sys, pid).await,
        Err(code) => code,
    }
}

/// Starts another program; or the exit code of one that cannot be run.
async fn spawn(sys: &Sys, args: Vec<String>, env: Env, io: Io) -> Result<u32, i32> {
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let (name, variables) = (args[0].clone(), env.clone());
    let found = sys.files(move |files, _| find(files, &variables, &cwd, &name)).await;
    if let Err(why) = found {
        let missing = !why.starts_with("permission");
        let why = if missing { "No such file or directory" } else { "Permission denied" };
        sys.err(format!("xargs: {}: {why}\n", args[0])).await;
        return Err(if missing { 127 } else { 126 });
    }
    let pid = sys
        .with(move |world, me| {
            let parent = world.hosts.nodes[me.node].processes.get(&me.pid)?;
            let (argv, variables) = (args.clone(), env.clone());
            let task = Task::new(io, move |sys| main(sys, argv, variables));
            let birth = Birth { args, env, ..Birth::of(parent, task) };
            let pid = process::spawn(world, me.node, birth);
            world.hosts.nodes[me.node].processes.get_mut(&me.pid)?.children.insert(pid);
            Some(pid)
        })
        .await;
    pid.ok_or(127)
}

async fn wait(sys: &Sys, pid: u32) -> i32 {
    sys.wait_for(move |world, me| {
        let processes = &mut world.hosts.nodes[me.node].processes;
        match processes.get(&pid).map(|process| process.exit) {
            Some(None) => Poll::Pending,
            Some(Some(code)) => {
                processes.remove(&pid);
                Poll::Ready(code)
            }
            None => Poll::Ready(127),
        }
    })
    .await
}

/// Whether a process is on a node of profile `kind`.
async fn of_kind(sys: &Sys) -> bool {
    sys.with(|world, me| world.hosts.nodes[me.node].spec.profile == Profile::Kind).await
}

/// What klog begins a line with: `I0113 12:00:05.123456       1 main.go:64]`.
fn klog(now: jiff::Timestamp, level: char, pid: u32, place: &str) -> String {
    let zoned = now.to_zoned(jiff::tz::TimeZone::UTC);
    let time = jiff::fmt::strtime::format("%m%d %H:%M:%S.%6f", &zoned).unwrap_or_default();
    format!("{level}{time} {pid:>7} {place}]")
}

/// Waits until what else a pipeline starts has started, as it has in life when processes are looked at.
async fn after_others(sys: &Sys) {
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
}

/// Whether a process is in a busybox container.
async fn busybox(sys: &Sys) -> bool {
    sys.process(|process| process.container.is_some()).await
}

/// What files contain, `-` or none being standard input; complaints are made in the program's name. The exit code.
async fn inputs(sys: &Sys, name: &str, paths: &[String]) -> (Vec<(String, Vec<u8>)>, i32) {
    let (mut found, mut code) = (Vec::new(), 0);
    if paths.is_empty() {
        return (vec![(String::new(), sys.read_all().await)], 0);
    }
    let busybox = busybox(sys).await;
    let cwd = sys.process(|process| process.cwd.clone()).await;
    for path in paths {
        if path == "-" {
            found.push((path.clone(), sys.read_all().await));
            continue;
        }
        let full = absolute(&cwd, path);
        let content = sys
            .files(move |files, _| match files.get(&full) {
                None => Err("No such file or directory"),
                Some(entry) if entry.is_dir() => Err("Is a directory"),
                Some(entry) => files.may(&full, 4).map(|()| entry.content.to_vec()),
            })
            .await;
        match content {
            Ok(content) => found.push((path.clone(), content)),
            Err(why) => {
                code = if name == "grep" { 2 } else { 1 };
                let text = match name {
                    _ if busybox && !why.starts_with("Is") && name == "cat" => {
                        format!("cat: can't open '{path}': {why}\n")
                    }
                    "head" | "tail" if !busybox => format!("{name}: cannot open '{path}' for reading: {why}\n"),
                    "sort" => format!("sort: cannot read: {path}: {why}\n"),
                    "sed" => format!("sed: can't read {path}: {why}\n"),
                    _ => format!("{name}: {path}: {why}\n"),
                };
                sys.err(text).await;
            }
        }
    }
    (found, code)
}

/// What `echo -e` and `printf` make of backslashes, and whether `\c` ends it.
pub(super) fn escapes(text: &str) -> (String, bool) {
    let (mut done, mut chars) = (String::new(), text.chars().peekable());
    while let Some(c) = chars.next() {
        if c != '\\' {
            done.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => done.push('\n'),
            Some('t') => done.push('\t'),
            Some('r') => done.push('\r'),
            Some('a') => done.push('\u{7}'),
            Some('b') => done.push('\u{8}'),
            Some('e') => done.push('\u{1b}'),
            Some('\\') => done.push('\\'),
            Some('c') => return (done, true),
            Some(digit @ '0'..='7') => {
                let mut value = digit.to_digit(8).unwrap_or(0);
                while let Some(more) = chars.peek().and_then(|c| c.to_digit(8)).filter(|_| value < 32) {
                    value = value * 8 + more;
                    chars.next();
                }
                done.extend(char::from_u32(value));
            }
            Some('x') => {
                let mut value = 0;
                while let Some(more) = chars.peek().and_then(|c| c.to_digit(16)).filter(|_| value < 16) {
                    value = value * 16 + more;
                    chars.next();
                }
                done.extend(char::from_u32(value));
            }
            Some(other) => done.extend(['\\', other]),
            None => done.push('\\'),
        }
    }
    (done, false)
}

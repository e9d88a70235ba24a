//! `env`, and who and where one is: `hostname`, `uname`, `id`.

use super::arguments::options;
use super::{Env, busybox, find, main};
use crate::sandbox::host::process::{self};
use crate::sandbox::host::sys::Sys;
use crate::sandbox::host::who::number_of;

pub(super) async fn env(sys: Sys, args: &[String], mut env: Env) -> i32 {
    if args[0] == "printenv"
        && let Some(name) = args.get(1)
    {
        let Some(value) = env.get(name) else { return 1 };
        sys.out(format!("{value}\n")).await;
        return 0;
    }
    let mut rest = args[1..].iter();
    let mut command: Vec<String> = Vec::new();
    while let Some(arg) = rest.next() {
        match (arg.as_str(), arg.split_once('=')) {
            ("-i" | "-", _) => env.clear(),
            ("-u", _) => drop(rest.next().and_then(|name| env.remove(name))),
            (_, Some((name, value))) => drop(env.insert(name.to_owned(), value.to_owned())),
            _ => {
                command.push(arg.clone());
                command.extend(rest.by_ref().cloned());
            }
        }
    }
    let Some(name) = command.first().cloned() else {
        sys.out(env.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<String>()).await;
        return 0;
    };
    if !there(&sys, &env, &name).await {
        let quote = if super::busybox(&sys).await { format!("can't execute '{name}'") } else { format!("'{name}'") };
        sys.err(format!("env: {quote}: No such file or directory\n")).await;
        return 127;
    }
    become_and_run(sys, command, env).await
}

/// Whether there is a program of a name.
async fn there(sys: &Sys, env: &Env, name: &str) -> bool {
    let (variables, wanted) = (env.clone(), name.to_owned());
    let cwd = sys.process(|process| process.cwd.clone()).await;
    sys.files(move |files, _| find(files, &variables, &cwd, &wanted)).await.is_ok()
}

async fn become_and_run(sys: Sys, command: Vec<String>, env: Env) -> i32 {
    let argv = command.clone();
    sys.process(move |process| process::become_(process, argv)).await;
    main(sys, command, env).await
}

/// `nohup` and `setsid`: a command that SIGHUP does not reach, or in a session of its own.
pub(super) async fn apart(sys: Sys, args: &[String], env: Env) -> i32 {
    let command: Vec<String> = args[1..].iter().skip_while(|arg| arg.starts_with('-')).cloned().collect();
    let nohup = args[0] == "nohup";
    let Some(name) = command.first().cloned() else {
        let why = if nohup { "missing operand" } else { "no command specified" };
        sys.err(format!("{0}: {why}\nTry '{0} --help' for more information.\n", args[0])).await;
        return if nohup { 125 } else { 1 };
    };
    if !there(&sys, &env, &name).await {
        let why = if nohup { format!("failed to run command '{name}'") } else { format!("failed to execute {name}") };
        sys.err(format!("{}: {why}: No such file or directory\n", args[0])).await;
        return 127;
    }
    sys.process(move |process| {
        if nohup {
            process.ignored.insert(1);
        } else {
            process.leader = true;
        }
    })
    .await;
    become_and_run(sys, command, env).await
}

/// The host's name; the rest is what `/etc/hosts` says of it.
pub(super) async fn hostname(sys: &Sys, args: &[String]) -> i32 {
    let name = sys
        .with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            let pod = node.processes.get(&me.pid).and_then(|p| p.container.as_ref());
            let pod = pod.and_then(|id| node.containers.get(id)).and_then(|c| node.sandboxes.get(&c.sandbox));
            pod.map_or_else(|| node.spec.name.clone(), |sandbox| sandbox.pod.name.clone())
        })
        .await;
    let hosts = sys.files(|files, _| files.get("/etc/hosts").map(|entry| entry.content.clone())).await;
    let hosts = String::from_utf8_lossy(&hosts.unwrap_or_default()).into_owned();
    let mut lines = hosts.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line = lines.find(|words| words.iter().skip(1).any(|word| *word == name)).unwrap_or_default();
    let whole = line.get(1).copied().unwrap_or(&name);
    let text = match args.get(1).map(String::as_str) {
        None => name.clone(),
        Some("-i" | "-I" | "--ip-address" | "--all-ip-addresses") => {
            line.first().copied().unwrap_or_default().to_owned()
        }
        Some("-f" | "--fqdn" | "--long") => whole.to_owned(),
        Some("-s" | "--short") => name.split('.').next().unwrap_or_default().to_owned(),
        // Nothing at all where it has none.
        Some("-d" | "--domain") => match whole.split_once('.') {
            Some((_, domain)) => domain.to_owned(),
            None => return 0,
        },
        Some(other) => {
            sys.err(format!("hostname: {other} is not modelled in kpnb's sandbox\n")).await;
            return 1;
        }
    };
    sys.out(format!("{text}\n")).await;
    0
}

/// `sysctl` of keys that `/proc/sys` has; nothing is set.
pub(super) async fn sysctl(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, keys) = options(args, "");
    if flags.contains(['w', 'p', 'a']) || keys.is_empty() || keys.iter().any(|key| key.contains('=')) {
        sys.err("sysctl: only reading keys is modelled in kpnb's sandbox\n").await;
        return 1;
    }
    let (mut code, ash) = (0, super::busybox(sys).await);
    for key in keys {
        let path = key.replace('.', "/");
        let file = format!("/proc/sys/{path}");
        let found = sys.files(move |files, _| files.get(&file).map(|entry| entry.content.clone())).await;
        match found {
            Some(content) => {
                let value = String::from_utf8_lossy(&content).trim_end().to_owned();
                let text = if flags.contains('n') { value } else { format!("{key} = {value}") };
                sys.out(format!("{text}\n")).await;
            }
            None => {
                code = 1;
                let why = match ash {
                    true => format!("sysctl: error: '{path}' is an unknown key\n"),
                    false => format!("sysctl: cannot stat /proc/sys/{path}: No such file or directory\n"),
                };
                sys.err(why).await;
            }
        }
    }
    code
}

pub(super) async fn uname(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, _) = options(args, "");
    let host = sys
        .files(|files, _| files.get("/etc/hostname").map(|e| String::from_utf8_lossy(&e.content).trim().to_owned()))
        .await;
    let parts = [
        ('s', "Linux".to_owned()),
        ('n', host.unwrap_or_default()),
        ('r', "6.18.44-fc-v657".to_owned()),
        ('v', "#1 SMP PREEMPT_DYNAMIC @0".to_owned()),
        ('m', "x86_64".to_owned()),
        ('o', "GNU/Linux".to_owned()),
    ];
    let all = flags.contains('a');
    let shown = parts.iter().filter(|(flag, _)| all || flags.contains(*flag) || flags.is_empty() && *flag == 's');
    let text: Vec<&str> = shown.map(|(_, text)| text.as_str()).collect();
    sys.out(text.join(" ") + "\n").await;
    0
}

/// Who one is: names where they are known, numbers else.
pub(super) async fn id(sys: &Sys, name: &str, args: &[String]) -> i32 {
    let who = sys.process(|process| process.who()).await;
    let all = if who.groups.is_empty() { vec![who.group.clone()] } else { who.groups.clone() };
    let asked = (who.clone(), all.clone());
    let (user, group, groups) = sys
        .files(move |files, _| {
            let (who, all) = asked;
            let groups: Vec<u32> = all.iter().map(|name| number_of(files, "group", name)).collect();
            (number_of(files, "passwd", &who.user), number_of(files, "group", &who.group), groups)
        })
        .await;
    let ash = busybox(sys).await;
    let told = |name: &str, number: u32| {
        if name.parse::<u32>().is_ok() { number.to_string() } else { format!("{number}({name})") }
    };
    let unnamed = |what: &str, name: &str, number: u32| {
        let unknown = name.parse::<u32>().is_ok();
        let why = match ash {
            true => format!("id: unknown ID {number}\n"),
            false => format!("id: cannot find name for {what} ID {number}\n"),
        };
        unknown.then_some(why)
    };
    let (text, wrong) = match (name, args.get(1).map(String::as_str)) {
        ("whoami", _) if who.user.parse::<u32>().is_ok() => {
            let why = if ash { format!("unknown uid {user}") } else { format!("cannot find name for user ID {user}") };
            sys.err(format!("whoami: {why}\n")).await;
            return 1;
        }
        ("whoami", _) => (who.user, None),
        (_, Some("-un" | "-nu")) => (who.user.clone(), unnamed("user", &who.user, user)),
        (_, Some("-gn" | "-ng")) => (who.group.clone(), unnamed("group", &who.group, group)),
        (_, Some("-u")) => (user.to_string(), None),
        (_, Some("-g")) => (group.to_string(), None),
        (_, Some("-G")) => {
            let others = groups.iter().filter(|other| **other != group);
            let words: Vec<String> = std::iter::once(&group).chain(others).map(u32::to_string).collect();
            (words.join(" "), None)
        }
        _ => {
            let groups: Vec<String> = all.iter().zip(&groups).map(|(name, number)| told(name, *number)).collect();
            let (user, group) = (told(&who.user, user), told(&who.group, group));
            (format!("uid={user} gid={group} groups={}", groups.join(",")), None)
        }
    };
    sys.out(format!("{text}\n")).await;
    let Some(wrong) = wrong else { return 0 };
    sys.err(wrong).await;
    1
}

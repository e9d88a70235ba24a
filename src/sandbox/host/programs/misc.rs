//! The rest: `sleep`, `date`, `env`, `hostname`, `seq`, `printf`, `xargs`, `timeout` and their like.

use std::time::Duration;

use super::text::options;
use super::{Env, child, escapes, find, main, spawn, wait};
use crate::sandbox::host::fd::Fd;
use crate::sandbox::host::process::{self, SIGTERM};
use crate::sandbox::host::sys::{Io, Me, Sys};

/// A duration as `sleep` takes it: `1`, `0.5`, `2m`, `infinity`.
fn duration(text: &str) -> Option<Duration> {
    if matches!(text, "infinity" | "inf") {
        return Some(Duration::from_secs(u64::from(u32::MAX)));
    }
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, text.chars().last().unwrap_or('s')),
        None => (text, 's'),
    };
    let factor = match unit {
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86_400.0,
        _ => 1.0,
    };
    // More than a century is for ever.
    let seconds = number.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0)? * factor;
    Some(Duration::from_secs_f64(seconds.min(4e9)))
}

pub(super) async fn sleep(sys: &Sys, args: &[String]) -> i32 {
    let mut total = Duration::ZERO;
    if args.len() < 2 {
        sys.err("sleep: missing operand\nTry 'sleep --help' for more information.\n").await;
        return 1;
    }
    for arg in &args[1..] {
        match duration(arg) {
            Some(duration) if args[0] == "usleep" => total += duration / 1_000_000,
            Some(duration) => total += duration,
            None => {
                let text = if super::busybox(sys).await {
                    format!("sleep: invalid number '{arg}'\n")
                } else {
                    format!("sleep: invalid time interval '{arg}'\nTry 'sleep --help' for more information.\n")
                };
                sys.err(text).await;
                return 1;
            }
        }
    }
    sys.sleep(total).await;
    0
}

pub(super) async fn echo(sys: &Sys, args: &[String]) -> i32 {
    let mut rest = &args[1..];
    let (mut newline, mut reads) = (true, false);
    while let Some(flag) = rest.first().filter(|arg| matches!(arg.as_str(), "-n" | "-e" | "-ne" | "-en" | "-E")) {
        newline &= !flag.contains('n');
        reads |= flag.contains('e');
        rest = &rest[1..];
    }
    let text = rest.join(" ");
    let text = if reads { escapes(&text).0 } else { text };
    sys.out(if newline { text + "\n" } else { text }).await;
    0
}

pub(super) async fn printf(sys: &Sys, args: &[String]) -> i32 {
    let Some(format) = args.get(1) else {
        sys.err("printf: usage: printf format [arguments]\n").await;
        return 2;
    };
    let format: Vec<char> = escapes(format).0.chars().collect();
    let mut values = args[2..].iter().peekable();
    let (mut text, mut code) = (String::new(), 0);
    loop {
        let (mut at, mut used) = (0, false);
        while at < format.len() {
            if format[at] != '%' {
                text.push(format[at]);
                at += 1;
                continue;
            }
            at += 1;
            if format.get(at) == Some(&'%') {
                text.push('%');
                at += 1;
                continue;
            }
            let end = format[at..].iter().position(char::is_ascii_alphabetic).map_or(format.len(), |n| at + n);
            let spec: String = format[at..end].iter().collect();
            let kind = format.get(end).copied().unwrap_or('s');
            at = end + 1;
            used = true;
            let value = values.next().cloned().unwrap_or_default();
            let (left, zero) = (spec.contains('-'), spec.starts_with('0'));
            let (width, precision) = spec.trim_start_matches(['-', '0', '+', ' ']).split_once('.').map_or_else(
                || (spec.trim_start_matches(['-', '0', '+', ' ']), None),
                |(w, p)| (w, p.parse::<usize>().ok()),
            );
            let width: usize = width.parse().unwrap_or(0);
            let number = || match value.strip_prefix("0x") {
                Some(hex) => i64::from_str_radix(hex, 16).ok(),
                None => value.trim().parse::<i64>().ok(),
            };
            let shown = match kind {
                'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                    let number = number().unwrap_or_else(|| {
                        code = i32::from(!value.is_empty());
                        0
                    });
                    match kind {
                        'x' => format!("{number:x}"),
                        'X' => format!("{number:X}"),
                        'o' => format!("{number:o}"),
                        _ => number.to_string(),
                    }
                }
                'f' => format!("{:.*}", precision.unwrap_or(6), value.parse::<f64>().unwrap_or(0.0)),
                'c' => value.chars().take(1).collect(),
                'b' => escapes(&value).0,
                _ => value.chars().take(precision.unwrap_or(usize::MAX)).collect(),
            };
            let pad = width.saturating_sub(shown.chars().count());
            if left {
                text += &shown;
                text += &" ".repeat(pad);
            } else {
                text += &(if zero && kind != 's' { "0" } else { " " }).repeat(pad);
                text += &shown;
            }
        }
        if !used || values.peek().is_none() {
            break;
        }
    }
    sys.out(text).await;
    code
}

pub(super) async fn date(sys: &Sys, args: &[String]) -> i32 {
    let now = sys.with(|world, _| world.now()).await.to_zoned(jiff::tz::TimeZone::UTC);
    let mut format = "%a %b %e %H:%M:%S UTC %Y".to_owned();
    for arg in &args[1..] {
        match arg.as_str() {
            "-u" | "--utc" => {}
            "-Iseconds" | "-Is" => "%Y-%m-%dT%H:%M:%S+00:00".clone_into(&mut format),
            "-R" => "%a, %d %b %Y %H:%M:%S +0000".clone_into(&mut format),
            text if text.starts_with('+') => text[1..].clone_into(&mut format),
            other => {
                sys.err(format!("date: invalid date '{other}'\n")).await;
                return 1;
            }
        }
    }
    let nanos = format!("{:09}", now.subsec_nanosecond());
    let format = format.replace("%N", &nanos).replace("%3N", &nanos[..3]).replace("%Z", "UTC");
    match jiff::fmt::strtime::format(&format, &now) {
        Ok(text) => {
            sys.out(text + "\n").await;
            0
        }
        Err(_) => {
            sys.err("date: a format that is not modelled in kpnb's sandbox\n").await;
            1
        }
    }
}

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
    let (variables, cwd, wanted) = (env.clone(), sys.process(|process| process.cwd.clone()).await, name.clone());
    if sys.files(move |files, _| find(files, &variables, &cwd, &wanted)).await.is_err() {
        let quote = if super::busybox(&sys).await { format!("can't execute '{name}'") } else { format!("'{name}'") };
        sys.err(format!("env: {quote}: No such file or directory\n")).await;
        return 127;
    }
    let argv = command.clone();
    sys.process(move |process| process::become_(process, argv)).await;
    main(sys, command, env).await
}

pub(super) async fn hostname(sys: &Sys, args: &[String]) -> i32 {
    let address = args.iter().any(|arg| arg == "-i" || arg == "-I");
    let text = sys
        .with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            if address {
                return node.spec.ip.clone();
            }
            let pod = node.processes.get(&me.pid).and_then(|p| p.container.as_ref());
            let pod = pod.and_then(|id| node.containers.get(id)).and_then(|c| node.sandboxes.get(&c.sandbox));
            pod.map_or_else(|| node.spec.name.clone(), |sandbox| sandbox.pod.name.clone())
        })
        .await;
    sys.out(text + "\n").await;
    0
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

pub(super) async fn id(sys: &Sys, name: &str, args: &[String]) -> i32 {
    let user = sys.process(|process| process.user.clone()).await;
    let text = match (name, args.get(1).map(String::as_str)) {
        ("whoami", _) | (_, Some("-un")) => user,
        (_, Some("-u" | "-g")) => "0".to_owned(),
        (_, Some("-gn")) => "root".to_owned(),
        _ => "uid=0(root) gid=0(root) groups=0(root)".to_owned(),
    };
    sys.out(text + "\n").await;
    0
}

pub(super) async fn seq(sys: &Sys, args: &[String]) -> i32 {
    let (_, values, mut numbers) = options(args, "s");
    if numbers.is_empty() {
        // Negative numbers look like options.
        numbers = args[1..].to_vec();
    }
    let separator = values.first().map_or("\n".to_owned(), |(_, separator)| separator.clone());
    let Ok(numbers) = numbers.iter().map(|n| n.parse::<i64>()).collect::<Result<Vec<_>, _>>() else {
        sys.err("seq: invalid floating point argument\n").await;
        return 1;
    };
    let (from, step, to) = match numbers.as_slice() {
        [to] => (1, 1, *to),
        [from, to] => (*from, 1, *to),
        [from, step, to] if *step != 0 => (*from, *step, *to),
        _ => {
            sys.err("seq: missing operand\n").await;
            return 1;
        }
    };
    let (mut at, mut text) = (from, String::new());
    while if step > 0 { at <= to } else { at >= to } {
        if !text.is_empty() {
            text += &separator;
        }
        text += &at.to_string();
        at += step;
        if text.len() > 65_536 {
            sys.out(std::mem::take(&mut text)).await;
            sys.out(&separator).await;
            sys.tick().await;
        }
    }
    sys.out(if text.is_empty() { text } else { text + "\n" }).await;
    0
}

pub(super) async fn xargs(sys: &Sys, args: &[String], env: &Env) -> i32 {
    let (mut most, mut place, mut skips, mut zero) = (usize::MAX, None, false, false);
    let mut rest = args[1..].iter();
    let mut command: Vec<String> = Vec::new();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-n" | "-L" | "-P" => {
                let number = rest.next().and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
                most = if arg == "-P" { most } else { number };
            }
            "-I" => place = rest.next().cloned(),
            "-r" | "--no-run-if-empty" => skips = true,
            "-0" | "--null" => zero = true,
            "-t" => {}
            flag if flag.starts_with("-n") => most = flag[2..].parse().unwrap_or(usize::MAX),
            flag if flag.starts_with("-I") => place = Some(flag[2..].to_owned()),
            _ => {
                command.push(arg.clone());
                command.extend(rest.by_ref().cloned());
            }
        }
    }
    if command.is_empty() {
        command.push("echo".to_owned());
    }
    let text = String::from_utf8_lossy(&sys.read_all().await).into_owned();
    let items: Vec<String> = if zero {
        text.split('\0').filter(|item| !item.is_empty()).map(str::to_owned).collect()
    } else if place.is_some() {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    } else {
        text.split_whitespace().map(|item| item.trim_matches(['\'', '"']).to_owned()).collect()
    };
    let mut runs: Vec<Vec<String>> = Vec::new();
    if let Some(place) = place {
        runs.extend(items.iter().map(|item| command.iter().map(|word| word.replace(&place, item)).collect()));
    } else if items.is_empty() {
        runs.extend((!skips).then(|| command.clone()));
    } else {
        runs.extend(items.chunks(most.clamp(1, 5_000)).map(|some| [command.clone(), some.to_vec()].concat()));
    }
    let quiet = sys.with_io(Io { stdin: Fd::Null, ..sys.io.clone() });
    let mut code = 0;
    for run in runs {
        match child(&quiet, run, env.clone()).await {
            0 => {}
            missing @ (126 | 127) => return missing,
            1..=125 => code = 123,
            _ => return 125,
        }
    }
    code
}

pub(super) async fn timeout(sys: &Sys, args: &[String], env: &Env) -> i32 {
    let (_, values, _) = options(args, "sk");
    let mut rest: Vec<String> = args[1..].to_vec();
    while rest.first().is_some_and(|arg| arg.starts_with('-')) {
        let takes = matches!(rest[0].as_str(), "-s" | "-k");
        rest.drain(..if takes { 2.min(rest.len()) } else { 1 });
    }
    let Some(limit) = rest.first().and_then(|text| duration(text)).filter(|_| rest.len() > 1) else {
        sys.err("timeout: missing operand\nTry 'timeout --help' for more information.\n").await;
        return 125;
    };
    let signal = values
        .iter()
        .find(|(flag, _)| *flag == 's')
        .and_then(|(_, name)| process::signal_number(name))
        .unwrap_or(SIGTERM);
    let pid = match spawn(sys, rest[1..].to_vec(), env.clone(), sys.io.clone()).await {
        Ok(pid) => pid,
        Err(code) => return code,
    };
    sys.with(move |world, me| process::set_timer(world, me, limit)).await;
    let late = sys
        .wait_for(move |world, me| {
            let processes = &world.hosts.nodes[me.node].processes;
            let ended = processes.get(&pid).is_none_or(|process| process.exit.is_some());
            let rang = processes.get(&me.pid).is_some_and(|process| process.timer.is_none());
            if ended || rang { std::task::Poll::Ready(!ended) } else { std::task::Poll::Pending }
        })
        .await;
    sys.with(move |world, me| {
        process::clear_timer(world, me);
        if late {
            process::signal(world, Me { node: me.node, pid }, signal);
        }
    })
    .await;
    let code = wait(sys, pid).await;
    if late { 124 } else { code }
}

/// What of `ctr` is modelled: the lists of containers and tasks. `crictl` is in profile `kind` alone.
pub(super) async fn ctr(sys: &Sys, args: &[String]) -> i32 {
    let words: Vec<&str> =
        args.iter().map(String::as_str).filter(|arg| !matches!(*arg, "-n" | "k8s.io" | "--namespace")).collect();
    let text = match words.get(1..) {
        Some(["version", ..]) => "Client:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1+deb12u3\n  Go version: go1.19.8\n\nServer:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1+deb12u3\n".to_owned(),
        Some([what @ ("containers" | "container" | "c" | "tasks" | "task" | "t"), "list" | "ls", ..]) => {
            let tasks = what.starts_with('t');
            sys.with(move |world, me| {
                let node = &world.hosts.nodes[me.node];
                let mut rows: Vec<(String, String)> = Vec::new();
                for sandbox in node.sandboxes.values().filter(|sandbox| sandbox.ready || !tasks) {
                    rows.push((sandbox.id.clone(), "k8s.gcr.io/pause:3.2".to_owned()));
                }
                for container in node.containers.values().filter(|container| container.state.running || !tasks) {
                    rows.push((container.id.clone(), format!("docker.io/library/{}", container.spec.image)));
                }
                rows.sort();
                let mut text = if tasks { format!("{:<68}{:<8}STATUS    \n", "TASK", "PID") } else { format!("{:<68}{:<35}RUNTIME                  \n", "CONTAINER", "IMAGE") };
                for (id, image) in rows {
                    let pid = node.processes.values().find(|p| p.container.as_ref() == Some(&id) && p.ns_pid == 1).map_or(0, |p| p.pid);
                    text += &if tasks { format!("{id:<68}{pid:<8}RUNNING\n") } else { format!("{id:<68}{image:<35}io.containerd.runc.v2    \n") };
                }
                text
            })
            .await
        }
        _ => {
            sys.err("ctr: not modelled in kpnb's sandbox: only version, containers list and tasks list\n").await;
            return 1;
        }
    };
    sys.out(text).await;
    0
}

//! `sleep`, `timeout` and `date`.

use std::time::Duration;

use super::arguments::options;
use super::{Env, spawn, wait};
use crate::sandbox::host::process::{self, SIGTERM};
use crate::sandbox::host::sys::{Me, Sys};

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

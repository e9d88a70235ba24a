//! `xargs`.

use super::{Env, child};
use crate::sandbox::host::fd::Fd;
use crate::sandbox::host::sys::{Io, Sys};

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

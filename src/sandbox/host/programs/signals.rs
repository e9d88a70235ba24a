//! `kill`, `pkill`, `pgrep`, `killall`, `pidof`.

use regex::Regex;

use super::{after_others, busybox};
use crate::sandbox::host::process::{self, SIGNALS, SIGTERM, signal_number};
use crate::sandbox::host::sys::{Me, Sys};

/// Whose `kill` it is: each complains in its own words.
enum Voice {
    Bash(String),
    Dash(String),
    Ash(String),
    Procps,
}

impl Voice {
    async fn of(sys: &Sys) -> Self {
        let (args, comm) = sys.process(|process| (process.args.clone(), process.comm.clone())).await;
        let script = args.get(1).filter(|arg| !arg.starts_with('-')).or(args.first());
        let name = script.cloned().unwrap_or_default();
        let program = args.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or_default());
        match program {
            _ if busybox(sys).await => Self::Ash(name),
            "bash" => Self::Bash(name),
            _ if comm == "kill" => Self::Procps,
            _ => Self::Dash(name),
        }
    }

    fn no_signal(&self, text: &str) -> String {
        match self {
            Self::Bash(name) => format!("{name}: kill: {text}: invalid signal specification\n"),
            Self::Dash(name) => format!("{name}: 1: kill: invalid signal number or name: {text}\n"),
            Self::Ash(name) => format!("{name}: bad signal name '{text}'\n"),
            Self::Procps => format!("kill: invalid argument {text}\n\nUsage:\n kill [options] <pid> [...]\n"),
        }
    }

    fn no_pids(&self) -> String {
        match self {
            Self::Bash(_) => {
                "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n"
                    .to_owned()
            }
            Self::Dash(name) => format!(
                "{name}: 1: kill: Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]\n"
            ),
            Self::Ash(name) => format!("{name}: you need to specify whom to kill\n"),
            Self::Procps => "\nUsage:\n kill [options] <pid> [...]\n".to_owned(),
        }
    }

    fn no_number(&self, text: &str) -> String {
        match (self, text.starts_with('%')) {
            (Self::Bash(name), true) => format!("{name}: kill: {text}: no such job\n"),
            (Self::Bash(name), false) => format!("{name}: kill: {text}: arguments must be process or job IDs\n"),
            (Self::Dash(name), true) => format!("{name}: 1: kill: No such job: {text}\n"),
            (Self::Dash(name), false) => format!("{name}: 1: kill: Illegal number: {text}\n"),
            (Self::Ash(name), true) => format!("{name}: kill: line 0: {text}: no such job\n"),
            (Self::Ash(name), false) => format!("{name}: invalid number '{text}'\n"),
            (Self::Procps, _) => format!("kill: failed to parse argument: '{text}'\n"),
        }
    }

    fn failed(&self, pid: &str, why: &str) -> String {
        match self {
            Self::Bash(name) => format!("{name}: line 1: kill: ({pid}) - {why}\n"),
            Self::Dash(name) => format!("{name}: 1: kill: {why}\n\n"),
            Self::Ash(name) => format!("{name}: can't kill pid {pid}: {why}\n"),
            Self::Procps => format!("kill: ({pid}): {why}\n"),
        }
    }
}

pub(super) async fn kill(sys: &Sys, args: &[String]) -> i32 {
    let (mut signal, mut pids) = (SIGTERM, Vec::new());
    let voice = Voice::of(sys).await;
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-l" | "-L" => {
                let text = names(arg == "-L", busybox(sys).await, rest.next());
                sys.out(text).await;
                return 0;
            }
            "--" => {}
            "-s" | "-n" | "--signal" => {
                let name = rest.next().cloned().unwrap_or_default();
                match signal_number(&name) {
                    Some(number) => signal = number,
                    None => {
                        sys.err(voice.no_signal(&name)).await;
                        return 1;
                    }
                }
            }
            flag if flag.starts_with('-') && pids.is_empty() => match signal_number(&flag[1..]) {
                Some(number) => signal = number,
                None => {
                    sys.err(voice.no_signal(&flag[1..])).await;
                    return 1;
                }
            },
            pid => pids.push(pid.to_owned()),
        }
    }
    if pids.is_empty() {
        sys.err(voice.no_pids()).await;
        return 2;
    }
    let mut code = 0;
    for pid in pids {
        let Ok(number) = pid.parse::<i64>() else {
            sys.err(voice.no_number(&pid)).await;
            code = 1;
            continue;
        };
        let found = sys
            .with(move |world, me| {
                let processes = &world.hosts.nodes[me.node].processes;
                let container = processes.get(&me.pid).and_then(|process| process.container.clone());
                // Negative: a group; -1: all but the first and oneself.
                let wanted = number.unsigned_abs();
                let hit: Vec<u32> = processes
                    .values()
                    .filter(|p| container.is_none() || p.container == container)
                    .filter(|p| p.exit.is_none() || signal == 0)
                    .filter(|p| {
                        let own = if container.is_some() { p.ns_pid } else { p.pid };
                        if number == -1 { own != 1 && p.pid != me.pid } else { u64::from(own) == wanted }
                    })
                    .map(|p| p.pid)
                    .collect();
                // Only root signals others' processes.
                let own = processes.get(&me.pid).map(|process| process.user.clone()).unwrap_or_default();
                let (hit, other): (Vec<u32>, Vec<u32>) = hit
                    .into_iter()
                    .partition(|pid| own == "root" || processes.get(pid).is_some_and(|process| process.user == own));
                for pid in &hit {
                    process::send(world, me, Me { node: me.node, pid: *pid }, signal);
                }
                match (hit.is_empty(), other.is_empty()) {
                    (false, _) => Ok(()),
                    (true, false) => Err("Operation not permitted"),
                    (true, true) => Err("No such process"),
                }
            })
            .await;
        if let Err(why) = found {
            sys.err(voice.failed(&pid, why)).await;
            code = 1;
        }
    }
    code
}

/// What `kill -l` lists: procps' names in two lines or, as a table, with their numbers; busybox's one a line. A number that is
/// given has a name, a name a number.
fn names(table: bool, ash: bool, given: Option<&String>) -> String {
    let all: Vec<&str> = SIGNALS.iter().map(|name| if *name == "IO" { "POLL" } else { name }).collect();
    if let Some(given) = given {
        let number = signal_number(given).unwrap_or(0) & 0x7f;
        let name = usize::try_from(number - 1).ok().and_then(|at| all.get(at));
        let is_number = given.chars().all(|c| c.is_ascii_digit());
        return if is_number { format!("{}\n", name.copied().unwrap_or_default()) } else { format!("{number}\n") };
    }
    let numbered = all.iter().enumerate().map(|(n, name)| (n + 1, *name));
    if ash {
        return numbered.map(|(number, name)| format!("{number:>2}) {name}\n")).collect();
    }
    if table {
        let cells: Vec<String> = numbered.map(|(number, name)| format!("{number:>2} {name:<7}")).collect();
        let line = |cells: &[String]| {
            if cells.len() == 7 { cells.join(" ").trim_end().to_owned() } else { cells.join(" ") + " " }
        };
        return cells.chunks(7).map(|cells| line(cells) + "\n").collect();
    }
    all.chunks(16).map(|names| names.join(" ") + "\n").collect()
}

/// `pgrep` and its kin: processes by the name of their program.
pub(super) async fn by_name(sys: &Sys, args: &[String]) -> i32 {
    after_others(sys).await;
    let program = args[0].clone();
    let mut signal = (program == "pkill" || program == "killall").then_some(SIGTERM);
    let (mut count, mut full, mut exact, mut list, mut all, mut newest, mut oldest, mut not) =
        (false, false, program == "killall" || program == "pidof", false, false, false, false, false);
    let (mut patterns, mut parent, mut quiet) = (Vec::new(), None, false);
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        if let Some(name) = arg.strip_prefix("--signal=") {
            signal = signal_number(name);
            continue;
        }
        match arg.as_str() {
            "--signal" | "-s" if signal.is_some() => signal = rest.next().and_then(|name| signal_number(name)),
            "-P" | "--parent" => parent = rest.next().and_then(|pid| pid.parse::<u32>().ok()),
            "-u" | "-U" | "--euid" | "-d" => {
                rest.next();
            }
            "--full" => full = true,
            "--exact" => exact = true,
            "--count" => count = true,
            flag if flag.starts_with('-') && flag.len() > 1 => {
                if signal.is_some()
                    && let Some(number) = signal_number(&flag[1..])
                {
                    signal = Some(number);
                    continue;
                }
                for c in flag[1..].chars() {
                    match c {
                        'c' => count = true,
                        'f' => full = true,
                        'x' => exact = true,
                        'l' => list = true,
                        'a' => all = true,
                        'n' => newest = true,
                        'o' => oldest = true,
                        'v' => not = true,
                        'q' => quiet = true,
                        'e' | 'w' | 'I' | 's' => {}
                        other => {
                            sys.err(format!("{program}: invalid option -- '{other}'\n")).await;
                            return 2;
                        }
                    }
                }
            }
            pattern => patterns.push(pattern.to_owned()),
        }
    }
    if patterns.is_empty() && parent.is_none() {
        sys.err(format!("{program}: no matching criteria specified\nTry `{program} --help' for more information.\n"))
            .await;
        return 2;
    }
    let mut regexes = Vec::new();
    for pattern in &patterns {
        let text = if program == "killall" || program == "pidof" { regex::escape(pattern) } else { pattern.clone() };
        match Regex::new(&if exact { format!("^(?:{text})$") } else { text }) {
            Ok(regex) => regexes.push((regex, pattern.chars().count() > 15)),
            Err(_) => {
                sys.err(format!("{program}: bad regular expression\n")).await;
                return 2;
            }
        }
    }
    let by_file_name = program == "killall" || program == "pidof";
    let shown = signal.is_none();
    let (text, found) = sys
        .with(move |world, me| {
            let processes = &world.hosts.nodes[me.node].processes;
            let container = processes.get(&me.pid).and_then(|process| process.container.clone());
            let mut hit: Vec<(u32, u32, String, String)> = processes
                .values()
                .filter(|p| p.pid != me.pid && (container.is_none() || p.container == container))
                .filter(|p| parent.is_none_or(|parent| p.ppid == parent))
                .filter(|p| {
                    let line = p.args.join(" ");
                    let file = p.args.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or_default());
                    let subject = if full { &line } else { &p.comm };
                    let matched = |(regex, long): &(Regex, bool)| {
                        regex.is_match(subject) || by_file_name && *long && regex.is_match(file)
                    };
                    (regexes.is_empty() || regexes.iter().any(matched)) != not
                })
                .map(|p| (p.pid, if container.is_some() { p.ns_pid } else { p.pid }, p.comm.clone(), p.args.join(" ")))
                .collect();
            if oldest {
                hit.truncate(1);
            } else if newest {
                hit = hit.pop().into_iter().collect();
            }
            if let Some(signal) = signal {
                for (pid, ..) in &hit {
                    process::send(world, me, Me { node: me.node, pid: *pid }, signal);
                }
            }
            let lines: String = hit
                .iter()
                .map(|(_, pid, comm, args)| match (all, list) {
                    (true, _) => format!("{pid} {args}\n"),
                    (_, true) => format!("{pid} {comm}\n"),
                    _ => format!("{pid}\n"),
                })
                .collect();
            let text = if count {
                format!("{}\n", hit.len())
            } else if by_file_name {
                // pidof: the newest first, on one line.
                let pids: Vec<String> = hit.iter().rev().map(|(_, pid, ..)| pid.to_string()).collect();
                if pids.is_empty() { String::new() } else { pids.join(" ") + "\n" }
            } else {
                lines
            };
            (text, !hit.is_empty())
        })
        .await;
    if !quiet && (shown || count && !by_file_name) {
        sys.out(text).await;
    }
    if !found && program == "killall" {
        for pattern in patterns {
            sys.err(format!("{pattern}: no process found\n")).await;
        }
    }
    i32::from(!found)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_listed_as_procps_and_busybox_do() {
        assert!(
            names(false, false, None)
                .starts_with("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT\n")
        );
        assert!(names(true, false, None).ends_with("\n29 POLL    30 PWR     31 SYS     \n"));
        assert!(names(false, true, None).starts_with(" 1) HUP\n"));
        assert_eq!(names(false, false, Some(&"9".to_owned())), "KILL\n");
    }
}

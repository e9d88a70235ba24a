//! The commands that the shell runs itself.

use super::{Flavor, Flow, Shell, parse};
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::process::{SIGNALS, signal_number};
use crate::sandbox::host::programs;

const NAMES: [&str; 34] = [
    ":", "true", "false", "echo", "printf", "exit", "cd", "pwd", "test", "[", "[[", "export", "unset", "set", "shift",
    "read", "return", "break", "continue", "trap", "wait", "kill", "jobs", "eval", ".", "source", "local", "readonly",
    "type", "command", "umask", "let", "declare", "ulimit",
];

/// Whether a name is one of these commands.
pub(super) fn is(name: &str) -> bool {
    NAMES.contains(&name)
}

impl Shell {
    /// Runs one of these commands.
    pub(super) async fn builtin(&mut self, fields: &[String]) -> Flow {
        let args = &fields[1..];
        let first = args.first().map(String::as_str);
        self.last = match fields[0].as_str() {
            ":" | "true" | "umask" | "ulimit" => 0,
            "false" => 1,
            "echo" => {
                let (newline, escapes, words) = echo_options(args, self.flavor == Flavor::Dash);
                let text = words.join(" ");
                let (text, stops) = if escapes { programs::escapes(&text) } else { (text, false) };
                self.sys.out(if newline && !stops { text + "\n" } else { text }).await;
                0
            }
            "exit" => {
                if let Some(code) = first {
                    match code.parse::<i32>() {
                        Ok(code) => self.last = code & 0xff,
                        Err(_) => {
                            let what = if self.flavor == Flavor::Bash {
                                "numeric argument required"
                            } else {
                                "Illegal number"
                            };
                            let text = if self.flavor == Flavor::Bash {
                                format!("exit: {code}: {what}")
                            } else {
                                format!("exit: {what}: {code}")
                            };
                            self.complain(&text).await;
                            self.last = 2;
                        }
                    }
                }
                return Flow::Exit;
            }
            "return" => {
                if let Some(code) = first.and_then(|code| code.parse::<i32>().ok()) {
                    self.last = code & 0xff;
                }
                return Flow::Return;
            }
            "break" | "continue" => {
                let levels = first.and_then(|levels| levels.parse().ok()).unwrap_or(1).min(self.loops.max(1));
                self.last = 0;
                if self.loops == 0 {
                    return Flow::Next;
                }
                return if fields[0] == "break" { Flow::Break(levels) } else { Flow::Continue(levels) };
            }
            "cd" => self.change_directory(first).await,
            "pwd" => {
                self.sys.out(format!("{}\n", self.cwd)).await;
                0
            }
            "export" | "readonly" | "local" | "declare" => {
                for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
                    let (name, value) =
                        arg.split_once('=').map_or((arg.as_str(), None), |(n, v)| (n, Some(v.to_owned())));
                    if let Some(value) = value {
                        self.set(name, value);
                    }
                    if fields[0] == "export" {
                        self.exported.insert(name.to_owned());
                    }
                }
                0
            }
            "unset" => {
                for name in args {
                    self.variables.remove(name);
                    self.functions.remove(name);
                }
                0
            }
            "set" => self.set_options(args).await,
            "shift" => {
                let count = first.and_then(|count| count.parse().ok()).unwrap_or(1_usize);
                if count > self.arguments.len() {
                    1
                } else {
                    self.arguments.drain(..count);
                    0
                }
            }
            "read" => self.read(args).await,
            "trap" => self.trap(args).await,
            "wait" => self.wait(args).await,
            "jobs" => {
                let pids: String = self.jobs.iter().map(|(_, pid)| format!("{pid}\n")).collect();
                if first == Some("-p") {
                    self.sys.out(pids).await;
                }
                0
            }
            "eval" => {
                let text = args.join(" ");
                return match parse::parse(&text) {
                    Ok(list) => {
                        let tail = std::mem::replace(&mut self.tail, false);
                        self.last = 0;
                        let flow = self.list(&list).await;
                        self.tail = tail;
                        flow
                    }
                    Err(why) => {
                        self.syntax_error(&text, &why).await;
                        self.last = 2;
                        Flow::Exit
                    }
                };
            }
            "." | "source" => {
                let path = absolute(&self.cwd, first.unwrap_or_default());
                let text = self.sys.files(move |files, _| files.get(&path).map(|entry| entry.content.clone())).await;
                let Some(text) = text else {
                    self.complain(&format!("{}: No such file or directory", first.unwrap_or_default())).await;
                    self.last = 1;
                    return Flow::Next;
                };
                return match parse::parse(&String::from_utf8_lossy(&text)) {
                    Ok(list) => self.list(&list).await,
                    Err(_) => Flow::Next,
                };
            }
            "let" => 0,
            "type" => self.describe(args, false).await,
            "command" if matches!(first, Some("-v" | "-V")) => self.describe(&args[1..], true).await,
            "command" => return Box::pin(self.builtin_or_program(args)).await,
            "[[" => {
                let mut args: Vec<String> = fields.to_vec();
                args[0] = "[".to_owned();
                if args.last().is_some_and(|last| last == "]]") {
                    args.pop();
                    args.push("]".to_owned());
                }
                programs::run(self.sys.clone(), args, self.env()).await
            }
            _ => programs::run(self.sys.clone(), fields.to_vec(), self.env()).await,
        };
        Flow::Next
    }

    async fn builtin_or_program(&mut self, args: &[String]) -> Flow {
        match args.first() {
            None => {
                self.last = 0;
                Flow::Next
            }
            Some(name) if is(name) => self.builtin(args).await,
            Some(_) => {
                let (io, args, env) = (self.sys.io.clone(), args.to_vec(), self.env());
                let child = self.fork(io, move |shell| super::run::run_in_place(shell.sys, args, env)).await;
                self.last = self.wait_for_child(child, false).await;
                Flow::Next
            }
        }
    }

    async fn change_directory(&mut self, to: Option<&str>) -> i32 {
        let to = match to {
            None => self.get("HOME").unwrap_or_else(|| "/".to_owned()),
            Some("-") => self.get("OLDPWD").unwrap_or_else(|| "/".to_owned()),
            Some(to) => to.to_owned(),
        };
        let path = absolute(&self.cwd, &to);
        let found = self
            .sys
            .files(move |files, _| match (files.resolve(&path), files.get(&path)) {
                (Some(path), Some(entry)) if entry.is_dir() => Ok(path),
                (_, Some(_)) => Err("Not a directory"),
                _ => Err("No such file or directory"),
            })
            .await;
        match found {
            Ok(path) => {
                let old = std::mem::replace(&mut self.cwd, path.clone());
                self.set("OLDPWD", old);
                self.set("PWD", path.clone());
                self.sys.process(move |process| process.cwd = path).await;
                0
            }
            Err(why) => {
                let text = match self.flavor {
                    Flavor::Bash => format!("cd: {to}: {why}"),
                    _ => format!("cd: can't cd to {to}"),
                };
                self.complain(&text).await;
                if self.flavor == Flavor::Dash { 2 } else { 1 }
            }
        }
    }

    async fn set_options(&mut self, args: &[String]) -> i32 {
        let mut rest = args.iter();
        if args.is_empty() {
            let all: String = self.variables.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect();
            self.sys.out(all).await;
        }
        while let Some(arg) = rest.next() {
            match arg.as_str() {
                "--" => {
                    self.arguments = rest.cloned().collect();
                    return 0;
                }
                "-o" | "+o" => match rest.next().map(String::as_str) {
                    Some("errexit") => drop(self.options.insert('e')),
                    Some("nounset") => drop(self.options.insert('u')),
                    Some("xtrace") => drop(self.options.insert('x')),
                    _ => {}
                },
                flags if flags.starts_with('-') => self.options.extend(flags[1..].chars().filter(|c| *c != 'o')),
                flags if flags.starts_with('+') => self.options.retain(|c| !flags[1..].contains(*c)),
                _ => {
                    self.arguments = std::iter::once(arg).chain(rest).cloned().collect();
                    return 0;
                }
            }
        }
        0
    }

    async fn read(&mut self, args: &[String]) -> i32 {
        let raw = args.iter().any(|arg| arg == "-r");
        let mut names: Vec<String> = args.iter().filter(|arg| !arg.starts_with('-')).cloned().collect();
        if names.is_empty() {
            names.push("REPLY".to_owned());
        }
        let (mut line, mut ended) = (Vec::new(), true);
        loop {
            let byte = self.sys.io.stdin.clone().read(&self.sys, 1).await;
            match byte.first() {
                None => break,
                Some(b'\n') => {
                    ended = false;
                    break;
                }
                Some(b'\\') if !raw => line.extend(self.sys.io.stdin.clone().read(&self.sys, 1).await),
                Some(byte) => line.push(*byte),
            }
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        let separators = self.get("IFS").unwrap_or_default();
        let mut rest = text.trim_matches(|c: char| c.is_whitespace() && separators.contains(c));
        let count = names.len();
        for (n, name) in names.into_iter().enumerate() {
            let (value, left) = match rest.find(|c| separators.contains(c)).filter(|_| n + 1 < count) {
                Some(at) => (&rest[..at], rest[at..].trim_start_matches(|c| separators.contains(c))),
                None => (rest, ""),
            };
            self.set(&name, value.to_owned());
            rest = left;
        }
        i32::from(ended)
    }

    async fn trap(&mut self, args: &[String]) -> i32 {
        if args.is_empty() {
            let mut text = String::new();
            for (signal, action) in &self.traps {
                let name = usize::try_from(signal - 1).ok().and_then(|at| SIGNALS.get(at)).copied().unwrap_or("EXIT");
                let name =
                    if self.flavor == Flavor::Bash && *signal != 0 { format!("SIG{name}") } else { name.to_owned() };
                text += &format!("trap -- '{}' {name}\n", action.replace('\'', "'\\''"));
            }
            self.sys.out(text).await;
            return 0;
        }
        let args = if args[0] == "--" { &args[1..] } else { args };
        let lone = args.len() == 1;
        let (action, names) = if lone { ("-", args) } else { (args[0].as_str(), &args[1..]) };
        for name in names {
            let Some(signal) = signal_number(name) else {
                let why = if self.flavor == Flavor::Bash { "invalid signal specification" } else { "bad trap" };
                let text = if self.flavor == Flavor::Bash {
                    format!("trap: {name}: {why}")
                } else {
                    format!("trap: {name}: bad trap")
                };
                self.complain(&text).await;
                return 1;
            };
            let kind = match action {
                "-" => {
                    self.traps.remove(&signal);
                    0
                }
                "" => {
                    self.traps.remove(&signal);
                    1
                }
                action => {
                    self.traps.insert(signal, action.to_owned());
                    2
                }
            };
            if signal != 0 {
                self.sys
                    .process(move |process| {
                        process.handled.remove(&signal);
                        process.ignored.remove(&signal);
                        match kind {
                            1 => drop(process.ignored.insert(signal)),
                            2 => drop(process.handled.insert(signal)),
                            _ => {}
                        }
                    })
                    .await;
            }
        }
        0
    }

    async fn wait(&mut self, args: &[String]) -> i32 {
        let jobs = self.jobs.clone();
        if args.is_empty() {
            for job in jobs {
                let code = self.wait_for_child(job, true).await;
                if self.sys.process(|process| !process.pending.is_empty()).await {
                    self.jobs.push(job);
                    return code;
                }
            }
            return 0;
        }
        let mut code = 127;
        for arg in args {
            let wanted = match arg.strip_prefix('%') {
                Some(number) => number.parse::<usize>().ok().and_then(|number| jobs.get(number - 1).copied()),
                None => jobs.iter().find(|(_, pid)| pid.to_string() == *arg).copied(),
            };
            match wanted {
                Some(job) => {
                    code = self.wait_for_child(job, true).await;
                    if self.sys.process(|process| !process.pending.is_empty()).await {
                        self.jobs.push(job);
                    }
                }
                None if self.flavor == Flavor::Bash => {
                    self.complain(&format!("wait: pid {arg} is not a child of this shell")).await;
                    code = 127;
                }
                None => code = 127,
            }
        }
        code
    }

    async fn describe(&mut self, names: &[String], brief: bool) -> i32 {
        let mut code = 0;
        for name in names {
            let (env, cwd, wanted) = (self.variables.clone(), self.cwd.clone(), name.clone());
            let found = self.sys.files(move |files, _| programs::find(files, &env, &cwd, &wanted)).await;
            let text = match found {
                _ if is(name) && brief => format!("{name}\n"),
                _ if is(name) => format!("{name} is a shell builtin\n"),
                Ok(path) if brief => format!("{path}\n"),
                Ok(path) => format!("{name} is {path}\n"),
                Err(_) => {
                    code = if self.flavor == Flavor::Bash { 1 } else { 127 };
                    if !brief {
                        self.sys.err(format!("{name}: not found\n")).await;
                    }
                    String::new()
                }
            };
            self.sys.out(text).await;
        }
        code
    }
}

/// Whether echo ends the line, whether it reads escapes, and what it prints.
fn echo_options(args: &[String], dash: bool) -> (bool, bool, &[String]) {
    let (mut newline, mut escapes, mut at) = (true, dash, 0);
    while let Some(arg) = args.get(at) {
        let flags = arg.strip_prefix('-').unwrap_or_default();
        let known = if dash { "n" } else { "neE" };
        if flags.is_empty() || !flags.chars().all(|c| known.contains(c)) {
            break;
        }
        newline &= !flags.contains('n');
        for c in flags.chars() {
            escapes = match c {
                'e' => true,
                'E' => false,
                _ => escapes,
            };
        }
        at += 1;
    }
    (newline, escapes, &args[at..])
}

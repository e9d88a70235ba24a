//! The commands that the shell runs itself: here all that take a few lines, the others in files of their names.

mod describe;
mod directory;
mod options;
mod read;
mod trap;
mod wait;

use super::{Flavor, Flow, Shell, parse};
use crate::sandbox::host::files::absolute;
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

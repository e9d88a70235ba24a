//! A shell in virtual time: for containers, for what is run on nodes, and for the nodes' init.
//!
//! - `ast`: what a script is; `parse`: reading one
//! - this file: what a shell remembers
//! - `run`: running what was read; `expand`, `arithmetic`: its words; `builtins`: what the shell does itself

mod arithmetic;
mod ast;
mod builtins;
pub(super) mod expand;
mod parse;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::sys::Sys;
use ast::Command;
pub(super) use expand::matches;

/// Whose words a shell uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavor {
    Bash,
    Dash,
    Busybox,
}

/// A shell.
#[derive(Clone)]
pub(super) struct Shell {
    sys: Sys,
    flavor: Flavor,
    /// `$0`.
    name: String,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    exported: BTreeSet<String>,
    functions: BTreeMap<String, Arc<Command>>,
    traps: BTreeMap<i32, String>,
    /// `$?`.
    last: i32,
    /// `$!`.
    last_background: Option<u32>,
    jobs: Vec<run::Child>,
    cwd: String,
    /// `set -e`, `-u`, `-x`.
    options: BTreeSet<char>,
    /// `$$`.
    pid: u32,
    /// Whether the process ends with the command that runs, so that exec may take the place of fork.
    tail: bool,
    /// In a condition, where `set -e` does not apply.
    condition: u32,
    loops: u32,
    /// After `exec` with redirections alone.
    keeps_streams: bool,
    /// The signal that ended the last child.
    signalled: Option<i32>,
}

/// What a command does to those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break(u32),
    Continue(u32),
    Return,
    Exit,
}

/// Runs the text of a script; its end is the exit code.
pub(super) async fn script(
    sys: Sys,
    name: String,
    text: String,
    arguments: Vec<String>,
    env: BTreeMap<String, String>,
) -> i32 {
    let flavor = Flavor::Bash;
    let mut shell = Shell::new(sys, flavor, name, arguments, env).await;
    shell.text(&text, false).await
}

/// `sh -c SCRIPT`, `sh FILE`, `sh` reading its input.
pub(super) async fn main(sys: Sys, args: Vec<String>, env: BTreeMap<String, String>) -> i32 {
    let name = args[0].rsplit('/').next().unwrap_or_default().trim_start_matches('-').to_owned();
    let busybox = sys.process(|process| process.container.is_some()).await;
    let flavor = match name.as_str() {
        "bash" => Flavor::Bash,
        _ if busybox => Flavor::Busybox,
        _ => Flavor::Dash,
    };
    let mut rest = args[1..].iter();
    let (mut command, mut options) = (None, BTreeSet::new());
    let mut operands = Vec::new();
    while let Some(arg) = rest.next() {
        match arg.strip_prefix('-') {
            Some("-") | Some("-login") => {}
            Some("o") => {
                rest.next();
            }
            Some(flags) if !flags.is_empty() => {
                options.extend(flags.chars().filter(|c| *c != 'c'));
                if flags.contains('c') {
                    command = Some(());
                }
            }
            _ => {
                operands.push(arg.clone());
                operands.extend(rest.by_ref().cloned());
            }
        }
    }
    if command.is_some() {
        if operands.is_empty() {
            let text =
                if flavor == Flavor::Bash { "-c: option requires an argument" } else { "0: -c requires an argument" };
            sys.err(format!("{name}: {text}\n")).await;
            return 2;
        }
        let text = operands.remove(0);
        let zero = if operands.is_empty() { args[0].clone() } else { operands.remove(0) };
        let mut shell = Shell::new(sys, flavor, zero, operands, env).await;
        shell.options = options;
        return shell.text(&text, true).await;
    }
    if !operands.is_empty() {
        let file = operands.remove(0);
        let mut shell = Shell::new(sys.clone(), flavor, file.clone(), operands, env).await;
        let path = super::files::absolute(&shell.cwd, &file);
        let content =
            sys.files(move |files, _| files.get(&path).filter(|e| !e.is_dir()).map(|e| e.content.clone())).await;
        return match content {
            Some(content) => shell.text(&String::from_utf8_lossy(&content), false).await,
            None => {
                let why = match flavor {
                    Flavor::Bash => format!("bash: {file}: No such file or directory\n"),
                    Flavor::Dash => format!("{name}: 0: cannot open {file}: No such file\n"),
                    Flavor::Busybox => format!("{name}: can't open '{file}': No such file or directory\n"),
                };
                sys.err(why).await;
                if flavor == Flavor::Bash { 127 } else { 2 }
            }
        };
    }
    let mut shell = Shell::new(sys, flavor, args[0].clone(), Vec::new(), env).await;
    shell.options = options;
    shell.interactive().await
}

impl Shell {
    async fn new(
        sys: Sys,
        flavor: Flavor,
        name: String,
        arguments: Vec<String>,
        env: BTreeMap<String, String>,
    ) -> Self {
        let (pid, cwd) = sys.process(|process| (process.ns_pid, process.cwd.clone())).await;
        let mut variables = env;
        variables.insert("PWD".to_owned(), cwd.clone());
        let level = variables.get("SHLVL").and_then(|level| level.parse::<u32>().ok()).unwrap_or(0) + 1;
        if flavor != Flavor::Dash {
            variables.insert("SHLVL".to_owned(), level.to_string());
        }
        let exported = variables.keys().cloned().collect();
        variables.entry("IFS".to_owned()).or_insert_with(|| " \t\n".to_owned());
        Self {
            sys,
            flavor,
            name,
            arguments,
            variables,
            exported,
            functions: BTreeMap::new(),
            traps: BTreeMap::new(),
            last: 0,
            last_background: None,
            jobs: Vec::new(),
            cwd,
            options: BTreeSet::new(),
            pid,
            tail: false,
            condition: 0,
            loops: 0,
            keeps_streams: false,
            signalled: None,
        }
    }

    /// Runs a whole script, and what was to be done at its end.
    async fn text(&mut self, text: &str, tail: bool) -> i32 {
        match parse::parse(text) {
            Ok(list) => {
                self.tail = tail;
                self.list(&list).await;
                self.at_exit().await;
                self.last
            }
            Err(why) => {
                self.syntax_error(text, &why).await;
                2
            }
        }
    }

    async fn syntax_error(&self, text: &str, why: &str) {
        let line = match self.flavor {
            Flavor::Bash => match why.split('"').nth(1).filter(|_| !why.starts_with("end of file")) {
                Some(token) => {
                    let first = text.lines().next().unwrap_or_default();
                    format!(
                        "{0}: -c: line 1: syntax error near unexpected token `{token}'\n{0}: -c: line 1: `{first}'\n",
                        self.name
                    )
                }
                None => format!("{}: -c: line 2: syntax error: unexpected end of file\n", self.name),
            },
            Flavor::Dash => format!("{}: 1: Syntax error: {why}\n", self.name),
            Flavor::Busybox => {
                format!("{}: syntax error: {}\n", self.name, why.replace("Unterminated", "unterminated"))
            }
        };
        self.sys.err(line).await;
    }

    async fn at_exit(&mut self) {
        if let Some(action) = self.traps.remove(&0)
            && let Ok(list) = parse::parse(&action)
        {
            let last = self.last;
            self.tail = false;
            if self.list(&list).await != Flow::Exit {
                self.last = last;
            }
        }
    }

    /// Reads commands line by line, with a prompt on a terminal.
    async fn interactive(&mut self) -> i32 {
        let tty = self.sys.process(|process| process.tty != "?").await || self.options.contains(&'i');
        let (mut pending, mut text) = (Vec::new(), String::new());
        loop {
            if tty {
                let prompt = match (self.flavor, text.is_empty()) {
                    (_, false) => "> ".to_owned(),
                    (Flavor::Bash, _) => {
                        format!("root@{}:{}# ", self.variables.get("HOSTNAME").cloned().unwrap_or_default(), self.cwd)
                    }
                    (Flavor::Dash, _) => "# ".to_owned(),
                    (Flavor::Busybox, _) => format!("{} # ", self.cwd),
                };
                self.sys.out(prompt).await;
            }
            let end = loop {
                if let Some(at) = pending.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = pending.drain(..=at).collect();
                    text += &String::from_utf8_lossy(&line);
                    break false;
                }
                let some = self.sys.read().await;
                if some.is_empty() {
                    text += &String::from_utf8_lossy(&std::mem::take(&mut pending));
                    break true;
                }
                pending.extend(some);
            };
            match parse::parse(&text) {
                Ok(list) => {
                    text.clear();
                    // What follows is the input of what runs.
                    if self.list(&list).await == Flow::Exit || end {
                        break;
                    }
                }
                Err(why)
                    if !end
                        && (why.starts_with("end of file")
                            || why.starts_with("Unterminated")
                            || why.starts_with("Missing")) => {}
                Err(why) => {
                    self.syntax_error(&text, &why).await;
                    (text, self.last) = (String::new(), 2);
                    if end || !tty {
                        break;
                    }
                }
            }
        }
        self.at_exit().await;
        self.last
    }

    /// A message on standard error, as this shell begins them.
    async fn complain(&self, message: &str) {
        let prefix = match self.flavor {
            Flavor::Bash => format!("{}: line 1: ", self.name),
            Flavor::Dash => format!("{}: 1: ", self.name),
            Flavor::Busybox => format!("{}: ", self.name),
        };
        self.sys.err(format!("{prefix}{message}\n")).await;
    }

    fn get(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.last.to_string()),
            "$" => Some(self.pid.to_string()),
            "!" => Some(self.last_background.map(|pid| pid.to_string()).unwrap_or_default()),
            "#" => Some(self.arguments.len().to_string()),
            "@" | "*" => (!self.arguments.is_empty()).then(|| self.arguments.join(" ")),
            "-" => Some(self.options.iter().collect()),
            "0" => Some(self.name.clone()),
            _ => match name.parse::<usize>() {
                Ok(number) => self.arguments.get(number - 1).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        }
    }

    fn set(&mut self, name: &str, value: String) {
        self.variables.insert(name.to_owned(), value);
    }

    fn env(&self) -> BTreeMap<String, String> {
        self.variables
            .iter()
            .filter(|(name, _)| self.exported.contains(*name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect()
    }
}

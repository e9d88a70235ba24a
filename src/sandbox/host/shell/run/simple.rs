//! Simple commands: functions, built-in ones, programs.

use super::Boxed;
use crate::sandbox::host::process::{self};
use crate::sandbox::host::programs;
use crate::sandbox::host::shell::ast::{Redirect, Word};
use crate::sandbox::host::shell::{Flavor, Flow, Shell};
use crate::sandbox::host::sys::Sys;

impl Shell {
    /// An error of an expansion ends the shell (XCU 2.8.1).
    pub(super) async fn fatal(&mut self, why: &str) -> Flow {
        self.complain(why).await;
        self.last = if self.flavor == Flavor::Bash { 1 } else { 2 };
        Flow::Exit
    }

    /// Errors were told already.
    pub(super) async fn simple(
        &mut self,
        assigns: &[(String, Word)],
        words: &[Word],
        redirects: &[Redirect],
    ) -> Result<Flow, ()> {
        let fields = match self.fields(words).await {
            Ok(fields) => fields,
            Err(why) => return Ok(self.fatal(&why).await),
        };
        let mut values = Vec::new();
        if fields.is_empty() {
            self.last = 0;
        }
        for (name, word) in assigns {
            match self.single(word).await {
                Ok(value) => values.push((name.clone(), value)),
                Err(why) => return Ok(self.fatal(&why).await),
            }
        }
        if self.options.contains(&'x') && !fields.is_empty() {
            self.sys.err(format!("+ {}\n", fields.join(" "))).await;
        }
        let before = self.sys.clone();
        if let Err(why) = self.redirect(redirects).await {
            self.complain(&why).await;
            self.sys = before;
            self.last = if self.flavor == Flavor::Dash { 2 } else { 1 };
            return Err(());
        }
        let flow = self.invoke(fields, values).await;
        if !std::mem::take(&mut self.keeps_streams) {
            self.sys = before;
        }
        Ok(flow)
    }

    async fn invoke(&mut self, fields: Vec<String>, values: Vec<(String, String)>) -> Flow {
        let Some(name) = fields.first().cloned() else {
            for (name, value) in values {
                self.set(&name, value);
            }
            return Flow::Next;
        };
        if let Some(body) = self.functions.get(&name).cloned() {
            for (name, value) in values {
                self.set(&name, value);
            }
            let arguments = std::mem::replace(&mut self.arguments, fields[1..].to_vec());
            let tail = std::mem::replace(&mut self.tail, false);
            let flow = self.command(&body).await;
            (self.arguments, self.tail) = (arguments, tail);
            return if flow == Flow::Return { Flow::Next } else { flow };
        }
        if name == "exec" {
            return self.exec(&fields[1..], values).await;
        }
        if super::super::builtins::is(&name) {
            let mut saved = Vec::new();
            for (name, value) in values {
                saved.push((name.clone(), self.variables.get(&name).cloned()));
                self.set(&name, value);
            }
            let flow = self.builtin(&fields).await;
            for (name, value) in saved {
                match value {
                    Some(value) => self.set(&name, value),
                    None => drop(self.variables.remove(&name)),
                }
            }
            return flow;
        }
        self.last = self.external(fields, values).await;
        Flow::Next
    }

    /// Runs a program, in a process of its own or, as the last thing, in this one.
    async fn external(&mut self, fields: Vec<String>, values: Vec<(String, String)>) -> i32 {
        if let Err(code) = self.can_run(&fields[0], "").await {
            return code;
        }
        let mut env = self.env();
        env.extend(values);
        if self.flavor == Flavor::Bash {
            env.insert("_".to_owned(), fields[0].clone());
        }
        if self.tail && self.traps.is_empty() {
            return run_in_place(self.sys.clone(), fields, env).await;
        }
        let io = self.sys.io.clone();
        let child = self.fork(io, move |shell| run_in_place(shell.sys, fields, env)).await;
        let code = self.wait_for_child(child, false).await;
        // busybox's ash tells of a command that a signal ended, except for SIGINT and SIGPIPE.
        if self.flavor == Flavor::Busybox
            && let Some(word) = self.signalled.take().and_then(process::signal_word)
        {
            self.sys.err(format!("{word}\n")).await;
        }
        code
    }

    /// The exit code of one that cannot be run, after a complaint.
    async fn can_run(&mut self, name: &str, context: &str) -> Result<(), i32> {
        let (wanted, env, cwd) = (name.to_owned(), self.variables.clone(), self.cwd.clone());
        let found = self.sys.files(move |files, _| programs::find(files, &env, &cwd, &wanted)).await;
        let Err(why) = found else { return Ok(()) };
        let (code, why) = match (why.as_str(), self.flavor) {
            (why, Flavor::Dash) if why.starts_with("permission") => (126, "Permission denied"),
            (why, _) if why.starts_with("permission") => (126, "Permission denied"),
            (_, Flavor::Bash) if name.contains('/') => (127, "No such file or directory"),
            (_, Flavor::Bash) if context.is_empty() => (127, "command not found"),
            _ => (127, "not found"),
        };
        match (self.flavor, context) {
            (Flavor::Busybox, "exec") => self.sys.err(format!("{}: exec: line 0: {name}: {why}\n", self.name)).await,
            (_, "exec") => self.complain(&format!("exec: {name}: {why}")).await,
            _ => self.complain(&format!("{name}: {why}")).await,
        }
        Err(code)
    }

    async fn exec(&mut self, rest: &[String], values: Vec<(String, String)>) -> Flow {
        let Some(name) = rest.first() else {
            // Only redirections: they stay.
            self.keeps_streams = true;
            self.last = 0;
            return Flow::Next;
        };
        if let Err(code) = self.can_run(name, "exec").await {
            self.last = code;
            return Flow::Exit;
        }
        let mut env = self.env();
        env.extend(values);
        self.traps.clear();
        self.last = run_in_place(self.sys.clone(), rest.to_vec(), env).await;
        Flow::Exit
    }
}

/// Another program in this process.
pub(in crate::sandbox::host::shell) fn run_in_place(
    sys: Sys,
    args: Vec<String>,
    env: std::collections::BTreeMap<String, String>,
) -> Boxed<'static, i32> {
    Box::pin(async move {
        let argv = args.clone();
        sys.process(move |process| process::become_(process, argv)).await;
        programs::main(sys, args, env).await
    })
}

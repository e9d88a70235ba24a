//! Runs what was read.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::ast::{Command, Compound, Item, List, Pipeline, Redirect, RedirectKind, Word};
use super::expand::matches;
use super::{Flavor, Flow, Shell, parse};
use crate::sandbox::host::fd::{self, Fd};
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::process::{self, Birth, SIGNALS};
use crate::sandbox::host::programs;
use crate::sandbox::host::sys::{Io, Sys, Task};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A child: its number on the node, and in its container.
pub(super) type Child = (u32, u32);

impl Shell {
    /// Runs commands, one after the other.
    pub(super) fn list<'a>(&'a mut self, list: &'a List) -> Boxed<'a, Flow> {
        Box::pin(async move {
            let tail = self.tail;
            for (n, item) in list.iter().enumerate() {
                self.tail = tail && n + 1 == list.len();
                let flow = self.item(item).await;
                if flow != Flow::Next {
                    return flow;
                }
            }
            self.tail = tail;
            Flow::Next
        })
    }

    async fn item(&mut self, item: &Item) -> Flow {
        self.sys.tick().await;
        if item.background {
            let item = Item { background: false, ..item.clone() };
            let io = Io { stdin: Fd::Null, ..self.sys.io.clone() };
            let child = self
                .fork(io, move |mut shell| async move {
                    // What is in the background as a subshell is that subshell.
                    let inner = match item.first.commands.as_slice() {
                        [one] if item.rest.is_empty() && !item.first.not => match &**one {
                            Command::Compound(Compound::Subshell(list), redirects) if redirects.is_empty() => {
                                Some(list.clone())
                            }
                            _ => None,
                        },
                        _ => None,
                    };
                    let list = inner.unwrap_or_else(|| Arc::new(vec![item]));
                    shell.whole(&list).await
                })
                .await;
            self.jobs.push(child);
            self.last_background = Some(child.1);
            self.last = 0;
            return Flow::Next;
        }
        let tail = self.tail;
        let last = item.rest.len();
        self.tail = tail && last == 0;
        self.condition += u32::from(last > 0);
        let mut flow = self.pipeline(&item.first).await;
        self.condition -= u32::from(last > 0);
        for (n, (and, pipeline)) in item.rest.iter().enumerate() {
            if flow != Flow::Next {
                return flow;
            }
            if (self.last == 0) == *and {
                let condition = n + 1 < last;
                self.tail = tail && !condition;
                self.condition += u32::from(condition);
                flow = self.pipeline(pipeline).await;
                self.condition -= u32::from(condition);
            }
        }
        self.tail = tail;
        if flow == Flow::Next { self.run_traps().await } else { flow }
    }

    async fn pipeline(&mut self, pipeline: &Pipeline) -> Flow {
        let tail = self.tail;
        let flow = match pipeline.commands.as_slice() {
            [one] => {
                self.tail = tail && !pipeline.not;
                self.condition += u32::from(pipeline.not);
                let flow = self.command(one).await;
                self.condition -= u32::from(pipeline.not);
                flow
            }
            many => {
                let (mut children, mut stdin) = (Vec::new(), self.sys.io.stdin.clone());
                for (n, command) in many.iter().enumerate() {
                    let mut io = Io { stdin: std::mem::replace(&mut stdin, Fd::Null), ..self.sys.io.clone() };
                    if n + 1 < many.len() {
                        let (reader, writer) = self.sys.with(|world, _| fd::pipe(world)).await;
                        (io.stdout, stdin) = (Fd::Writer(writer), Fd::Reader(reader));
                    }
                    let command = command.clone();
                    let list = Arc::new(vec![Item {
                        first: Pipeline { not: false, commands: vec![command] },
                        rest: Vec::new(),
                        background: false,
                    }]);
                    children.push(self.fork(io, move |mut shell| async move { shell.whole(&list).await }).await);
                }
                for child in children {
                    self.last = self.wait_for_child(child, false).await;
                }
                Flow::Next
            }
        };
        self.tail = tail;
        if pipeline.not {
            self.last = i32::from(self.last == 0);
        } else if self.last != 0 && self.condition == 0 && self.options.contains(&'e') && flow == Flow::Next {
            return Flow::Exit;
        }
        flow
    }

    /// Runs a list as all that a process does.
    async fn whole(&mut self, list: &List) -> i32 {
        self.tail = true;
        self.list(list).await;
        self.at_exit().await;
        self.last
    }

    fn command<'a>(&'a mut self, command: &'a Command) -> Boxed<'a, Flow> {
        Box::pin(async move {
            match command {
                Command::Function(name, body) => {
                    self.functions.insert(name.clone(), body.clone());
                    self.last = 0;
                    Flow::Next
                }
                Command::Simple { assigns, words, redirects } => {
                    let flow = self.simple(assigns, words, redirects).await;
                    flow.unwrap_or(Flow::Next)
                }
                Command::Compound(compound, redirects) => {
                    let before = self.sys.clone();
                    if let Err(why) = self.redirect(redirects).await {
                        self.complain(&why).await;
                        self.sys = before;
                        self.last = 1;
                        return Flow::Next;
                    }
                    let flow = self.compound(compound).await;
                    self.sys = before;
                    flow
                }
            }
        })
    }

    async fn compound(&mut self, compound: &Compound) -> Flow {
        match compound {
            Compound::Brace(list) => self.list(list).await,
            Compound::Subshell(list) => {
                let list = list.clone();
                let io = self.sys.io.clone();
                let child = self.fork(io, move |mut shell| async move { shell.whole(&list).await }).await;
                self.last = self.wait_for_child(child, false).await;
                Flow::Next
            }
            Compound::If(branches, otherwise) => {
                for (condition, body) in branches {
                    let flow = self.condition(condition).await;
                    if flow != Flow::Next {
                        return flow;
                    }
                    if self.last == 0 {
                        return self.list(body).await;
                    }
                }
                self.last = 0;
                match otherwise {
                    Some(body) => self.list(body).await,
                    None => Flow::Next,
                }
            }
            Compound::Loop { condition, until, body } => {
                self.loops += 1;
                let mut result = 0;
                let flow = loop {
                    self.tail = false;
                    let flow = self.condition(condition).await;
                    match turn(flow) {
                        Some(flow) => break flow,
                        None if flow != Flow::Next => continue,
                        None => {}
                    }
                    if (self.last == 0) == *until {
                        self.last = result;
                        break Flow::Next;
                    }
                    self.tail = false;
                    if let Some(flow) = turn(self.list(body).await) {
                        break flow;
                    }
                    result = self.last;
                };
                self.loops -= 1;
                flow
            }
            Compound::For(name, words, body) => {
                let values = match words {
                    Some(words) => match self.fields(words).await {
                        Ok(values) => values,
                        Err(why) => return self.fatal(&why).await,
                    },
                    None => self.arguments.clone(),
                };
                self.loops += 1;
                self.last = 0;
                let mut result = Flow::Next;
                for value in values {
                    self.set(name, value);
                    self.tail = false;
                    if let Some(flow) = turn(self.list(body).await) {
                        result = flow;
                        break;
                    }
                }
                self.loops -= 1;
                result
            }
            Compound::Case(subject, arms) => {
                let subject = match self.single(subject).await {
                    Ok(subject) => subject,
                    Err(why) => return self.fatal(&why).await,
                };
                self.last = 0;
                for (patterns, body) in arms {
                    for pattern in patterns {
                        match self.pattern(pattern).await {
                            Ok(pattern) if matches(&pattern, &subject) => return self.list(body).await,
                            Ok(_) => {}
                            Err(why) => return self.fatal(&why).await,
                        }
                    }
                }
                Flow::Next
            }
        }
    }

    async fn condition(&mut self, list: &List) -> Flow {
        let tail = std::mem::replace(&mut self.tail, false);
        self.condition += 1;
        let flow = self.list(list).await;
        self.condition -= 1;
        self.tail = tail;
        flow
    }

    /// An error of an expansion ends the shell (XCU 2.8.1).
    async fn fatal(&mut self, why: &str) -> Flow {
        self.complain(why).await;
        self.last = if self.flavor == Flavor::Bash { 1 } else { 2 };
        Flow::Exit
    }

    /// Errors were told already.
    async fn simple(&mut self, assigns: &[(String, Word)], words: &[Word], redirects: &[Redirect]) -> Result<Flow, ()> {
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
        if super::builtins::is(&name) {
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
        if self.flavor != Flavor::Dash {
            env.insert("_".to_owned(), fields[0].clone());
        }
        if self.tail && self.traps.is_empty() {
            return run_in_place(self.sys.clone(), fields, env).await;
        }
        let io = self.sys.io.clone();
        let child = self.fork(io, move |shell| run_in_place(shell.sys, fields, env)).await;
        self.wait_for_child(child, false).await
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

    /// Another process that goes on as this one does.
    pub(super) async fn fork<F>(&self, io: Io, body: impl FnOnce(Self) -> F + Send + 'static) -> Child
    where
        F: Future<Output = i32> + Send + 'static,
    {
        let mut shell = self.clone();
        // Traps are the parent's own.
        shell.traps.clear();
        shell.jobs.clear();
        shell.sys.io = Io::null();
        self.sys
            .with(move |world, me| {
                let task = Task::new(io, move |sys| {
                    shell.sys = sys;
                    body(shell)
                });
                // It runs, so it is there.
                let Some(parent) = world.hosts.nodes[me.node].processes.get(&me.pid) else { return (0, 0) };
                let birth = Birth {
                    parent: me.pid,
                    container: parent.container.clone(),
                    args: parent.args.clone(),
                    env: parent.env.clone(),
                    cwd: parent.cwd.clone(),
                    user: parent.user.clone(),
                    tty: parent.tty,
                    task,
                };
                let pid = process::spawn(world, me.node, birth);
                let processes = &mut world.hosts.nodes[me.node].processes;
                if let Some(parent) = processes.get_mut(&me.pid) {
                    parent.children.insert(pid);
                }
                processes.get_mut(&pid).map_or((pid, pid), |child| {
                    process::forked(child);
                    (pid, child.ns_pid)
                })
            })
            .await
    }

    /// The exit code of a child; `interrupts`: or 128 and the signal that came first.
    pub(super) async fn wait_for_child(&mut self, child: Child, interrupts: bool) -> i32 {
        self.jobs.retain(|job| *job != child);
        self.sys
            .wait_for(move |world, me| {
                let processes = &mut world.hosts.nodes[me.node].processes;
                if let Some(code) = processes.get(&child.0).map(|process| process.exit) {
                    let Some(code) = code else {
                        let signal = processes.get(&me.pid).and_then(|process| process.pending.first().copied());
                        return match signal {
                            Some(signal) if interrupts => Poll::Ready(128 + signal),
                            _ => Poll::Pending,
                        };
                    };
                    processes.remove(&child.0);
                    if let Some(me) = processes.get_mut(&me.pid) {
                        me.children.remove(&child.0);
                    }
                    return Poll::Ready(code);
                }
                Poll::Ready(127)
            })
            .await
    }

    /// What commands write, and how they end.
    pub(super) async fn capture(&mut self, list: &List) -> (String, i32) {
        let list = list.clone();
        let (reader, writer) = self.sys.with(|world, _| fd::pipe(world)).await;
        let io = Io { stdout: Fd::Writer(writer), ..self.sys.io.clone() };
        let child = self.fork(io, move |mut shell| async move { shell.whole(&list).await }).await;
        let inside = self.sys.with_io(Io { stdin: Fd::Reader(reader), ..self.sys.io.clone() });
        let mut text = Vec::new();
        loop {
            let some = inside.read().await;
            let ended = some.is_empty();
            text.extend(some);
            if ended {
                break;
            }
        }
        let code = self.wait_for_child(child, false).await;
        (String::from_utf8_lossy(&text).replace('\0', ""), code)
    }

    /// Does what is to be done on the signals that came.
    pub(super) async fn run_traps(&mut self) -> Flow {
        if self.traps.is_empty() {
            return Flow::Next;
        }
        let pending = self.sys.process(|process| std::mem::take(&mut process.pending)).await;
        for signal in pending {
            let Some(action) = self.traps.get(&signal).cloned() else { continue };
            let last = self.last;
            let Ok(list) = parse::parse(&action) else {
                self.complain(&format!("trap: bad action for {}", SIGNALS[usize::try_from(signal - 1).unwrap_or(0)]))
                    .await;
                continue;
            };
            let tail = std::mem::replace(&mut self.tail, false);
            let flow = self.list(&list).await;
            self.tail = tail;
            if flow != Flow::Next {
                return flow;
            }
            self.last = last;
        }
        Flow::Next
    }

    /// Sets the streams of a command.
    async fn redirect(&mut self, redirects: &[Redirect]) -> Result<(), String> {
        for redirect in redirects {
            let target = self.single(&redirect.word).await?;
            let fd = match redirect.kind {
                RedirectKind::Here => Fd::Text(Arc::new(Mutex::new(target.into_bytes().into()))),
                RedirectKind::Duplicate => match target.as_str() {
                    "0" => self.sys.io.stdin.clone(),
                    "1" => self.sys.io.stdout.clone(),
                    "2" => self.sys.io.stderr.clone(),
                    "-" => Fd::Null,
                    other => return Err(format!("{other}: bad file descriptor")),
                },
                kind => self.open(&target, kind).await?,
            };
            match redirect.fd {
                0 => self.sys.io.stdin = fd,
                1 => self.sys.io.stdout = fd,
                2 => self.sys.io.stderr = fd,
                other => return Err(format!("{other}: not modelled in the sandbox: streams beyond 2")),
            }
        }
        Ok(())
    }

    async fn open(&self, target: &str, kind: RedirectKind) -> Result<Fd, String> {
        let path = absolute(&self.cwd, target);
        match path.as_str() {
            "/dev/null" => return Ok(Fd::Null),
            "/dev/stdin" => return Ok(self.sys.io.stdin.clone()),
            "/dev/stdout" | "/dev/fd/1" => return Ok(self.sys.io.stdout.clone()),
            "/dev/stderr" | "/dev/fd/2" => return Ok(self.sys.io.stderr.clone()),
            "/proc/1/fd/1" | "/proc/1/fd/2" => {
                let stream = if path.ends_with('1') { "stdout" } else { "stderr" };
                let container = self.sys.process(|process| process.container.clone()).await;
                return Ok(container.map_or(Fd::NodeLog(1), |id| Fd::Log { container: Arc::from(id), stream }));
            }
            _ => {}
        }
        let flavor = self.flavor;
        let shown = target.to_owned();
        self.sys
            .files(move |files, now| {
                if kind == RedirectKind::Read {
                    return match files.get(&path) {
                        Some(entry) if !entry.is_dir() => {
                            Ok(Fd::Text(Arc::new(Mutex::new(entry.content.to_vec().into()))))
                        }
                        Some(_) => Err(format!("{shown}: Is a directory")),
                        None => Err(match flavor {
                            Flavor::Bash => format!("{shown}: No such file or directory"),
                            Flavor::Dash => format!("cannot open {shown}: No such file"),
                            Flavor::Busybox => format!("can't open {shown}: no such file"),
                        }),
                    };
                }
                let exists = files.get(&path).is_some_and(|entry| !entry.is_dir());
                if kind == RedirectKind::Write || !exists {
                    files.write(&path, "", now).map_err(|why| match (flavor, why) {
                        (Flavor::Dash, super::super::files::NOT_FOUND) => {
                            format!("cannot create {shown}: Directory nonexistent")
                        }
                        (Flavor::Busybox, super::super::files::NOT_FOUND) => {
                            format!("can't create {shown}: nonexistent directory")
                        }
                        (Flavor::Bash, why) => format!("{shown}: {why}"),
                        (Flavor::Dash, why) => format!("cannot create {shown}: {why}"),
                        (Flavor::Busybox, why) => format!("can't create {shown}: {why}"),
                    })?;
                }
                Ok(Fd::File(Arc::from(path)))
            })
            .await
    }
}

/// Another program in this process.
pub(super) fn run_in_place(
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

/// What a loop does after its body: none: it goes on.
fn turn(flow: Flow) -> Option<Flow> {
    match flow {
        Flow::Next | Flow::Continue(0 | 1) => None,
        Flow::Break(0 | 1) => Some(Flow::Next),
        Flow::Break(n) => Some(Flow::Break(n - 1)),
        Flow::Continue(n) => Some(Flow::Continue(n - 1)),
        Flow::Return | Flow::Exit => Some(flow),
    }
}

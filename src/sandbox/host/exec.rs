//! Commands that are begun from outside, by `docker exec` and the kubelet's exec, with what they write.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fd::{self, Fd, Writer};
use super::process::{self, Birth};
use super::sys::{Io, Me, Task, drive};
use super::who::Who;
use super::{What, happened, new_id, programs};
use crate::sandbox::World;

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct ExecSpec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Whether something will be written to its standard input.
    pub stdin: bool,
    /// Whether it has a terminal.
    pub tty: bool,
    /// `NAME=value` beyond what the first process has.
    pub env: Vec<String>,
    /// Where; empty: `/`.
    pub working_dir: String,
    /// As whom; empty: root.
    pub user: String,
    /// Whether standard output and standard error are wanted.
    pub streams: (bool, bool),
}

/// A command from outside.
pub struct Exec {
    /// Its id: 64 hexadecimal digits.
    pub id: String,
    /// On which node.
    pub node: String,
    /// In which container; none: on the node itself.
    pub container: Option<String>,
    /// What was asked for.
    pub spec: ExecSpec,
    /// Its process, when it was started.
    pub pid: Option<u32>,
    /// What it has written: 1 or 2, and what.
    pub output: Vec<(u8, Vec<u8>)>,
    /// Its exit code, from its end on.
    pub exit_code: Option<i32>,
    stdin: Option<Arc<Writer>>,
    ended: Option<Ended>,
}

/// What a command wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// To its standard output.
    pub stdout: String,
    /// To its standard error.
    pub stderr: String,
}

impl Output {
    /// Both, one after the other, as the kubelet takes them.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// What is called with the exit code and the output of a command.
type Ended = Box<dyn FnOnce(&mut World, i32, Output) + Send>;

/// Prepares a command on a node, or in a container of it; [`Exec::start`] runs it. Returns its id.
pub fn exec(world: &mut World, node: &str, container: Option<&str>, spec: ExecSpec) -> String {
    let id = new_id(world);
    let exec = Exec {
        id: id.clone(),
        node: node.to_owned(),
        container: container.map(str::to_owned),
        spec,
        pid: None,
        output: Vec::new(),
        exit_code: None,
        stdin: None,
        ended: None,
    };
    world.hosts.execs.insert(id.clone(), exec);
    id
}

impl Exec {
    /// Runs a command that was prepared.
    ///
    /// # Errors
    /// What runc says: the program is missing or not executable, the directory missing. Without "OCI runtime exec failed: ".
    pub fn start(world: &mut World, id: &str) -> Result<(), String> {
        let Some(exec) = world.hosts.execs.get(id) else { return Err(format!("No such exec instance: {id}")) };
        let (spec, container) = (exec.spec.clone(), exec.container.clone());
        let at = world.hosts.index(&exec.node).ok_or_else(|| format!("No such container: {}", exec.node))?;
        let node = &world.hosts.nodes[at];
        let (files, mut env, own) = match &container {
            Some(id) => {
                let container = node.containers.get(id).ok_or_else(|| format!("No such container: {id}"))?;
                if !container.state.running {
                    return Err("exec failed: cannot exec in a stopped container: unknown".to_owned());
                }
                (&container.files, container.env.clone(), container.spec.who())
            }
            None => (&node.files, node.env().into_iter().collect::<BTreeMap<_, _>>(), Who::root()),
        };
        env.extend(spec.env.iter().filter_map(|pair| pair.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())));
        if spec.tty {
            env.insert("TERM".to_owned(), "xterm".to_owned());
        }
        let who = if spec.user.is_empty() { own } else { Who::named(files, &spec.user)? };
        let cwd = if spec.working_dir.is_empty() { "/".to_owned() } else { spec.working_dir.clone() };
        if !files.get(&cwd).is_some_and(|entry| entry.is_dir()) {
            let why = format!("chdir to cwd ({cwd:?}) set in config.json failed: no such file or directory");
            return Err(format!("exec failed: unable to start container process: {why}: unknown"));
        }
        let first = spec.command.first().cloned().unwrap_or_default();
        programs::find(files, &env, &cwd, &first).map_err(|why| {
            format!("exec failed: unable to start container process: exec: {first:?}: {why}: unknown")
        })?;
        let (reader, writer) = fd::pipe(world);
        let name: Arc<str> = Arc::from(id);
        let stdin = if spec.stdin { Fd::Reader(reader) } else { Fd::Null };
        let stderr = if spec.tty { 1 } else { 2 };
        let io = Io {
            stdin,
            stdout: Fd::Exec { id: name.clone(), stream: 1 },
            stderr: Fd::Exec { id: name, stream: stderr },
        };
        let (args, variables) = (spec.command.clone(), env.clone());
        let task = Task::new(io, move |sys| programs::main(sys, args, variables));
        let tty = if spec.tty { "pts/0" } else { "?" };
        let birth = Birth { parent: 0, container, args: spec.command, env, cwd, who, tty, task };
        let pid = process::spawn(world, at, birth);
        if let Some(process) = world.hosts.nodes[at].processes.get_mut(&pid) {
            process.exec = Some(id.to_owned());
            process.leader = true;
        }
        if let Some(exec) = world.hosts.execs.get_mut(id) {
            exec.pid = Some(pid);
            exec.stdin = spec.stdin.then_some(writer);
        }
        drive(world);
        Ok(())
    }

    /// Its process with its node, for signals.
    fn me(&self, world: &World) -> Option<Me> {
        Some(Me { node: world.hosts.index(&self.node)?, pid: self.pid? })
    }
}

/// What a command has written since last time: 1 or 2, and what.
pub fn exec_output(world: &mut World, id: &str) -> Vec<(u8, Vec<u8>)> {
    world.hosts.execs.get_mut(id).map(|exec| std::mem::take(&mut exec.output)).unwrap_or_default()
}

/// Writes to a command's standard input; nothing at all closes it.
pub fn exec_input(world: &mut World, id: &str, bytes: &[u8]) {
    let Some(exec) = world.hosts.execs.get_mut(id) else { return };
    if bytes.is_empty() {
        exec.stdin = None;
    } else if exec.spec.tty && bytes == b"\x03" {
        // Ctrl-C on a terminal.
        if let Some(me) = world.hosts.execs.get(id).and_then(|exec| exec.me(world)) {
            process::signal(world, me, 2);
        }
    } else if exec.spec.tty {
        let text: Vec<u8> =
            bytes.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).filter(|b| *b != 4).collect();
        // A terminal echoes what is typed.
        exec.output.push((
            1,
            bytes
                .iter()
                .filter(|b| **b != 4)
                .flat_map(|b| if *b == b'\r' { vec![b'\r', b'\n'] } else { vec![*b] })
                .collect(),
        ));
        if let Some(stdin) = &exec.stdin {
            stdin.push(&text);
        }
        if bytes.contains(&4) {
            exec.stdin = None;
        }
        world.hosts.active();
    } else if let Some(stdin) = &exec.stdin {
        stdin.push(bytes);
    }
    drive(world);
}

/// The terminal of a command has another size: taken, and of no consequence for the programs that there are.
pub fn exec_resize(world: &World, id: &str) -> bool {
    world.hosts.execs.contains_key(id)
}

/// A command that could not be started ends as docker's does: 126, and the reason on standard output.
pub fn exec_failed(world: &mut World, id: &str, why: &str) {
    if let Some(exec) = world.hosts.execs.get_mut(id) {
        let text =
            if why.starts_with("unable to find ") { why.to_owned() } else { format!("OCI runtime exec failed: {why}") };
        exec.output.push((1, format!("{text}\r\n").into_bytes()));
    }
    done(world, id, 126);
}

/// Has `ended` called at the end of a command, with its output.
pub fn exec_when_done(world: &mut World, id: &str, ended: Ended) {
    let Some(exec) = world.hosts.execs.get_mut(id) else { return };
    exec.ended = Some(ended);
    if let Some(code) = exec.exit_code {
        done(world, id, code);
    }
}

/// The first process of a command has ended.
pub(super) fn done(world: &mut World, id: &str, code: i32) {
    let Some(exec) = world.hosts.execs.get(id) else { return };
    // Those in containers of Pods are containerd's.
    if exec.container.is_none() && exec.exit_code.is_none() {
        let node = exec.node.clone();
        let told = vec![("execID", id.to_owned()), ("exitCode", code.to_string())];
        happened(world, &node, What::Container("exec_die".to_owned(), told));
    }
    if let Some(exec) = world.hosts.execs.get_mut(id) {
        exec.exit_code = Some(code);
        exec.stdin = None;
        if let Some(ended) = exec.ended.take() {
            let text = |stream: u8| {
                let parts = exec.output.iter().filter(|(of, _)| *of == stream);
                let bytes: Vec<u8> = parts.flat_map(|(_, bytes)| bytes.clone()).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            };
            let output = Output { stdout: text(1), stderr: text(2) };
            world.hosts.execs.remove(id);
            world.after(std::time::Duration::ZERO, move |world| ended(world, code, output));
        }
    }
    world.hosts.active();
}

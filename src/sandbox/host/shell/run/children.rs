//! Other processes: how they begin and end, and what they write.

use std::future::Future;
use std::task::Poll;

use crate::sandbox::host::fd::{self, Fd};
use crate::sandbox::host::process::{self, Birth};
use crate::sandbox::host::shell::Shell;
use crate::sandbox::host::shell::ast::List;
use crate::sandbox::host::sys::{Io, Task};

/// A child: its number on the node, and in its container.
pub(in crate::sandbox::host::shell) type Child = (u32, u32);

impl Shell {
    /// Runs a list as all that a process does.
    pub(super) async fn whole(&mut self, list: &List) -> i32 {
        self.tail = true;
        self.list(list).await;
        self.at_exit().await;
        self.last
    }

    /// Another process that goes on as this one does.
    pub(in crate::sandbox::host::shell) async fn fork<F>(
        &self,
        io: Io,
        body: impl FnOnce(Self) -> F + Send + 'static,
    ) -> Child
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
                let birth = Birth::of(parent, task);
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
    pub(in crate::sandbox::host::shell) async fn wait_for_child(&mut self, child: Child, interrupts: bool) -> i32 {
        self.jobs.retain(|job| *job != child);
        let (code, signal) = self
            .sys
            .wait_for(move |world, me| {
                let processes = &mut world.hosts.nodes[me.node].processes;
                if let Some((code, by)) = processes.get(&child.0).map(|process| (process.exit, process.killed_by)) {
                    let Some(code) = code else {
                        let signal = processes.get(&me.pid).and_then(|process| process.pending.first().copied());
                        return match signal {
                            Some(signal) if interrupts => Poll::Ready((128 + signal, None)),
                            _ => Poll::Pending,
                        };
                    };
                    processes.remove(&child.0);
                    if let Some(me) = processes.get_mut(&me.pid) {
                        me.children.remove(&child.0);
                    }
                    return Poll::Ready((code, by));
                }
                Poll::Ready((127, None))
            })
            .await;
        self.signalled = signal;
        code
    }

    /// What commands write, and how they end.
    pub(in crate::sandbox::host::shell) async fn capture(&mut self, list: &List) -> (String, i32) {
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
}

//! Runs what was read.
//!
//! - this file: lists, pipelines, traps
//! - `compound`: loops and branches; `simple`: functions, built-in commands, programs
//! - `children`: processes; `redirect`: their streams

mod children;
mod compound;
mod redirect;
mod simple;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::ast::{Command, Compound, Item, List, Pipeline};
use super::{Flow, Shell, parse};
use crate::sandbox::host::fd::{self, Fd};
use crate::sandbox::host::process::SIGNALS;
use crate::sandbox::host::sys::Io;

pub(super) use children::Child;
pub(super) use simple::run_in_place;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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
}

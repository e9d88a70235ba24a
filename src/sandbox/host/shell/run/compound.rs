//! Compound commands: loops, branches, subshells.

use crate::sandbox::host::shell::ast::{Compound, List};
use crate::sandbox::host::shell::expand::matches;
use crate::sandbox::host::shell::{Flow, Shell};

impl Shell {
    pub(super) async fn compound(&mut self, compound: &Compound) -> Flow {
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

    pub(super) async fn condition(&mut self, list: &List) -> Flow {
        let tail = std::mem::replace(&mut self.tail, false);
        self.condition += 1;
        let flow = self.list(list).await;
        self.condition -= 1;
        self.tail = tail;
        flow
    }
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

//! The interactive session: a person, or a pipe, gives the cells one by one.
//!
//! - [`Repl`]: runs what was entered, shows what comes of it, and undoes at the end what `undo` registered
//! - `commands`: `:help`, `:doc`, `:save`, `:quit`
//! - `editor`: the line editor: several lines until the input is complete, history, highlighting, hints
//! - `complete`, `names`: what can stand at the cursor, and which names the cluster has

mod commands;
mod complete;
mod editor;
mod names;
mod piped;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::bindings::Workspace;
use crate::report::{self, Error, Exit, Style};
use crate::script::{Host, Piece, ScriptErrorKind, Session};

/// How soon printed lines show while a call still runs.
const SHOW_EVERY: Duration = Duration::from_millis(50);

/// A session that lines are entered into.
pub struct Repl {
    session: Session,
    workspace: Arc<Workspace>,
    style: Style,
    /// What was entered and ran to its end, for `:save`.
    entered: Vec<String>,
    /// Counts lines, so that each error names the line that it is about.
    line: usize,
}

impl std::fmt::Debug for Repl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repl").field("line", &self.line).finish_non_exhaustive()
    }
}

impl Repl {
    /// A session that reaches what `workspace` reaches. Ctrl-C interrupts what runs from now on.
    ///
    /// # Errors
    /// The system does not let us listen for Ctrl-C.
    pub fn new(session: Session, workspace: Arc<Workspace>, style: Style) -> Result<Self, Error> {
        listen(session.host())?;
        Ok(Self { session, workspace, style, entered: Vec::new(), line: 1 })
    }

    /// Reads lines from the person at the terminal until Ctrl-D or `:quit`. `history` is the file that keeps them.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn interactive(mut self, history: Option<PathBuf>) -> Result<Exit, Error> {
        let ended = editor::run(&mut self, history);
        let left = self.leave();
        ended.map(|()| left)
    }

    /// Runs what comes from standard input; ends at the first error.
    ///
    /// # Errors
    /// Input that is not text.
    pub fn piped(mut self) -> Result<Exit, Error> {
        let ended = piped::run(&mut self, std::io::stdin().lock());
        let left = self.leave();
        ended.map(|exit| exit.worse(left))
    }

    /// Runs one complete input and shows what comes of it.
    fn enter(&mut self, text: &str) -> Exit {
        let host = self.session.host().clone();
        host.reset_interrupt();
        let showing = host.clone();
        let shower = host.runtime().spawn(async move {
            loop {
                tokio::time::sleep(SHOW_EVERY).await;
                show(&showing.take_output());
            }
        });
        let result = self.session.eval(text, "input", self.line);
        shower.abort();
        // Ends at once; what it shows comes before what is shown here.
        let _ = host.runtime().block_on(shower);
        host.take_claims();
        show(&host.take_output());
        self.line += text.lines().count().max(1);
        match result {
            Ok(()) => {
                self.entered.push(text.trim_end().to_owned());
                Exit::Ok
            }
            Err(error) => {
                eprint!("{}", report::describe(&error, self.style));
                if error.kind == ScriptErrorKind::Interrupted { Exit::Interrupted } else { Exit::Failed }
            }
        }
    }

    /// Undoes what `undo` registered, the last first.
    fn leave(&mut self) -> Exit {
        let host = self.session.host().clone();
        host.reset_interrupt();
        let mut exit = Exit::Ok;
        while let Some(command) = self.workspace.journal.take_last() {
            eprintln!("undo: {command}");
            if let Err(failure) = host.block_on(self.workspace.revert(&command)) {
                let error = Error::new(Exit::Failed, format!("undo failed: {command}: {}", failure.message));
                eprint!("{}", report::describe(&*error.report, self.style));
                exit = Exit::Failed;
            }
        }
        exit
    }
}

fn show(pieces: &[Piece]) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => report::print(text),
            Piece::Block(block) => report::print(&block.text),
        }
    }
}

/// Each Ctrl-C interrupts what runs just then. While a line is edited, the editor has it.
fn listen(host: &Host) -> Result<(), Error> {
    let _inside = host.runtime().enter();
    let mut presses = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
        .map_err(|error| Error::new(Exit::Failed, format!("cannot listen for Ctrl-C: {error}")))?;
    let host = host.clone();
    host.runtime().clone().spawn(async move {
        while presses.recv().await.is_some() {
            host.interrupt();
        }
    });
    Ok(())
}

//! The interactive session: a person, or a pipe, gives the cells one by one.
//!
//! - [`Repl`]: runs what was entered, shows what comes of it, and undoes at the end what was changed
//! - `commands`: `:help`, `:doc`, `:save`, `:quit`
//! - `leaving`: the end of a session, whoever ends it
//! - `editor`: the line editor: several lines until the input is complete, history, highlighting, hints
//! - `complete`, `names`: what can stand at the cursor, and which names the cluster has

mod commands;
mod complete;
mod editor;
mod leaving;
mod names;
mod piped;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::bindings::Workspace;
use crate::report::{self, Error, Exit, Style};
use crate::script::{Piece, ScriptErrorKind, Session};
use leaving::Leaving;

/// How soon printed lines show while a call still runs.
const SHOW_EVERY: Duration = Duration::from_millis(50);

/// A session that lines are entered into.
pub struct Repl {
    session: Session,
    workspace: Arc<Workspace>,
    style: Style,
    leaving: Leaving,
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
        let leaving = Leaving::new(session.host().clone(), Arc::clone(&workspace), style);
        leaving.listen()?;
        Ok(Self { session, workspace, style, leaving, entered: Vec::new(), line: 1 })
    }

    /// Reads lines from the person at the terminal until Ctrl-D or `:quit`. `history` is the file that keeps them.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn interactive(mut self, history: Option<PathBuf>) -> Result<Exit, Error> {
        let ended = editor::run(&mut self, history);
        let left = self.leaving.undo();
        ended.map(|()| left)
    }

    /// Runs what comes from standard input; ends at the first error.
    ///
    /// # Errors
    /// Input that is not text.
    pub fn piped(mut self) -> Result<Exit, Error> {
        let ended = piped::run(&mut self, std::io::stdin().lock());
        let left = self.leaving.undo();
        ended.map(|exit| exit.worse(left))
    }

    /// Runs one complete input and shows what comes of it.
    fn enter(&mut self, text: &str) -> Exit {
        let host = self.session.host().clone();
        let leaving = self.leaving.clone();
        let _busy = leaving.busy();
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
                report::tell(&report::describe(&error, self.style));
                if error.kind == ScriptErrorKind::Interrupted { Exit::Interrupted } else { Exit::Failed }
            }
        }
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

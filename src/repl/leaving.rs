//! The end of a session, whoever ends it: what was registered with `undo` runs, and is not cut short.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::bindings::{self, Workspace};
use crate::report::{self, Error, Exit, Style};
use crate::script::Host;

/// What has to be done at the end of a session. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(super) struct Leaving(Arc<Inner>);

struct Inner {
    host: Host,
    workspace: Arc<Workspace>,
    style: Style,
    /// The terminal as it was found; none where there is none.
    terminal: Mutex<Option<Termios>>,
    /// Held while entered code or what undoes it runs.
    busy: Mutex<()>,
    /// Whether the end has begun.
    begun: AtomicBool,
    /// Whether Ctrl-C was pressed since.
    pressed: AtomicBool,
}

impl Leaving {
    pub(super) fn new(host: Host, workspace: Arc<Workspace>, style: Style) -> Self {
        let (begun, pressed) = (AtomicBool::new(false), AtomicBool::new(false));
        let terminal = Mutex::new(tcgetattr(std::io::stdin()).ok());
        Self(Arc::new(Inner { terminal, host, workspace, style, busy: Mutex::default(), begun, pressed }))
    }

    /// Keeps the end waiting until it is dropped.
    pub(super) fn busy(&self) -> MutexGuard<'_, ()> {
        // It guards nothing that a panic could have broken.
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Each Ctrl-C interrupts what runs just then (while a line is edited, the editor has it); at the end the first one is
    /// only noted, and the second leaves at once. SIGTERM, and SIGHUP when the terminal has gone, end the session.
    ///
    /// # Errors
    /// The system does not let us listen.
    pub(super) fn listen(&self) -> Result<(), Error> {
        let runtime = self.0.host.runtime();
        let _inside = runtime.enter();
        let open = |kind: SignalKind| -> Result<Signal, Error> {
            signal(kind).map_err(|error| Error::new(Exit::Failed, format!("cannot listen for Ctrl-C: {error}")))
        };
        let (mut presses, mut terminate, mut hang_up) =
            (open(SignalKind::interrupt())?, open(SignalKind::terminate())?, open(SignalKind::hangup())?);
        let leaving = self.clone();
        runtime.spawn(async move {
            loop {
                let ends = tokio::select! {
                    _ = presses.recv() => false,
                    _ = terminate.recv() => true,
                    _ = hang_up.recv() => true,
                };
                if leaving.0.begun.load(Ordering::SeqCst) {
                    if leaving.0.pressed.swap(true, Ordering::SeqCst) {
                        leaving.give_terminal_back();
                        report::tell("left at once: what undo has registered may not have run\n");
                        std::process::exit(Exit::Interrupted.code().into());
                    }
                    continue;
                }
                leaving.0.host.interrupt();
                if ends {
                    let leaving = leaving.clone();
                    // What undoes blocks, which the runtime's own threads may not. The thread that reads lines may never
                    // come back from that.
                    std::thread::spawn(move || {
                        leaving.undo();
                        leaving.give_terminal_back();
                        std::process::exit(Exit::Interrupted.code().into());
                    });
                }
            }
        });
        Ok(())
    }

    /// Out of the line editor's hands, which may be reading just now.
    fn give_terminal_back(&self) {
        if let Some(terminal) = &*self.0.terminal.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, terminal);
        }
    }

    /// Undoes what the session has changed.
    pub(super) fn undo(&self) -> Exit {
        let Inner { host, workspace, style, begun, .. } = &*self.0;
        let _busy = self.busy();
        begun.store(true, Ordering::SeqCst);
        host.reset_interrupt();
        let mut exit = Exit::Ok;
        let tell = |text: &str| report::tell(&format!("{text}\n"));
        let undone = host.block_on(async { Ok(bindings::undo(workspace, &tell).await) });
        for left in undone.unwrap_or_default() {
            let error = Error::with_hint(Exit::Failed, left.message, left.mend);
            report::tell(&report::describe(&*error.report, *style));
            exit = Exit::Failed;
        }
        if exit != Exit::Ok {
            if let Some(command) = workspace.journal.recover_command() {
                report::tell(&format!("what is left can be tried again: {command}\n"));
            }
        } else if let Err(failure) = workspace.journal.remove() {
            report::tell(&report::describe(&*Error::from(failure).report, *style));
        }
        exit
    }
}

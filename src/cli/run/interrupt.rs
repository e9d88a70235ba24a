//! Ctrl-C: the first press cancels and cleans up, the second leaves at once.

use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::journal::Journal;
use crate::report::{Error, Exit, Style};
use crate::script::Host;

/// Listens for SIGINT; for SIGTERM, which CI sends in its stead; and for SIGHUP, when the terminal has gone.
pub(in crate::cli) struct Interrupt {
    pressed: CancellationToken,
    seats: Arc<Mutex<Vec<Seat>>>,
    /// Which of the seats is this one's.
    seat: usize,
}

/// What one of the notebooks that run is interrupted by.
#[derive(Default)]
struct Seat {
    host: Option<Host>,
    /// What undoes its changes.
    journal: Option<Journal>,
}

impl Interrupt {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system does not let us.
    pub(in crate::cli) fn listen(runtime: &Runtime, style: Style) -> Result<Self, Error> {
        let _inside = runtime.enter();
        let failed = |error: std::io::Error| Error::new(Exit::Failed, format!("cannot listen for Ctrl-C: {error}"));
        let mut ctrl_c = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut hang_up = signal(SignalKind::hangup()).map_err(failed)?;
        let seats = Arc::new(Mutex::new(vec![Seat::default()]));
        let interrupt = Self { pressed: CancellationToken::new(), seats: Arc::clone(&seats), seat: 0 };
        let pressed = interrupt.pressed.clone();
        runtime.spawn(async move {
            loop {
                tokio::select! {
                    _ = ctrl_c.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hang_up.recv() => {}
                }
                // Both at once for whoever looks: see `is_pressed`.
                let seats = lock(&seats);
                if pressed.is_cancelled() {
                    leave(style, seats.iter().filter_map(|seat| seat.journal.as_ref()));
                }
                pressed.cancel();
                for host in seats.iter().filter_map(|seat| seat.host.as_ref()) {
                    host.interrupt();
                }
            }
        });
        Ok(interrupt)
    }

    /// For another notebook that runs beside this one's.
    pub(super) fn beside(&self) -> Self {
        let mut seats = lock(&self.seats);
        seats.push(Seat::default());
        Self { pressed: self.pressed.clone(), seats: Arc::clone(&self.seats), seat: seats.len() - 1 }
    }

    /// Interrupts this host's script from now on; none: Ctrl-C is only noted.
    pub(in crate::cli) fn watch(&self, host: Option<&Host>) {
        // A seat is never taken away.
        lock(&self.seats)[self.seat].host = host.cloned();
    }

    /// Names the command that undoes this journal, should Ctrl-C end the program at once.
    pub(super) fn recovers(&self, journal: &Journal) {
        lock(&self.seats)[self.seat].journal = Some(journal.clone());
    }

    /// Whether Ctrl-C was pressed. If so, the host that is watched has been interrupted.
    pub(in crate::cli) fn is_pressed(&self) -> bool {
        let _seats = lock(&self.seats);
        self.pressed.is_cancelled()
    }

    /// Ends when Ctrl-C is pressed.
    pub(in crate::cli) async fn pressed(&self) {
        self.pressed.cancelled().await;
    }
}

/// Ends the program in the middle of whatever it does. The progress line is gone, and nothing draws another.
fn leave<'a>(style: Style, journals: impl Iterator<Item = &'a Journal>) -> ! {
    // Whoever draws has to wait for this lock, and will not get it.
    let mut stderr = std::io::stderr().lock();
    let clear = if style.terminal { "\r\x1b[2K\x1b[?25h" } else { "" };
    let told = style.bad("left at once: cells marked cleanup and undo may not have run");
    // The terminal may have gone; there is nobody to tell, then.
    let _ = writeln!(stderr, "{clear}{told}");
    for command in journals.filter_map(Journal::recover_command) {
        let _ = writeln!(stderr, "to undo what is left: {command}");
    }
    std::process::exit(Exit::Interrupted.code().into());
}

/// Both are whole at every moment, so a panic elsewhere cannot have broken it.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Ctrl-C: the first press cancels and cleans up, the second leaves at once.

use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::report::{Error, Exit, Style};
use crate::script::Host;

/// Listens for SIGINT; for SIGTERM, which CI sends in its stead; and for SIGHUP, when the terminal has gone.
pub(in crate::cli) struct Interrupt {
    pressed: CancellationToken,
    host: Arc<Mutex<Option<Host>>>,
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
        let interrupt = Self { pressed: CancellationToken::new(), host: Arc::default() };
        let (pressed, host) = (interrupt.pressed.clone(), Arc::clone(&interrupt.host));
        runtime.spawn(async move {
            loop {
                tokio::select! {
                    _ = ctrl_c.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hang_up.recv() => {}
                }
                if pressed.is_cancelled() {
                    leave(style);
                }
                // Both at once for whoever looks: see `is_pressed`.
                let host = lock(&host);
                pressed.cancel();
                if let Some(host) = host.as_ref() {
                    host.interrupt();
                }
            }
        });
        Ok(interrupt)
    }

    /// Interrupts this host's script from now on; none: Ctrl-C is only noted.
    pub(in crate::cli) fn watch(&self, host: Option<&Host>) {
        *lock(&self.host) = host.cloned();
    }

    /// Whether Ctrl-C was pressed. If so, the host that is watched has been interrupted.
    pub(in crate::cli) fn is_pressed(&self) -> bool {
        let _host = lock(&self.host);
        self.pressed.is_cancelled()
    }

    /// Ends when Ctrl-C is pressed.
    pub(in crate::cli) async fn pressed(&self) {
        self.pressed.cancelled().await;
    }
}

/// Ends the program in the middle of whatever it does. The progress line is gone, and nothing draws another.
fn leave(style: Style) -> ! {
    // Whoever draws has to wait for this lock, and will not get it.
    let mut stderr = std::io::stderr().lock();
    let clear = if style.terminal { "\r\x1b[2K\x1b[?25h" } else { "" };
    let told = style.bad("left at once: cells marked cleanup and undo may not have run");
    // The terminal may have gone; there is nobody to tell, then.
    let _ = writeln!(stderr, "{clear}{told}");
    std::process::exit(Exit::Interrupted.code().into());
}

/// A host is whole at every moment, so a panic elsewhere cannot have broken it.
fn lock(host: &Mutex<Option<Host>>) -> MutexGuard<'_, Option<Host>> {
    host.lock().unwrap_or_else(PoisonError::into_inner)
}

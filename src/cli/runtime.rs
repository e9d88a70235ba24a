//! The threads that a command runs on.

use std::thread;

use tokio::runtime::{Builder, Runtime};

use crate::report::{Error, Exit};

/// The stack of the thread that scripts run on. Rhai's evaluator recurses; the memory is taken only when used.
const SCRIPT_STACK: usize = 256 << 20;

/// The async runtime, for the clients.
///
/// # Errors
/// The system gives no more threads.
pub(super) fn start() -> Result<Runtime, Error> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Error::new(Exit::Failed, format!("cannot start a thread: {error}")))
}

/// Runs `work`, in which scripts run, on a thread with a stack that is deep enough for them.
///
/// # Errors
/// Those of `work`; or the system gives no more threads.
pub(super) fn on_script_thread<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("script".to_owned())
            .stack_size(SCRIPT_STACK)
            .spawn_scoped(scope, work)
            .map_err(|error| Error::new(Exit::Failed, format!("cannot start a thread: {error}")))?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

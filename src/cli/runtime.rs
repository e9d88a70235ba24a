//! The threads that a command runs on.

use tokio::runtime::{Builder, Runtime};

use crate::report::{Error, Exit};

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

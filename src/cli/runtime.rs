//! The threads that a command runs on.

use tokio::runtime::{Builder, Runtime};

use crate::cluster::ClusterOptions;
use crate::report::{Error, Exit};

/// The async runtime, for the clients. The sandbox's has one worker: who runs when is then the same each time.
///
/// # Errors
/// The system gives no more threads.
pub(super) fn start(cluster: &ClusterOptions) -> Result<Runtime, Error> {
    Builder::new_multi_thread()
        .worker_threads(if cluster.is_sandbox() { 1 } else { 2 })
        .enable_all()
        .build()
        .map_err(|error| Error::new(Exit::Failed, format!("cannot start a thread: {error}")))
}

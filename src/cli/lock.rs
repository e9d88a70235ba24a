//! One run on a cluster at a time.

use std::time::Duration;

use tokio::runtime::Runtime;

use super::folders;
use super::run::Interrupt;
use crate::cluster::Cluster;
use crate::journal::ClusterLock;
use crate::report::{Error, Exit};

/// How often it is looked whether the other run has ended.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Takes the cluster's lock for `notebook`. Waits for another run, unless `no_wait`, and says for which. None:
/// Ctrl-C was pressed meanwhile.
///
/// # Errors
/// Another run has it, with `no_wait`; the lock's file cannot be used.
pub(super) fn take(
    runtime: &Runtime,
    interrupt: &Interrupt,
    cluster: &Cluster,
    notebook: &str,
    no_wait: bool,
) -> Result<Option<ClusterLock>, Error> {
    let state = folders::lasting();
    let mut told = None;
    loop {
        let taken = ClusterLock::try_take(&state, &cluster.uid, notebook).map_err(|error| {
            let message = format!("cannot lock {} in {}: {error}", cluster.name, state.display());
            Error::with_hint(Exit::Usage, message, "KPNB_STATE names another folder for kpnb's locks and journals")
        })?;
        let holder = match taken {
            Ok(lock) => return Ok(Some(lock)),
            Err(holder) => holder,
        };
        if no_wait {
            let message = format!("{} is in use by {holder}", cluster.name);
            return Err(Error::with_hint(Exit::Cluster, message, "without --no-wait this run would wait for it"));
        }
        if told.as_ref() != Some(&holder) {
            eprintln!("waiting for {holder}, which uses {}", cluster.name);
            told = Some(holder);
        }
        let pressed = runtime.block_on(async {
            tokio::select! {
                biased;
                () = interrupt.pressed() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            }
        });
        if pressed {
            return Ok(None);
        }
    }
}

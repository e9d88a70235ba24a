//! Leaves the cluster as it was: takes back what the notebook has changed.

use std::sync::{Mutex, PoisonError};

use super::Progress;
use crate::bindings::{self, Workspace};
use crate::report::{Error, Exit};
use crate::script::Host;

/// Takes back what the notebook has changed. What fails does not keep the rest from being undone. Whether all went well.
pub(super) fn undo(workspace: &Workspace, host: &Host, progress: &mut Progress) -> bool {
    let left = {
        let progress = Mutex::new(&mut *progress);
        let tell = |text: &str| progress.lock().unwrap_or_else(PoisonError::into_inner).note(text);
        host.block_on(async { Ok(bindings::undo(workspace, &tell).await) }).unwrap_or_default()
    };
    for left in &left {
        progress.problem(&Error::with_hint(Exit::Failed, &left.message, &left.mend));
    }
    if !left.is_empty() {
        if let Some(command) = workspace.journal.recover_command() {
            progress.note(&format!("what is left can be tried again: {command}"));
        }
        return false;
    }
    match workspace.journal.remove() {
        Ok(()) => true,
        Err(failure) => {
            progress.problem(&Error::from(failure));
            false
        }
    }
}

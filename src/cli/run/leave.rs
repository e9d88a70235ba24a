//! Leaves the cluster as it was: takes back what the notebook has changed, and compares.

use std::sync::{Mutex, PoisonError};

use super::Progress;
use crate::bindings::{self, Workspace};
use crate::client::Failure;
use crate::journal::{Difference, Left};
use crate::report::{Error, Exit};
use crate::script::Host;

/// Takes back what the notebook has changed, and compares the cluster with how it was. What fails does not keep the
/// rest from being undone. Whether all went well.
pub(super) fn leave(workspace: &Workspace, host: &Host, progress: &mut Progress) -> bool {
    let (left, differences) = {
        let progress = Mutex::new(&mut *progress);
        let tell = |text: &str| progress.lock().unwrap_or_else(PoisonError::into_inner).note(text);
        let left = host.block_on(async { Ok(bindings::undo(workspace, &tell).await) });
        (left, host.block_on(compare(workspace, &tell)))
    };
    let problems = problems(left, differences, workspace);
    let well = problems.is_empty();
    for problem in problems {
        progress.problem(&problem);
    }
    if !well {
        if let Some(command) = workspace.journal.recover_command() {
            progress.note(&format!("what is left can be tried again: {command}"));
        }
        return false;
    }
    if let Err(failure) = workspace.journal.remove() {
        progress.problem(&Error::from(failure));
        return false;
    }
    true
}

/// Says how to undo what is kept.
pub(super) fn keep(workspace: &Workspace, progress: &mut Progress) {
    if let Some(command) = workspace.journal.recover_command() {
        progress.note(&format!("changes are kept; to undo them: {command}"));
    }
}

/// What differs from how it was before the run; nothing where it has changed nothing.
async fn compare(workspace: &Workspace, tell: &(dyn Fn(&str) + Sync)) -> Result<Vec<Difference>, Failure> {
    match workspace.journal.inventory() {
        Some(before) if workspace.journal.has_changed() => before.settled(&workspace.reverting().touched(), tell).await,
        _ => Ok(Vec::new()),
    }
}

fn problems(
    left: Result<Vec<Left>, Failure>,
    differences: Result<Vec<Difference>, Failure>,
    workspace: &Workspace,
) -> Vec<Error> {
    let mut problems = Vec::new();
    match left {
        Ok(left) => {
            problems.extend(left.into_iter().map(|left| Error::with_hint(Exit::Failed, left.message, left.mend)));
        }
        Err(failure) => problems.push(Error::from(failure)),
    }
    match differences {
        Ok(differences) => problems.extend(differences.into_iter().map(|difference| {
            let message = format!("{} is not as it was: {}", workspace.cluster.name, difference.what);
            Error::with_hint(Exit::Failed, message, difference.mend)
        })),
        Err(failure) => {
            let message = format!("cannot compare {} with how it was: {failure}", workspace.cluster.name);
            let hint = failure.hint.unwrap_or_else(|| "look at it by hand".to_owned());
            problems.push(Error::with_hint(Exit::Failed, message, hint));
        }
    }
    problems
}

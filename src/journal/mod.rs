//! What undoes a run's changes. Kept in memory: a run that is killed leaves its changes.

use std::sync::{Mutex, PoisonError};

/// The inverses that a run has registered, in order.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Vec<String>>);

impl Journal {
    /// Registers a command line that undoes a change, before the change is made.
    pub fn register(&self, command: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(command.to_owned());
    }

    /// Takes the command registered last, which is the next to run; none when all is undone.
    pub fn take_last(&self) -> Option<String> {
        // A list of commands is whole at every moment, so a panic elsewhere cannot have broken it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// How many commands are registered.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there is nothing to undo.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_change_is_undone_first() {
        let journal = Journal::default();
        journal.register("first");
        journal.register("second");
        let order: Vec<String> = std::iter::from_fn(|| journal.take_last()).collect();
        assert_eq!(order, ["second", "first"]);
        assert!(journal.is_empty());
    }
}

//! What will happen, in the order of time and, at the same moment, of asking.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::Action;

/// Names something that will happen, so that it can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(u64);

/// The queue: a tree, because events are taken back (timers that are reset) as often as they happen.
#[derive(Default)]
pub(super) struct Queue {
    due: BTreeMap<(Timestamp, EventId), Action>,
    at: HashMap<EventId, Timestamp>,
    last: u64,
}

impl Queue {
    pub(super) fn push(&mut self, at: Timestamp, action: Action) -> EventId {
        self.last += 1;
        let id = EventId(self.last);
        self.due.insert((at, id), action);
        self.at.insert(id, at);
        id
    }

    pub(super) fn remove(&mut self, id: EventId) {
        if let Some(at) = self.at.remove(&id) {
            self.due.remove(&(at, id));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.due.len()
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub(super) fn pop(&mut self) -> Option<(Timestamp, Action)> {
        let ((at, id), action) = self.due.pop_first()?;
        self.at.remove(&id);
        Some((at, action))
    }
}

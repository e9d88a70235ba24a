//! What a script waits for, shown while it waits.

use std::time::Duration;

use crate::script::{Host, Waiting};

/// Shows what is waited for until it is dropped; then what was shown before, as waits may nest.
pub(super) struct Shown<'a> {
    host: &'a Host,
    before: Option<Waiting>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(host: &'a Host, what: impl Into<String>, longest: Option<Duration>) -> Self {
        let since = host.clock().elapsed();
        let before = host.waiting();
        host.set_waiting(Some(Waiting { what: what.into(), since, until: longest.map(|longest| since + longest) }));
        Self { host, before }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.host.set_waiting(self.before.take());
    }
}

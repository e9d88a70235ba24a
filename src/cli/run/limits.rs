//! How long a cell, a cell that cleans up, and a notebook may take, and who says so.

use std::time::Duration;

use super::How;
use crate::notebook::{Cell, Timeouts};
use crate::script::{Deadline, Host, Limit};

/// What a cell may take where nobody says anything.
const DEFAULT: Duration = Duration::from_secs(600);

/// The limits of one run of a notebook. Its cells' limits are looked up as they begin.
pub(super) struct Limits<'a> {
    how: &'a How,
    timeouts: &'a Timeouts,
    host: Host,
    /// The notebook's own: when its time is over, how long it was given, and the words for it.
    notebook: Option<(Duration, Duration, Limit)>,
}

/// The limits that are set while a cell runs.
pub(super) struct Running {
    /// How long the cell may take.
    pub(super) timeout: Duration,
    host: Host,
    deadlines: Vec<Deadline>,
}

impl<'a> Limits<'a> {
    /// The notebook's time begins. What the person says on the command line goes before what the notebook says of itself.
    pub(super) fn begin(how: &'a How, timeouts: &'a Timeouts, host: &Host) -> Self {
        let set = |set| Limit {
            of: "the limit of the whole notebook",
            set,
            hint: "give the notebook more time with --notebook-timeout, or with `timeout: {notebook: 30m}` in its front \
                   matter",
        };
        let given = how.notebook_timeout.map(|given| (given, set("set by --notebook-timeout")));
        let given = given.or_else(|| Some((timeouts.notebook?, set("set in its front matter"))));
        let notebook = given.map(|(given, limit)| (host.clock().elapsed() + given, given, limit));
        Self { how, timeouts, host: host.clone(), notebook }
    }

    /// A cell begins. One that cleans up has its own time, also when the notebook's is over.
    pub(super) fn cell(&self, cell: &Cell) -> Running {
        let (timeout, limit) = if cell.attributes.cleanup { self.of_cleanup(cell) } else { self.of_cell(cell) };
        let now = self.host.clock().elapsed();
        let mut deadlines = vec![self.host.push_limit(now + timeout, timeout, limit)];
        let mut left = timeout;
        if let Some((at, given, limit)) = self.notebook.filter(|_| !cell.attributes.cleanup) {
            deadlines.push(self.host.push_limit(at, given, limit));
            left = left.min(at.saturating_sub(now));
        }
        Running { timeout: left, host: self.host.clone(), deadlines }
    }

    fn of_cell(&self, cell: &Cell) -> (Duration, Limit) {
        let set = |set| Limit {
            of: "the limit of this cell",
            set,
            hint: "give the cell more time with {timeout=5m}, or run with --timeout",
        };
        first(
            [
                (cell.attributes.timeout, "set by its attribute timeout"),
                (self.timeouts.cell, "set in the front matter"),
                (self.how.timeout, "set by --timeout"),
            ],
            "the default",
            set,
        )
    }

    fn of_cleanup(&self, cell: &Cell) -> (Duration, Limit) {
        let set = |set| Limit {
            of: "the limit of this cleanup cell",
            set,
            hint: "give the cell more time with {timeout=5m}, or run with --cleanup-timeout",
        };
        first(
            [
                (cell.attributes.timeout, "set by its attribute timeout"),
                (self.timeouts.cleanup, "set in the front matter"),
                (self.how.cleanup_timeout, "set by --cleanup-timeout"),
            ],
            "the default",
            set,
        )
    }
}

/// The first duration that somebody has set, with who it was.
fn first(
    places: [(Option<Duration>, &'static str); 3],
    otherwise: &'static str,
    limit: impl Fn(&'static str) -> Limit,
) -> (Duration, Limit) {
    let found = places.into_iter().find_map(|(given, set)| Some((given?, set)));
    let (given, set) = found.unwrap_or((DEFAULT, otherwise));
    (given, limit(set))
}

impl Drop for Running {
    fn drop(&mut self) {
        for deadline in &self.deadlines {
            self.host.pop_deadline(deadline.id);
        }
    }
}

//! The page that a describer writes on: indented lines whose columns are aligned at the end.

use std::fmt::Display;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::json;
use crate::render;

/// Two spaces a level, as in all of `kubectl describe`.
const LEVEL: &str = "  ";

/// A description in the making.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    now: Timestamp,
    /// Levels added to every piece, also within a line: how kubectl nests one describer in another.
    pub(super) nested: usize,
}

impl Page {
    /// An empty page; ages count until `now`.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { text: String::new(), now, nested: 0 }
    }

    /// Writes a piece of a line. Tabs end cells.
    pub(super) fn put(&mut self, level: usize, text: &str) {
        self.text.push_str(&LEVEL.repeat(self.nested + level));
        self.text.push_str(text);
    }

    /// Writes a line.
    pub(super) fn line(&mut self, level: usize, text: impl Display) {
        self.put(level, &format!("{text}\n"));
    }

    /// Writes a name and its value.
    pub(super) fn field(&mut self, level: usize, name: impl Display, value: impl Display) {
        self.put(level, &format!("{name}:\t{value}\n"));
    }

    /// Writes a table's head: the names, and under each its rule, which is not always as long as the name.
    pub(super) fn head(&mut self, level: usize, names: &[&str], rules: &[&str]) {
        self.line(level, names.join("\t"));
        self.line(level, rules.join("\t"));
    }

    /// The time since then, `<unknown>` where there is none.
    pub(super) fn age(&self, since: &Value) -> String {
        json::timestamp(since).map_or_else(|| "<unknown>".to_owned(), |since| between(since, self.now))
    }

    /// The whole text with its tabs, where kubectl does not align.
    pub(super) fn unaligned(self) -> String {
        self.text
    }

    /// The whole text, aligned.
    pub(super) fn finish(self) -> String {
        render::tabbed(&self.text)
    }
}

/// The time from one moment to the other. Clocks may differ: almost two seconds too early are none at all.
pub(super) fn between(start: Timestamp, end: Timestamp) -> String {
    let elapsed = end.duration_since(start);
    match Duration::try_from(elapsed) {
        Ok(elapsed) => render::age(elapsed),
        Err(_) if elapsed.as_secs() >= -1 => render::age(Duration::ZERO),
        Err(_) => "<invalid>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgives_clocks_that_differ_a_little() {
        let start: Timestamp = "2026-11-24T15:00:00Z".parse().unwrap();
        let after = |millis: i64| between(start, start + jiff::SignedDuration::from_millis(millis));
        assert_eq!(after(178_900), "2m58s");
        assert_eq!(after(-900), "0s");
        assert_eq!(after(-1900), "0s");
        assert_eq!(after(-2000), "<invalid>");
    }
}

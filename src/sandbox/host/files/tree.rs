//! One tree of files: what many share, and what one changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Entry;

/// What a node or a container has on its own: a base that many share, and what was changed on top.
#[derive(Debug, Default)]
pub(super) struct Tree {
    base: Arc<BTreeMap<String, Entry>>,
    /// What differs from the base; none: deleted.
    over: BTreeMap<String, Option<Entry>>,
}

impl Tree {
    pub(super) fn on(base: Arc<BTreeMap<String, Entry>>) -> Self {
        Self { base, over: BTreeMap::new() }
    }

    /// Puts an entry in its place, or takes out what is there.
    pub(super) fn put(&mut self, path: String, entry: Option<Entry>) {
        self.over.insert(path, entry);
    }

    /// What differs from the base takes, in bytes.
    pub(super) fn written(&self) -> u64 {
        self.over.values().flatten().map(|entry| entry.size).sum()
    }

    pub(super) fn own(&self, path: &str) -> Option<&Entry> {
        match self.over.get(path) {
            Some(entry) => entry.as_ref(),
            None => self.base.get(path),
        }
    }

    pub(super) fn list(&self, dir: &str) -> BTreeMap<String, Entry> {
        let prefix = if dir == "/" { dir.to_owned() } else { format!("{dir}/") };
        let mut found = BTreeMap::new();
        let below = |path: &str| {
            path.strip_prefix(&prefix).filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned)
        };
        for (path, entry) in self.base.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)) {
            if let Some(name) = below(path) {
                found.insert(name, entry.clone());
            }
        }
        for (path, entry) in self.over.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)) {
            let Some(name) = below(path) else { continue };
            match entry {
                Some(entry) => found.insert(name, entry.clone()),
                None => found.remove(&name),
            };
        }
        found
    }

    pub(super) fn remove(&mut self, path: &str) {
        let (in_base, over) = (at_and_below(&self.base, path), at_and_below(&self.over, path));
        for gone in over {
            self.over.remove(&gone);
        }
        for gone in in_base {
            self.over.insert(gone, None);
        }
    }
}

/// The paths of an entry and of all that is below it.
fn at_and_below<T>(entries: &BTreeMap<String, T>, path: &str) -> Vec<String> {
    let below = format!("{path}/");
    let near = entries.range(path.to_owned()..).map(|(other, _)| other).take_while(|other| other.starts_with(path));
    near.filter(|other| *other == path || other.starts_with(&below)).cloned().collect()
}

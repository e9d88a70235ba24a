//! Names that were one and are two, or two and are one.

use std::collections::HashMap;
use std::fmt;

use crate::notebook::canonical::{Identity, Sighted};
use crate::notebook::{CellRef, MaskedClass};

/// Where the one-to-one map between recorded names (addresses, UIDs, revisions, ids) and new ones breaks: one that
/// stayed was replaced, or one that was replaced stayed. Displays as a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What it is.
    pub class: MaskedClass,
    /// Where one of the two stands.
    pub first: Sighting,
    /// Where the other does: `recorded` or `now` is the same as in the first.
    pub second: Sighting,
}

/// A recorded name and the new one in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// As recorded: the whole name.
    pub recorded: String,
    /// As the run brought it.
    pub now: String,
    /// The cell.
    pub cell: CellRef,
    /// The line in the file where it is recorded, from 1.
    pub line: usize,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, second, .. } = self;
        let at = |sighting: &Sighting| format!("cell {}, line {}", sighting.cell, sighting.line);
        if first.recorded == second.recorded {
            let (name, one, two) = (&first.recorded, &first.now, &second.now);
            write!(f, "{name} was one ({}; {}), and is now two: {one} and {two}", at(first), at(second))
        } else {
            let (one, two, name) = (&first.recorded, &second.recorded, &first.now);
            write!(f, "{one} ({}) and {two} ({}) were two, and are now one: {name}", at(first), at(second))
        }
    }
}

/// Which tokens stand for each other, and where that shows first.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    by_old: HashMap<(Identity, String), Sighting>,
    by_new: HashMap<(Identity, String), Sighting>,
}

impl Sightings {
    /// Notes a pair of the renaming.
    pub(super) fn note(&mut self, sighted: Sighted, cell: CellRef, line: usize) {
        let Sighted { identity, old, new, words: (recorded, now), .. } = sighted;
        let sighting = Sighting { recorded, now, cell, line };
        self.by_old.entry((identity, identity.key(&old).to_owned())).or_insert_with(|| sighting.clone());
        self.by_new.entry((identity, identity.key(&new).to_owned())).or_insert(sighting);
    }

    /// What a pair that contradicts the renaming breaks.
    pub(super) fn broken_by(&self, sighted: Sighted, cell: CellRef, line: usize) -> Vec<Broken> {
        let Sighted { identity, old, new, words: (recorded, now), .. } = sighted;
        let class = identity.class();
        let second = Sighting { recorded, now, cell, line };
        let of = |map: &HashMap<(Identity, String), Sighting>, token: &str| {
            map.get(&(identity, identity.key(token).to_owned())).cloned()
        };
        // The whole names may differ where only a part of them is the same: then the parts are named.
        let split = of(&self.by_old, &old).filter(|first| first.now != second.now).map(|first| {
            let recorded = if first.recorded == second.recorded { second.recorded.clone() } else { old.clone() };
            let name = |sighting: Sighting| Sighting { recorded: recorded.clone(), ..sighting };
            Broken { class, first: name(first), second: name(second.clone()) }
        });
        let joined = of(&self.by_new, &new).filter(|first| first.recorded != second.recorded).map(|first| {
            let now = if first.now == second.now { second.now.clone() } else { new.clone() };
            let name = |sighting: Sighting| Sighting { now: now.clone(), ..sighting };
            Broken { class, first: name(first), second: name(second.clone()) }
        });
        split.into_iter().chain(joined).collect()
    }
}

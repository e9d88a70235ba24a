//! Finds a renaming under which outputs are equal.

use super::known::Known;
use super::layout;
use super::pattern;
use super::renaming::{Identity, Renaming};
use super::rows::{Item, items, may_be_equal};
use super::search::{Search, Sheet, Step};
use super::template::{Segment, cut, matches_whole};

/// Two outputs and how they are compared.
#[derive(Debug, Clone, Copy)]
pub(in crate::notebook) struct Comparison<'a> {
    /// The recorded text.
    pub(in crate::notebook) old: &'a str,
    /// The new run's.
    pub(in crate::notebook) new: &'a str,
    /// Lines may come in any order.
    pub(in crate::notebook) unordered: bool,
    /// `...` and `[..]` in the recorded text are patterns.
    pub(in crate::notebook) pattern: bool,
    /// Seconds from the start of the run to the end of the cell.
    pub(in crate::notebook) elapsed: f64,
}

/// How often a row may be tried again in one output.
const LOCAL_TRIES: usize = 10_000;
/// How often lines may be tried again in all outputs, where one contradicts what was chosen for those before it.
const GLOBAL_TRIES: usize = 100_000;

/// Compares the outputs of a notebook one after the other under one renaming.
#[derive(Debug)]
pub(in crate::notebook) struct Solver<'k> {
    known: &'k Known,
    pub(super) renaming: Renaming,
    /// What was found equal so far.
    equal: Vec<Sheet>,
    /// What patterns were found to stand for; they are not tried again.
    fixed: Vec<(Identity, String, String)>,
    tries: usize,
}

impl<'k> Solver<'k> {
    pub(in crate::notebook) fn new(known: &'k Known) -> Self {
        Self { known, renaming: Renaming::default(), equal: Vec::new(), fixed: Vec::new(), tries: GLOBAL_TRIES }
    }

    /// The renaming under which all outputs that were found equal are.
    pub(in crate::notebook) fn renaming(&self) -> &Renaming {
        &self.renaming
    }

    /// The tokens that the run has fetched.
    pub(super) fn known(&self) -> &'k Known {
        self.known
    }

    /// Whether two outputs are equal, under a renaming that also holds for all that were found equal before.
    pub(in crate::notebook) fn compare(&mut self, comparison: Comparison<'_>) -> bool {
        let Comparison { old, new, unordered, pattern, elapsed } = comparison;
        let (old, new) = (layout::lines(old), layout::lines(new));
        let known = self.known;
        let cut: Vec<Vec<Segment<'_>>> = new.iter().map(|line| cut(&line.text, known)).collect();
        if pattern {
            let Some(pairs) = pattern::matches_lines(&old, &cut, elapsed) else { return false };
            let fits = self.renaming.extend(&pairs);
            if fits {
                let owned = pairs.iter().map(|pair| (pair.identity, pair.old.to_owned(), pair.new.to_owned()));
                self.fixed.extend(owned);
            }
            return fits;
        }
        if old.len() != new.len() {
            return false;
        }
        let items = if unordered { vec![Item::Rows(0..new.len())] } else { items(&old, &new, &cut) };
        // Most outputs that differ do so in a line that matches under no renaming at all.
        let possible = items.iter().all(|item| match item {
            Item::Line(line) => matches_whole(&cut[*line], &old[*line].text, elapsed).is_some(),
            Item::Rows(rows) => may_be_equal(&old[rows.clone()], &cut[rows.clone()]),
        });
        drop(cut);
        if !possible {
            return false;
        }
        self.equal.push(Sheet::new(old, new, items, elapsed));
        if self.solve_last() || self.solve_all() {
            return true;
        }
        self.equal.pop();
        false
    }

    /// Solves the last output under the renaming of those before it.
    fn solve_last(&mut self) -> bool {
        let Some(last) = self.equal.len().checked_sub(1) else { return true };
        let mark = self.renaming.mark();
        let mut tries = LOCAL_TRIES;
        let steps: Vec<Step> = self.equal[last].steps(last).collect();
        let solved = Search::new(self.known, &mut self.renaming, &mut self.equal, &mut tries).run(&steps);
        if !solved {
            self.renaming.back_to(mark);
        }
        solved
    }

    /// Solves all outputs anew. What cannot be chosen goes first: it leaves least to choose in the rest.
    fn solve_all(&mut self) -> bool {
        let before = self.equal.len().saturating_sub(1);
        if self.tries == 0 || !self.equal[..before].iter().any(Sheet::has_choices) {
            return false;
        }
        let saved = (self.renaming.clone(), self.equal.iter().map(Sheet::chosen).collect::<Vec<_>>());
        self.renaming = Renaming::default();
        for (identity, old, new) in &self.fixed {
            self.renaming.extend(&[super::renaming::Pair { identity: *identity, old, new }]);
        }
        let mut steps: Vec<Step> =
            self.equal.iter().enumerate().flat_map(|(sheet, lines)| lines.steps(sheet)).collect();
        steps.sort_by_key(|step| matches!(step, Step::Row { .. }));
        self.tries = self.tries.saturating_sub(steps.len());
        let solved = Search::new(self.known, &mut self.renaming, &mut self.equal, &mut self.tries).run(&steps);
        if !solved {
            self.renaming = saved.0;
            for (sheet, chosen) in self.equal.iter_mut().zip(saved.1) {
                sheet.restore(chosen);
            }
        }
        solved
    }
}

//! A search with bounded backtracking: which recorded row each new row is.

use std::ops::Range;

use super::known::Known;
use super::layout::Line;
use super::renaming::Renaming;
use super::rows::{self, Item};
use super::template::{Segment, cut, matches_whole};

/// Two outputs with as many lines.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) old: Vec<Line>,
    pub(super) new: Vec<Line>,
    items: Vec<Item>,
    elapsed: f64,
    /// For each new line the recorded one that it is.
    old_of: Vec<usize>,
    /// For each recorded line whether a new one is it.
    taken: Vec<bool>,
}

impl Sheet {
    pub(super) fn new(old: Vec<Line>, new: Vec<Line>, items: Vec<Item>, elapsed: f64) -> Self {
        let (old_of, taken) = ((0..new.len()).collect(), vec![false; old.len()]);
        Self { old, new, items, elapsed, old_of, taken }
    }

    /// All that is to be matched: first the lines that leave no choice.
    pub(super) fn steps(&self, sheet: usize) -> impl Iterator<Item = Step> {
        let lines = self.items.iter().filter_map(move |item| match item {
            Item::Line(line) => Some(Step::Line { sheet, line: *line }),
            Item::Rows(_) => None,
        });
        let rows = self.items.iter().enumerate().flat_map(move |(item, rows)| {
            match rows {
                Item::Line(_) => 0..0,
                Item::Rows(rows) => rows.clone(),
            }
            .map(move |line| Step::Row { sheet, item, line })
        });
        lines.chain(rows)
    }

    pub(super) fn has_choices(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Rows(_)))
    }

    /// The recorded line that each new one is.
    pub(super) fn chosen(&self) -> Vec<usize> {
        self.old_of.clone()
    }

    /// Goes back to what was chosen before.
    pub(super) fn restore(&mut self, chosen: Vec<usize>) {
        self.old_of = chosen;
    }

    fn rows(&self, item: usize) -> Range<usize> {
        match &self.items[item] {
            Item::Line(line) => *line..line + 1,
            Item::Rows(rows) => rows.clone(),
        }
    }
}

/// A line to be matched.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// With the recorded one of its number.
    Line { sheet: usize, line: usize },
    /// With one of its item's.
    Row { sheet: usize, item: usize, line: usize },
}

/// A row that was matched with one of several.
struct Choice {
    step: usize,
    sheet: usize,
    old: usize,
    /// The renaming before.
    mark: usize,
}

/// The state of a search.
pub(super) struct Search<'s> {
    known: &'s Known,
    renaming: &'s mut Renaming,
    sheets: &'s mut [Sheet],
    /// How many rows may still be tried in vain.
    tries: &'s mut usize,
}

impl<'s> Search<'s> {
    pub(super) fn new(
        known: &'s Known,
        renaming: &'s mut Renaming,
        sheets: &'s mut [Sheet],
        tries: &'s mut usize,
    ) -> Self {
        Self { known, renaming, sheets, tries }
    }

    /// Takes the steps in order, and takes choices back where it gets stuck. Whether it came to the end.
    pub(super) fn run(&mut self, steps: &[Step]) -> bool {
        for step in steps {
            if let Step::Row { sheet, line, .. } = step {
                self.sheets[*sheet].taken[*line] = false; // an item's rows have the same numbers on both sides
            }
        }
        let mut choices: Vec<Choice> = Vec::new();
        let (mut at, mut from) = (0, 0);
        while let Some(step) = steps.get(at) {
            let mark = self.renaming.mark();
            let done = match *step {
                Step::Line { sheet, line } => self.line(sheet, line),
                Step::Row { sheet, item, line } => match self.row(sheet, item, line, from) {
                    Some(old) => {
                        choices.push(Choice { step: at, sheet, old, mark });
                        true
                    }
                    None => false,
                },
            };
            from = 0;
            if done {
                at += 1;
                continue;
            }
            let Some(choice) = choices.pop().filter(|_| *self.tries > 0) else { return false };
            *self.tries -= 1;
            self.renaming.back_to(choice.mark);
            self.sheets[choice.sheet].taken[choice.old] = false;
            (at, from) = (choice.step, choice.old + 1);
        }
        true
    }

    fn line(&mut self, sheet: usize, line: usize) -> bool {
        let Sheet { old, new, elapsed, .. } = &self.sheets[sheet];
        let segments = cut(&new[line].text, self.known);
        matches_whole(&segments, &old[line].text, *elapsed).is_some_and(|pairs| self.renaming.extend(&pairs))
    }

    /// Matches a new row with the first recorded one from `from` on that fits and is free.
    fn row(&mut self, sheet: usize, item: usize, line: usize, from: usize) -> Option<usize> {
        let Sheet { old, new, elapsed, taken, .. } = &self.sheets[sheet];
        let segments = cut(&new[line].text, self.known);
        let rows = self.sheets[sheet].rows(item);
        let chosen = (rows.start.max(from)..rows.end).find(|row| {
            if taken[*row] || !may_be(&segments, &old[*row].text, self.renaming) || *self.tries == 0 {
                return false;
            }
            let Some(pairs) = matches_whole(&segments, &old[*row].text, *elapsed) else { return false };
            let fits = self.renaming.extend(&pairs);
            if !fits {
                *self.tries -= 1;
            }
            fits
        })?;
        self.sheets[sheet].taken[chosen] = true;
        self.sheets[sheet].old_of[line] = chosen;
        Some(chosen)
    }
}

/// A quick look at what sorts the rows, before the whole row is matched.
fn may_be(segments: &[Segment<'_>], old: &str, renaming: &Renaming) -> bool {
    rows::prefix(segments).is_none()
        || rows::key_pairs(segments, old).is_some_and(|pairs| pairs.iter().all(|pair| renaming.allows(pair)))
}

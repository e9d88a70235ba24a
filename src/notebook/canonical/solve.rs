//! Finds a renaming under which outputs are equal.

use super::known::Known;
use super::layout::{self, Line};
use super::pattern;
use super::renaming::{Pair, Renaming};
use super::rows::{Item, items};
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

/// How many lines of a notebook are tried against each other, beyond once each, before outputs count as different.
/// Rows in any order are the only ones that are tried more than once.
const TRIES: usize = 50_000;

/// Compares the outputs of a notebook one after the other under one renaming.
#[derive(Debug)]
pub(in crate::notebook) struct Solver<'k> {
    known: &'k Known,
    renaming: Renaming,
    /// What was found equal so far; its choices can be taken back.
    equal: Vec<Sheet>,
    choices: Vec<Choice>,
    tries: usize,
}

/// Two outputs, ready to be compared.
#[derive(Debug, Clone)]
struct Sheet {
    old: Vec<Line>,
    new: Vec<Line>,
    items: Vec<Item>,
    elapsed: f64,
}

/// A row that was matched with one of several.
#[derive(Debug, Clone, Copy)]
struct Choice {
    sheet: usize,
    item: usize,
    /// The new output's row, counted from the first of its item.
    row: usize,
    /// The recorded row, likewise.
    chosen: usize,
    /// The renaming before.
    mark: usize,
}

/// Where a comparison stands: the sheet, its item, and the row inside it.
type Position = (usize, usize, usize);

impl<'k> Solver<'k> {
    pub(in crate::notebook) fn new(known: &'k Known) -> Self {
        Self { known, renaming: Renaming::default(), equal: Vec::new(), choices: Vec::new(), tries: TRIES }
    }

    /// The renaming under which all outputs that were found equal are.
    pub(in crate::notebook) fn renaming(&self) -> &Renaming {
        &self.renaming
    }

    /// Whether two outputs are equal, under a renaming that also holds for all that were found equal before.
    pub(in crate::notebook) fn compare(&mut self, comparison: Comparison<'_>) -> bool {
        let Comparison { old, new, unordered, pattern, elapsed } = comparison;
        let (old, new) = (layout::lines(old), layout::lines(new));
        let known = self.known;
        let cut: Vec<Vec<Segment<'_>>> = new.iter().map(|line| cut(&line.text, known)).collect();
        if pattern {
            // Patterns are not tried again, so the choices behind them stand from here on.
            self.choices.clear();
            return pattern::matches_lines(&old, &cut, elapsed).is_some_and(|pairs| self.renaming.extend(&pairs));
        }
        if old.len() != new.len() {
            return false;
        }
        let items = if unordered { vec![Item::Rows(0..new.len())] } else { items(&old, &new, &cut) };
        // Most outputs that differ do so in a line that matches under no renaming at all.
        for item in &items {
            if let Item::Line(line) = item
                && matches_whole(&cut[*line], &old[*line].text, elapsed).is_none()
            {
                return false;
            }
        }
        drop(cut);
        self.tries += 2 * new.len();
        let sheet = self.equal.len();
        self.equal.push(Sheet { old, new, items, elapsed });
        let before = self.choices.is_empty().then(|| self.renaming.mark());
        let saved = before.is_none().then(|| (self.renaming.clone(), self.choices.clone()));
        if self.search((sheet, 0, 0)) {
            return true;
        }
        self.equal.pop();
        match (before, saved) {
            (_, Some((renaming, choices))) => (self.renaming, self.choices) = (renaming, choices),
            (Some(mark), None) => self.renaming.back_to(mark),
            (None, None) => {}
        }
        false
    }

    /// Goes on from `position` to the end, taking back choices where it gets stuck.
    fn search(&mut self, mut position: Position) -> bool {
        let mut from = 0;
        loop {
            let (sheet, item, row) = position;
            let Some(at) = self.equal.get(sheet) else { return true };
            let advanced = match at.items.get(item) {
                None => Some((sheet + 1, 0, 0)),
                Some(Item::Line(line)) => self.try_line(sheet, *line, *line).then_some((sheet, item + 1, 0)),
                Some(Item::Rows(rows)) if row == rows.len() => Some((sheet, item + 1, 0)),
                Some(Item::Rows(rows)) => {
                    let rows = rows.clone();
                    self.try_row(sheet, item, rows, row, from).then_some((sheet, item, row + 1))
                }
            };
            from = 0;
            match advanced {
                Some(next) => position = next,
                None if self.tries == 0 => return false,
                None => {
                    let Some(choice) = self.choices.pop() else { return false };
                    self.renaming.back_to(choice.mark);
                    position = (choice.sheet, choice.item, choice.row);
                    from = choice.chosen + 1;
                }
            }
        }
    }

    fn try_line(&mut self, sheet: usize, old: usize, new: usize) -> bool {
        if self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        let sheet = &self.equal[sheet];
        let segments = cut(&sheet.new[new].text, self.known);
        let pairs: Option<Vec<Pair<'_, '_>>> = matches_whole(&segments, &sheet.old[old].text, sheet.elapsed);
        pairs.is_some_and(|pairs| self.renaming.extend(&pairs))
    }

    /// Matches a new row with the first recorded one from `from` on that fits and is free.
    fn try_row(&mut self, sheet: usize, item: usize, rows: std::ops::Range<usize>, row: usize, from: usize) -> bool {
        let taken: Vec<usize> = (self.choices.iter().rev())
            .take_while(|choice| (choice.sheet, choice.item) == (sheet, item))
            .map(|choice| choice.chosen)
            .collect();
        let mark = self.renaming.mark();
        for chosen in from..rows.len() {
            if !taken.contains(&chosen) && self.try_line(sheet, rows.start + chosen, rows.start + row) {
                self.choices.push(Choice { sheet, item, row, chosen, mark });
                return true;
            }
        }
        false
    }
}

//! The sources that a session runs, so that a position leads back to a file's line.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::Position;

/// What Rhai calls the source of every cell; modules go by their file's name.
pub(super) const CELLS: &str = "cell";

/// Rhai counts lines in 16 bits.
pub(super) const MOST_LINES: usize = 65_535;

/// All sources of a session. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Sources(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    cells: Vec<Cell>,
    /// How many lines, from the first one on, hold functions that can still be called.
    kept: usize,
    modules: HashMap<String, Arc<str>>,
}

/// A cell as it was run. Rhai sees all cells that define functions as one long source, one after the other, so that a
/// function's positions tell which cell defined it, whatever line of however long a file it stands on.
#[derive(Debug, Clone)]
struct Cell {
    /// The line, from 1, at which Rhai sees its first.
    virtual_line: usize,
    lines: usize,
    name: Arc<str>,
    first_line: usize,
    text: Arc<str>,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was given to the session; `stdlib/node.rhai` for a module.
    pub file: Arc<str>,
    /// The line in the file, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The source that the place is in: a cell, or a module.
    pub text: Arc<str>,
    /// The file's line at which `text` starts.
    pub first_line: usize,
    /// Whether it is a cell's source; else a module's.
    pub in_cell: bool,
}

impl Place {
    /// The line's text.
    pub fn source_line(&self) -> &str {
        self.text.lines().nth(self.line - self.first_line).unwrap_or_default()
    }

    /// The byte in `text`.
    pub fn offset(&self) -> usize {
        let line: usize = self.text.split_inclusive('\n').take(self.line - self.first_line).map(str::len).sum();
        let rest = &self.text[line.min(self.text.len())..];
        line + rest.char_indices().nth(self.column - 1).map_or(rest.len(), |(at, _)| at)
    }

    fn of(cell: &Cell, line: usize, column: usize, in_cell: bool) -> Self {
        Self {
            file: Arc::clone(&cell.name),
            line: cell.first_line + line - cell.virtual_line,
            column: column.max(1),
            text: Arc::clone(&cell.text),
            first_line: cell.first_line,
            in_cell,
        }
    }
}

impl Sources {
    /// Notes a cell; returns the line, from 1, at which Rhai has to see it, none where it has too many.
    pub(super) fn add_cell(&self, name: &str, first_line: usize, text: &str) -> Option<usize> {
        let mut inner = self.lock();
        let lines = text.lines().count().max(1);
        if lines >= MOST_LINES {
            return None;
        }
        let next = inner.kept + 1;
        // After 65,535 lines of code in one session the first lines are used anew; positions in what stood there are
        // then those of the newer cell.
        let virtual_line = if next + lines > MOST_LINES { 1 } else { next };
        inner.cells.push(Cell { virtual_line, lines, name: name.into(), first_line, text: text.into() });
        Some(virtual_line)
    }

    /// Keeps the lines of the last cell, which has defined functions or closures; the next cell stands behind them. Of a
    /// cell that has not, nothing is called any more when the next one runs.
    pub(super) fn keep_cell(&self) {
        let mut inner = self.lock();
        if let Some(cell) = inner.cells.last() {
            inner.kept = cell.virtual_line + cell.lines - 1;
        }
    }

    pub(super) fn add_module(&self, name: &str, text: &str) {
        self.lock().modules.insert(name.to_owned(), text.into());
    }

    /// Where `position` of the source that Rhai calls `source` stands.
    pub fn place(&self, source: Option<&str>, position: Position) -> Option<Place> {
        let inner = self.lock();
        let (line, column) = (position.line()?, position.position().unwrap_or(1));
        if let Some((name, text)) = source.and_then(|source| inner.modules.get_key_value(source)) {
            let module =
                Cell { virtual_line: 1, lines: 0, name: name.as_str().into(), first_line: 1, text: Arc::clone(text) };
            return Some(Place::of(&module, line, column, false));
        }
        let holds = |cell: &&Cell| (cell.virtual_line..cell.virtual_line + cell.lines).contains(&line);
        match inner.cells.iter().rev().find(holds) {
            Some(cell) => Some(Place::of(cell, line, column, true)),
            // The end of the last cell, where something was missing.
            None => inner.cells.last().map(|cell| {
                let last = cell.virtual_line + cell.lines - 1;
                let column = cell.text.lines().last().map_or(1, |text| text.chars().count() + 1);
                Place::of(cell, last, column, true)
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Both collections are whole at every moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

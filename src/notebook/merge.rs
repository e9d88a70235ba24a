//! Writes what a run brought into a text that a person has changed meanwhile.

use std::collections::HashMap;

use super::{Cell, CellOutput, CellRef, Notebook, Run, Update, update};

/// A notebook's text after a run during which it was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The person's text with the new outputs; cells are those of that text.
    pub update: Update,
    /// The cells whose new outputs are in no file.
    pub conflicts: Vec<Conflict>,
}

/// A cell that ran and whose output could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The cell, as it was called when it ran.
    pub cell: CellRef,
    /// Line of its fence in the person's text, where it is still there.
    pub line: Option<usize>,
    /// What happened to it.
    pub why: Why,
}

/// What a person did to a cell while it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its code changed: what ran is not what stands there now.
    Changed,
    /// It is gone, or no longer to be told from another one.
    Gone,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.why {
            Why::Changed => write!(f, "cell `{}` was changed while it ran; its new output is not written", self.cell),
            Why::Gone => write!(f, "cell `{}` was removed while it ran; its output is not written", self.cell),
        }
    }
}

/// Writes what a run of `ran` brought into `now`, the notebook as it is on disk. Where a cell itself has changed, the
/// person's text stays as it is.
pub fn merge(ran: &Notebook, now: &Notebook, run: &Run) -> Merged {
    let places = Placement::new(ran, now);
    let mut outputs = Vec::new();
    let mut conflicts = Vec::new();
    for output in &run.outputs {
        let Some(cell) = ran.cells.get(output.cell) else { continue };
        match places.find(cell) {
            Ok(index) => outputs.push(CellOutput { cell: index, ..output.clone() }),
            Err(why) => {
                let index = now.find(&cell.reference().to_string()).filter(|_| why == Why::Changed);
                let line = index.map(|index| now.cells[index].fence_line);
                conflicts.push(Conflict { cell: cell.reference(), line, why });
            }
        }
    }
    let run = Run { outputs, tokens: run.tokens.clone(), refresh: run.refresh };
    Merged { update: update(now, &run), conflicts }
}

/// Where the cells that ran stand in the person's text.
struct Placement<'n> {
    now: &'n Notebook,
    named: HashMap<&'n str, Vec<usize>>,
    /// Cells without a name by their source, in the file's order.
    unnamed: HashMap<&'n str, Vec<usize>>,
    /// How many cells without a name had that source when they ran: the same number tells them apart by their order.
    ran: HashMap<&'n str, Vec<usize>>,
}

impl<'n> Placement<'n> {
    fn new(ran: &'n Notebook, now: &'n Notebook) -> Self {
        let (mut named, mut unnamed) = (HashMap::<_, Vec<usize>>::new(), HashMap::<_, Vec<usize>>::new());
        for (index, cell) in now.cells.iter().enumerate() {
            match &cell.attributes.name {
                Some(name) => named.entry(name.as_str()).or_default().push(index),
                None => unnamed.entry(cell.source.as_str()).or_default().push(index),
            }
        }
        let mut places = HashMap::<_, Vec<usize>>::new();
        for cell in ran.cells.iter().filter(|cell| cell.attributes.name.is_none()) {
            places.entry(cell.source.as_str()).or_default().push(cell.place);
        }
        Self { now, named, unnamed, ran: places }
    }

    fn find(&self, cell: &Cell) -> Result<usize, Why> {
        if let Some(name) = &cell.attributes.name {
            let [index] = self.named.get(name.as_str()).map_or(&[][..], Vec::as_slice) else { return Err(Why::Gone) };
            let same = self.now.cells[*index].source == cell.source;
            return if same { Ok(*index) } else { Err(Why::Changed) };
        }
        let source = cell.source.as_str();
        let now = self.unnamed.get(source).map_or(&[][..], Vec::as_slice);
        let ran = self.ran.get(source).map_or(&[][..], Vec::as_slice);
        if now.len() == ran.len()
            && let Some(order) = ran.iter().position(|place| *place == cell.place)
        {
            return Ok(now[order]);
        }
        let there = cell.place.checked_sub(1).and_then(|index| self.now.cells.get(index));
        match there {
            Some(there) if there.attributes.name.is_none() && there.source == cell.source => Ok(cell.place - 1),
            Some(there) if there.attributes.name.is_none() => Err(Why::Changed),
            _ => Err(Why::Gone),
        }
    }
}

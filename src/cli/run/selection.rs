//! Which cells of a notebook run.

use super::Which;
use crate::notebook::Notebook;
use crate::report::{Error, Exit};

/// Which cells were asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// For each cell, whether it runs when nothing fails.
    chosen: Vec<bool>,
    /// Whether cells were left out that would have run.
    pub(super) partial: bool,
}

impl Selection {
    /// What `--only`, `--from` and `--until` choose of a notebook. Cells marked `cleanup` run in any case, cells marked
    /// `skip` only when `--only` names them.
    ///
    /// # Errors
    /// A cell that is not there.
    pub(super) fn new(which: &Which, notebook: &Notebook) -> Result<Self, Error> {
        Self::choose(&which.only, which.from.as_deref(), which.until.as_deref(), notebook)
    }

    pub(super) fn choose(
        only: &[String],
        from: Option<&str>,
        until: Option<&str>,
        notebook: &Notebook,
    ) -> Result<Self, Error> {
        let find = |name: &str| notebook.find(name).ok_or_else(|| unknown(name, notebook));
        let only: Vec<usize> = only.iter().map(|name| find(name)).collect::<Result<_, _>>()?;
        let from = from.map(find).transpose()?.unwrap_or(0);
        let until = until.map(find).transpose()?.unwrap_or(notebook.cells.len());
        if from > until {
            return Err(Error::usage(format!(
                "{}: --from names a cell that comes after the one that --until names",
                notebook.name
            )));
        }
        let mut selection = Self { chosen: Vec::new(), partial: false };
        for (index, cell) in notebook.cells.iter().enumerate() {
            let named = only.contains(&index);
            let within = only.is_empty() && (from..=until).contains(&index);
            let runs = named || (!cell.attributes.skip && (within || cell.attributes.cleanup));
            selection.partial |= !runs && !cell.attributes.skip;
            selection.chosen.push(runs);
        }
        Ok(selection)
    }

    /// Whether a cell runs when nothing fails.
    pub(super) fn has(&self, cell: usize) -> bool {
        self.chosen.get(cell).copied().unwrap_or_default()
    }

    /// How many cells run when nothing fails.
    pub(super) fn count(&self) -> usize {
        self.chosen.iter().filter(|chosen| **chosen).count()
    }
}

fn unknown(name: &str, notebook: &Notebook) -> Error {
    let known: Vec<String> = notebook.cells.iter().map(|cell| cell.reference().to_string()).collect();
    Error::with_hint(
        Exit::Usage,
        format!("{} has no cell {name:?}", notebook.name),
        if known.is_empty() { "it has no cells".to_owned() } else { format!("its cells: {}", known.join(", ")) },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "```rhai {name=a}\n```\n\n```rhai\n```\n\n```rhai {name=c skip}\n```\n\n```rhai {name=d}\n```\n\n\
                        ```rhai {name=e cleanup}\n```\n";

    fn chosen(only: &[&str], from: Option<&str>, until: Option<&str>) -> Result<(Vec<usize>, bool), String> {
        let notebook = crate::notebook::parse("x.md", TEXT);
        let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
        let selection = Selection::choose(&only, from, until, &notebook).map_err(|error| error.report.to_string())?;
        Ok(((0..5).filter(|cell| selection.has(*cell)).collect(), selection.partial))
    }

    #[test]
    fn all_but_skipped_cells_run() {
        assert_eq!(chosen(&[], None, None), Ok((vec![0, 1, 3, 4], false)));
    }

    #[test]
    fn cleanup_cells_always_run() {
        assert_eq!(chosen(&["a"], None, None), Ok((vec![0, 4], true)));
        assert_eq!(chosen(&[], Some("#2"), Some("d")), Ok((vec![1, 3, 4], true)));
        assert_eq!(chosen(&[], None, Some("a")), Ok((vec![0, 4], true)));
    }

    #[test]
    fn a_skipped_cell_runs_when_it_is_named() {
        assert_eq!(chosen(&["c"], None, None), Ok((vec![2, 4], true)));
    }

    #[test]
    fn a_cell_that_is_not_there_is_an_error() {
        assert_eq!(chosen(&["b"], None, None), Err("x.md has no cell \"b\"".to_owned()));
        assert!(chosen(&[], Some("d"), Some("a")).is_err());
    }
}

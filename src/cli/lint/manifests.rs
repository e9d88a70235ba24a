//! Manifests that a notebook names and that are not there.

use std::ops::Range;
use std::path::Path;

use crate::cli::workspace::{self, Folders};
use crate::notebook::{Cell, Diagnostic, Notebook, Severity};
use crate::report::Error;
use crate::script::lexer::{self, TokenKind};

/// The folders of the front matter and the files of cells that are not there. A cell that expects an error, or does not
/// run, may well name a file that is missing.
///
/// # Errors
/// A folder that is out of the notebook's reach.
pub(super) fn missing(notebook: &Notebook, path: &Path) -> Result<Vec<Diagnostic>, Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = &notebook.front_matter.manifests;
    let Folders { files, .. } = workspace::folders(folder, named)?;
    let mut found = Vec::new();
    for name in named.iter().filter(|name| !folder.join(name).is_dir()) {
        let at = notebook.text.find(name.as_str()).unwrap_or(0);
        let message = format!("front matter: manifests: there is no folder {name}");
        found.push(warning(notebook, at..at + name.len(), message, "it counts from the notebook's folder".to_owned()));
    }
    for cell in notebook.cells.iter().filter(|cell| !cell.attributes.expect_error && !cell.attributes.skip) {
        for name in manifests(&cell.source) {
            if files.iter().any(|folder| folder.join(&name).is_file()) {
                continue;
            }
            let looked: Vec<String> = files.iter().map(|folder| folder.display().to_string()).collect();
            let message = format!("there is no manifest {name}");
            found.push(warning(
                notebook,
                place(notebook, cell, &name),
                message,
                format!("looked in {}", looked.join(", ")),
            ));
        }
    }
    Ok(found)
}

/// The manifests that a cell's texts name: `deployment.yaml` alone, or behind `-f` in a command.
fn manifests(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for token in lexer::tokens(source).iter().filter(|token| token.kind == TokenKind::Text) {
        let text = token.text.trim_matches(['"', '`']);
        let words: Vec<&str> = text.split_whitespace().collect();
        let after_flag = words.iter().enumerate().filter_map(|(at, word)| match *word {
            "-f" | "--filename" => words.get(at + 1).copied(),
            word => word.strip_prefix("--filename=").or_else(|| word.strip_prefix("-f=")),
        });
        let alone = (words.len() == 1).then_some(text);
        let is_manifest = |name: &&str| {
            [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end))
                && !name.contains(['$', '{', '\\', ':', ','])
        };
        found.extend(alone.into_iter().chain(after_flag).filter(is_manifest).map(str::to_owned));
    }
    found
}

/// Where the cell names it.
fn place(notebook: &Notebook, cell: &Cell, name: &str) -> Range<usize> {
    let body = &notebook.text[cell.body.clone()];
    let at = cell.body.start + body.find(name).unwrap_or(0);
    at..at + name.len()
}

fn warning(notebook: &Notebook, span: Range<usize>, message: String, hint: String) -> Diagnostic {
    let (line, column) = notebook.places.line_and_column(&notebook.text, span.start);
    Diagnostic { severity: Severity::Warning, message, span, line, column, hint: Some(hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_cells_apply() {
        let source = "show(\"kubectl apply -f a.yaml -n x\");\nk8s::apply(\"b.yml\"); kubectl(`delete --filename=c.json`);\n\
                      show(`kubectl apply -f ${name}.yaml`); print(\"not a.yaml here\");";
        assert_eq!(manifests(source), ["a.yaml", "b.yml", "c.json"]);
    }
}

//! What begins with a colon.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::Repl;
use crate::bindings::{Doc, docs, find};
use crate::report::{Error, Exit};

/// The commands, with what they do.
pub(super) const COMMANDS: &[(&str, &str)] = &[
    (":help", "show this"),
    (":doc NAME", "show what a function does; without NAME, all of them"),
    (":save FILE", "write what ran to its end into a new notebook"),
    (":quit", "leave, as Ctrl-D does"),
];

/// What comes after a command.
pub(super) enum Next {
    /// The next line.
    Line,
    /// The end.
    Leave,
}

/// Runs a command.
///
/// # Errors
/// An unknown command or function, a file that cannot be written.
pub(super) fn run(repl: &mut Repl, line: &str) -> Result<Next, Error> {
    let (command, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    match (command, argument.trim()) {
        (":help", _) => print!("{}", help()),
        (":doc", name) => print!("{}", doc(&known(repl), name)?),
        (":save", "") => return Err(Error::usage("name a file: :save notebooks/my-exploration.md")),
        (":save", file) => save(&repl.entered, Path::new(file))?,
        (":quit", _) => return Ok(Next::Leave),
        (other, _) => {
            return Err(Error::with_hint(Exit::Usage, format!("there is no command {other}"), ":help lists them"));
        }
    }
    Ok(Next::Line)
}

/// All functions, and those that this session has defined or imported.
pub(super) fn known(repl: &Repl) -> Vec<Doc> {
    let own = repl.session.functions().into_iter().map(|function| Doc {
        name: function.name,
        signature: function.signature,
        text: function.doc,
    });
    let mut all = docs();
    for doc in own {
        if !all.iter().any(|known| known.signature == doc.signature) {
            all.push(doc);
        }
    }
    all
}

fn help() -> String {
    let commands: String = COMMANDS.iter().map(|(command, what)| format!("{command:<12} {what}\n")).collect();
    format!(
        "What you enter runs as a cell of a notebook would: k8s::list(\"pods\"),\n\
         show(\"kubectl get nodes\"). An input goes on in the next line while a bracket is\n\
         open. Tab completes functions, kinds and names.\n\
         Ctrl-C cancels the input or the running call, Ctrl-D leaves.\n\n{commands}"
    )
}

fn doc(known: &[Doc], name: &str) -> Result<String, Error> {
    if name.is_empty() {
        return Ok(known.iter().map(|doc| format!("{}\n    {}\n", doc.signature, doc.summary())).collect());
    }
    let found = find(known, name);
    if found.is_empty() {
        return Err(Error::with_hint(Exit::Usage, format!("there is no function {name:?}"), ":doc lists all of them"));
    }
    Ok(found.iter().map(|doc| doc.page()).collect::<Vec<_>>().join("\n"))
}

/// Writes a notebook with a cell for each input, never over a file.
fn save(entered: &[String], path: &Path) -> Result<(), Error> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let message = format!("{} is there already", path.display());
            Error::with_hint(Exit::Usage, message, ":save writes over no file; give another name")
        }
        ErrorKind::NotFound => {
            let folder = path.parent().unwrap_or(path).display().to_string();
            Error::with_hint(Exit::Usage, format!("there is no folder {folder}"), "make it first, or give another name")
        }
        _ => Error::usage(format!("cannot write {}: {error}", path.display())),
    };
    if entered.is_empty() {
        return Err(Error::usage("there is nothing to save: nothing has run to its end yet"));
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    let title = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().replace('-', " "));
    let cells: String = entered.iter().map(|text| format!("\n{}\n", cell(text))).collect();
    file.write_all(format!("# {title}\n{cells}").as_bytes()).map_err(failed)?;
    println!("{} cells in {}", entered.len(), path.display());
    Ok(())
}

/// A fence that is longer than any run of backticks inside.
fn cell(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}rhai\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_notebook_holds_the_inputs_as_cells() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my-test.md");
        let entered = ["let a = 1;".to_owned(), "print(`\n```\n`);".to_owned()];
        save(&entered, &path).unwrap();
        let notebook = crate::notebook::parse("x", std::fs::read_to_string(&path).unwrap());
        assert_eq!(notebook.diagnostics, []);
        let sources: Vec<&str> = notebook.cells.iter().map(|cell| cell.source.trim_end()).collect();
        assert_eq!(sources, entered);
        let words = |result: Result<(), Error>| result.unwrap_err().report.to_string();
        assert_eq!(words(save(&entered, &path)), format!("{} is there already", path.display()));
        let nowhere = folder.path().join("none/x.md");
        assert_eq!(words(save(&entered, &nowhere)), format!("there is no folder {}/none", folder.path().display()));
        assert!(words(save(&[], &folder.path().join("empty.md"))).starts_with("there is nothing to save"));
        assert!(!folder.path().join("empty.md").exists());
    }
}

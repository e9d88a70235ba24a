//! `kpnb clean`: takes a notebook's outputs out, and leaves every other byte as it is.

use std::path::PathBuf;

use super::file;
use crate::notebook;
use crate::report::{self, Error, Exit, Style};

const EXAMPLES: &str = "\
Examples:
  kpnb clean notebooks/finalizers.md
  kpnb clean notebooks/*.md && git diff --stat";

/// Take the outputs out of notebooks. Every other byte stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The notebooks' files.
    #[arg(required = true, value_name = "NOTEBOOK")]
    notebooks: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let mut exit = Exit::Ok;
    for path in &args.notebooks {
        if let Err(error) = clean(path, style) {
            eprint!("{}", report::describe(&*error.report, style));
            exit = exit.worse(error.exit);
        }
    }
    Ok(exit)
}

/// A marker that is malformed or has lost its fence or cell stays, and is told; nothing else stands in the way.
fn clean(path: &std::path::Path, style: Style) -> Result<(), Error> {
    let notebook = file::read(path)?;
    for diagnostic in &notebook.diagnostics {
        if notebook.text[diagnostic.span.clone()].starts_with("<!--") {
            let error = Error::in_file(Exit::Ok, diagnostic.clone(), &notebook.name, &notebook.text);
            eprint!("{}", report::describe(&*error.report, style));
        }
    }
    let text = notebook::clean(&notebook);
    if text == notebook.text {
        return Ok(());
    }
    file::replace(path, &text).map_err(|error| {
        let hint = "the file is as it was";
        Error::with_hint(Exit::Usage, format!("cannot write {}: {error}", path.display()), hint)
    })
}

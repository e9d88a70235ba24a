//! `kpnb lint`: what is wrong with notebooks, and which outputs are out of date. Asks no cluster.

use std::path::PathBuf;

use super::file;
use crate::notebook;
use crate::report::{self, Error, Exit, Style};

/// Say what is wrong with notebooks, without a cluster: unknown attributes, duplicate names, unclosed fences,
/// malformed or lost markers, outputs of cells that have changed since.
///
/// Exit codes: 0 nothing, 1 something, 2 an unreadable file.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The notebooks' files.
    #[arg(required = true, value_name = "NOTEBOOK")]
    notebooks: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let mut exit = Exit::Ok;
    for path in &args.notebooks {
        let notebook = match file::read(path) {
            Ok(notebook) => notebook,
            Err(error) => {
                eprint!("{}", report::describe(&*error.report, style));
                exit = exit.worse(error.exit);
                continue;
            }
        };
        for diagnostic in notebook::lint(&notebook) {
            let error = Error::in_file(Exit::Failed, diagnostic, &notebook.name, &notebook.text);
            eprint!("{}", report::describe(&*error.report, style));
            exit = exit.worse(error.exit);
        }
    }
    Ok(exit)
}

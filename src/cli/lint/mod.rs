//! `kpnb lint`: what is wrong with notebooks, and which outputs are out of date. Asks no cluster.

mod manifests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{file, runtime};
use crate::bindings;
use crate::clock::SystemClock;
use crate::cluster::ClusterOptions;
use crate::notebook::{self, Notebook};
use crate::report::{self, Error, Exit, Style};
use crate::script::{Host, Session};

const EXAMPLES: &str = "\
Examples:
  kpnb lint notebooks/*.md";

/// Say what is wrong with notebooks, without a cluster: unknown attributes, duplicate names, unclosed fences, cells that
/// do not compile, malformed or lost markers, outputs of cells that have changed since, manifests that are not there.
///
/// Exit codes: 0 nothing, 1 something, 2 an unreadable file.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The notebooks' files.
    #[arg(required = true, value_name = "NOTEBOOK")]
    notebooks: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let mut exit = Exit::Ok;
    let runtime = runtime::start(&ClusterOptions::default())?;
    let host = Host::new(runtime.handle().clone(), Arc::new(SystemClock::default()));
    for path in &args.notebooks {
        let notebook = match file::read(path) {
            Ok(notebook) => notebook,
            Err(error) => {
                eprint!("{}", report::describe(&*error.report, style));
                exit = exit.worse(error.exit);
                continue;
            }
        };
        for finding in findings(&notebook, path, bindings::compiler(host.clone())) {
            eprint!("{}", report::describe(&*finding.report, style));
            exit = exit.worse(Exit::Failed);
        }
    }
    Ok(exit)
}

/// All that is wrong with a notebook, in the order of its lines.
fn findings(notebook: &Notebook, path: &Path, mut compiler: Session) -> Vec<Error> {
    let located = |diagnostic: notebook::Diagnostic| {
        (diagnostic.line, Error::in_file(Exit::Failed, diagnostic, &notebook.name, &notebook.text))
    };
    let mut found: Vec<(usize, Error)> = notebook::lint(notebook).into_iter().map(located).collect();
    match manifests::missing(notebook, path) {
        Ok(missing) => found.extend(missing.into_iter().map(located)),
        Err(error) => found.push((1, error)),
    }
    for cell in notebook.cells.iter().filter(|cell| !cell.attributes.skip) {
        if let Err(error) = compiler.check(&cell.source, &notebook.name, cell.first_line) {
            let line = error.place.as_ref().map_or(cell.first_line, |place| place.line);
            found.push((line, Error { exit: Exit::Failed, report: error.into() }));
        }
    }
    found.sort_by_key(|(line, _)| *line);
    found.into_iter().map(|(_, error)| error).collect()
}

//! `kpnb run`: runs notebooks and writes what happened into them.
//!
//! - `options`: the command line
//! - `selection`: which cells run
//! - `interrupt`: Ctrl-C
//! - `execute`: the cells of one notebook, then what undoes their changes
//! - `progress`: what a person sees meanwhile
//! - `write`: the outputs into the file

mod execute;
mod interrupt;
mod options;
mod progress;
mod selection;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) use interrupt::Interrupt;
pub(super) use options::Args;
use progress::Progress;
use selection::Selection;

use super::{file, folders, runtime, workspace};
use crate::bindings;
use crate::cluster::{self, Cluster};
use crate::notebook::Notebook;
use crate::report::{self, Error, Exit, NotebookReport, Style};
use crate::script::Host;

/// A notebook that is about to run.
struct Job {
    path: PathBuf,
    notebook: Notebook,
    selection: Selection,
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let Some(jobs) = read(args, style)? else { return Ok(Exit::Usage) };
    let runtime = runtime::start()?;
    let interrupt = Interrupt::listen(&runtime, style)?;
    let options = args.cluster.options();
    let connected = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupt.pressed() => None,
            cluster = cluster::connect(&options) => Some(cluster),
        }
    });
    let Some(connected) = connected else { return Ok(Exit::Interrupted) };
    let cluster = Arc::new(connected?);
    let mut reports = Vec::new();
    for job in jobs {
        let host = Host::new(runtime.handle().clone(), Arc::clone(&cluster.clock));
        interrupt.watch(Some(&host));
        let file = job.notebook.name.clone();
        let report = one(args, job, &cluster, &host, &interrupt, style).unwrap_or_else(|error| {
            eprint!("{}", report::describe(&*error.report, style));
            NotebookReport { file, cells: Vec::new(), took: Duration::ZERO, exit: error.exit }
        });
        reports.push(report);
        if interrupt.is_pressed() {
            break;
        }
    }
    eprint!("{}", report::summarize(&reports, style));
    // What still runs in the background ends with the runtime; nothing waits for it.
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(reports.iter().fold(Exit::Ok, |worst, report| worst.worse(report.exit)))
}

/// Reads all notebooks before the first one runs: a mistake in the last should not be found ten minutes later. None
/// when one of them is wrong, which has been told.
fn read(args: &Args, style: Style) -> Result<Option<Vec<Job>>, Error> {
    let mut jobs = Vec::new();
    let mut wrong = false;
    for path in &args.notebooks {
        let notebook = file::read(path)?;
        for diagnostic in &notebook.diagnostics {
            let shown = Error::in_file(Exit::Usage, diagnostic.clone(), &notebook.name, &notebook.text);
            eprint!("{}", report::describe(&*shown.report, style));
        }
        wrong |= notebook.has_errors();
        let writable = std::fs::metadata(path).is_ok_and(|metadata| !metadata.permissions().readonly());
        if !args.no_write && !writable {
            let message = format!("cannot write {}: the file is read-only", notebook.name);
            return Err(Error::with_hint(Exit::Usage, message, "add --no-write to run it and leave the file alone"));
        }
        if !wrong {
            let selection = Selection::new(args, &notebook)?;
            jobs.push(Job { path: path.clone(), notebook, selection });
        }
    }
    Ok((!wrong).then_some(jobs))
}

/// Runs one notebook and writes its outputs.
fn one(
    args: &Args,
    job: Job,
    cluster: &Arc<Cluster>,
    host: &Host,
    interrupt: &Interrupt,
    style: Style,
) -> Result<NotebookReport, Error> {
    let start = Instant::now();
    let Job { path, notebook, selection } = job;
    let mut progress = Progress::new(style, &notebook.name, selection.count(), host);
    let missing = host.runtime().block_on(cluster.missing(&notebook.front_matter.requires))?;
    if !missing.is_empty() {
        for missing in missing {
            let message = format!("{} cannot run on {}: {}", notebook.name, cluster.name, missing.what);
            progress.error(&*Error::with_hint(Exit::Cluster, message, missing.mend).report);
        }
        let exit = Exit::Cluster;
        return Ok(NotebookReport { file: notebook.name, cells: Vec::new(), took: start.elapsed(), exit });
    }
    let output = folders::output();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let manifests = &notebook.front_matter.manifests;
    let workspace = Arc::new(workspace::workspace(Arc::clone(cluster), folder, manifests, output.clone())?);
    let mut session = bindings::session(host.clone(), Arc::clone(&workspace));
    let ran = execute::execute(args, &notebook, &selection, &workspace, &mut session, interrupt, &mut progress);
    let mut exit = ran.exit;
    if !args.no_write {
        let seen = &cluster.seen;
        exit = exit.worse(
            write::write(args, &path, &notebook, ran.outputs, seen, &output, &mut progress).unwrap_or_else(|error| {
                progress.error(&*error.report);
                error.exit
            }),
        );
    }
    if output.exists() {
        progress.note(&format!("files that cells wrote are in {}", output.display()));
    }
    Ok(NotebookReport { file: notebook.name, cells: ran.cells, took: start.elapsed(), exit })
}

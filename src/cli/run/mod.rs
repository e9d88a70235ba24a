//! `kpnb run`: runs notebooks and writes what happened into them.
//!
//! - `options`: the command line
//! - [`selection`]: which cells run
//! - [`interrupt`]: Ctrl-C
//! - [`execute`]: the cells of one notebook, then what undoes their changes
//! - [`progress`]: what a person sees meanwhile
//! - [`write`]: the outputs into the file

mod execute;
mod interrupt;
mod options;
mod progress;
mod selection;
mod write;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) use interrupt::Interrupt;
pub(super) use options::Args;
use progress::Progress;
use selection::Selection;

use super::{file, runtime};
use crate::bindings::{self, Workspace};
use crate::cluster::{self, Cluster};
use crate::notebook::{Notebook, Severity};
use crate::report::{self, Error, Exit, NotebookReport, Style};
use crate::script::Host;

/// A notebook that is about to run.
struct Job {
    file: file::File,
    notebook: Notebook,
    selection: Selection,
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    // All of them are read before the first one runs: a mistake in the last should not be found ten minutes later.
    let mut jobs = Vec::new();
    let mut unreadable = false;
    for path in &args.notebooks {
        let (file, notebook) = file::open(path)?;
        for diagnostic in &notebook.diagnostics {
            let shown = Error::in_file(Exit::Usage, diagnostic.clone(), &notebook.name, &notebook.text);
            eprint!("{}", report::describe(&*shown.report, style));
        }
        unreadable |= notebook.diagnostics.iter().any(|found| found.severity == Severity::Error);
        let selection = Selection::new(args, &notebook)?;
        jobs.push(Job { file, notebook, selection });
    }
    if unreadable {
        return Ok(Exit::Usage);
    }
    if !args.no_write {
        jobs.iter().try_for_each(|job| job.file.check_writable())?;
    }
    let runtime = runtime::start()?;
    let interrupt = Interrupt::listen(&runtime, style)?;
    let connected = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupt.pressed() => None,
            cluster = cluster::connect(&args.cluster.options()) => Some(cluster),
        }
    });
    let Some(connected) = connected else { return Ok(Exit::Interrupted) };
    let cluster = Arc::new(connected?);
    let mut reports = Vec::new();
    for job in jobs {
        let host = Host::new(runtime.handle().clone(), Arc::clone(&cluster.clock));
        interrupt.watch(Some(&host));
        reports.push(one(args, job, &cluster, &host, &interrupt, style)?);
        if interrupt.is_pressed() {
            break;
        }
    }
    eprint!("{}", report::summarize(&reports, style));
    // What still runs in the background is dropped with the runtime; nothing waits for it.
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(reports.iter().fold(Exit::Ok, |worst, report| worst.worse(report.exit)))
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
    let Job { file, notebook, selection } = job;
    let mut progress = Progress::new(style, &notebook.name, selection.count(), host);
    let requires = &notebook.front_matter.requires;
    let missing = host.runtime().block_on(cluster.missing(requires))?;
    if !missing.is_empty() {
        for missing in missing {
            let error = Error::with_hint(
                Exit::Cluster,
                format!("{} cannot run on {}: {}", notebook.name, cluster.name, missing.what),
                missing.mend,
            );
            progress.error(&*error.report);
        }
        return Ok(NotebookReport {
            file: notebook.name,
            cells: Vec::new(),
            took: start.elapsed(),
            exit: Exit::Cluster,
        });
    }
    let output = tempfile::Builder::new().prefix("kpnb-").tempdir();
    let output = output.map_err(|error| Error::usage(format!("no folder for what the notebook writes: {error}")))?;
    let workspace = Arc::new(Workspace::of_notebook(
        Arc::clone(cluster),
        file.folder(),
        &notebook.front_matter.manifests,
        output.path().to_owned(),
    ));
    let mut session = bindings::session(host.clone(), Arc::clone(&workspace));
    let ran = execute::execute(args, &notebook, &selection, &workspace, &mut session, interrupt, &mut progress);
    drop(session);
    let mut exit = ran.exit;
    if !args.no_write {
        exit = exit.worse(write::write(args, &file, &notebook, ran.outputs, &cluster.seen, &mut progress)?);
    }
    progress.finish();
    // What the notebook has written stays for the person, where it wrote anything.
    if std::fs::read_dir(output.path()).is_ok_and(|mut entries| entries.next().is_some()) {
        eprintln!("what {} wrote is in {}", notebook.name, output.keep().display());
    }
    Ok(NotebookReport { file: notebook.name, cells: ran.cells, took: start.elapsed(), exit })
}

//! Runs notebooks, on a real cluster one after the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use tokio::runtime::Runtime;

use super::side_by_side::side_by_side;
use super::{How, Interrupt, Progress, Selection, Turn, Turns, Which, execute, reporter};
use crate::bindings;
use crate::cli::{file, folders, lock, recorded, runtime, workspace};
use crate::client::{self, Seen};
use crate::cluster::{self, Cluster};
use crate::journal::Inventory;
use crate::notebook::{Checked, Notebook, Run, Severity, TokenClass};
use crate::report::{self, Error, Exit, Fault, NotebookReport, RunReport, Style};
use crate::script::{Host, Panic, caught};

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Task<'a> {
    /// The command, for reports.
    pub(in crate::cli) command: &'static str,
    /// Which notebooks and cells.
    pub(in crate::cli) which: &'a Which,
    /// On which cluster, within which bounds.
    pub(in crate::cli) how: &'a How,
    /// Whether the files will be written: one that cannot be is an error before anything runs.
    pub(in crate::cli) writes: bool,
    /// Whether each cell's output goes to standard output.
    pub(in crate::cli) prints: bool,
}

/// What the cells of a notebook left, for the command that ran them.
pub(in crate::cli) struct Brought<'a> {
    /// The notebook's file.
    pub(in crate::cli) path: &'a Path,
    /// As it was read.
    pub(in crate::cli) notebook: &'a Notebook,
    /// Its new outputs.
    pub(in crate::cli) run: Run,
    /// A folder for what cannot be written.
    pub(in crate::cli) spare: &'a Path,
    /// To say something.
    pub(in crate::cli) progress: &'a mut Progress,
    /// Whether Ctrl-C was pressed, and will be.
    pub(in crate::cli) interrupt: &'a Interrupt,
}

/// What a command does with what was brought.
pub(in crate::cli) type Finish<'f> = dyn FnMut(Brought<'_>) -> Result<Finished, Error> + Send + 'f;

/// What it came to.
#[derive(Debug, Default)]
pub(in crate::cli) struct Finished {
    /// How the notebook ends, unless its cells end worse.
    pub(in crate::cli) exit: Exit,
    /// The comparison with what was recorded, if there was one.
    pub(in crate::cli) checked: Option<Checked>,
}

/// Runs notebooks, and after each one `finish`. Ends as the worst of them did, or `finish`.
///
/// # Errors
/// An unreadable notebook, a cell that is not there, a cluster that cannot be reached or is refused.
pub(in crate::cli) fn notebooks(task: &Task<'_>, style: Style, finish: &mut Finish<'_>) -> Result<Exit, Error> {
    // Commands that compare say there what differs.
    let printing = task.prints || task.command != "run";
    reporter::check(&task.how.reports, &task.which.notebooks, printing)?;
    let start = Instant::now();
    let mut run = RunReport::begin(task.command);
    let ended = all(task, start, style, finish, &mut run);
    run.took = start.elapsed();
    match &ended {
        Ok(exit) => run.exit = *exit,
        Err(error) => {
            run.exit = error.exit;
            run.errors.push(error.into());
        }
    }
    let written = reporter::write(&task.how.reports, &run);
    ended.map(|exit| match written {
        Ok(()) => exit,
        Err(error) => {
            report::tell(&report::describe(&*error.report, style));
            exit.worse(error.exit)
        }
    })
}

/// Runs all of them, and puts what comes of it into `run`.
fn all(
    task: &Task<'_>,
    start: Instant,
    style: Style,
    finish: &mut Finish<'_>,
    run: &mut RunReport,
) -> Result<Exit, Error> {
    let options = task.how.cluster.options();
    let at_once = task.how.at_once(&options)?;
    let Some(jobs) = read(task, style, run)? else { return Ok(Exit::Usage) };
    let begun = if options.is_sandbox() {
        side_by_side(task, jobs, at_once, style, finish)?
    } else {
        one_by_one(task, jobs, style, finish)?
    };
    let Some(Begun { cluster, reports }) = begun else { return Ok(Exit::Interrupted) };
    run.cluster = Some(cluster);
    run.notebooks = reports;
    report::tell(&report::summarize(&run.notebooks, start.elapsed(), style, !task.how.reports.is_empty()));
    Ok(run.notebooks.iter().fold(Exit::Ok, |worst, report| worst.worse(report.exit)))
}

/// What became of the notebooks.
pub(super) struct Begun {
    /// The cluster's name and version.
    pub(super) cluster: (String, String),
    pub(super) reports: Vec<NotebookReport>,
}

/// Runs notebooks on one cluster, which has one run at a time. None where Ctrl-C came first.
fn one_by_one(task: &Task<'_>, jobs: Vec<Job>, style: Style, finish: &mut Finish<'_>) -> Result<Option<Begun>, Error> {
    let options = task.how.cluster.options();
    let runtime = runtime::start(&options)?;
    let interrupt = Interrupt::listen(&runtime, style)?;
    let connected = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupt.pressed() => None,
            cluster = cluster::connect(&options) => Some(cluster),
        }
    });
    let Some(connected) = connected else { return Ok(None) };
    let cluster = Arc::new(connected?);
    let first = jobs.first().map_or("kpnb", |job| job.notebook.name.as_str());
    let lock = lock::take(&runtime, &interrupt, &cluster, first, task.how.no_wait)?;
    let Some(lock) = lock else { return Ok(None) };
    let mut begun = Begun { cluster: (cluster.name.clone(), cluster.version.clone()), reports: Vec::new() };
    let turns = Turns::default();
    for (at, job) in jobs.into_iter().enumerate() {
        // Who waits is only told less.
        let _ = lock.tell(&job.notebook.name);
        let place = Place { at, turn: turns.turn(at), interrupt: &interrupt, style };
        begun.reports.push(ran(task, job, &cluster, &runtime, &place, finish));
        if interrupt.is_pressed() {
            break;
        }
    }
    // What still runs in the background ends with the runtime; nothing waits for it.
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(Some(begun))
}

/// A notebook's place among the others.
pub(super) struct Place<'a> {
    /// Which of them it is, from 0.
    pub(super) at: usize,
    pub(super) turn: Turn,
    pub(super) interrupt: &'a Interrupt,
    pub(super) style: Style,
}

/// Runs one notebook, and ends its turn. What goes wrong, kpnb's own mistakes too, has then been told.
pub(super) fn ran(
    task: &Task<'_>,
    job: Job,
    cluster: &Arc<Cluster>,
    runtime: &Runtime,
    place: &Place<'_>,
    finish: &mut Finish<'_>,
) -> NotebookReport {
    let host = Host::new(runtime.handle().clone(), Arc::clone(&cluster.clock));
    place.interrupt.watch(Some(&host));
    let file = job.notebook.name.clone();
    let (started, start) = (Timestamp::now(), Instant::now());
    let ran = caught(|| one(task, job, cluster, &host, place, finish));
    let report = ran
        .unwrap_or_else(|panic| Err(fallen(&panic, &cluster.name)))
        .unwrap_or_else(|error| place.failed(file, started, start.elapsed(), &error));
    place.turn.end();
    report
}

impl Place<'_> {
    /// Tells why a notebook has not run, or not to its end.
    pub(super) fn failed(&self, file: String, started: Timestamp, took: Duration, error: &Error) -> NotebookReport {
        self.turn.tell(&report::describe(&*error.report, self.style), report::tell);
        let errors = vec![Fault::from(error)];
        NotebookReport { file, cells: Vec::new(), started, took, exit: error.exit, errors, checked: None }
    }
}

/// The error of a notebook whose run ended in a mistake of kpnb's own, outside of any cell. What it had changed is in its
/// journal.
fn fallen(panic: &Panic, cluster: &str) -> Error {
    let hint = format!("please report it; to undo what the run has changed: kpnb recover --cluster {cluster}");
    Error::with_hint(Exit::Failed, panic.told(), hint)
}

/// A notebook that is about to run.
pub(super) struct Job {
    path: PathBuf,
    pub(super) notebook: Notebook,
    selection: Selection,
}

/// Reads all notebooks before the first one runs: a mistake in the last should not be found ten minutes later. None
/// when one of them is wrong, which has been told.
fn read(task: &Task<'_>, style: Style, run: &mut RunReport) -> Result<Option<Vec<Job>>, Error> {
    let mut jobs = Vec::new();
    let mut wrong = false;
    for path in &task.which.notebooks {
        let notebook = file::read(path)?;
        for diagnostic in &notebook.diagnostics {
            let shown = Error::in_file(Exit::Usage, diagnostic.clone(), &notebook.name, &notebook.text);
            report::tell(&report::describe(&*shown.report, style));
            if diagnostic.severity == Severity::Error {
                run.errors.push(Fault::from(&shown));
            }
        }
        wrong |= notebook.has_errors();
        let writable = std::fs::metadata(path).is_ok_and(|metadata| !metadata.permissions().readonly());
        if task.writes && !writable {
            let message = format!("cannot write {}: the file is read-only", notebook.name);
            return Err(Error::with_hint(Exit::Usage, message, "add --no-write to run it and leave the file alone"));
        }
        if !wrong {
            let selection = Selection::new(task.which, &notebook)?;
            jobs.push(Job { path: path.clone(), notebook, selection });
        }
    }
    Ok((!wrong).then_some(jobs))
}

/// Runs one notebook and finishes it.
fn one(
    task: &Task<'_>,
    job: Job,
    cluster: &Arc<Cluster>,
    host: &Host,
    place: &Place<'_>,
    finish: &mut Finish<'_>,
) -> Result<NotebookReport, Error> {
    let (started, start) = (Timestamp::now(), Instant::now());
    let Job { path, notebook, selection } = job;
    let interrupt = place.interrupt;
    let mut progress = Progress::new(place.style, place.turn.clone(), &notebook.name, selection.count(), host);
    let missing = host.runtime().block_on(async {
        tokio::select! {
            biased;
            () = interrupt.pressed() => None,
            missing = cluster.missing(&notebook.front_matter.requires) => Some(missing),
        }
    });
    let Some(missing) = missing.transpose()? else {
        progress.note("interrupted: nothing has run");
        let (exit, errors) = (Exit::Interrupted, Vec::new());
        let took = start.elapsed();
        let cells = Vec::new();
        return Ok(NotebookReport { file: notebook.name, cells, started, took, exit, errors, checked: None });
    };
    if !missing.is_empty() {
        for missing in missing {
            let message = format!("{} cannot run on {}: {}", notebook.name, cluster.name, missing.what);
            progress.problem(&Error::with_hint(Exit::Cluster, message, missing.mend));
        }
        let (exit, errors) = (Exit::Cluster, progress.take_problems());
        let cells = Vec::new();
        let took = start.elapsed();
        return Ok(NotebookReport { file: notebook.name, cells, started, took, exit, errors, checked: None });
    }
    let output = folders::output(place.at);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let manifests = &notebook.front_matter.manifests;
    let (journal, recorded) = recorded::recorded(cluster, &notebook.name, folder, manifests);
    let workspace = Arc::new(workspace::workspace(recorded, folder, manifests, journal, output.clone())?);
    interrupt.recovers(&workspace.journal);
    if !task.how.no_inventory {
        let touched = workspace.reverting().touched();
        workspace.journal.set_inventory(host.block_on(Inventory::take(&touched))?);
    }
    for notebook in recorded::left(cluster) {
        let recover = format!("kpnb recover --cluster {}", cluster.name);
        progress.note(&format!("an earlier run of {notebook} has left its changes; to undo them: {recover}"));
    }
    let mut session = bindings::session(host.clone(), Arc::clone(&workspace));
    let ran = execute::execute(task, &notebook, &selection, &workspace, &mut session, interrupt, &mut progress);
    let run = Run { outputs: ran.outputs, tokens: tokens(&cluster.seen), refresh: false };
    let (path, progress_of) = (&path, &mut progress);
    let brought = Brought { path, notebook: &notebook, run, spare: &output, progress: progress_of, interrupt };
    let finished = finish(brought).unwrap_or_else(|error| {
        progress.problem(&error);
        Finished { exit: error.exit, checked: None }
    });
    let (mut exit, checked) = (ran.exit.worse(finished.exit), finished.checked);
    if interrupt.is_pressed() {
        // Also while the outputs were written: that is not cut short.
        exit = exit.worse(Exit::Interrupted);
    }
    if output.exists() {
        progress.note(&format!("files that cells wrote are in {}", output.display()));
    }
    let errors = progress.take_problems();
    let took = start.elapsed();
    Ok(NotebookReport { file: notebook.name, cells: ran.cells, started, took, exit, errors, checked })
}

fn tokens(seen: &Seen) -> Vec<(String, TokenClass)> {
    seen.tokens().into_iter().map(|(token, class)| (token, class_of(class))).collect()
}

fn class_of(class: client::TokenClass) -> TokenClass {
    match class {
        client::TokenClass::GeneratedName => TokenClass::GeneratedName,
        client::TokenClass::Uid => TokenClass::Uid,
        client::TokenClass::Ip => TokenClass::Ip,
        client::TokenClass::Revision => TokenClass::Revision,
        client::TokenClass::ContainerId => TokenClass::ContainerId,
        client::TokenClass::Timestamp => TokenClass::Timestamp,
        client::TokenClass::EtcdId => TokenClass::EtcdId,
        client::TokenClass::TemplateHash => TokenClass::TemplateHash,
        client::TokenClass::Integer => TokenClass::Integer,
    }
}

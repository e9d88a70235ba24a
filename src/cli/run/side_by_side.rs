//! Runs notebooks at once, each in a sandbox of its own, on a thread of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::notebooks::{Begun, Finish, Job, Place, ran};
use super::{Interrupt, Task, Turns};
use crate::cli::runtime;
use crate::cluster::{self, ClusterOptions};
use crate::report::{Error, NotebookReport, Style};
use crate::script::with_stack;

/// Runs the notebooks, `at_once` at a time. None where Ctrl-C came first.
pub(super) fn side_by_side(
    task: &Task<'_>,
    jobs: Vec<Job>,
    at_once: usize,
    style: Style,
    finish: &mut Finish<'_>,
) -> Result<Option<Begun>, Error> {
    let listening = runtime::start(&ClusterOptions::default())?;
    let interrupt = Interrupt::listen(&listening, style)?;
    let (turns, count) = (Turns::default(), jobs.len());
    // All have theirs from the beginning: who ends first must know of those before it.
    let places = (0..count).map(|at| (at, turns.turn(at), interrupt.beside()));
    let waiting = Mutex::new(jobs.into_iter().zip(places.collect::<Vec<_>>()));
    let reports: Mutex<Vec<_>> = Mutex::new((0..count).map(|_| None).collect());
    let finish = Mutex::new(finish);
    let work = || {
        loop {
            let next = lock(&waiting).next().filter(|_| !interrupt.is_pressed());
            let Some((job, (at, turn, interrupt))) = next else { break };
            let place = Place { at, turn, interrupt: &interrupt, style };
            let report = alone(task, job, &place, &mut |brought| (*lock(&finish))(brought));
            lock(&reports)[at] = Some(report);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..at_once.min(count) {
            scope.spawn(|| with_stack(work));
        }
        work();
    });
    let reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    let version = crate::sandbox::version::V1_20_2.name.to_owned();
    let name = cluster::sandbox_name(task.how.cluster.options().profile);
    let begun = Begun { cluster: (name.to_owned(), version), reports: reports.into_iter().flatten().collect() };
    Ok((!begun.reports.is_empty()).then_some(begun))
}

/// Runs one notebook in a sandbox that is made for it.
fn alone(task: &Task<'_>, job: Job, place: &Place<'_>, finish: &mut Finish<'_>) -> NotebookReport {
    let (started, start) = (Timestamp::now(), Instant::now());
    let options = task.how.cluster.options();
    let begun = runtime::start(&options).and_then(|runtime| {
        let cluster = runtime.block_on(cluster::connect(&options))?;
        Ok((runtime, Arc::new(cluster)))
    });
    match begun {
        Ok((runtime, cluster)) => {
            let report = ran(task, job, &cluster, &runtime, place, finish);
            // What still runs in the background ends with the runtime; nothing waits for it.
            runtime.shutdown_timeout(Duration::from_millis(100));
            report
        }
        Err(error) => {
            let report = place.failed(job.notebook.name, started, start.elapsed(), &error);
            place.turn.end();
            report
        }
    }
}

/// Lists and counters are whole at every moment, so a panic elsewhere cannot have broken them.
fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

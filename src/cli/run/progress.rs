//! What a person sees while a notebook runs: on a terminal one line that is drawn over, elsewhere plain lines.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use miette::Diagnostic;

use super::Turn;
use crate::report::{self, Error, Fault, Outcome, Style, elapsed};
use crate::script::{Claim, Host, Piece, Waiting};

/// How often the line is drawn, and how soon a claim shows.
const TICK: Duration = Duration::from_millis(100);

/// The progress of one notebook.
pub(in crate::cli) struct Progress {
    shown: Arc<Shown>,
    ticker: tokio::task::JoinHandle<()>,
}

struct Shown {
    style: Style,
    host: Host,
    /// Whether it may speak yet.
    turn: Turn,
    /// The line that is drawn over; hidden without a terminal.
    bar: ProgressBar,
    total: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Counts the cells that run.
    number: usize,
    running: Option<Running>,
    claims: Vec<Claim>,
    problems: Vec<Fault>,
}

#[derive(Clone)]
struct Running {
    label: String,
    since: Instant,
    timeout: Duration,
}

impl Progress {
    /// Begins with a line for the notebook, of which `total` cells are to run.
    pub(super) fn new(style: Style, turn: Turn, notebook: &str, total: usize, host: &Host) -> Self {
        let target = if style.terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        // The terminal shows `^C` behind the line: it must not begin another one, or the line would not be found again.
        if let Ok(template) = ProgressStyle::with_template("{spinner} {wide_msg}    ") {
            bar.set_style(template);
        }
        let shown = Arc::new(Shown { style, host: host.clone(), turn, bar, total, state: Mutex::default() });
        shown.line(&style.bold(notebook));
        let ticking = Arc::clone(&shown);
        let ticker = host.runtime().spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                ticking.tick();
            }
        });
        Self { shown, ticker }
    }

    /// A cell begins, and may take so long.
    pub(super) fn cell_started(&mut self, label: &str, timeout: Duration) {
        let mut state = self.shown.state();
        state.number += 1;
        state.running = Some(Running { label: label.to_owned(), since: Instant::now(), timeout });
        let count = self.shown.count(&state);
        drop(state);
        if self.shown.style.terminal {
            self.shown.tick();
        } else {
            self.shown.line(&format!("{count} {label}"));
        }
    }

    /// Takes the claims of the cell that has just run, after showing them.
    pub(super) fn take_claims(&mut self) -> Vec<Claim> {
        self.shown.tick();
        std::mem::take(&mut self.shown.state().claims)
    }

    /// The cell has ended.
    pub(super) fn cell_ended(&mut self, label: &str, outcome: Outcome) {
        let mut state = self.shown.state();
        let took = state.running.take().map_or(Duration::ZERO, |running| running.since.elapsed());
        let count = self.shown.count(&state);
        drop(state);
        let style = self.shown.style;
        let end = match outcome {
            Outcome::Ok | Outcome::Skipped => style.good("ok"),
            Outcome::Failed => style.bad("failed"),
            Outcome::TimedOut => style.bad("timed out"),
            Outcome::Interrupted => style.bad("interrupted"),
        };
        self.shown.line(&format!("{count} {label} {end} {}", style.dim(&elapsed(took))));
    }

    /// Says something besides.
    pub(in crate::cli) fn note(&mut self, text: &str) {
        self.shown.line(text);
    }

    /// Shows an error or a warning.
    pub(in crate::cli) fn error(&mut self, error: &dyn Diagnostic) {
        let text = self.shown.host.mask(&report::describe(error, self.shown.style));
        self.shown.tell(&text);
    }

    /// Shows an error that is not a cell's, and keeps it for the notebook's report.
    pub(super) fn problem(&mut self, error: &Error) {
        self.error(&*error.report);
        let fault = Fault::from(error);
        let hint = fault.hint.map(|hint| self.shown.host.mask(&hint));
        let message = self.shown.host.mask(&fault.message);
        self.shown.state().problems.push(Fault { message, hint, ..fault });
    }

    /// Takes what [`Progress::problem`] has shown.
    pub(super) fn take_problems(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.shown.state().problems)
    }

    /// Prints text to standard output.
    pub(in crate::cli) fn say(&mut self, text: &str) {
        let text = self.shown.host.mask(text);
        self.shown.print(&text);
    }

    /// Prints a cell's output to standard output.
    pub(super) fn print(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.shown.print(text),
                Piece::Block(block) => self.shown.print(&block.text),
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.ticker.abort();
        self.shown.bar.finish_and_clear();
    }
}

impl Shown {
    fn state(&self) -> MutexGuard<'_, State> {
        // Counters and lists are whole at every moment, so a panic elsewhere cannot have broken them.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, state: &State) -> String {
        self.style.dim(&format!("[{}/{}]", state.number, self.total))
    }

    fn line(&self, text: &str) {
        self.tell(&format!("{}\n", self.host.mask(text)));
    }

    fn tell(&self, text: &str) {
        self.turn.tell(text, |text| self.bar.suspend(|| report::tell(text)));
    }

    fn print(&self, text: &str) {
        self.turn.print(text, |text| self.bar.suspend(|| report::print(text)));
    }

    /// Shows the claims that were judged since, and draws the line anew.
    fn tick(&self) {
        // Held until they are shown, so that two callers cannot show them in another order.
        let mut state = self.state();
        for claim in self.host.take_claims() {
            let mark = if claim.proved { self.style.good("✓") } else { self.style.bad("✗") };
            self.line(&format!("  {mark} {}", claim.text));
            for line in claim.evidence.iter().filter(|_| !claim.proved).flat_map(|evidence| evidence.lines()) {
                self.line(&format!("      {line}"));
            }
            state.claims.push(claim);
        }
        let Some(running) = &state.running else { return };
        if self.style.terminal && self.turn.has_come() {
            let waiting = self.host.waiting().map(|waiting| self.waits(&waiting)).unwrap_or_default();
            let (took, timeout) = (elapsed(running.since.elapsed()), elapsed(running.timeout));
            let message = format!("{} {} {took} of {timeout}{waiting}", self.count(&state), running.label);
            self.bar.set_message(report::harmless(&self.host.mask(&message)).into_owned());
            self.bar.tick();
        }
    }

    /// `: 4.0s, until 14:03:10, in wait_until(|| …)`: what may be long comes last, as the end of a long line is not shown.
    fn waits(&self, waiting: &Waiting) -> String {
        let now = self.host.clock().elapsed();
        let mut text = format!(": {}", elapsed(now.saturating_sub(waiting.since)));
        if let Some(until) = waiting.until {
            let left = until.saturating_sub(now);
            if let Ok(at) = self.host.clock().now().to_zoned(TimeZone::system()).checked_add(left) {
                text += &format!(", until {},", at.strftime("%H:%M:%S"));
            }
        }
        let words: Vec<&str> = waiting.what.split_whitespace().collect();
        text += &format!(" in {}", words.join(" "));
        text
    }
}

//! `kpnb check`: runs notebooks and says where they say something else than what is recorded. Never writes.

use super::run::{self, Finished, How, Task, Which};
use crate::notebook;
use crate::report::{self, Error, Exit, Style};

const EXAMPLES: &str = "\
Examples:
  kpnb check --cluster kind-k8splayground notebooks/*.md
  kpnb check --until delete-namespace notebooks/finalizers.md
  kpnb check -v notebooks/finalizers.md
  kpnb check --report junit=junit.xml --report json=report.json notebooks/*.md

Differences go to standard output. What differs from run to run (generated names, addresses, ages) is no difference, as
long as what was one stays one: a Pod that was replaced must be replaced again, one that stayed must stay.

Exit codes: 0 ok, 1 a cell failed, 2 usage or unreadable notebook, 3 drift, 4 cluster unreachable or refused,
130 interrupted.";

/// Run notebooks and compare what happens with what is recorded in them. Writes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: How,
    /// Show each difference that was masked, not only how many of each class.
    #[arg(short = 'v', long = "masked")]
    masked: bool,
}

pub(super) fn run(args: &Args, style: Style, out: Style) -> Result<Exit, Error> {
    let task = Task { command: "check", which: &args.which, how: &args.how, writes: false, prints: false };
    run::notebooks(&task, style, &mut |brought| {
        let checked = notebook::check(brought.notebook, &brought.run);
        brought.progress.say(&report::describe_drift(brought.notebook, &checked, out));
        brought.progress.say(&report::describe_masked(brought.notebook, &checked, args.masked, out));
        let exit = if checked.has_drifted() { Exit::Drift } else { Exit::Ok };
        Ok(Finished { exit, checked: Some(checked) })
    })
}

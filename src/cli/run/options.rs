//! The command line of `kpnb run`, and what it shares with those that run notebooks too.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use super::ReportTo;
use crate::cli::cluster::ClusterArgs;
use crate::cluster::ClusterOptions;
use crate::notebook::parse_duration;
use crate::report::{Error, Exit};

const EXAMPLES: &str = "\
Examples:
  kpnb run --cluster kind-k8splayground notebooks/finalizers.md
  kpnb run --cluster kind-k8splayground notebooks/*.md
  kpnb run --only delete-namespace --no-write notebooks/finalizers.md
  kpnb run --from apply-dangling --until delete-dangling notebooks/finalizers.md
  kpnb run --jobs 2 notebooks/*.md
  kpnb run --timeout 5m --cleanup-timeout 2m --notebook-timeout 30m notebooks/*.md
  kpnb run --report junit=junit.xml --report json=report.json notebooks/*.md
  kpnb run --report json=- notebooks/finalizers.md | jq '.notebooks[].cells[] | select(.status == \"failed\")'

At the end, and also after a failed cell, a timeout or Ctrl-C, the cells marked cleanup run, then all changes are undone,
and then the cluster is compared with how it was before; a difference fails the run. A second Ctrl-C leaves at once:
`kpnb recover` then undoes what is left. A cluster has one run at a time: a second one waits, and says for which.

Exit codes: 0 ok, 1 a cell failed, 2 usage or unreadable notebook, 4 cluster unreachable or refused, 130 interrupted.";

/// Run notebooks and write what happened back into them.
///
/// Cells run in order, in one session a notebook. Outputs that say the same as the recorded ones keep their bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    pub(super) which: Which,
    #[command(flatten)]
    pub(super) how: How,
    /// Leave the files alone; each cell's output goes to standard output.
    #[arg(long)]
    pub(super) no_write: bool,
    /// Write every output, also those that say the same as the recorded ones.
    #[arg(long, conflicts_with = "no_write")]
    pub(super) refresh: bool,
}

/// Which notebooks and cells run.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Which {
    /// The notebooks. On a real cluster one runs after the other.
    #[arg(required = true, value_name = "NOTEBOOK")]
    pub(in crate::cli) notebooks: Vec<PathBuf>,
    /// Run only this cell, and those marked cleanup. May be repeated. A cell without a name is #3, by its place.
    #[arg(long, value_name = "CELL", conflicts_with_all = ["from", "until"])]
    pub(in crate::cli) only: Vec<String>,
    /// Begin with this cell.
    #[arg(long, value_name = "CELL")]
    pub(in crate::cli) from: Option<String>,
    /// End with this cell, and those after it that are marked cleanup.
    #[arg(long, value_name = "CELL")]
    pub(in crate::cli) until: Option<String>,
}

/// How they run.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct How {
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
    /// How many notebooks run at once in the sandbox, where each has one of its own. What they say comes in their order. [default: as
    /// many as this machine has processors]
    #[arg(long, short, value_name = "N")]
    pub(super) jobs: Option<NonZero<usize>>,
    /// Cut outputs that are longer than this; 0 cuts none.
    #[arg(long, value_name = "LINES", default_value_t = 200)]
    pub(super) max_lines: usize,
    /// How long a cell may take that states no timeout itself, nor does its notebook: 90s, 5m, 1h. [default: 10m]
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub(super) timeout: Option<Duration>,
    /// The same for a cell that cleans up. [default: 10m]
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub(super) cleanup_timeout: Option<Duration>,
    /// How long the cells of a notebook may take together, whatever it says itself; those that clean up run beyond it.
    /// [default: no limit]
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub(super) notebook_timeout: Option<Duration>,
    /// Also write a report when all is done, or when it failed: json=FILE in the form of docs/report.schema.json, or
    /// junit=FILE as CI servers read it. FILE - is standard output. May be repeated.
    #[arg(long = "report", value_name = "FORM=FILE")]
    pub(super) reports: Vec<ReportTo>,
    /// Leave all changes for a look: neither cells marked cleanup run nor is anything undone. `kpnb recover` does it later.
    #[arg(long)]
    pub(super) keep: bool,
    /// Do not wait for another run on the cluster; end with exit code 4.
    #[arg(long)]
    pub(super) no_wait: bool,
    /// Do not compare the cluster with how it was before: for one that others change meanwhile.
    #[arg(long, env = "KPNB_NO_INVENTORY")]
    pub(super) no_inventory: bool,
}

impl How {
    /// How many notebooks run at once.
    ///
    /// # Errors
    /// Several, on a real cluster.
    pub(super) fn at_once(&self, cluster: &ClusterOptions) -> Result<usize, Error> {
        if cluster.is_sandbox() {
            let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
            return Ok(self.jobs.map_or_else(processors, NonZero::get));
        }
        if self.jobs.is_some_and(|jobs| jobs.get() > 1) {
            let hint = "leave --jobs out: notebooks break nodes, so a real cluster has one run at a time";
            return Err(Error::with_hint(
                Exit::Usage,
                "--jobs: several notebooks at once run only in the sandbox",
                hint,
            ));
        }
        Ok(1)
    }

    /// The most lines that an output may have.
    pub(super) fn max_lines(&self) -> Option<usize> {
        (self.max_lines > 0).then_some(self.max_lines)
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write 90s, 5m, 1m30s or 250ms".to_owned())
}

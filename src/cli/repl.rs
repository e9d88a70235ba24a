//! `kpnb repl`: a session, line by line.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use super::cluster::ClusterArgs;
use super::{folders, recorded, runtime, workspace};
use crate::repl::Repl;
use crate::report::{Error, Exit, Style};
use crate::script::Host;
use crate::{bindings, cluster};

const EXAMPLES: &str = "\
Examples:
  kpnb repl --cluster kind-k8splayground
  echo 'show(\"kubectl get nodes\")' | kpnb repl --cluster kind-k8splayground

At the prompt :help says more. Input from a pipe ends at its first error, with exit code 1.";

/// Run cells line by line, in a session as a notebook has it.
///
/// Files and modules are looked up as for a notebook in the current folder.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let runtime = runtime::start(&args.cluster.options())?;
    let cluster = Arc::new(runtime.block_on(cluster::connect(&args.cluster.options()))?);
    let host = Host::new(runtime.handle().clone(), Arc::clone(&cluster.clock));
    let (journal, cluster) = recorded::recorded(&cluster, "repl", Path::new("."), &[]);
    let workspace = Arc::new(workspace::workspace(cluster, Path::new("."), &[], journal, folders::output(0))?);
    let session = bindings::session(host, Arc::clone(&workspace));
    let repl = Repl::new(session, workspace, style)?;
    let exit = if std::io::stdin().is_terminal() {
        repl.interactive(folders::state().map(|folder| folder.join("history")))
    } else {
        repl.piped()
    };
    runtime.shutdown_background();
    exit
}

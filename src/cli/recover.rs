//! `kpnb recover`: undoes what a run has left that could not do so itself.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::cluster::ClusterArgs;
use super::{folders, runtime, workspace};
use crate::bindings::Workspace;
use crate::client::Failure;
use crate::cluster::{self, Cluster, ClusterOptions};
use crate::journal::folder::Found;
use crate::journal::{self, ClusterLock, Header, Inverse, Journal};
use crate::report::{self, Error, Exit, Style};

const EXAMPLES: &str = "\
Examples:
  kpnb recover --list
  kpnb recover --cluster kind-k8splayground
  kpnb recover

A run writes each change down before it makes it, and undoes all of them when it ends. One that was killed, or ended with
--keep, leaves its journal behind. Recovering twice is harmless, and so is a recovery that was itself cut short.

Exit codes: 0 ok, 1 something could not be undone, 2 usage, 4 cluster unreachable or refused: another cluster of the same
name, or a run that still goes on.";

/// How long an API server may take to answer again whose container was started anew.
const BACK_AGAIN: Duration = Duration::from_secs(90);

/// Undo the changes of runs that were killed or kept.
///
/// Without --cluster, those on every cluster that a journal is about.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// Only say which journals there are.
    #[arg(long)]
    list: bool,
    /// Do not compare the cluster with how it was before: for one that others have changed since.
    #[arg(long, env = "KPNB_NO_INVENTORY")]
    no_inventory: bool,
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let wanted = args.cluster.options();
    let mut found = journal::folder::list(&folders::lasting());
    found.retain(|found| {
        let cluster = found.header.as_ref().map(|header| &header.cluster);
        wanted.name.is_none() || cluster.is_none() || cluster == wanted.name.as_ref()
    });
    if args.list {
        list(&found);
        return Ok(Exit::Ok);
    }
    let runtime = runtime::start(&wanted)?;
    let mut exit = Exit::Ok;
    let mut any = false;
    // What was changed last is undone first.
    for found in found.iter().rev() {
        let Some(header) = &found.header else {
            // It broke off before it was whole, so nothing was changed. One that is held is just being begun.
            if !found.held {
                let _ = std::fs::remove_file(&found.path);
            }
            continue;
        };
        any = true;
        let name = Some(header.cluster.clone());
        let options = ClusterOptions { name, ..wanted.clone() };
        exit = exit.worse(one(&runtime, found, header, &options, args.no_inventory, style).unwrap_or_else(|error| {
            eprint!("{}", report::describe(&*error.report, style));
            error.exit
        }));
    }
    if !any {
        eprintln!("no run has left anything to undo");
    }
    runtime.shutdown_background();
    Ok(exit)
}

fn list(found: &[Found]) {
    let rows = found.iter().filter_map(|found| {
        let header = found.header.as_ref()?;
        let state = if found.held { "running" } else { "left" };
        let started = header.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let pid = header.pid.to_string();
        Some([
            header.cluster.clone(),
            header.notebook.clone(),
            started,
            pid,
            state.to_owned(),
            found.pending.to_string(),
        ])
    });
    let head = ["CLUSTER", "NOTEBOOK", "STARTED", "PROCESS", "STATE", "CHANGES"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(rows).collect();
    if rows.len() == 1 {
        println!("no run has left anything to undo");
        return;
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths = [0, 1, 2, 3, 4, 5].map(width);
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        println!("{}", cells.collect::<Vec<_>>().join("   ").trim_end());
    }
}

/// Undoes one journal.
fn one(
    runtime: &Runtime,
    found: &Found,
    header: &Header,
    options: &ClusterOptions,
    no_inventory: bool,
    style: Style,
) -> Result<Exit, Error> {
    let notebook = &header.notebook;
    let runs = || {
        let message = format!("{notebook} still runs on {} (process {})", header.cluster, header.pid);
        Error::with_hint(Exit::Cluster, message, "it undoes its changes itself when it ends: Ctrl-C ends it")
    };
    let Some(journal) = Journal::open(&found.path)? else { return Err(runs()) };
    let cluster = Arc::new(runtime.block_on(connect(&journal, header, options))?);
    if cluster.uid != header.uid {
        return Err(Error::with_hint(
            Exit::Cluster,
            format!("{} is another cluster than the one that {notebook} ran on, which had this name", header.cluster),
            format!("if that one is gone, so are the changes: remove {}", found.path.display()),
        ));
    }
    let lock = ClusterLock::try_take(&folders::lasting(), &cluster.uid, "kpnb recover");
    let lock = lock.map_err(|error| Error::usage(format!("{}: {error}", folders::lasting().display())))?;
    let _lock = lock.map_err(|holder| {
        Error::with_hint(Exit::Cluster, format!("{} is in use by {holder}", header.cluster), "wait until it has ended")
    })?;
    eprintln!("{notebook}, run {} on {}: {} changes to undo", header.started, header.cluster, journal.len());
    let workspace = workspace_of(header, &cluster)?;
    let tell = |text: &str| eprintln!("{text}");
    let left = runtime.block_on(journal::undo(&journal, &workspace.touched(), &workspace, &tell));
    let mut exit = Exit::Ok;
    for left in left {
        exit = Exit::Failed;
        let error = Error::with_hint(Exit::Failed, left.message, left.mend);
        eprint!("{}", report::describe(&*error.report, style));
    }
    if let Some(before) = journal.inventory().filter(|_| journal.has_changed() && !no_inventory) {
        for difference in runtime.block_on(before.settled(&workspace.touched(), &tell))? {
            exit = Exit::Failed;
            let message = format!("{} is not as it was: {}", header.cluster, difference.what);
            let error = Error::with_hint(Exit::Failed, message, difference.mend);
            eprint!("{}", report::describe(&*error.report, style));
        }
    }
    for line in journal.damaged() {
        exit = Exit::Failed;
        let message = format!("{}:{line}: cannot be read; what it says is not undone", found.path.display());
        let error =
            Error::with_hint(Exit::Failed, message, "look at it, mend the cluster by hand, and remove the file");
        eprint!("{}", report::describe(&*error.report, style));
    }
    if exit == Exit::Ok {
        journal.remove()?;
        eprintln!("{notebook}: all is undone");
    }
    Ok(exit)
}

/// What a journal's commands can reach. Its folder may be gone.
fn workspace_of(header: &Header, cluster: &Arc<Cluster>) -> Result<Workspace, Error> {
    let output = folders::output(0);
    let (folder, manifests) = match Path::new(&header.folder) {
        folder if folder.is_dir() => (folder, header.manifests.as_slice()),
        _ => (Path::new("."), &[][..]),
    };
    let cluster = Arc::new(cluster.unnoted());
    workspace::workspace(cluster, folder, manifests, Journal::default(), output)
}

/// Connects to the journal's cluster. Where it cannot be reached because of what the run did to its nodes, those are
/// brought back first.
async fn connect(journal: &Journal, header: &Header, options: &ClusterOptions) -> Result<Cluster, Error> {
    let failure = match cluster::connect(options).await {
        Ok(cluster) => return Ok(cluster),
        Err(failure) => failure,
    };
    let pending = journal.pending();
    let is_node = |inverse: &Inverse| matches!(inverse, Inverse::Node(_));
    if !pending.iter().any(|entry| is_node(&entry.inverse)) {
        return Err(failure.into());
    }
    let layers = cluster::reach(options).await?;
    let Ok(docker) = layers.docker.clone() else { return Err(failure.into()) };
    for entry in &pending {
        // The very same containers: a container's id is never used twice.
        if let Inverse::Node(node) = &entry.inverse {
            docker.container(&node.id).await.map_err(|_| Error::from(failure.clone()))?;
        }
    }
    let cluster = Arc::new(layers.unproved(header.uid.clone()));
    let workspace = workspace_of(header, &cluster)?;
    let tell = |text: &str| eprintln!("{text}");
    // What fails here is tried again when the API server answers.
    journal::undo_nodes(journal, &workspace.touched(), &workspace, &tell).await;
    let begun = Instant::now();
    loop {
        match cluster::connect(options).await {
            Ok(cluster) => return Ok(cluster),
            Err(failure) if begun.elapsed() > BACK_AGAIN => return Err(again(failure)),
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

fn again(failure: Failure) -> Error {
    let hint = "its nodes are as they were: once it answers, recover again";
    failure.with_hint(hint).into()
}

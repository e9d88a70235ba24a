//! `kpnb doctor`: what is reachable, and what is missing.

use std::path::PathBuf;

use super::cluster::ClusterArgs;
use super::runtime;
use crate::client::Failure;
use crate::cluster::{self, Layers, Offers, guard};
use crate::notebook;
use crate::report::{Error, Exit};
use crate::script::unlabelled;

const EXAMPLES: &str = "\
Examples:
  kpnb doctor --cluster kind-k8splayground
  kpnb doctor --cluster kind-k8splayground notebooks/*.md";

/// Say what of a cluster is reachable, in which version, and what a notebook still needs.
///
/// Each line that is not ok comes with the command that mends it. Changes nothing. Exit code 4 when something is not ok.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Notebooks whose requirements are checked.
    #[arg(value_name = "NOTEBOOK")]
    notebooks: Vec<PathBuf>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let mut notebooks = Vec::new();
    for path in &args.notebooks {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| Error::usage(format!("{name}: {error}")))?;
        notebooks.push(notebook::parse(name, text));
    }
    let runtime = runtime::start(&args.cluster.options())?;
    let layers = runtime.block_on(cluster::reach(&args.cluster.options()))?;
    let mut lines = Lines { ill: false };
    println!("{}", layers.name);
    runtime.block_on(examine(&layers, &mut lines));
    let nodes = runtime.block_on(layers.nodes());
    if nodes.is_err() {
        for notebook in &notebooks {
            lines.ill(&notebook.name, "what it requires is not known while the API server does not answer", None);
        }
    }
    if let Ok(nodes) = &nodes {
        let offers = Offers {
            context: &layers.name,
            nodes,
            docker: layers.docker.as_ref().err(),
            etcd: layers.etcd.as_ref().err(),
        };
        for notebook in &notebooks {
            let missing = offers.missing(&notebook.front_matter.requires);
            if missing.is_empty() {
                lines.ok(&notebook.name, "has all that it requires");
            }
            for missing in missing {
                lines.ill(&notebook.name, &missing.what, Some(&missing.mend));
            }
        }
    }
    Ok(if lines.ill { Exit::Cluster } else { Exit::Ok })
}

async fn examine(layers: &Layers, lines: &mut Lines) {
    let api = layers.version().await.map(|version| format!("{version} at {}", layers.k8s.server()));
    lines.result("API server", api);
    lines.result("Docker Engine", docker(layers).await);
    lines.result("etcd", etcd(layers).await);
    if layers.is_sandbox() {
        return lines.ok("playground", "the sandbox, within this process");
    }
    let guarded = guard::check(layers).await;
    lines.result("playground", guarded.map(|()| "the layers are one, and kind's".to_owned()));
}

async fn docker(layers: &Layers) -> Result<String, Failure> {
    let docker = layers.docker.as_ref().map_err(Clone::clone)?;
    let version = docker.version().await?;
    let version = version["Version"].as_str().unwrap_or_default().to_owned();
    let all = docker.list(true, &[]).await?;
    let running = all.iter().filter(|container| container["State"] == "running").count();
    Ok(format!("{version} at {}, {running} of {} containers running", docker.host(), all.len()))
}

async fn etcd(layers: &Layers) -> Result<String, Failure> {
    let etcd = layers.etcd.as_ref().map_err(Clone::clone)?;
    let mut found = Vec::new();
    for endpoint in etcd.endpoints() {
        found.push(format!("{} at {endpoint}", etcd.status(endpoint).await?.version));
    }
    Ok(found.join(", "))
}

/// The lines of the report, on standard output.
struct Lines {
    ill: bool,
}

impl Lines {
    fn result(&mut self, what: &str, found: Result<String, Failure>) {
        match found {
            Ok(found) => self.ok(what, &found),
            Err(failure) => self.ill(what, unlabelled(&failure.message), failure.hint.as_deref()),
        }
    }

    fn ok(&self, what: &str, found: &str) {
        println!("  ok {what}: {found}");
    }

    fn ill(&mut self, what: &str, wrong: &str, mend: Option<&str>) {
        self.ill = true;
        println!("  -- {what}: {wrong}");
        if let Some(mend) = mend {
            println!("     {mend}");
        }
    }
}

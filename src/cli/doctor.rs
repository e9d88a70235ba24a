//! `kpnb doctor`: what is reachable, and what is missing.

use super::cluster::ClusterArgs;
use super::runtime;
use crate::report::{Error, Exit, Style};

/// Say what of a cluster is reachable, in which version, and what a notebook still needs.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
}

pub(super) fn run(args: &Args, _style: Style) -> Result<Exit, Error> {
    let runtime = runtime::start()?;
    let cluster = runtime.block_on(crate::cluster::connect(&args.cluster.options()))?;
    println!("{} {}", cluster.name, cluster.version);
    Ok(Exit::Ok)
}

//! A cluster of the default profile that has been up for a while: a control plane and two workers, all Ready.

use std::time::Duration;

use super::World;
use super::api::{Cluster, Status, bootstrap};
use super::kubelet::runtime::Runtime;
use super::{controllers, kubelet, scheduler};

/// How long the cluster has been up when it is handed over: as long as the lab's takes to have all nodes Ready.
const UP: Duration = Duration::from_secs(60);

/// The cluster's nodes: name, and the host's part of their addresses.
pub const NODES: [&str; 3] = ["k8splayground-control-plane", "k8splayground-worker", "k8splayground-worker2"];

/// Starts the components of a cluster whose hosts are there, and lets them run until all nodes are Ready. `begin` starts
/// the hosts, whose processes `kubelet` tell of themselves.
///
/// # Errors
/// The world has a cluster already.
pub fn boot_on(world: &mut World, runtime: Runtime, cluster: Cluster<'_>, begin: impl FnOnce(&mut World)) -> Result<(), Status> {
    world.controllers.ca = cluster.ca.to_owned();
    kubelet::start(world, runtime);
    controllers::start(world);
    scheduler::start(world);
    bootstrap(world, cluster)?;
    world.tell();
    begin(world);
    let until = world.now() + UP;
    world.run_until(until);
    Ok(())
}

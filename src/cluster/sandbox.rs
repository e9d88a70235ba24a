//! The sandbox as a cluster that scripts may use. It is a playground by its nature: no guard has to look.

use std::sync::Arc;

use super::{Cluster, Layers};
use crate::client::docker::{Docker, DockerHost};
use crate::client::etcd::Etcd;
use crate::client::k8s::K8s;
use crate::client::{Failure, Reads, Seen};
use crate::sandbox::Profile;
use crate::sandbox::embed::Sandbox;

/// What it is called where clusters are named.
pub const SANDBOX: &str = "sandbox";
/// The label of its nodes' containers, as kind's.
const LABEL: &str = "io.x-k8s.kind.cluster=k8splayground";
/// What its servers call themselves; nobody listens there.
const API: &str = "https://127.0.0.1:6443";
const ETCD: &str = "https://127.0.0.1:2379";
const DOCKER: &str = "unix:///var/run/docker.sock";

/// What the sandbox of a profile is called in markers and reports.
pub fn name(profile: Profile) -> &'static str {
    match profile {
        Profile::Lab => SANDBOX,
        Profile::Kind => "sandbox-kind",
    }
}

/// Starts a sandbox and connects to it.
///
/// # Errors
/// A mistake in the sandbox itself.
pub(super) async fn connect(profile: Profile, seed: u64) -> Result<Cluster, Failure> {
    let layers = layers(profile, seed).await?;
    let (version, uid) = futures::try_join!(layers.version(), layers.uid())?;
    let mut cluster = layers.into_cluster(version, uid);
    cluster.lasting = false;
    Ok(cluster)
}

/// Starts a sandbox.
///
/// # Errors
/// A mistake in the sandbox itself.
pub(super) async fn layers(profile: Profile, seed: u64) -> Result<Layers, Failure> {
    let broken = |message: String| Failure::unreachable(format!("the sandbox does not start: {message}"));
    let sandbox = Sandbox::start(profile, seed).map_err(broken)?;
    let (reads, seen) = (Arc::new(Reads::default()), Arc::new(Seen::default()));
    let both = || (Arc::clone(&reads), Arc::clone(&seen));
    let k8s = {
        let (reads, seen) = both();
        K8s::dial(sandbox.api(), http::Uri::from_static(API), reads, seen)
    };
    let docker = {
        let (reads, seen) = both();
        let host = DockerHost { url: DOCKER.to_owned(), tls: None };
        Docker::dial(sandbox.docker(), host, LABEL, reads, seen).await
    };
    let etcd = {
        let (reads, seen) = both();
        Etcd::dial(sandbox.etcd(), ETCD, reads, seen).await
    };
    let clock = Arc::new(sandbox.clock());
    Ok(Layers { name: name(profile).to_owned(), kind: None, k8s, docker, etcd, roots: None, clock, reads, seen })
}

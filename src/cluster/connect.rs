//! From a name to a cluster.

use super::{Cluster, Layers, MAKE_CLUSTER, SANDBOX, guard, reach, sandbox};
use crate::client::Failure;
use crate::sandbox::Profile;

/// Which cluster is meant.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// The kubeconfig's context; none, or [`SANDBOX`]: the embedded cluster. The current context is never taken in its stead.
    pub name: Option<String>,
    /// A context that may be used although it is not shown to be a playground, typed in full.
    pub allow: Option<String>,
    /// What chance begins with, in the sandbox.
    pub seed: u64,
    /// Which cluster the sandbox is.
    pub profile: Profile,
}

impl ClusterOptions {
    /// Whether the embedded cluster is meant.
    pub fn is_sandbox(&self) -> bool {
        self.name.as_deref().is_none_or(|name| name.is_empty() || name == SANDBOX)
    }

    /// The cluster's name.
    ///
    /// # Errors
    /// None is named.
    pub(super) fn named(&self) -> Result<&str, Failure> {
        self.name.as_deref().filter(|name| !name.is_empty()).ok_or_else(|| {
            Failure::usage("no cluster named: add --cluster NAME (a kubeconfig context) or set KPNB_CLUSTER").with_hint(
                format!(
                    "for example --cluster kind-k8splayground, which `{MAKE_CLUSTER}` makes; the kubeconfig's current \
                     context alone is never used, because notebooks break nodes and delete keys"
                ),
            )
        })
    }

    /// Whether the person has said that this very cluster may be used.
    ///
    /// # Errors
    /// The cluster that is allowed is not the one that is named.
    pub(super) fn is_allowed(&self) -> Result<bool, Failure> {
        match &self.allow {
            None => Ok(false),
            Some(allowed) if self.name.as_ref() == Some(allowed) => Ok(true),
            Some(allowed) => Err(Failure::usage(format!("--allow-cluster {allowed} is not the cluster that is named"))
                .with_hint("type the name of --cluster in full")),
        }
    }
}

/// Connects to the layers of the cluster that `options` name, once it has passed the guard.
///
/// # Errors
/// As [`reach`]; a cluster that the guard refuses; an API server that does not answer.
pub async fn connect(options: &ClusterOptions) -> Result<Cluster, Failure> {
    if options.is_sandbox() {
        return sandbox::connect(options.profile, options.seed).await;
    }
    let allowed = options.is_allowed()?;
    let layers = reach(options).await?;
    if allowed { guard::check_etcd(&layers).await } else { guard::check(&layers).await }?;
    let (version, uid) = futures::try_join!(layers.version(), layers.uid())?;
    Ok(layers.into_cluster(version, uid))
}

impl Layers {
    /// The cluster as it was named, though nothing shows that it is a playground: for putting right what a run did to
    /// its nodes, which keeps it from being asked.
    pub fn unproved(self, uid: String) -> Cluster {
        self.into_cluster(String::new(), uid)
    }

    /// As a cluster that scripts may use.
    pub(super) fn into_cluster(self, version: String, uid: String) -> Cluster {
        let layers = self;
        Cluster {
            name: layers.name,
            version,
            uid,
            k8s: layers.k8s,
            docker: layers.docker,
            etcd: layers.etcd,
            clock: layers.clock,
            reads: layers.reads,
            seen: layers.seen,
            lasting: true,
        }
    }
}

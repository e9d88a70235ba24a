//! From a name to a cluster.

use std::sync::Arc;

use http::Method;

use super::{Cluster, kubeconfig};
use crate::client::k8s::{Accept, K8s};
use crate::client::{Failure, Reads, Seen};
use crate::clock::SystemClock;

/// Which cluster is meant.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// The kubeconfig's context. The current context is never taken in its stead.
    pub name: Option<String>,
    /// A context that may be used although it is no playground of kind's, typed in full.
    pub allow: Option<String>,
}

/// Connects to the layers of the cluster that `options` name.
///
/// # Errors
/// No cluster named, an unknown context, an unreadable kubeconfig, an API server that does not answer.
pub async fn connect(options: &ClusterOptions) -> Result<Cluster, Failure> {
    let name = options.name.as_deref().filter(|name| !name.is_empty()).ok_or_else(unnamed)?;
    let config = kubeconfig::config(kubeconfig::read()?, name).await?;
    let (reads, seen) = (Arc::new(Reads::default()), Arc::new(Seen::default()));
    let k8s = K8s::connect(config, Arc::clone(&reads), Arc::clone(&seen))?;
    let version = k8s.json(Method::GET, "/version", &[], None, Accept::Json).await?;
    Ok(Cluster {
        name: name.to_owned(),
        version: version["gitVersion"].as_str().unwrap_or_default().to_owned(),
        k8s,
        docker: Err(Failure::unreachable("Docker is not connected")),
        etcd: Err(Failure::unreachable("etcd is not connected")),
        clock: Arc::new(SystemClock::default()),
        reads,
        seen,
    })
}

fn unnamed() -> Failure {
    Failure::usage("no cluster named: add --cluster NAME (a kubeconfig context) or set KPNB_CLUSTER").with_hint(
        "for example --cluster kind-k8splayground; the kubeconfig's current context alone is never used, because \
         notebooks break nodes and delete keys",
    )
}

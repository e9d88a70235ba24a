//! Names that the cluster has, for completion: asked for when they are needed, and kept for a moment.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::client::Failure;
use crate::client::k8s::{Accept, ListOptions};
use crate::cluster::Cluster;
use crate::script::Host;

/// How long names are good. A person tabs several times in a row.
const FRESH: Duration = Duration::from_secs(3);
/// How long a Tab may take; a cluster that is slower completes nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The names of one cluster.
pub(super) struct Names {
    cluster: Arc<Cluster>,
    host: Host,
    kept: Mutex<HashMap<String, (Instant, Vec<String>)>>,
}

impl Names {
    pub(super) fn new(cluster: Arc<Cluster>, host: Host) -> Self {
        Self { cluster, host, kept: Mutex::default() }
    }

    /// What kinds can be called: plurals, singulars and short names.
    pub(super) fn kinds(&self) -> Vec<String> {
        self.keep("kinds", async {
            let resources = self.cluster.k8s.resources().await?;
            let listable = resources.all().iter().filter(|resource| resource.can("list"));
            let names = listable
                .flat_map(|resource| [&resource.plural, &resource.singular].into_iter().chain(&resource.short_names));
            Ok(names.filter(|name| !name.is_empty()).cloned().collect())
        })
    }

    /// The names of a kind's objects, in a namespace or, without one, in the default one.
    pub(super) fn objects(&self, kind: &str, namespace: Option<&str>) -> Vec<String> {
        let k8s = &self.cluster.k8s;
        let namespace = namespace.unwrap_or(k8s.default_namespace());
        self.keep(&format!("{namespace}/{kind}"), async {
            let resource = k8s.resource(kind).await?;
            let within = resource.namespaced.then_some(namespace);
            let list = k8s.list(&resource, within, &ListOptions::default(), Accept::PartialMetadata).await?;
            let items = list["items"].as_array().cloned().unwrap_or_default();
            Ok(items.iter().filter_map(|item| item["metadata"]["name"].as_str().map(str::to_owned)).collect())
        })
    }

    /// The names of the cluster's containers.
    pub(super) fn containers(&self) -> Vec<String> {
        self.keep("containers", async {
            let docker = self.cluster.docker.as_ref().map_err(Clone::clone)?;
            let names = docker.list(true, &[]).await?;
            let name = |container: &serde_json::Value| {
                container["Names"][0].as_str().map(|name| name.trim_start_matches('/').to_owned())
            };
            Ok(names.iter().filter_map(name).collect())
        })
    }

    fn keep(&self, key: &str, ask: impl Future<Output = Result<Vec<String>, Failure>>) -> Vec<String> {
        // A map of names is whole at every moment, so a panic elsewhere cannot have broken it.
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, names)) = kept().get(key)
            && since.elapsed() < FRESH
        {
            return names.clone();
        }
        let asked = self.host.runtime().block_on(async { tokio::time::timeout(PATIENCE, ask).await });
        let mut names = asked.ok().and_then(Result::ok).unwrap_or_default();
        names.sort();
        names.dedup();
        kept().insert(key.to_owned(), (Instant::now(), names.clone()));
        names
    }
}

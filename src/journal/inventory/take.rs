//! Asks for all that a cluster has.

use std::collections::{BTreeMap, HashSet};

use futures::future::try_join_all;
use serde_json::Value;

use super::{Inventory, PodCount, Summary};
use crate::client::Failure;
use crate::client::docker::Docker;
use crate::client::k8s::{Accept, ListOptions, Resource};
use crate::journal::record::{KUBELET, state_of};
use crate::journal::{NodeState, Touched};

/// Kinds whose objects come and go by themselves: what happened, who is alive, and what follows from Services and
/// from kubelets that renew their certificates.
const FLEETING: [&str; 6] =
    ["events", "leases", "endpoints", "endpointslices", "componentstatuses", "certificatesigningrequests"];

/// Types of Secrets that controllers make and remove.
const FLEETING_SECRETS: [&str; 2] = ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"];

impl Inventory {
    /// What the cluster has now.
    ///
    /// # Errors
    /// The API server or Docker do not answer.
    pub async fn take(touched: &Touched) -> Result<Self, Failure> {
        let (listed, containers) = futures::try_join!(list_all(touched), containers(touched.docker.as_ref().ok()))?;
        let mut inventory = Self { containers, ..Self::default() };
        let mut known = HashSet::new();
        for (resource, list) in &listed {
            for object in list["items"].as_array().into_iter().flatten() {
                // Two groups may serve one object.
                if known.insert(object["metadata"]["uid"].as_str().unwrap_or_default()) {
                    inventory.note(resource, object);
                }
            }
        }
        Ok(inventory)
    }

    fn note(&mut self, resource: &Resource, object: &Value) {
        let metadata = &object["metadata"];
        let at = metadata["namespace"].as_str().map_or_else(String::new, |namespace| format!(" -n {namespace}"));
        let owners = metadata["ownerReferences"].as_array();
        let controller = owners.into_iter().flatten().find(|owner| owner["controller"] == true);
        if let Some(controller) = controller {
            self.note_controlled(resource, object, controller, &at);
            return;
        }
        let is_fleeting = object["type"].as_str().is_some_and(|kind| FLEETING_SECRETS.contains(&kind));
        if resource.kind == "Secret" && is_fleeting {
            return;
        }
        let name = metadata["name"].as_str().unwrap_or_default();
        let shown = format!("{}/{name}{at}", resource.qualified());
        self.objects.insert(shown, Summary::of(&resource.kind, object));
    }

    /// What a controller made follows from what it was told. Its Pods are counted: they take their time.
    fn note_controlled(&mut self, resource: &Resource, object: &Value, controller: &Value, at: &str) {
        let is_over = matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        if resource.kind != "Pod" || is_over || controller["kind"] == "Job" {
            return;
        }
        let text = |field: &str| controller[field].as_str().unwrap_or_default().to_owned();
        let count = self.pods.entry(format!("Pods of {} {}{at}", text("kind"), text("name"))).or_default();
        let leaving = object["metadata"].get("deletionTimestamp").is_some();
        let PodCount { there, leaving: going } = count;
        *(if leaving { going } else { there }) += 1;
    }
}

async fn list_all(touched: &Touched) -> Result<Vec<(Resource, Value)>, Failure> {
    // What was added meanwhile counts too.
    touched.k8s.forget_resources().await;
    let resources = touched.k8s.resources().await?;
    let mut seen = HashSet::new();
    let kinds = resources.all().iter().filter(|resource| {
        resource.can("list")
            && !FLEETING.contains(&resource.plural.as_str())
            // The versions of one group serve the same objects; the preferred one comes first.
            && seen.insert((resource.group.clone(), resource.plural.clone()))
    });
    let lists = kinds.map(async |resource| {
        let list = touched.k8s.list(resource, None, &ListOptions::default(), Accept::Json).await;
        match list {
            Ok(list) => Ok(Some((resource.clone(), list))),
            // A kind that was removed in this very moment, or whose own server is down.
            Err(failure) if failure.code == 404 || failure.code == 405 || failure.code == 503 => Ok(None),
            Err(failure) => Err(failure),
        }
    });
    Ok(try_join_all(lists).await?.into_iter().flatten().collect())
}

async fn containers(docker: Option<&Docker>) -> Result<Option<BTreeMap<String, NodeState>>, Failure> {
    let Some(docker) = docker else { return Ok(None) };
    let listed = docker.list(true, &[]).await?;
    let states = listed.iter().filter_map(|listed| listed["Id"].as_str()).map(async |id| {
        let (container, kubelet) = futures::try_join!(docker.container(id), docker.mode(id, KUBELET))?;
        Ok::<_, Failure>((container.name.clone(), NodeState { kubelet, ..state_of(&container) }))
    });
    Ok(Some(try_join_all(states).await?.into_iter().collect()))
}

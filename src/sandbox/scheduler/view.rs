//! The nodes as the scheduler sees them, with what it needs of each worked out when the node or one of its Pods changes, not
//! when a Pod is scheduled. pkg/scheduler/internal/cache, `NodeInfo`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::sandbox::informers::Informers;
use crate::sandbox::object;

use super::affinity::required;
use super::resources::{self, Resources};

/// All nodes, by name.
#[derive(Debug, Default)]
pub(super) struct View(BTreeMap<String, Candidate>);

/// A node, with what the Pods on it ask for.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) node: Arc<Value>,
    /// What its Pods may ask for, together.
    pub(super) allocatable: Resources,
    /// What they ask for.
    pub(super) requested: Resources,
    /// The host ports that they take: `TCP/80`.
    pub(super) ports: Vec<String>,
    /// Its Pods that have not finished.
    pub(super) running: Vec<Arc<Value>>,
    /// Those of them that keep others away.
    pub(super) guards: Vec<Arc<Value>>,
    /// How many of them, those being deleted left out, each controller has, by its UID.
    pub(super) controlled: BTreeMap<String, i64>,
    /// The sizes of its images in bytes, by name.
    pub(super) images: BTreeMap<String, i64>,
}

impl View {
    /// Brings the view up to what the informers know.
    pub(super) fn follow(&mut self, informers: &mut Informers) {
        for name in informers.touched_nodes() {
            match informers.get("nodes", "", &name) {
                Some(node) => {
                    let pods = informers.pods_on(&name);
                    self.0.insert(name, Candidate::new(node, pods));
                }
                None => {
                    self.0.remove(&name);
                }
            }
        }
    }

    /// The nodes, by name.
    pub(super) fn all(&self) -> Vec<&Candidate> {
        self.0.values().collect()
    }
}

impl Candidate {
    pub(super) fn new(node: Arc<Value>, pods: Vec<Arc<Value>>) -> Self {
        let mut running = pods;
        running.retain(|pod| !super::finished(pod));
        let (mut requested, mut ports, mut controlled) = (Resources::default(), Vec::new(), BTreeMap::new());
        for pod in &running {
            requested.add(&Resources::requested(pod));
            ports.extend(resources::ports(pod));
            let owner = object::controller(pod).filter(|_| !object::deleting(pod));
            if let Some(uid) = owner.and_then(|owner| owner["uid"].as_str()) {
                *controlled.entry(uid.to_owned()).or_insert(0) += 1;
            }
        }
        let guards = running.iter().filter(|pod| !required(&pod["spec"]["affinity"]["podAntiAffinity"]).is_empty());
        let guards = guards.cloned().collect();
        let images = object::items(&node["status"]["images"]).iter().flat_map(|image| {
            let names = object::items(&image["names"]).iter().filter_map(Value::as_str);
            names.map(|name| (name.to_owned(), object::int(&image["sizeBytes"], 0)))
        });
        let (images, allocatable) = (images.collect(), Resources::parse(&node["status"]["allocatable"]));
        Self { node, allocatable, requested, ports, running, guards, controlled, images }
    }
}

//! What happens to nodes, and how they were before.

use serde_json::Value;

use super::Recording;
use crate::client::docker::Container;
use crate::client::{Failure, Ticket};
use crate::journal::{Attachment, Inverse, NodeState};

/// The kubelet's binary: who takes its execute permission away stops the kubelet for good.
pub(in crate::journal) const KUBELET: &str = "/usr/bin/kubelet";

impl Recording {
    /// Notes how a container was before the run's first change of it.
    pub(super) async fn note_container(&self, container: &Container) -> Result<Ticket, Failure> {
        // Held until it is written down: another call on the same node has to wait for that too.
        let mut noted = self.containers.lock().await;
        if noted.contains(&container.id) {
            return Ok(Ticket::default());
        }
        let mut node = state_of(container);
        if let Ok(docker) = &self.docker {
            node.kubelet = docker.mode(&container.id, KUBELET).await.ok().flatten();
        }
        let ticket = self.add(vec![Inverse::Node(node)]).await?;
        noted.insert(container.id.clone());
        Ok(ticket)
    }
}

/// How a container is, but for its kubelet.
pub(in crate::journal) fn state_of(container: &Container) -> NodeState {
    let inspected = &container.inspected;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut networks = Vec::new();
    for (network, endpoint) in inspected["NetworkSettings"]["Networks"].as_object().into_iter().flatten() {
        let aliases = endpoint["Aliases"].as_array().into_iter().flatten().map(text);
        // The engine adds the short id by itself.
        let aliases = aliases.filter(|alias| !container.id.starts_with(alias.as_str())).collect();
        let fixed = text(&endpoint["IPAMConfig"]["IPv4Address"]);
        let ip = if fixed.is_empty() { text(&endpoint["IPAddress"]) } else { fixed };
        networks.push(Attachment { network: network.clone(), ip, aliases });
    }
    NodeState {
        id: container.id.clone(),
        name: container.name.clone(),
        running: inspected["State"]["Running"] == true,
        paused: inspected["State"]["Paused"] == true,
        networks,
        kubelet: None,
    }
}

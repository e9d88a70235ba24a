//! Containers, as they were.

use super::Undo;
use crate::client::Failure;
use crate::client::docker::{Docker, ExecOptions};
use crate::journal::NodeState;
use crate::journal::record::{KUBELET, state_of};

impl Undo<'_> {
    /// Brings a container back to how it was: running, thawed, on its networks, its kubelet with its permissions.
    pub(super) async fn node(&self, was: &NodeState) -> Result<(), Failure> {
        let docker = self.touched.docker.as_ref().map_err(Clone::clone)?;
        let id = &was.id;
        let tell = |what: &str| (self.tell)(&format!("undo: docker {what} {}", was.name));
        let now = self.patiently(|| docker.container(id)).await.map(|container| state_of(&container))?;
        if now.paused && (!was.paused || !was.running) {
            tell("unpause");
            docker.unpause(id).await?;
        }
        if was.running && !now.running {
            tell("start");
            docker.start(id).await?;
        }
        self.networks(docker, was).await?;
        self.kubelet(docker, was).await?;
        if now.running && !was.running {
            tell("stop");
            docker.stop(id, None).await?;
        }
        if was.paused && !now.paused && was.running {
            tell("pause");
            docker.pause(id).await?;
        }
        Ok(())
    }

    async fn networks(&self, docker: &Docker, was: &NodeState) -> Result<(), Failure> {
        let now = state_of(&docker.container(&was.id).await?);
        let tell = |what: &str, network: &str| {
            (self.tell)(&format!("undo: docker network {what} {network} {}", was.name));
        };
        for attached in &now.networks {
            let known = was.networks.iter().find(|known| known.network == attached.network);
            // An address shows only while the container runs.
            let moved =
                known.is_some_and(|known| !known.ip.is_empty() && !attached.ip.is_empty() && known.ip != attached.ip);
            if known.is_none() || moved {
                tell("disconnect", &attached.network);
                docker.disconnect_network(&attached.network, &was.id, true).await?;
            }
        }
        let now = state_of(&docker.container(&was.id).await?);
        for known in &was.networks {
            if !now.networks.iter().any(|attached| attached.network == known.network) {
                tell("connect", &known.network);
                let ip = Some(known.ip.as_str()).filter(|ip| !ip.is_empty());
                docker.connect_network(&known.network, &was.id, ip, &known.aliases).await?;
            }
        }
        Ok(())
    }

    async fn kubelet(&self, docker: &Docker, was: &NodeState) -> Result<(), Failure> {
        let Some(mode) = was.kubelet else { return Ok(()) };
        if docker.mode(&was.id, KUBELET).await? == Some(mode) {
            return Ok(());
        }
        let argv = ["chmod".to_owned(), format!("{mode:o}"), KUBELET.to_owned()];
        (self.tell)(&format!("undo: docker exec {} {}", was.name, argv.join(" ")));
        let ran = docker.exec(&was.id, &argv, &ExecOptions::default()).await?;
        if ran.exit_code == 0 { Ok(()) } else { Err(Failure::answer(format!("{}{}", ran.stdout, ran.stderr))) }
    }
}

//! Docker Engine, confined to the containers of one cluster.
//!
//! - `host`: where the engine is: `DOCKER_HOST`, docker's contexts, the sockets of Docker and podman
//! - `transport`: one connection a request, which bollard and our own raw reads share
//! - `reach`: which containers and networks may be touched
//! - `containers`, `exec`, `archive`, `networks`: what can be done with them

mod archive;
mod containers;
mod exec;
mod failure;
mod host;
mod networks;
mod reach;
mod transport;

use std::sync::Arc;

pub use archive::Entry;
pub use containers::{LogOptions, LogPart};
pub use exec::{ExecOptions, Executed};
pub use host::{DockerHost, Tls};
pub use reach::Container;

use super::{Dial, Failure, Reads, Recorder, Seen};
use transport::Transport;

/// A client of one Docker Engine that reaches the chosen cluster's containers only.
#[derive(Clone)]
pub struct Docker {
    bollard: bollard::Docker,
    transport: Arc<Transport>,
    /// `io.x-k8s.kind.cluster=k8splayground`: the label of the containers within reach.
    label: String,
    /// The networks that those containers were on when we connected; they may be joined again.
    networks: Arc<[String]>,
    reads: Arc<Reads>,
    seen: Arc<Seen>,
    recorder: Option<Arc<dyn Recorder>>,
}

impl std::fmt::Debug for Docker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Docker")
            .field("host", &self.transport.host().url)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Requests never end by themselves before this: the cell's deadline decides, and a stop may take long.
const REQUEST_TIMEOUT_SECONDS: u64 = 24 * 60 * 60;

impl Docker {
    /// A client of the engine that this machine's settings name, for the containers with `label`
    /// (`io.x-k8s.kind.cluster=NAME`).
    ///
    /// # Errors
    /// No engine answers, or this user may not use it.
    pub async fn connect(label: &str, reads: Arc<Reads>, seen: Arc<Seen>) -> Result<Self, Failure> {
        Self::connect_to(DockerHost::find()?, label, reads, seen).await
    }

    /// As [`Docker::connect`], for a given engine.
    ///
    /// # Errors
    /// As [`Docker::connect`].
    pub async fn connect_to(
        host: DockerHost,
        label: &str,
        reads: Arc<Reads>,
        seen: Arc<Seen>,
    ) -> Result<Self, Failure> {
        Self::over(Transport::new(host)?, label, reads, seen).await
    }

    /// As [`Docker::connect`], for the engine that `dial` leads to, and that calls itself `host`.
    ///
    /// # Errors
    /// As [`Docker::connect`].
    pub async fn dial(
        dial: Dial,
        host: DockerHost,
        label: &str,
        reads: Arc<Reads>,
        seen: Arc<Seen>,
    ) -> Result<Self, Failure> {
        Self::over(Transport::dial(host, dial), label, reads, seen).await
    }

    async fn over(transport: Transport, label: &str, reads: Arc<Reads>, seen: Arc<Seen>) -> Result<Self, Failure> {
        let transport = Arc::new(transport);
        let carrier = Arc::clone(&transport);
        let bollard = bollard::Docker::connect_with_custom_transport(
            move |request: bollard::BollardRequest| {
                let carrier = Arc::clone(&carrier);
                async move { carrier.send(request).await }
            },
            Some("http://docker"),
            REQUEST_TIMEOUT_SECONDS,
            bollard::API_DEFAULT_VERSION,
        );
        let bollard = bollard.map_err(|error| failure::failure(&error, transport.host()))?;
        let (label, networks) = (label.to_owned(), Arc::default());
        let mut docker = Self { bollard, transport, label, networks, reads, seen, recorder: None };
        let mut networks = Vec::new();
        for container in docker.list(true, &[]).await? {
            let on = container["NetworkSettings"]["Networks"].as_object();
            for (name, network) in on.into_iter().flatten() {
                networks.push(name.clone());
                networks.extend(network["NetworkID"].as_str().map(str::to_owned));
            }
        }
        docker.networks = networks.into();
        Ok(docker)
    }

    /// The same client, which tells `recorder` of each change before it makes it.
    #[must_use]
    pub fn recorded(&self, recorder: Arc<dyn Recorder>) -> Self {
        Self { recorder: Some(recorder), ..self.clone() }
    }

    /// The same client, whose calls nobody notes: no reads for waits, no tokens, no changes.
    #[must_use]
    pub fn unnoted(&self) -> Self {
        Self { reads: Arc::default(), seen: Arc::default(), recorder: None, ..self.clone() }
    }

    /// The engine that this client talks to: `unix:///var/run/docker.sock`.
    pub fn host(&self) -> &str {
        &self.transport.host().url
    }

    fn failed(&self, error: &bollard::errors::Error) -> Failure {
        failure::failure(error, self.transport.host())
    }
}

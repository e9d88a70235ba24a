//! Networks of the cluster's containers.

use bollard::models::{EndpointIpamConfig, EndpointSettings, NetworkConnectRequest, NetworkDisconnectRequest};
use serde_json::Value;

use super::Docker;
use crate::client::{Failure, Read};

impl Docker {
    /// All networks of the engine.
    ///
    /// # Errors
    /// No connection.
    pub async fn networks(&self) -> Result<Vec<Value>, Failure> {
        self.reads.record(|| Read::Polled);
        Ok(self.json("/networks").await?.as_array().cloned().unwrap_or_default())
    }

    /// A network of the cluster's containers.
    ///
    /// # Errors
    /// NotFound where there is none; refused where it is another's.
    pub async fn network(&self, network: &str) -> Result<Value, Failure> {
        self.reachable_network(network).await
    }

    /// Puts a container on a network, at `ip` where one is given.
    ///
    /// # Errors
    /// As [`Docker::network`] and [`Docker::container`]; 403 where it is on it already.
    pub async fn connect_network(
        &self,
        network: &str,
        container: &str,
        ip: Option<&str>,
        aliases: &[String],
    ) -> Result<(), Failure> {
        let network = self.id_of_network(network).await?;
        let container = self.to_change(container).await?.id;
        let ipam = ip.map(|ip| EndpointIpamConfig { ipv4_address: Some(ip.to_owned()), ..Default::default() });
        let aliases = (!aliases.is_empty()).then(|| aliases.to_vec());
        let endpoint = EndpointSettings { ipam_config: ipam, aliases, ..Default::default() };
        let request = NetworkConnectRequest { container, endpoint_config: Some(endpoint) };
        self.done(self.bollard.connect_network(&network, request).await)
    }

    /// Takes a container off a network.
    ///
    /// # Errors
    /// As [`Docker::network`] and [`Docker::container`]; 500 where it is not on it.
    pub async fn disconnect_network(&self, network: &str, container: &str, force: bool) -> Result<(), Failure> {
        let network = self.id_of_network(network).await?;
        let container = self.to_change(container).await?.id;
        let request = NetworkDisconnectRequest { container, force: Some(force) };
        self.done(self.bollard.disconnect_network(&network, request).await)
    }

    async fn id_of_network(&self, network: &str) -> Result<String, Failure> {
        Ok(self.reachable_network(network).await?["Id"].as_str().unwrap_or(network).to_owned())
    }
}

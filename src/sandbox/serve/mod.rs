//! The sandbox as servers on loopback, for other programs, in real time or faster.
//!
//! - [`Server`]: its three servers and what clients need to reach them
//! - `listen`: a port with TLS

mod listen;

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;

use self::listen::{Clients, PAUSE, listen, tls};
use super::embed::pace;
use super::pki::{Pair, Pki};
use super::{Profile, Shared, World, apiserver, boot, dockerd, etcd, host};

/// The kubeconfig's context: as kind calls that of a cluster with these nodes.
pub const CONTEXT: &str = "kind-k8splayground";
/// The name of the kubeconfig's extension that tells the clock.
pub const CLOCK: &str = "kpnb.sandbox/clock";

/// A sandbox that others reach.
#[derive(Debug)]
pub struct Server {
    /// What `KUBECONFIG` should name: the API server, its administrator, and the clock.
    pub kubeconfig: String,
    /// Where etcd is: `https://127.0.0.1:41234`.
    pub etcd: String,
    /// The certificate of etcd's CA, in PEM.
    pub etcd_ca: String,
    /// A certificate for etcd's clients, and its key.
    pub etcd_client: Pair,
    tasks: JoinSet<()>,
}

impl Server {
    /// Starts a cluster of a profile, as it is after [`Profile::up`], and serves it `speed` times as fast as real time: the API
    /// server and etcd on ports of loopback, Docker Engine on the socket `docker`.
    ///
    /// # Errors
    /// A port or socket that cannot be had, no chance for the keys, a mistake in the sandbox itself; what, for people.
    pub async fn start(profile: Profile, seed: u64, speed: f64, docker: &Path) -> Result<Self, String> {
        // What clients call the age of an object is by their own clock.
        let mut world = World::new(seed, Timestamp::now() - profile.up());
        let pki = Pki::new(&secret()?, world.now(), boot::NODES[0], &[])?;
        boot::boot(&mut world, profile, &pki.ca.certificate).map_err(|status| status.message)?;
        boot::install(&mut world, &pki);
        let api_port = port().await?;
        let etcd_port = port().await?;
        let address = |listener: &TcpListener| {
            listener.local_addr().map(|address| format!("https://{address}")).map_err(|error| error.to_string())
        };
        world.etcd_url = address(&etcd_port)?;
        let (real, start) = (Timestamp::now(), world.now());
        let shared = Shared::new(world);
        let socket = UnixListener::bind(docker).map_err(|error| format!("{}: {error}", docker.display()))?;
        let clock = json!({"name": CLOCK, "extension": {
            "speed": speed, "real": real.to_string(), "virtual": start.to_string(),
        }});
        let server = Self {
            kubeconfig: pki.kubeconfig(CONTEXT, &address(&api_port)?, &clock),
            etcd: address(&etcd_port)?,
            etcd_ca: pki.etcd_ca.certificate.clone(),
            etcd_client: pki.etcd_server.clone(),
            tasks: JoinSet::new(),
        };
        server.serve(&pki, api_port, etcd_port, socket, shared, speed)
    }

    fn serve(
        mut self,
        pki: &Pki,
        api_port: TcpListener,
        etcd_port: TcpListener,
        socket: UnixListener,
        shared: Shared,
        speed: f64,
    ) -> Result<Self, String> {
        let api_tls = tls(&pki.server, &pki.ca.certificate, Clients::Any, &["h2", "http/1.1"])?;
        let etcd_tls = tls(&pki.etcd_server, &pki.etcd_ca.certificate, Clients::Certified, &["h2"])?;
        let world = shared.clone();
        let outage = shared.clone();
        let met = move || outage.with(|world| host::met_at_api(world));
        self.tasks.spawn(listen(api_port, api_tls, met, move |stream| {
            let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
            let user = shown.map_or_else(apiserver::User::anonymous, |shown| apiserver::User::of_certificate(shown));
            apiserver::serve(stream, world.clone(), user)
        }));
        let world = shared.clone();
        let outage = shared.clone();
        let met = move || outage.with(|world| host::met_at_etcd(world));
        self.tasks.spawn(listen(etcd_port, etcd_tls, met, move |stream| etcd::serve(stream, world.clone())));
        let world = shared.clone();
        self.tasks.spawn(async move {
            loop {
                match socket.accept().await {
                    Ok((stream, _)) => drop(tokio::spawn(dockerd::serve(stream, world.clone()))),
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        });
        self.tasks.spawn(pace(shared, speed));
        Ok(self)
    }

    /// Returns only if a server has ended, which is a mistake in it.
    pub async fn ended(&mut self) {
        self.tasks.join_next().await;
    }
}

/// A port of loopback that nobody has.
async fn port() -> Result<TcpListener, String> {
    TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| format!("no port on 127.0.0.1: {error}"))
}

/// What keys are made of, by true chance: whoever knew it could pass for the administrator.
fn secret() -> Result<[u8; 32], String> {
    let mut secret = [0; 32];
    let provider = tokio_rustls::rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut secret).map_err(|_| "the system has no random numbers".to_owned())?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use etcd_client::{Certificate, Client, ConnectOptions, Identity, TlsOptions};

    use super::*;

    async fn started() -> (Server, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Server::start(Profile::Lab, 1, 1.0, &folder.path().join("docker.sock")).await.unwrap(), folder)
    }

    #[tokio::test]
    async fn etcd_answers_only_clients_with_a_certificate() {
        let (server, _folder) = started().await;
        let options = || TlsOptions::new().ca_certificate(Certificate::from_pem(&server.etcd_ca));
        let identity = Identity::from_pem(&server.etcd_client.certificate, &server.etcd_client.key);
        let with = ConnectOptions::new().with_tls(options().identity(identity));
        let mut client = Client::connect([&server.etcd], Some(with)).await.unwrap();
        assert!(client.get("/registry/namespaces/default", None).await.unwrap().kvs()[0].value().starts_with(b"k8s"));
        assert_eq!(client.member_list().await.unwrap().members()[0].client_urls(), [server.etcd.as_str()]);
        let without = Client::connect([&server.etcd], Some(ConnectOptions::new().with_tls(options()))).await;
        let refused = match without {
            Ok(mut client) => client.status().await.is_err(),
            Err(_) => true,
        };
        assert!(refused);
    }

    #[tokio::test]
    async fn two_servers_have_other_keys() {
        let ((one, _at), (other, _too)) = futures::join!(started(), started());
        assert_ne!(one.etcd_client, other.etcd_client);
    }
}

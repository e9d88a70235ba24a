//! The three layers of a cluster, as far as they can be reached; nothing is judged yet.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::Value;

use super::paced::PacedClock;
use super::{ClusterOptions, etcd, kubeconfig, sandbox};
use crate::client::docker::Docker;
use crate::client::etcd::Etcd;
use crate::client::k8s::{Accept, K8s};
use crate::client::{Failure, Reads, Seen};
use crate::clock::{Clock, SystemClock};
use crate::sandbox::Profile;

/// The label of a kind cluster's containers.
const KIND_CLUSTER: &str = "io.x-k8s.kind.cluster";
/// The label that says what a container of kind's is: `control-plane` or `worker`.
const KIND_ROLE: &str = "io.x-k8s.kind.role";
/// What Docker is called where it does not answer.
const DOCKER: &str = "Docker Engine";
/// How long a layer may take to answer at first. A paused container accepts connections and says nothing.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// The layers of one cluster.
#[derive(Debug)]
pub struct Layers {
    /// The kubeconfig's context.
    pub name: String,
    /// What kind calls the cluster, where the context is one of kind's: `k8splayground`.
    pub kind: Option<String>,
    /// The Kubernetes API; nothing was asked of it yet.
    pub k8s: K8s,
    /// Docker Engine, or why it cannot be reached.
    pub docker: Result<Docker, Failure>,
    /// etcd, or why it cannot be reached.
    pub etcd: Result<Etcd, Failure>,
    /// The certificates, as DER, that the API server's has to come from; none: it is not verified, as without TLS, or
    /// by the system's.
    pub(super) roots: Option<Vec<Vec<u8>>>,
    /// The cluster's.
    pub(super) clock: Arc<dyn Clock>,
    pub(super) reads: Arc<Reads>,
    pub(super) seen: Arc<Seen>,
}

/// Reaches for the layers of the cluster that `options` name.
///
/// # Errors
/// No cluster named, an unknown context, an unreadable kubeconfig, a context that is not of kind's and not allowed.
pub async fn reach(options: &ClusterOptions) -> Result<Layers, Failure> {
    if options.is_sandbox() {
        return sandbox::layers(options.profile, options.seed).await;
    }
    let name = options.named()?;
    let kubeconfig = kubeconfig::read()?;
    let clock: Arc<dyn Clock> = match PacedClock::told(&kubeconfig, name) {
        Some(clock) => Arc::new(clock),
        None => Arc::new(SystemClock::default()),
    };
    let config = kubeconfig::config(kubeconfig, name).await?;
    let kind = name.strip_prefix("kind-").filter(|kind| !kind.is_empty()).map(str::to_owned);
    if kind.is_none() && !options.is_allowed()? {
        return Err(super::guard::refused(name, "its name is not kind-NAME, as kind names its contexts"));
    }
    let is_verified = config.cluster_url.scheme_str() == Some("https") && !config.accept_invalid_certs;
    let roots = config.root_cert.clone().filter(|_| is_verified);
    let (reads, seen) = (Arc::new(Reads::default()), Arc::new(Seen::default()));
    note_credentials(&config.auth_info, &seen);
    let k8s = K8s::connect(config, Arc::clone(&reads), Arc::clone(&seen))?;
    let docker = match &kind {
        Some(kind) => {
            let label = format!("{KIND_CLUSTER}={kind}");
            in_time(DOCKER, Docker::connect(&label, Arc::clone(&reads), Arc::clone(&seen))).await
        }
        None => Err(Failure::refused(format!("{name} is no cluster of kind's: its containers are not known"))),
    };
    let etcd = in_time("etcd", etcd::connect(docker.as_ref(), Arc::clone(&reads), Arc::clone(&seen))).await;
    Ok(Layers { name: name.to_owned(), kind, k8s, docker, etcd, roots, clock, reads, seen })
}

/// Notes what the kubeconfig proves who it is with.
fn note_credentials(credentials: &kube::config::AuthInfo, seen: &Seen) {
    // Serialized, it tells what it hides otherwise; what cannot be told is not known.
    let told = serde_json::to_value(credentials).unwrap_or_default();
    let key = told["client-key-data"].as_str().and_then(|key| STANDARD.decode(key).ok());
    let file = |name: &str| std::fs::read(told[name].as_str()?).ok();
    let text = |name: &str| told[name].as_str().map(|text| text.as_bytes().to_vec());
    for (what, secret) in [
        ("kubeconfig client key", key.or_else(|| file("client-key"))),
        ("kubeconfig token", text("token").or_else(|| file("tokenFile"))),
        ("kubeconfig password", text("password")),
    ] {
        if let Some(secret) = secret {
            seen.secrets().note(what, &secret);
        }
    }
}

impl Layers {
    /// The API server's version: `v1.20.2`.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn version(&self) -> Result<String, Failure> {
        let version = self.read("/version").await?;
        Ok(version["gitVersion"].as_str().unwrap_or_default().to_owned())
    }

    /// The UID of the namespace kube-system.
    ///
    /// # Errors
    /// The API server does not answer.
    pub async fn uid(&self) -> Result<String, Failure> {
        let namespace = self.read("/api/v1/namespaces/kube-system").await?;
        Ok(namespace["metadata"]["uid"].as_str().unwrap_or_default().to_owned())
    }

    /// The list of nodes.
    ///
    /// # Errors
    /// The API server does not answer.
    pub async fn nodes(&self) -> Result<Value, Failure> {
        self.read("/api/v1/nodes").await
    }

    /// Whether this is the embedded cluster.
    pub fn is_sandbox(&self) -> bool {
        Profile::ALL.into_iter().any(|profile| self.name == sandbox::name(profile))
    }

    /// Reads one path of the API.
    pub(super) async fn read(&self, path: &str) -> Result<Value, Failure> {
        let answer = in_time("the API server", self.k8s.json(Method::GET, path, &[], None, Accept::Json)).await;
        answer.map_err(|failure| match failure.reason.as_str() {
            "Forbidden" => {
                failure.with_hint("notebooks need an administrator: check the user of the kubeconfig's context")
            }
            "NotFound" => failure.with_hint("this may be no API server: check the server of the kubeconfig's context"),
            _ => failure,
        })
    }
}

/// The name of the cluster's (first) control-plane container.
pub(super) async fn control_plane(docker: &Docker) -> Result<String, Failure> {
    let role = ("label".to_owned(), format!("{KIND_ROLE}=control-plane"));
    let found = docker.list(true, &[role]).await?;
    let name = found.iter().filter_map(|container| container["Names"][0].as_str()).min();
    name.map(|name| name.trim_start_matches('/').to_owned())
        .ok_or_else(|| Failure::unreachable("Docker Engine has no control-plane container of this cluster"))
}

/// A file of a container.
pub(super) async fn file(docker: &Docker, container: &str, path: &str) -> Result<Vec<u8>, Failure> {
    let entries = docker.copy_out(container, path).await?;
    let bytes = entries.into_iter().find_map(|entry| entry.bytes);
    bytes.ok_or_else(|| Failure::answer(format!("{container}:{path} is no file")))
}

/// The answer, or, once [`FIRST_ANSWER`] has passed, that there is none.
async fn in_time<T>(what: &str, answer: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::time::timeout(FIRST_ANSWER, answer).await.unwrap_or_else(|_| {
        let hint = match what {
            DOCKER => "is it stuck, or does DOCKER_HOST name an address that swallows all? Try `docker version`",
            _ => "is the control-plane container paused, or are its processes stuck? See `docker ps -a`",
        };
        Err(Failure::unreachable(format!("{what} gave no answer within {} s", FIRST_ANSWER.as_secs())).with_hint(hint))
    })
}

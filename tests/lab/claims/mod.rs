//! No claim of the notebooks is hollow: for each one a fact is broken, by a proxy between kpnb and the cluster, and the
//! claim has to fail; then the fact is as it was, and the claim holds.
//!
//! The notebook runs for real, cell by cell. Before a cell that has claims runs, it is evaluated once for each break.

mod etcd_internals;
mod finalizers;
mod kubelet_failure;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kpnb::bindings::Workspace;
use kpnb::client::docker::{Docker, DockerHost};
use kpnb::client::etcd::{Credentials, Etcd};
use kpnb::client::k8s::K8s;
use kpnb::cluster::Cluster;
use kpnb::script::{Host, ScriptErrorKind, Session};
use libtest_mimic::{Failed, Trial};

use crate::lab;
use crate::proxy::api::{Proxy, Rule};
use crate::proxy::{Log, Substitution, docker, etcd};

/// One broken fact and the claim that must notice it.
pub(crate) struct Break {
    /// The cell that claims.
    pub(crate) cell: &'static str,
    /// A part of the claim's sentence that no other claim of the cell has, and that does not change with what is seen.
    pub(crate) claim: &'static str,
    /// What is done to the fact.
    pub(crate) how: How,
}

/// How a fact is broken.
pub(crate) enum How {
    /// The API's answers are changed.
    Api(Rule),
    /// Bytes between kpnb and Docker Engine are replaced, both ways.
    Docker(&'static str, &'static str),
    /// Bytes of etcd's answers are replaced.
    Etcd(&'static str, &'static str),
    /// A measured value, which no proxy can change after the event, is set in the session; then set back.
    Measured(&'static str, &'static str),
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        lab::exclusive("claims::finalizers", || finalizers::prove().run("finalizers.md")),
        lab::exclusive("claims::etcd_internals", || etcd_internals::prove().run("etcd-internals.md")),
        lab::exclusive("claims::kubelet_failure", || kubelet_failure::prove().run("kubelet-failure.md")),
    ]
}

/// The breaks of one notebook.
pub(crate) struct Breaks(pub(crate) Vec<Break>);

impl Breaks {
    fn run(self, file: &str) -> Result<(), Failed> {
        let runtime = lab::runtime();
        let world = runtime.block_on(World::new());
        let notebooks = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("notebooks");
        let text = std::fs::read_to_string(notebooks.join(file))?;
        let handle = runtime.handle().clone();
        // Scripts must not run on one of the runtime's threads, and want a deep stack.
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(move || {
            let host = Host::new(handle, Arc::clone(&world.cluster.clock));
            let mut session = world.session(&host, &notebooks);
            let outcome = self.prove(&world, &host, &mut session, &text);
            world.calm();
            let cleanup = clean_up(&host, &mut session, &text);
            outcome.and(cleanup)
        })?;
        thread.join().map_err(|_| Failed::from("the script's thread panicked"))?.map_err(Failed::from)
    }

    fn prove(&self, world: &World, host: &Host, session: &mut Session, text: &str) -> Result<(), String> {
        let notebook = kpnb::notebook::parse("notebook", text);
        let mut hollow = BTreeSet::new();
        for cell in notebook.cells.iter().filter(|cell| !cell.attributes.cleanup) {
            let name = cell.attributes.name.clone().unwrap_or_default();
            let mut broken = BTreeSet::new();
            for case in self.0.iter().filter(|case| case.cell == name) {
                world.break_fact(session, &case.how)?;
                let failure = session.eval(&cell.source, "broken", cell.first_line).err();
                world.mend_fact(session, &case.how)?;
                host.take_output();
                let failed = host.take_claims().into_iter().find(|claim| !claim.proved).map(|claim| claim.text);
                match (failure.as_ref().map(|error| error.kind), failed) {
                    (Some(ScriptErrorKind::Claim), Some(claim)) if claim.contains(case.claim) => {
                        broken.insert(case.claim);
                    }
                    (_, claim) => {
                        let failure = failure.map(|error| error.plain());
                        return Err(format!("{name}: broke {:?}, but {claim:?} failed, with {failure:?}", case.claim));
                    }
                }
            }
            session
                .eval(&cell.source, "notebook", cell.first_line)
                .map_err(|error| format!("{name}: {}", error.plain()))?;
            host.take_output();
            for claim in host.take_claims() {
                if !broken.iter().any(|part| claim.text.contains(part)) {
                    hollow.insert(format!("{name}: {}", claim.text));
                }
            }
        }
        if hollow.is_empty() { Ok(()) } else { Err(format!("no test breaks these claims: {hollow:#?}")) }
    }
}

fn clean_up(host: &Host, session: &mut Session, text: &str) -> Result<(), String> {
    let notebook = kpnb::notebook::parse("notebook", text);
    for cell in notebook.cells.iter().filter(|cell| cell.attributes.cleanup) {
        session.eval(&cell.source, "cleanup", cell.first_line).map_err(|error| error.plain())?;
        host.take_output();
    }
    Ok(())
}

/// The cluster behind the three proxies.
struct World {
    cluster: Arc<Cluster>,
    api: Proxy,
    docker: Substitution,
    etcd: Substitution,
}

impl World {
    async fn new() -> Self {
        let real = Arc::into_inner(lab::cluster().await).unwrap();
        let api = Proxy::start(real.k8s.clone()).await;
        let (docker_bytes, etcd_bytes) = (Substitution::default(), Substitution::default());
        let (reads, seen) = (Arc::clone(&real.reads), Arc::clone(&real.seen));
        let k8s = K8s::connect(api.config(), Arc::clone(&reads), Arc::clone(&seen)).unwrap();
        let socket = docker::start(docker_bytes.clone(), Log::default()).await;
        let label = format!("io.x-k8s.kind.cluster={}", real.name.trim_start_matches("kind-"));
        let host = DockerHost { url: socket, tls: None };
        let docker = Docker::connect_to(host, &label, Arc::clone(&reads), Arc::clone(&seen)).await;
        let endpoint = etcd::start(etcd_bytes.clone(), Log::default()).await;
        let bare = Credentials { ca: Vec::new(), cert: Vec::new(), key: Vec::new() };
        let etcd = Etcd::connect(&[endpoint], &bare, reads, seen).await;
        let cluster = Cluster { k8s, docker, etcd, ..real };
        Self { cluster: Arc::new(cluster), api, docker: docker_bytes, etcd: etcd_bytes }
    }

    fn session(&self, host: &Host, notebooks: &Path) -> Session {
        let folders = vec![notebooks.to_owned(), notebooks.join("../manifests")];
        let output = std::env::temp_dir().join("kpnb-claims");
        let cluster = Arc::clone(&self.cluster);
        let workspace = Workspace { cluster, files: folders, stdlib: vec![], journal: Default::default(), output };
        kpnb::bindings::session(host.clone(), Arc::new(workspace))
    }

    fn break_fact(&self, session: &mut Session, how: &How) -> Result<(), String> {
        match how {
            How::Api(rule) => self.api.set(Some(Arc::clone(rule))),
            How::Docker(from, to) => self.docker.set(from, to),
            How::Etcd(from, to) => self.etcd.set(from, to),
            How::Measured(broken, _) => session.eval(broken, "break", 1).map_err(|error| error.plain())?,
        }
        Ok(())
    }

    fn mend_fact(&self, session: &mut Session, how: &How) -> Result<(), String> {
        self.calm();
        if let How::Measured(_, mended) = how {
            session.eval(mended, "mend", 1).map_err(|error| error.plain())?;
        }
        Ok(())
    }

    fn calm(&self) {
        self.api.set(None);
        self.docker.clear();
        self.etcd.clear();
    }
}

//! A cluster whose three layers are one small server each, in this process, which answers what an input says.
//!
//! An answer is the body of the next response, after a status where it begins with one (`404 {…}`). An empty one, and
//! each after the last, is what a well-meaning server would say.

mod etcd;
mod http1;
mod served;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use kpnb::bindings::command::{Program, Streams};
use kpnb::bindings::{Workspace, docker, etcd as etcd_bindings, kubectl};
use kpnb::client::docker::{Docker, DockerHost};
use kpnb::client::etcd::{Credentials, Etcd};
use kpnb::client::k8s::K8s;
use kpnb::client::{Failure, Reads, Seen};
use kpnb::clock::Clock;
use kpnb::cluster::Cluster;
use kpnb::journal::Journal;
use tokio::runtime::Runtime;

/// How long a command may wait, as a cell's timeout would bound it: what waits for a change that never comes is no hang.
const PATIENCE: Duration = Duration::from_millis(100);

/// What each layer says next.
pub(super) type Answers = Arc<Mutex<VecDeque<Vec<u8>>>>;

/// A cluster.
pub(super) struct World {
    pub(super) runtime: Runtime,
    pub(super) workspace: Arc<Workspace>,
    answers: Answers,
}

/// Made once: an input changes its answers only.
pub(super) static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let answers = Answers::default();
        let cluster = runtime.block_on(async {
            let http = http1::serve(Arc::clone(&answers)).await;
            let etcd = etcd::serve(Arc::clone(&answers)).await;
            let (reads, seen) = (Arc::new(Reads::default()), Arc::new(Seen::default()));
            let config = kube::Config::new(format!("http://{http}").parse().expect("an address is a URL"));
            let host = DockerHost { url: format!("tcp://{http}"), tls: None };
            Cluster {
                name: "kind-fuzz".to_owned(),
                version: "v1.20.2".to_owned(),
                uid: "fuzz".to_owned(),
                k8s: K8s::connect(config, Arc::clone(&reads), Arc::clone(&seen)).expect("nothing is sent yet"),
                docker: Docker::connect_to(host, served::LABEL, Arc::clone(&reads), Arc::clone(&seen)).await,
                etcd: Etcd::connect(&[etcd], &Credentials::default(), Arc::clone(&reads), Arc::clone(&seen)).await,
                clock: Arc::new(HastyClock::default()),
                reads,
                seen,
                lasting: false,
            }
        });
        assert!(cluster.docker.is_ok() && cluster.etcd.is_ok(), "{cluster:?}");
        let workspace = Workspace {
            cluster: Arc::new(cluster),
            files: Vec::new(),
            stdlib: Vec::new(),
            journal: Journal::default(),
            // What is written goes nowhere: this cannot be a folder.
            output: PathBuf::from("/dev/null/output"),
        };
        Self { runtime, workspace: Arc::new(workspace), answers }
    }

    /// Says what the layers answer next.
    pub(super) fn answer(&self, answers: impl Iterator<Item = Vec<u8>>) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = answers.collect();
    }

    /// Runs a command as a cell would.
    pub(super) fn run(&self, program: Program, words: &[String], stdin: Option<&str>) {
        self.runtime.block_on(async {
            let streams = Streams::default();
            let command: BoxFuture<'_, Result<i32, Failure>> = match program {
                Program::Kubectl => Box::pin(kubectl::run(&self.workspace, words, stdin, &streams)),
                Program::Docker => Box::pin(docker::cli::run(&self.workspace, words, stdin, &streams)),
                Program::Etcdctl => Box::pin(etcd_bindings::cli::run(&self.workspace, words, stdin, &streams)),
            };
            // Cut off as a cell's timeout does it; a command that does not let itself be cut off hangs.
            let _ = tokio::time::timeout(PATIENCE, command).await;
        });
    }
}

/// The next answer, with its status.
fn next(answers: &Answers) -> Option<(u16, Vec<u8>)> {
    let answer =
        answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front().filter(|answer| !answer.is_empty())?;
    let status =
        answer.get(..4).filter(|start| start[3] == b' ').and_then(|start| std::str::from_utf8(&start[..3]).ok());
    Some(match status.and_then(|status| status.parse().ok()).filter(|status| (200..600).contains(status)) {
        Some(status) => (status, answer[4..].to_vec()),
        None => (200, answer),
    })
}

/// A clock on which sleeping takes no time, so that what polls gets on.
#[derive(Debug)]
struct HastyClock {
    start: Instant,
    /// What was slept, in milliseconds.
    slept: AtomicU64,
}

impl Default for HastyClock {
    fn default() -> Self {
        Self { start: Instant::now(), slept: AtomicU64::new(0) }
    }
}

impl Clock for HastyClock {
    fn now(&self) -> jiff::Timestamp {
        // The same in each run, so that an input does the same.
        jiff::Timestamp::from_second(1_606_000_000).expect("a moment in 2020")
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed() + Duration::from_millis(self.slept.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // A day at most: nothing here runs for longer, and the sum stays small.
        let slept = duration.min(Duration::from_secs(24 * 60 * 60)).as_millis();
        self.slept.fetch_add(u64::try_from(slept).unwrap_or(u64::MAX), Ordering::Relaxed);
        Box::pin(tokio::time::sleep(Duration::from_millis(1)))
    }
}

//! Emptying a node: its Pods are evicted, and waited for.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/drain`.

use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;

use super::{DryRun, all_of};
use crate::bindings::command::Streams;
use crate::client::Failure;
use crate::client::k8s::{Accept, DeleteOptions, K8s, ListOptions, Resource};
use crate::clock::Clock;
use crate::notebook::format_duration;

/// The pause before another try where a PodDisruptionBudget forbids an eviction.
const RETRY: Duration = Duration::from_secs(5);

/// Which Pods may go, and how.
#[derive(Debug, Clone, Default)]
pub struct DrainOptions {
    /// Pods that nobody would start again go too.
    pub force: bool,
    /// DaemonSets' Pods stay, instead of being an obstacle.
    pub ignore_daemonsets: bool,
    /// Pods with an emptyDir go too.
    pub delete_emptydir_data: bool,
    /// Seconds that the containers get to end; none: as each Pod says.
    pub grace: Option<i64>,
    /// For all of them together; none: for ever.
    pub timeout: Option<Duration>,
    /// Only Pods with these labels.
    pub pod_selector: Option<String>,
    /// Deletes instead of evicting, past all PodDisruptionBudgets.
    pub disable_eviction: bool,
    /// Where it is one: says what would go, and leaves it.
    pub dry_run: DryRun,
}

/// What is done with one Pod.
enum Fate {
    Go,
    GoWith(&'static str),
    Stay,
    StayWith(&'static str),
    Obstacle(&'static str),
}

/// Evicts the Pods of a node, which should be cordoned, and waits until they are gone. Writes kubectl's words.
///
/// Returns whether any Pod had to go.
///
/// # Errors
/// Pods that the options do not let go, in which case none goes; failed evictions; the timeout.
pub async fn drain(
    k8s: &K8s,
    clock: &dyn Clock,
    node: &str,
    options: &DrainOptions,
    streams: &Streams,
) -> Result<bool, Failure> {
    let pods = k8s.resource("pods").await?;
    let goers = chosen(k8s, &pods, node, options, Some(streams)).await?;
    if options.dry_run != DryRun::None {
        for pod in &goers {
            streams.out(&format!("evicting pod {pod}{}\n", options.dry_run.suffix()));
        }
        return Ok(false);
    }
    let limit = Limit { clock, until: options.timeout.map(|timeout| (clock.elapsed() + timeout, timeout)) };
    let failures = join_all(goers.iter().map(|pod| remove(k8s, limit, &pods, pod, options, streams))).await;
    let Some(failure) = all_of(failures.into_iter().filter_map(Result::err).collect()) else {
        return Ok(!goers.is_empty());
    };
    let reason = failure.message.strip_prefix("error: ").unwrap_or(&failure.message);
    streams.err(&format!("There are pending pods in node {node:?} when an error occurred: {reason}\n"));
    for pod in chosen(k8s, &pods, node, options, None).await? {
        streams.err(&format!("pod/{}\n", pod.name));
    }
    Err(failure)
}

/// The time that all evictions have together.
#[derive(Clone, Copy)]
struct Limit<'a> {
    clock: &'a dyn Clock,
    until: Option<(Duration, Duration)>,
}

impl Limit<'_> {
    fn left(&self) -> Option<Duration> {
        self.until.map(|(until, _)| until.saturating_sub(self.clock.elapsed()))
    }

    fn failure(&self, doing: &str) -> Failure {
        let given = self.until.map_or(Duration::ZERO, |(_, given)| given);
        Failure::answer(format!("error: error when {doing}: global timeout reached: {}", format_duration(given)))
    }
}

/// A Pod that is to go.
struct Goer {
    namespace: String,
    name: String,
    uid: String,
}

impl std::fmt::Display for Goer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

async fn chosen(
    k8s: &K8s,
    pods: &Resource,
    node: &str,
    options: &DrainOptions,
    streams: Option<&Streams>,
) -> Result<Vec<Goer>, Failure> {
    let selection = ListOptions {
        fields: Some(format!("spec.nodeName={node}")),
        labels: options.pod_selector.clone(),
        ..ListOptions::default()
    };
    let list = k8s.list(pods, None, &selection, Accept::Json).await?;
    let (mut goers, mut warnings, mut obstacles) = (Vec::new(), Groups::default(), Groups::default());
    for pod in list["items"].as_array().into_iter().flatten() {
        let text = |field: &str| pod["metadata"][field].as_str().unwrap_or_default().to_owned();
        let goer = Goer { namespace: text("namespace"), name: text("name"), uid: text("uid") };
        let fate = fate(pod, options);
        match fate {
            Fate::GoWith(why) | Fate::StayWith(why) => warnings.add(why, &goer),
            Fate::Obstacle(why) => obstacles.add(why, &goer),
            Fate::Go | Fate::Stay => {}
        }
        if matches!(fate, Fate::Go | Fate::GoWith(_)) {
            goers.push(goer);
        }
    }
    if !obstacles.0.is_empty() {
        let failures =
            obstacles.lines().into_iter().map(|line| Failure::answer(format!("error: cannot delete {line}")));
        return all_of(failures.collect()).map_or(Ok(goers), Err);
    }
    if let Some(streams) = streams.filter(|_| !warnings.0.is_empty()) {
        streams.err(&format!("WARNING: {}\n", warnings.lines().join("; ")));
    }
    Ok(goers)
}

/// Pods by what is said of them.
#[derive(Default)]
struct Groups(Vec<(&'static str, Vec<String>)>);

impl Groups {
    fn add(&mut self, why: &'static str, pod: &Goer) {
        match self.0.iter_mut().find(|(known, _)| *known == why) {
            Some((_, pods)) => pods.push(pod.to_string()),
            None => self.0.push((why, vec![pod.to_string()])),
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(why, pods)| format!("{why}: {}", pods.join(", "))).collect()
    }
}

fn fate(pod: &Value, options: &DrainOptions) -> Fate {
    let finished = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let owners = pod["metadata"]["ownerReferences"].as_array();
    let controller = owners.into_iter().flatten().find(|owner| owner["controller"] == true);
    if controller.is_some_and(|owner| owner["kind"] == "DaemonSet") && !finished {
        return match options.ignore_daemonsets {
            true => Fate::StayWith("ignoring DaemonSet-managed Pods"),
            false => Fate::Obstacle("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"),
        };
    }
    // The kubelet keeps a static Pod; its mirror in the API would only come back.
    if !pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].is_null() {
        return Fate::Stay;
    }
    if finished {
        return Fate::Go;
    }
    let mut fate = Fate::Go;
    let volumes = pod["spec"]["volumes"].as_array();
    if volumes.into_iter().flatten().any(|volume| volume.get("emptyDir").is_some()) {
        if !options.delete_emptydir_data {
            return Fate::Obstacle("Pods with local storage (use --delete-emptydir-data to override)");
        }
        fate = Fate::GoWith("deleting Pods with local storage");
    }
    match (controller, options.force) {
        (Some(_), _) => fate,
        (None, true) => Fate::GoWith(
            "deleting Pods not managed by ReplicationController, ReplicaSet, Job, DaemonSet or StatefulSet",
        ),
        (None, false) => Fate::Obstacle(
            "Pods not managed by ReplicationController, ReplicaSet, Job, DaemonSet or StatefulSet (use --force to override)",
        ),
    }
}

/// Evicts or deletes one Pod, and waits until it is gone.
async fn remove(
    k8s: &K8s,
    limit: Limit<'_>,
    pods: &Resource,
    pod: &Goer,
    options: &DrainOptions,
    streams: &Streams,
) -> Result<(), Failure> {
    let Goer { namespace, name, uid } = pod;
    let eviction = format!("pods/{name:?} -n {namespace:?}");
    let done = if options.disable_eviction {
        let how = DeleteOptions { grace: options.grace, ..DeleteOptions::default() };
        match k8s.delete(pods, Some(namespace), name, &how).await {
            Err(failure) if !failure.is_not_found() => return Err(failure),
            _ => "deleted",
        }
    } else {
        loop {
            streams.out(&format!("evicting pod {pod}\n"));
            // As kubectl does, the limit is looked at only between two tries.
            if limit.left().is_some_and(|left| left.is_zero()) {
                return Err(limit.failure(&format!("evicting {eviction}")));
            }
            match k8s.evict(namespace, name, options.grace).await {
                Ok(_) => break,
                Err(failure) if failure.is_not_found() => return Ok(()),
                Err(failure) if failure.code == 429 || in_ending_namespace(&failure) => {
                    streams.err(&format!("error when evicting {eviction} (will retry after 5s): {}\n", failure.answer));
                    limit.clock.sleep(RETRY).await;
                }
                Err(failure) => {
                    let answer = if failure.answer.is_empty() { &failure.message } else { &failure.answer };
                    return Err(Failure {
                        message: format!("error: error when evicting {eviction}: {answer}"),
                        answer: String::new(),
                        ..failure
                    });
                }
            }
        }
        "evicted"
    };
    k8s.wait_gone(limit.clock, pods, Some(namespace), name, Some(uid), limit.left()).await.map_err(|failure| {
        let doing = format!("waiting for pod {name:?} terminating");
        if failure.is_wait_timeout() { limit.failure(&doing) } else { failure }
    })?;
    streams.out(&format!("pod/{name} {done}\n"));
    Ok(())
}

/// A namespace on its way out takes no evictions; its Pods go by themselves.
fn in_ending_namespace(failure: &Failure) -> bool {
    failure.reason == "Forbidden" && failure.causes.iter().any(|cause| cause.reason == "NamespaceTerminating")
}

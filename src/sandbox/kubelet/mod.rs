//! kubelet, one a node: what it has in memory, and what reaches it. pkg/kubelet of Kubernetes 1.20.
//!
//! - [`runtime`]: what it asks of its host
//! - `node`: its Node: registration, lease, status; `reflector`: what it hears of its Pods
//! - `worker`: what it does for a Pod when; [`start`], `stop`: starting and stopping its containers
//! - `statics`: Pods of files
//! - `status`: a Pod's status; `post`: telling the API; `probes`

mod admission;
mod controls;
mod deadline;
#[cfg(test)]
mod disk_story_tests;
mod environment;
mod eviction;
mod garbage;
pub mod host;
pub mod images;
mod node;
#[cfg(test)]
mod node_story_tests;
mod post;
mod probes;
mod reflector;
pub mod runtime;
#[cfg(test)]
pub(crate) mod stand_in;
mod start;
mod statics;
mod status;
mod stop;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trouble_story_tests;
mod volumes;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::World;
use super::informers::Heard;
use super::object;
use super::recorder::{Event, Source, record_from};
use super::sim::EventId;
use runtime::Runtime;

/// How often the runtime's containers are compared with what is known: `plegRelistPeriod`.
const RELIST: Duration = Duration::from_secs(1);

/// The kubelets, and what lies on the disks of their nodes.
#[derive(Default, Debug)]
pub struct Kubelets {
    /// What they ask of their hosts.
    pub runtime: Option<Runtime>,
    running: BTreeMap<String, Kubelet>,
    disks: BTreeMap<String, Disk>,
    generations: u64,
}

/// What survives a kubelet: the runtime's records of its Pods, and the last address that was given.
#[derive(Default, Debug)]
struct Disk {
    pods: BTreeMap<String, Record>,
    /// Of which versions of objects the files of volumes are, by Pod and volume.
    versions: BTreeMap<(String, String), String>,
    last_address: u32,
}

/// What the runtime knows of a Pod, by labels on its containers.
#[derive(Debug, Clone)]
struct Record {
    pod: Arc<Value>,
    /// None: it was stopped.
    sandbox: Option<String>,
    address: String,
    containers: Vec<Contained>,
}

/// A container that was made for a Pod.
#[derive(Debug, Clone)]
struct Contained {
    id: String,
    name: String,
    attempt: i64,
    /// Kept when the runtime has removed it.
    last: Option<runtime::ContainerState>,
}

/// What a kubelet has in memory.
#[derive(Debug)]
struct Kubelet {
    generation: u64,
    started: Timestamp,
    pods: BTreeMap<String, Worker>,
    backoff: BTreeMap<String, Backoff>,
    /// The static Pods.
    statics: statics::Statics,
    node: node::Known,
    reflector: reflector::Reflector,
}

/// How long a container or an image is left alone after failures: `flowcontrol.Backoff`.
#[derive(Debug, Clone, Copy)]
struct Backoff {
    delay: Duration,
    last: Timestamp,
}

/// What a kubelet does for one Pod.
#[derive(Debug)]
struct Worker {
    /// As the API last told it.
    pod: Arc<Value>,
    /// Gone from the API: it is only to be stopped.
    gone: bool,
    /// The Pod as it came back meanwhile.
    back: Option<Arc<Value>>,
    /// The status as last generated; null: never.
    status: Value,
    /// Why containers wait, by container: reason and message.
    waiting: BTreeMap<String, (String, String)>,
    /// Whether an action is under way that takes time: until it ends, no sync begins.
    busy: bool,
    /// Its containers are being stopped, and with what grace period.
    stopping: Option<Duration>,
    /// No container will be started for it any more.
    ended: bool,
    /// The sync that is due.
    due: Option<(EventId, Timestamp)>,
    /// The sync that is under way made a sandbox or a container: the next relist sees that.
    made_something: bool,
    /// The container that was killed for a probe in the sync that is under way.
    killed: Option<String>,
    /// It ran longer than its active deadline.
    overdue: bool,
    /// It took more of the disk than it may: what it is told.
    evicted: Option<String>,
    /// Its status takes the place of the known one as a whole.
    replaces: bool,
    /// It was looked at when it came, and may run here.
    admitted: bool,
    /// Probe results by container: ready, started.
    probed: BTreeMap<String, probes::Results>,
    /// The address is posted only after the first relist.
    relisted: bool,
}

/// Starts what kubelets hear by.
pub fn start(world: &mut World, runtime: Runtime) {
    world.kubelets.runtime = Some(runtime);
    world.informers.watch("pods", pod_changed);
}

/// The process `kubelet` of a node began to run.
pub fn process_started(world: &mut World, node: &str) {
    world.kubelets.generations += 1;
    let generation = world.kubelets.generations;
    let kubelet = Kubelet {
        generation,
        started: world.now(),
        pods: BTreeMap::new(),
        backoff: BTreeMap::new(),
        statics: BTreeMap::new(),
        node: node::Known::default(),
        reflector: reflector::Reflector::default(),
    };
    world.kubelets.running.insert(node.to_owned(), kubelet);
    node::began(world, node);
    garbage::begin(world, node);
}

/// The process `kubelet` of a node ended: what it had in memory is gone. Its containers run on.
pub fn process_ended(world: &mut World, node: &str) {
    world.kubelets.running.remove(node);
    world.recorder.forget(|component, host| component == "kubelet" && host == node);
}

/// A container of a node ended.
pub fn container_ended(world: &mut World, node: &str, container: &str) {
    stop::ended(world, node, container);
    let uid = pod_of(world, node, container).or_else(|| {
        // The runtime tells of a sandbox that ended by its own id.
        let pods = &world.kubelets.disks.get(node)?.pods;
        let (uid, _) = pods.iter().find(|(_, record)| record.sandbox.as_deref() == Some(container))?;
        Some(uid.clone())
    });
    if let Some(uid) = uid {
        worker::at_relist(world, node, &uid);
    }
}

/// A node's kubelet works, so that it answers on its port, and its host is not frozen.
pub fn works(world: &World, node: &str) -> bool {
    world.kubelets.running.contains_key(node) && asks(world).is_some_and(|host| (host.runs)(world, node, "kubelet"))
}

/// A node's kubelet works and reaches the API.
fn connected(world: &World, node: &str) -> bool {
    works(world, node) && asks(world).is_some_and(|host| (host.reaches)(world, node))
}

fn asks(world: &World) -> Option<Runtime> {
    world.kubelets.runtime
}

/// Which kubelet process runs on a node: timers of an earlier one do nothing.
fn generation(world: &World, node: &str) -> Option<u64> {
    world.kubelets.running.get(node).map(|kubelet| kubelet.generation)
}

/// Lets `action` happen after `delay` if the same kubelet still runs then; a frozen one does it when it thaws.
fn after(
    world: &mut World,
    node: &str,
    delay: Duration,
    action: impl FnOnce(&mut World, &str) + Send + 'static,
) -> EventId {
    let (node, asked) = (node.to_owned(), generation(world, node));
    world.after(delay, move |world| run_or_wait(world, &node, asked, Box::new(action)))
}

/// How often it is looked whether a frozen kubelet goes on.
const THAW: Duration = Duration::from_millis(200);

/// What a kubelet does on its node.
type OnNode = Box<dyn FnOnce(&mut World, &str) + Send>;

fn run_or_wait(world: &mut World, node: &str, asked: Option<u64>, action: OnNode) {
    if generation(world, node) != asked {
        return;
    }
    if works(world, node) {
        return action(world, node);
    }
    let node = node.to_owned();
    // All that waits looks at the same moments, so that what was due first is done first.
    let phase = world.elapsed().as_millis() % THAW.as_millis();
    let delay = THAW.saturating_sub(Duration::from_millis(u64::try_from(phase).unwrap_or(0)));
    world.after(delay, move |world| run_or_wait(world, &node, asked, action));
}

/// The next moment at which something happens that a kubelet does every `period` since it started.
fn next_tick(world: &World, node: &str, period: Duration) -> Duration {
    let Some(kubelet) = world.kubelets.running.get(node) else { return period };
    let passed = world.now().duration_since(kubelet.started).unsigned_abs().as_nanos();
    let period = period.as_nanos().max(1);
    Duration::from_nanos(u64::try_from(period - passed % period).unwrap_or(0))
}

fn worker_mut<'w>(world: &'w mut World, node: &str, uid: &str) -> Option<&'w mut Worker> {
    world.kubelets.running.get_mut(node)?.pods.get_mut(uid)
}

fn worker_ref<'w>(world: &'w World, node: &str, uid: &str) -> Option<&'w Worker> {
    world.kubelets.running.get(node)?.pods.get(uid)
}

fn record<'w>(world: &'w World, node: &str, uid: &str) -> Option<&'w Record> {
    world.kubelets.disks.get(node)?.pods.get(uid)
}

fn record_mut<'w>(world: &'w mut World, node: &str, uid: &str) -> Option<&'w mut Record> {
    world.kubelets.disks.get_mut(node)?.pods.get_mut(uid)
}

fn pod_of(world: &World, node: &str, container: &str) -> Option<String> {
    let pods = &world.kubelets.disks.get(node)?.pods;
    let (uid, _) = pods.iter().find(|(_, record)| record.containers.iter().any(|known| known.id == container))?;
    Some(uid.clone())
}

/// How a container of a Pod is, or was when the runtime last knew it.
fn state(world: &World, node: &str, container: &Contained) -> Option<runtime::ContainerState> {
    let host = asks(world)?;
    (host.container)(world, node, &container.id).or_else(|| container.last.clone())
}

/// Records an event of a kubelet, lost while the node does not reach the API.
fn event(world: &mut World, node: &str, about: &Value, field_path: &str, kind: &str, reason: &str, message: &str) {
    if connected(world, node) {
        let event = Event { about, field_path, kind, reason, message };
        record_from(world, Source { component: "kubelet", host: node }, event);
    }
}

/// The kernel ended a process for want of memory, which the kubelets on its nodes read in its log.
/// pkg/kubelet/oom/oom_watcher_linux.go.
pub fn out_of_memory(world: &mut World, comm: &str, pid: u32) {
    let nodes: Vec<String> = world.kubelets.running.keys().cloned().collect();
    let message = format!("System OOM encountered, victim process: {comm}, pid: {pid}");
    for node in nodes {
        let about = serde_json::json!({"kind": "Node", "metadata": {"name": node, "uid": node}});
        event(world, &node, &about, "", "Warning", "SystemOOM", &message);
    }
}

fn pod_changed(world: &mut World, heard: &Heard) {
    let nodes =
        [heard.before.as_ref(), heard.now.as_ref()].map(|pod| pod.and_then(|pod| pod["spec"]["nodeName"].as_str()));
    let Some(node) = nodes[1].or(nodes[0]).map(str::to_owned) else { return };
    if !connected(world, &node) {
        return reflector::missed(world, &node);
    }
    if !reflector::knows_pods(world, &node) {
        return;
    }
    if statics::is_mirror(heard.object()) {
        return statics::mirror_changed(world, &node, heard.object());
    }
    match (&heard.before, &heard.now) {
        (_, Some(pod)) => worker::told(world, &node, pod),
        (Some(before), None) => worker::gone(world, &node, before),
        (None, None) => {}
    }
}

/// Compares all Pods of a node with what its kubelet knows, as after a broken watch or a start.
fn list_pods(world: &mut World, node: &str) {
    let mut pods = world.informers.pods_on(node);
    pods.retain(|pod| !statics::is_mirror(pod));
    let own = statics::pods(world, node);
    for pod in &own {
        worker::sync_after(world, node, object::uid(pod), Duration::ZERO);
    }
    statics::remove_orphans(world, node);
    for pod in &pods {
        worker::told(world, node, pod);
    }
    let Some(kubelet) = world.kubelets.running.get(node) else { return };
    let known = kubelet.pods.values().map(|worker| worker.pod.clone());
    let on_disk = world.kubelets.disks.get(node).into_iter().flat_map(|disk| disk.pods.values().map(|r| r.pod.clone()));
    let gone: BTreeMap<String, Arc<Value>> = known
        .chain(on_disk)
        .filter(|pod| !pods.iter().chain(&own).any(|there| object::uid(there) == object::uid(pod)))
        .map(|pod| (object::uid(&pod).to_owned(), pod))
        .collect();
    for pod in gone.values() {
        worker::gone(world, node, pod);
    }
}

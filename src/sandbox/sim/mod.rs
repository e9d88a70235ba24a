//! A discrete event simulation: the world, its clock, and the queue of what will happen.

mod ears;
mod queue;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use ears::Ear;
use ears::Ears;
pub use queue::EventId;
use queue::Queue;

use super::store::{Change, SharedLease, Store};
use super::version::{V1_20_2, Version};

/// Something that will happen.
pub type Action = Box<dyn FnOnce(&mut World) + Send>;

/// Who is told of the changes to the keys below `prefix`, one [`Version::reaction`] after each.
struct Listener {
    prefix: &'static str,
    heard: fn(&mut World, &Change),
}

/// All that there is in the sandbox. The same seed and the same requests at the same times give the same world.
pub struct World {
    /// What etcd holds.
    pub store: Store,
    /// What events live on.
    pub event_lease: SharedLease,
    /// The API server's decoded objects.
    pub cache: super::api::Cache,
    /// What the API server remembers of the changes of late.
    pub cacher: crate::sandbox::apiserver::Cacher,
    /// Chance, from the seed.
    pub rng: fastrand::Rng,
    /// The constants of the version that is modelled.
    pub version: &'static Version,
    /// What components know of the objects.
    pub informers: crate::sandbox::informers::Informers,
    /// What the recorders of events remember.
    pub recorder: crate::sandbox::recorder::Recorder,
    /// What the controllers remember.
    pub controllers: crate::sandbox::controllers::Controllers,
    /// What the scheduler remembers.
    pub scheduler: crate::sandbox::scheduler::Scheduler,
    /// The kubelets, by node.
    pub kubelets: crate::sandbox::kubelet::Kubelets,
    /// The simulated hosts.
    pub hosts: crate::sandbox::host::Hosts,
    /// How often clients of the API server were answered, by the labels of `apiserver_request_total`.
    pub served: std::collections::BTreeMap<String, u64>,
    /// How long the request that is being answered waits for webhooks.
    pub awaited: Duration,
    /// Where etcd's member says that clients reach it.
    pub etcd_url: String,
    now: Timestamp,
    started: Timestamp,
    queue: Queue,
    listeners: Vec<Listener>,
    /// The revision up to which listeners were told.
    told: i64,
    ears: Ears,
    /// How often someone outside was told of something.
    tellings: u64,
}

impl World {
    /// An empty world whose clock stands at `started`.
    pub fn new(seed: u64, started: Timestamp) -> Self {
        Self {
            store: Store::default(),
            event_lease: SharedLease::default(),
            cache: super::api::Cache::default(),
            cacher: Default::default(),
            rng: fastrand::Rng::with_seed(seed),
            version: &V1_20_2,
            informers: Default::default(),
            recorder: Default::default(),
            controllers: Default::default(),
            scheduler: Default::default(),
            hosts: crate::sandbox::host::Hosts::default(),
            kubelets: Default::default(),
            served: Default::default(),
            awaited: Duration::ZERO,
            now: started,
            started,
            etcd_url: "https://127.0.0.1:2379".to_owned(),
            queue: Queue::default(),
            listeners: Vec::new(),
            told: 1,
            ears: Ears::default(),
            tellings: 0,
        }
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Time passed since the world began.
    pub fn elapsed(&self) -> Duration {
        self.now.duration_since(self.started).unsigned_abs()
    }

    /// Lets `action` happen after `delay`. What is due at the same moment happens in the order in which it was asked for.
    pub fn after(&mut self, delay: Duration, action: impl FnOnce(&mut Self) + Send + 'static) -> EventId {
        self.at(self.now + delay, action)
    }

    /// Likewise, at a time that is not over.
    pub fn at(&mut self, time: Timestamp, action: impl FnOnce(&mut Self) + Send + 'static) -> EventId {
        self.queue.push(time, Box::new(action))
    }

    /// Takes back what was to happen; nothing happens if it has.
    pub fn cancel(&mut self, event: EventId) {
        self.queue.remove(event);
    }

    /// A duration between the two, by chance.
    pub fn between(&mut self, (least, most): (Duration, Duration)) -> Duration {
        let (least, most) = (nanos(least), nanos(most));
        Duration::from_nanos(if least >= most { least } else { self.rng.u64(least..=most) })
    }

    /// Tells `heard` of each change to a key below `prefix`, a [`Version::reaction`] after it.
    pub fn listen(&mut self, prefix: &'static str, heard: fn(&mut Self, &Change)) {
        self.listeners.push(Listener { prefix, heard });
    }

    /// An ear for someone outside, for changes to the keys below a prefix that ends with a slash.
    pub fn ear(&mut self, prefix: String) -> Arc<Ear> {
        self.ears.open(prefix)
    }

    /// To be called by an event that wakes someone outside: a client, its request, its script.
    pub fn tells_outside(&mut self) {
        self.tellings += 1;
    }

    /// Changes with each event that wakes someone outside.
    pub fn told_outside(&self) -> (u64, u64) {
        (self.tellings, self.hosts.activities())
    }

    /// When the next event is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.queue.next()
    }

    /// How many events are to come.
    pub fn pending(&self) -> usize {
        self.queue.len()
    }

    /// Lets the next event happen, and moves the clock to it. False when nothing is due at all.
    pub fn step(&mut self) -> bool {
        let Some((at, action)) = self.queue.pop() else { return false };
        self.now = self.now.max(at);
        action(self);
        self.tell();
        true
    }

    /// Lets all happen that is due until `until`, and moves the clock there.
    pub fn run_until(&mut self, until: Timestamp) {
        while self.next().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = self.now.max(until);
    }

    /// Schedules what listeners do about the changes since last time. To be called after each request that may have
    /// changed the store; [`World::step`] does so itself.
    pub fn tell(&mut self) {
        if self.store.revision() == self.told {
            return;
        }
        let changes = self.store.changes_after(self.told);
        self.told = self.store.revision();
        changes.iter().for_each(|change| self.cacher.remember(self.now, change));
        crate::sandbox::informers::follow(self, &changes);
        for change in changes {
            if self.ears.tell(&change.key, change.revision) {
                self.tellings += 1;
            }
            let heard: Vec<_> = self
                .listeners
                .iter()
                .filter(|l| change.key.starts_with(l.prefix.as_bytes()))
                .map(|l| l.heard)
                .collect();
            for heard in heard {
                let (delay, change) = (self.between(self.version.reaction), change.clone());
                self.after(delay, move |world| heard(world, &change));
            }
        }
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("now", &self.now)
            .field("revision", &self.store.revision())
            .finish_non_exhaustive()
    }
}

/// Whole nanoseconds: enough for 584 years.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

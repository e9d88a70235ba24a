//! The work queues of the controllers: each object once, at the earliest time asked for, and again with growing delays
//! while its sync fails. k8s.io/client-go, `util/workqueue`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::sim::EventId;

/// The first delay after a failure, which doubles: `DefaultControllerRateLimiter`.
const FIRST_RETRY: Duration = Duration::from_millis(5);

/// What a controller does for one object.
#[derive(Clone, Copy)]
pub struct Controller {
    /// Names its queue.
    pub name: &'static str,
    /// Brings one object's world to what it should be.
    pub sync: fn(&mut World, &Name) -> Result<(), Status>,
    /// The longest delay after failures: 1,000 s for most.
    pub longest_retry: Duration,
}

impl Controller {
    /// A controller with the usual retries.
    pub const fn new(name: &'static str, sync: fn(&mut World, &Name) -> Result<(), Status>) -> Self {
        Self { name, sync, longest_retry: Duration::from_secs(1000) }
    }

    /// Asks for a sync after `delay`, or earlier if one was asked for.
    pub fn enqueue_after(self, world: &mut World, name: &Name, delay: Duration) {
        let (key, at) = ((self.name, name.clone()), world.now() + delay);
        if let Some((event, waiting)) = world.controllers.queues.waiting.get(&key).copied() {
            if waiting <= at {
                return;
            }
            world.cancel(event);
        }
        let key_then = key.clone();
        let event = world.after(delay, move |world| self.work(world, key_then));
        world.controllers.queues.waiting.insert(key, (event, at));
    }

    /// Asks for a sync at once.
    pub fn enqueue(self, world: &mut World, name: &Name) {
        self.enqueue_after(world, name, Duration::ZERO);
    }

    fn work(self, world: &mut World, key: (&'static str, Name)) {
        world.controllers.queues.waiting.remove(&key);
        if !super::alive(world) {
            self.enqueue_after(world, &key.1, super::LOOK_AGAIN);
            return;
        }
        match (self.sync)(world, &key.1) {
            Ok(()) => {
                world.controllers.queues.failures.remove(&key);
            }
            Err(_) => {
                let failures = world.controllers.queues.failures.entry(key.clone()).or_insert(0);
                let delay = FIRST_RETRY.saturating_mul(1 << (*failures).min(30)).min(self.longest_retry);
                *failures += 1;
                self.enqueue_after(world, &key.1, delay);
            }
        }
    }
}

/// What waits.
#[derive(Default, Debug)]
pub struct Queues {
    waiting: BTreeMap<(&'static str, Name), (EventId, Timestamp)>,
    failures: BTreeMap<(&'static str, Name), u32>,
}

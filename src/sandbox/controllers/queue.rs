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

/// What a sync takes for each object beyond the first hundred that it looks at, about as in life: an object with many
/// dependents is not synced anew at each one's change.
const EACH: Duration = Duration::from_micros(20);
/// A sync that looks at so many takes no time.
const FEW: usize = 100;

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
        let key = (self.name, name.clone());
        let at = (world.now() + delay).max(world.controllers.queues.busy.get(&key).copied().unwrap_or_default());
        if let Some((event, waiting)) = world.controllers.queues.waiting.get(&key).copied() {
            if waiting <= at {
                return;
            }
            world.cancel(event);
        }
        let key_then = key.clone();
        let event = world.at(at, move |world| self.work(world, key_then));
        world.controllers.queues.waiting.insert(key, (event, at));
    }

    /// Asks for a sync at once.
    pub fn enqueue(self, world: &mut World, name: &Name) {
        self.enqueue_after(world, name, Duration::ZERO);
    }

    /// The sync of an object that is under way looks at so many others: until it has ended, there is no next one.
    pub fn looks_at(self, world: &mut World, name: &Name, others: usize) {
        if others > FEW {
            let took = EACH.saturating_mul(u32::try_from(others - FEW).unwrap_or(u32::MAX));
            let until = world.now() + took;
            world.controllers.queues.busy.insert((self.name, name.clone()), until);
        }
    }

    fn work(self, world: &mut World, key: (&'static str, Name)) {
        world.controllers.queues.waiting.remove(&key);
        world.controllers.queues.busy.remove(&key);
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
    busy: BTreeMap<(&'static str, Name), Timestamp>,
}

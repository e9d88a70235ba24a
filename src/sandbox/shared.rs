//! The world as the servers share it: one request at a time, with watchers that wake on each change.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::World;

/// A [`World`] that several servers use, and the driver of its clock.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

struct Inner {
    world: Mutex<World>,
    revision: watch::Sender<i64>,
    in_flight: AtomicUsize,
    idle: watch::Sender<bool>,
}

/// A request that is being answered: while one is held, the sandbox is not idle.
#[must_use = "the request counts while this is held"]
pub struct InFlight(Arc<Inner>);

impl Shared {
    /// Shares a world.
    pub fn new(world: World) -> Self {
        let revision = watch::Sender::new(world.store.revision());
        let (in_flight, idle) = (AtomicUsize::new(0), watch::Sender::new(true));
        Self(Arc::new(Inner { world: Mutex::new(world), revision, in_flight, idle }))
    }

    /// Runs `f` on the world, alone; then its listeners are told what changed, and the watchers wake.
    ///
    /// `f` must not call the same `Shared`: the lock is not reentrant.
    pub fn with<T>(&self, f: impl FnOnce(&mut World) -> T) -> T {
        // After a panic in one request the others go on with the world as it was left.
        let mut world = self.0.world.lock().unwrap_or_else(PoisonError::into_inner);
        let result = f(&mut world);
        world.tell();
        let now = world.store.revision();
        // Under the lock, so that revisions are published in their order.
        self.0.revision.send_if_modified(|published| std::mem::replace(published, now) != now);
        result
    }

    /// The store's revision, which an async watcher can wait for: `changed().changed().await`.
    pub fn changed(&self) -> watch::Receiver<i64> {
        self.0.revision.subscribe()
    }

    /// Whether anyone waits for [`Shared::changed`].
    pub fn is_followed(&self) -> bool {
        self.0.revision.receiver_count() > 0
    }

    /// Whether a request has panicked.
    #[cfg(test)]
    pub(in crate::sandbox) fn panicked(&self) -> bool {
        self.0.world.is_poisoned()
    }

    /// Counts a request until the guard is dropped.
    pub fn request(&self) -> InFlight {
        self.0.in_flight.fetch_add(1, Ordering::SeqCst);
        self.0.publish_idle();
        InFlight(self.0.clone())
    }

    /// How many requests are being answered.
    pub fn in_flight(&self) -> usize {
        self.0.in_flight.load(Ordering::SeqCst)
    }

    /// Returns as soon as no request is being answered.
    pub async fn idle(&self) {
        let mut idle = self.0.idle.subscribe();
        // The sender lives as long as `self`.
        let _ = idle.wait_for(|idle| *idle).await;
    }
}

impl Inner {
    fn publish_idle(&self) {
        // Counted within the closure, which the channel runs alone: the last one to publish has the last count.
        self.idle.send_if_modified(|idle| {
            let now = self.in_flight.load(Ordering::SeqCst) == 0;
            std::mem::replace(idle, now) != now
        });
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.0.publish_idle();
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("revision", &*self.0.revision.borrow())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for InFlight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InFlight")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shared() -> Shared {
        Shared::new(World::new(1, jiff::Timestamp::UNIX_EPOCH))
    }

    #[tokio::test]
    async fn a_write_wakes_those_who_wait() {
        let shared = shared();
        let mut changed = shared.changed();
        let waiting = tokio::spawn(async move {
            changed.changed().await.unwrap();
            *changed.borrow()
        });
        shared.with(|world| world.store.put("a", "1", 0));
        assert_eq!(waiting.await.unwrap(), 2);
        let changed = shared.changed();
        shared.with(|_| ());
        assert!(!changed.has_changed().unwrap());
    }

    #[tokio::test]
    async fn idle_is_when_the_last_request_ends() {
        let shared = shared();
        shared.idle().await;
        let (one, two) = (shared.request(), shared.request());
        let waiting = tokio::spawn({
            let shared = shared.clone();
            async move { shared.idle().await }
        });
        drop(one);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(two);
        waiting.await.unwrap();
        assert_eq!(shared.in_flight(), 0);
    }
}

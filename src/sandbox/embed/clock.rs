//! The clock that scripts and waits see.

use std::time::Duration;

use futures::future::{BoxFuture, LocalBoxFuture};
use tokio::sync::oneshot;

use super::Stillness;
use crate::clock::Clock;
use crate::sandbox::Shared;
use crate::sandbox::sim::EventId;

/// The clock of a sandbox in this process.
#[derive(Debug)]
pub struct VirtualClock {
    shared: Shared,
    stillness: Stillness,
}

impl VirtualClock {
    /// The clock of this world, whose driver looks at `stillness`.
    pub fn new(shared: Shared, stillness: Stillness) -> Self {
        Self { shared, stillness }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> jiff::Timestamp {
        self.shared.with(|world| world.now())
    }

    fn elapsed(&self) -> Duration {
        self.shared.with(|world| world.elapsed())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (done, passed) = oneshot::channel();
        let stillness = self.stillness.clone();
        let event = self.shared.with(|world| {
            world.after(duration, move |_| {
                stillness.moved(true);
                // Who waited may have gone.
                let _ = done.send(());
            })
        });
        let alarm = Alarm { shared: self.shared.clone(), event };
        Box::pin(async move {
            let _alarm = alarm;
            // The sender goes only with the world.
            let _ = passed.await;
        })
    }

    fn while_waiting<'a>(&self, future: LocalBoxFuture<'a, ()>) -> LocalBoxFuture<'a, ()> {
        self.stillness.watch(future)
    }
}

/// Takes back what nobody waits for any more.
struct Alarm {
    shared: Shared,
    event: EventId,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.shared.with(|world| world.cancel(self.event));
    }
}

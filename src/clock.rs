//! The cluster's clock: the system's for a real cluster, virtual for the sandbox.

use std::fmt::Debug;
use std::time::Duration;

use futures::future::{BoxFuture, LocalBoxFuture};

/// What tells the time and waits on a cluster.
pub trait Clock: Debug + Send + Sync {
    /// The time of day on the cluster.
    fn now(&self) -> jiff::Timestamp;

    /// Time passed since an arbitrary fixed moment; it never runs backwards.
    fn elapsed(&self) -> Duration;

    /// Ends when `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// The same future, which the script waits for: a virtual clock moves only meanwhile.
    fn while_waiting<'a>(&self, future: LocalBoxFuture<'a, ()>) -> LocalBoxFuture<'a, ()> {
        future
    }
}

/// The clock of this machine, which a real cluster shares.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

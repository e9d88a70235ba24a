//! The clock of a sandbox that another process serves: it runs a known number of times as fast as this machine's.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use jiff::Timestamp;
use kube::config::Kubeconfig;
use serde_json::Value;

use crate::clock::Clock;
use crate::sandbox::serve::CLOCK;

/// A clock that showed `start` at this machine's time `real`, and runs at `speed`.
#[derive(Debug)]
pub(super) struct PacedClock {
    real: Timestamp,
    start: Timestamp,
    speed: f64,
    begun: Instant,
}

impl PacedClock {
    /// The one that the kubeconfig tells of the cluster of this context; none for a cluster that has no other clock.
    pub(super) fn told(kubeconfig: &Kubeconfig, context: &str) -> Option<Self> {
        let context = kubeconfig.contexts.iter().find(|named| named.name == context)?.context.as_ref()?;
        let cluster = kubeconfig.clusters.iter().find(|named| named.name == context.cluster)?.cluster.as_ref()?;
        let clock = cluster.extensions.iter().flatten().find(|extension| extension.name == CLOCK)?;
        Self::of(&clock.extension)
    }

    fn of(told: &Value) -> Option<Self> {
        let moment = |field: &str| told[field].as_str()?.parse().ok();
        let speed = told["speed"].as_f64().filter(|speed| speed.is_finite() && *speed > 0.0)?;
        Some(Self { real: moment("real")?, start: moment("virtual")?, speed, begun: Instant::now() })
    }
}

impl Clock for PacedClock {
    fn now(&self) -> Timestamp {
        let passed = Timestamp::now().duration_since(self.real).as_secs_f64() * self.speed;
        // Neither is far from what it is added to.
        jiff::SignedDuration::try_from_secs_f64(passed)
            .ok()
            .and_then(|passed| self.start.checked_add(passed).ok())
            .unwrap_or(self.start)
    }

    fn elapsed(&self) -> Duration {
        self.begun.elapsed().mul_f64(self.speed)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration.div_f64(self.speed)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn it_runs_as_fast_as_it_was_told() {
        let real = Timestamp::now();
        let clock = PacedClock::of(&json!({"real": real.to_string(), "virtual": real.to_string(), "speed": 1000.0}));
        let clock = clock.unwrap();
        clock.sleep(Duration::from_secs(20)).await;
        assert!(clock.elapsed() >= Duration::from_secs(20));
        assert!(clock.now().duration_since(real) >= jiff::SignedDuration::from_secs(20));
    }

    #[test]
    fn what_is_no_clock_is_none() {
        for wrong in [json!({}), json!({"real": "x", "virtual": "y", "speed": 1}), json!({"speed": 0.0}), Value::Null] {
            assert!(PacedClock::of(&wrong).is_none(), "{wrong}");
        }
    }
}

//! What moves the clock of a sandbox that is served to other programs: real time.

use std::time::{Duration, Instant};

use crate::sandbox::{Shared, World};

/// How often the clock is set at the least, so that what is asked between two events has its time.
const TICK: Duration = Duration::from_millis(5);

/// After how many events those who ask have their turn.
const STEPS: usize = 64;

/// Moves the world's clock `speed` times as fast as real time, until it is dropped.
pub async fn pace(shared: Shared, speed: f64) {
    let (began, start) = (Instant::now(), shared.with(|world| world.now()));
    loop {
        let now = start + began.elapsed().mul_f64(speed);
        let (caught_up, next) = shared.with(|world| {
            let is_due = |world: &World| world.next().is_some_and(|next| next <= now);
            let steps = (0..STEPS).take_while(|_| is_due(world) && world.step()).count();
            if steps < STEPS {
                world.run_until(now);
            }
            (steps < STEPS, world.next())
        });
        if !caught_up {
            // It lags behind: requests have their turn all the same.
            tokio::task::yield_now().await;
            continue;
        }
        let left = next.map_or(TICK, |next| next.duration_since(now).unsigned_abs().div_f64(speed));
        tokio::time::sleep(left.min(TICK)).await;
    }
}

//! What moves the clock of a sandbox that is served to other programs: real time.

use std::time::{Duration, Instant};

use crate::sandbox::Shared;

/// How often the clock is set at the least, so that what is asked between two events has its time.
const TICK: Duration = Duration::from_millis(5);

/// Moves the world's clock `speed` times as fast as real time, until it is dropped.
pub async fn pace(shared: Shared, speed: f64) {
    let (began, start) = (Instant::now(), shared.with(|world| world.now()));
    loop {
        let now = start + began.elapsed().mul_f64(speed);
        let next = shared.with(|world| {
            world.run_until(now);
            world.next()
        });
        let left = next.map_or(TICK, |next| next.duration_since(now).unsigned_abs().div_f64(speed));
        tokio::time::sleep(left.min(TICK)).await;
    }
}

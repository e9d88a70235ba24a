//! The sandbox within kpnb's own process: its clock moves while the script waits, and only then, one event at a time.
//!
//! - [`Pipe`]: a connection that never leaves the process
//! - [`VirtualClock`]: the clock that waits wait on
//! - [`drive`]: what moves it
//! - [`Sandbox`]: all of it, with its servers

mod clock;
mod driver;
mod pace;
mod pipe;
mod sandbox;
mod stillness;

pub use clock::VirtualClock;
pub use driver::drive;
pub use pace::pace;
pub use pipe::{Pipe, pipe};
pub use sandbox::Sandbox;
pub use stillness::Stillness;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::clock::Clock as _;
    use crate::sandbox::{Shared, World};

    /// A world that counts its seconds.
    fn ticking() -> Shared {
        fn tick(world: &mut World) {
            world.store.put("ticks", world.elapsed().as_secs().to_string(), 0);
            world.after(Duration::from_secs(1), tick);
        }
        let mut world = World::new(1, jiff::Timestamp::UNIX_EPOCH);
        world.after(Duration::from_secs(1), tick);
        Shared::new(world)
    }

    /// A server that answers each byte with the number of ticks, and a few detours on the way.
    async fn serve(mut far: Pipe, shared: Shared) {
        while let Ok(byte) = far.read_u8().await {
            for _ in 0..usize::from(byte) {
                tokio::task::yield_now().await;
            }
            let ticks = shared.with(|world| world.store.get(b"ticks").map_or(0, |kv| kv.version));
            if far.write_u8(u8::try_from(ticks).unwrap()).await.is_err() {
                break;
            }
        }
    }

    /// What a script on the clock of a ticking world sees.
    fn seen() -> (Vec<u8>, Duration) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (shared, stillness) = (ticking(), Stillness::default());
        runtime.spawn(drive(shared.clone(), stillness.clone()));
        let clock = VirtualClock::new(shared.clone(), stillness.clone());
        let (mut near, far) = pipe(&stillness);
        runtime.spawn(serve(far, shared));
        let mut answers = Vec::new();
        for round in 0..20 {
            // Between two waits the script may take its time: the clock stands still.
            std::thread::sleep(Duration::from_micros(300));
            runtime.block_on(clock.while_waiting(Box::pin(async {
                near.write_u8(round).await.unwrap();
                answers.push(near.read_u8().await.unwrap());
                // Never at the same moment as a tick.
                clock.sleep(Duration::from_millis(2_510)).await;
            })));
        }
        (answers, clock.elapsed())
    }

    #[test]
    fn the_clock_moves_while_the_script_waits_for_it_and_not_for_answers() {
        let (answers, elapsed) = seen();
        assert_eq!(elapsed, Duration::from_millis(50_200));
        let wanted: Vec<u8> = (0..20).map(|round| u8::try_from(round * 2_510 / 1_000).unwrap()).collect();
        assert_eq!(answers, wanted);
    }

    #[test]
    fn a_paced_clock_follows_real_time() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shared = ticking();
        runtime.spawn(pace(shared.clone(), 1000.0));
        runtime.block_on(async {
            let mut changed = shared.changed();
            changed.wait_for(|revision| *revision > 30).await.unwrap();
        });
        assert!(shared.with(|world| world.elapsed()) >= Duration::from_secs(30));
    }
}

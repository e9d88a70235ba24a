//! What moves the virtual clock.

use super::Stillness;
use crate::sandbox::{Shared, World};

/// How many events may happen in a row that nobody outside sees: then whoever wants to end it all has their turn.
const UNSEEN: usize = 256;

/// Lets the world's events happen, each when nothing else moves; until it is dropped. To be spawned on a runtime with one
/// worker.
pub async fn drive(shared: Shared, stillness: Stillness) {
    loop {
        stillness.settle().await;
        let follows = shared.is_followed();
        if !shared.with(|world| go_on(world, &stillness, follows)) {
            // Nothing will ever happen by itself: only a request could change that, and who waits for one is not still.
            tokio::task::yield_now().await;
        }
    }
}

/// Lets events happen up to the first that someone outside sees: until then nothing else can begin to move, and so there is
/// nothing to wait for between them. False when nothing is due at all.
fn go_on(world: &mut World, stillness: &Stillness, follows: bool) -> bool {
    let seen = |world: &World| (world.told_outside(), stillness.moves(), follows.then(|| world.store.revision()));
    let before = seen(world);
    for happened in 0..UNSEEN {
        if !world.step() {
            return happened > 0;
        }
        if seen(world) != before {
            break;
        }
    }
    true
}

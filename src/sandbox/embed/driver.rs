//! What moves the virtual clock.

use super::Stillness;
use crate::sandbox::Shared;

/// Lets the world's events happen, each when nothing else moves; until it is dropped. To be spawned on a runtime with one
/// worker.
pub async fn drive(shared: Shared, stillness: Stillness) {
    loop {
        stillness.settle().await;
        if !shared.with(super::super::World::step) {
            // Nothing will ever happen by itself: only a request could change that, and who waits for one is not still.
            tokio::task::yield_now().await;
        }
    }
}

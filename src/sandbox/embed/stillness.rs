//! Whether anything moves besides the clock: the script, requests, answers, watch events.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures::future::LocalBoxFuture;
use tokio::sync::Notify;

/// After how many rounds of all that could run a still runtime is taken to stay still. Between two tasks that pass
/// something on there are at most a handful that do not touch a connection.
const ROUNDS: u32 = 24;

/// What is known of all that moves. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Stillness(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    parked: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Counts all that moved.
    moves: u64,
    /// Whether the script waits for something, and nothing has come.
    parked: bool,
}

impl Stillness {
    fn state(&self) -> MutexGuard<'_, State> {
        // A counter and a flag, which no panic leaves half done.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something has moved, if so.
    pub(super) fn moved(&self, moved: bool) {
        self.state().moves += u64::from(moved);
    }

    /// How often something has moved.
    pub(super) fn moves(&self) -> u64 {
        self.state().moves
    }

    /// Returns once the script waits and nothing else moves. To be awaited on a runtime with one worker, whose tasks all
    /// have their turn between two turns of this one.
    pub(super) async fn settle(&self) {
        'again: loop {
            let parked = self.0.parked.notified();
            if !self.state().parked {
                parked.await;
                continue;
            }
            let mut moves = self.state().moves;
            let mut still = 0;
            while still < ROUNDS {
                tokio::task::yield_now().await;
                let state = self.state();
                if !state.parked {
                    continue 'again;
                }
                still = if state.moves == moves { still + 1 } else { 0 };
                moves = state.moves;
            }
            return;
        }
    }

    /// The same future, of the script's: while it waits, the clock may move.
    pub(super) fn watch<'a>(&self, future: LocalBoxFuture<'a, ()>) -> LocalBoxFuture<'a, ()> {
        Box::pin(Watched { future, stillness: self.clone() })
    }

    fn park(&self, parked: bool) {
        self.state().parked = parked;
        if parked {
            self.0.parked.notify_one();
        }
    }
}

struct Watched<'a> {
    future: LocalBoxFuture<'a, ()>,
    stillness: Stillness,
}

impl Future for Watched<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let woken =
            Arc::new(Wakes { stillness: self.stillness.clone(), waker: cx.waker().clone(), woken: Mutex::new(false) });
        self.stillness.park(false);
        let waker = Waker::from(Arc::clone(&woken));
        let polled = pin!(&mut self.future).poll(&mut Context::from_waker(&waker));
        // Under the waker's lock: who wakes it now finds it parked, and who has is seen.
        let woken = woken.woken.lock().unwrap_or_else(PoisonError::into_inner);
        if polled.is_pending() && !*woken {
            self.stillness.park(true);
        }
        polled
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.stillness.park(false);
    }
}

/// Wakes the script, which from that moment on does not wait any more.
struct Wakes {
    stillness: Stillness,
    waker: Waker,
    woken: Mutex<bool>,
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stillness.park(false);
        self.waker.wake_by_ref();
    }
}

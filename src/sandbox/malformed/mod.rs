//! Malformed input on the three wires: whatever comes, nothing panics, the next request is served, and what is refused is
//! refused as the real server does. `PROPTEST_CASES=100000` tries more.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod apiserver;
mod dockerd;
mod etcd;
mod http;
mod json;

use std::pin::pin;

use super::boot::NODES;
use super::{Profile, Shared, World, boot};

/// How many turns a request may take: many more than any that is answered.
const TURNS: u32 = 20_000;

/// How many cases are tried; proptest reads `PROPTEST_CASES` itself.
fn cases(few: u32) -> proptest::test_runner::Config {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Default::default() } else { few };
    let default = proptest::test_runner::Config { failure_persistence: None, ..Default::default() };
    if cases == 0 { default } else { proptest::test_runner::Config { cases, ..default } }
}

/// A cluster with a Pod that runs.
fn cluster() -> Shared {
    let mut world = World::new(1, "2026-11-28T16:00:00Z".parse().unwrap());
    boot::boot(&mut world, Profile::Lab, "ca").unwrap();
    let pod = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"},
        "spec": {"nodeName": NODES[1], "containers": [{"name": "main", "image": "busybox:1.31", "command": ["sleep", "9999"]}]},
    });
    world.api("kubectl").create("pods", Some("default"), pod).unwrap();
    world.tell();
    let until = world.now() + std::time::Duration::from_secs(5);
    world.run_until(until);
    Shared::new(world)
}

/// A runtime on which one case after the other runs.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// What a future gives, while the world goes on; none: nothing, for a long time.
async fn patiently<T>(shared: &Shared, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    for turn in 0..TURNS {
        tokio::select! {
            biased;
            out = &mut future => return Some(out),
            () = tokio::task::yield_now() => {}
        }
        if turn % 32 == 31 {
            shared.with(World::step);
        }
    }
    None
}

/// Writes bytes to a server that was just connected, and nothing more; its task must end.
async fn bytes_on<F>(shared: &Shared, bytes: &[u8], serve: impl FnOnce(tokio::io::DuplexStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (mut near, far) = tokio::io::duplex(1 << 20);
    let task = tokio::spawn(serve(far));
    // It may hang up before all is written.
    let _ = near.write_all(bytes).await;
    let _ = near.shutdown().await;
    let mut answer = Vec::new();
    let _ = patiently(shared, near.read_to_end(&mut answer)).await;
    drop(near);
    if let Some(ended) = patiently(shared, task).await {
        ended.unwrap();
    }
    assert!(!shared.panicked());
}

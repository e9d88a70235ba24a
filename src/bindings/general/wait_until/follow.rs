//! One watch, through whatever happens to the connection.

use std::time::Duration;

use tokio::sync::Notify;

use crate::client::Failure;
use crate::client::etcd::Etcd;
use crate::client::k8s::{K8s, WatchOptions};
use crate::clock::Clock;

/// The first and the longest pause after a broken connection; each is twice the one before.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// After so long without an event a watch is begun anew: a connection that died without notice shows only this way.
const QUIET: Duration = Duration::from_secs(30);

/// How often to look where there is nothing to watch.
const POLL: Duration = Duration::from_millis(100);

/// Tells of each change of a collection after the resourceVersion `from`. An empty one stands for a read that told
/// none (NotFound): then all that is there counts as a change.
pub(super) async fn k8s(
    k8s: &K8s,
    path: &str,
    selectors: Vec<(String, String)>,
    mut from: String,
    clock: &dyn Clock,
    changed: &Notify,
) {
    let mut pause = PAUSES.0;
    loop {
        let options =
            WatchOptions { selectors: selectors.clone(), resource_version: from.clone(), ..WatchOptions::default() };
        let failure = match k8s.watch(path, &options).await {
            Ok(mut watcher) => {
                pause = PAUSES.0;
                if from.is_empty() {
                    // Something may have come and gone between the read and this.
                    changed.notify_one();
                }
                loop {
                    let event = tokio::select! {
                        biased;
                        event = watcher.next() => event,
                        () = clock.sleep(QUIET) => Ok(None),
                    };
                    match event {
                        Ok(Some(event)) => {
                            if let Some(version) = event.object["metadata"]["resourceVersion"].as_str() {
                                version.clone_into(&mut from);
                            }
                            changed.notify_one();
                        }
                        Ok(None) => break None,
                        Err(failure) => break Some(failure),
                    }
                }
            }
            Err(failure) => Some(failure),
        };
        match failure {
            None => {}
            // Too old: from now on, after another look.
            Some(failure) if failure.code == 410 => from.clear(),
            Some(failure) if failure.is_transient() => rest(clock, &mut pause).await,
            // What cannot be watched is looked at.
            Some(_) => poll(clock, changed).await,
        }
    }
}

/// Tells of each change of a range of keys after a revision.
pub(super) async fn etcd(
    etcd: &Etcd,
    key: &[u8],
    range_end: &[u8],
    mut revision: i64,
    clock: &dyn Clock,
    changed: &Notify,
) {
    let mut pause = PAUSES.0;
    loop {
        let failure: Option<Failure> = match etcd.watch(key, range_end, revision + 1).await {
            Ok(mut watch) => {
                pause = PAUSES.0;
                loop {
                    match watch.next().await {
                        Ok(Some(batch)) => {
                            if let Some(last) = batch.events.last() {
                                revision = last.kv.mod_revision;
                                changed.notify_one();
                            }
                        }
                        Ok(None) => break None,
                        Err(failure) => break Some(failure),
                    }
                }
            }
            Err(failure) => Some(failure),
        };
        match failure {
            // Compacted away: from now on (0 with the one that is added), after another look.
            Some(failure) if failure.reason == "OutOfRange" => {
                revision = -1;
                changed.notify_one();
            }
            _ => rest(clock, &mut pause).await,
        }
    }
}

async fn rest(clock: &dyn Clock, pause: &mut Duration) {
    clock.sleep(*pause).await;
    *pause = (*pause * 2).min(PAUSES.1);
}

async fn poll(clock: &dyn Clock, changed: &Notify) {
    loop {
        clock.sleep(POLL).await;
        changed.notify_one();
    }
}

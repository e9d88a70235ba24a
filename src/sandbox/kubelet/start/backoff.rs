//! How long containers and images are left alone after failures.

use std::time::Duration;

use super::wait;
use crate::sandbox::World;
use crate::sandbox::kubelet::{Backoff, event, record, state, stop, worker_ref};
use crate::sandbox::object;

/// The first delay of a container that ended, and of an image that could not be pulled, which doubles.
const FIRST_BACKOFF: Duration = Duration::from_secs(10);

/// And the longest: `MaxContainerBackOff`.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);

/// Whether a container ended too lately to be started again.
pub(super) fn backs_off(world: &mut World, node: &str, uid: &str, name: &str) -> bool {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return true };
    let known = record(world, node, uid).map(|record| record.containers.clone()).unwrap_or_default();
    let killed = worker_ref(world, node, uid).and_then(|worker| worker.killed.clone());
    // What was killed for a probe in this very sync had not ended when it began.
    let mut attempts = known.iter().rev().filter(|known| known.name == name && killed.as_ref() != Some(&known.id));
    let Some(ended) = attempts.next().and_then(|known| state(world, node, known)) else { return false };
    let ended = ended.finished_at.unwrap_or(ended.started_at);
    let key = format!("{uid}/{name}");
    match in_backoff(world, node, &key, ended) {
        Some(delay) => {
            let text = "Back-off restarting failed container";
            event(world, node, &pod, &stop::field_path(&pod, name), "Warning", "BackOff", text);
            let full = format!("{}_{}({uid})", object::name(&pod), object::namespace(&pod));
            let message = format!("back-off {} restarting failed container={name} pod={full}", go_duration(delay));
            wait(world, node, uid, name, "CrashLoopBackOff", &message);
            true
        }
        None => {
            failed_once_more(world, node, &key, ended);
            false
        }
    }
}

pub(super) fn in_backoff(world: &World, node: &str, key: &str, since: jiff::Timestamp) -> Option<Duration> {
    let backoff = world.kubelets.running.get(node)?.backoff.get(key)?;
    let old = world.now().duration_since(backoff.last).unsigned_abs() > 2 * LONGEST_BACKOFF;
    let passed = world.now().duration_since(since).unsigned_abs();
    (!old && passed < backoff.delay).then_some(backoff.delay)
}

/// client-go's `flowcontrol.Backoff.Next`: an entry that was not used for twice the longest delay begins anew.
pub(super) fn failed_once_more(world: &mut World, node: &str, key: &str, since: jiff::Timestamp) {
    let now = world.now();
    let Some(kubelet) = world.kubelets.running.get_mut(node) else { return };
    let known =
        kubelet.backoff.get(key).filter(|known| since.duration_since(known.last).unsigned_abs() <= 2 * LONGEST_BACKOFF);
    let delay = known.map_or(FIRST_BACKOFF, |known| (known.delay * 2).min(LONGEST_BACKOFF));
    kubelet.backoff.insert(key.to_owned(), Backoff { delay, last: now });
}

/// A duration of whole seconds as Go prints it: `10s`, `2m40s`.
fn go_duration(duration: Duration) -> String {
    match (duration.as_secs() / 60, duration.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

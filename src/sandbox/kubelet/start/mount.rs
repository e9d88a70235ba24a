//! The volumes of a Pod, before its sandbox. pkg/kubelet/volumemanager.

use std::time::Duration;

use serde_json::Value;

use super::sandbox::{SANDBOX, make_sandbox};
use super::{may_go_on, next};
use crate::sandbox::World;
use crate::sandbox::kubelet::volumes::{self, Missing};
use crate::sandbox::kubelet::{after, event, worker_ref};

/// How long after a volume could not be set up that is tried again, which doubles: `initialDurationBeforeRetry` of
/// exponentialbackoff.
const FIRST: Duration = Duration::from_millis(500);

/// And the longest: `maxDurationBeforeRetry`.
const LONGEST: Duration = Duration::from_secs(122);

/// How long a sync waits for volumes: `podAttachAndMountTimeout`.
const WAIT: Duration = Duration::from_secs(123);

/// How long a volume's setup has been tried, and when it is tried next.
pub(super) struct Mounting {
    since: jiff::Timestamp,
    delay: Duration,
}

/// Sets up the volumes of a Pod, again and again until they are all there, then makes its sandbox.
pub(super) fn mount(world: &mut World, node: &str, uid: String, names: Vec<String>, mounting: Mounting) {
    if !may_go_on(world, node, &uid) {
        return;
    }
    let Some(pod) = worker_ref(world, node, &uid).map(|worker| worker.pod.clone()) else { return };
    let (volume, why) = match volumes::set_up(world, node, &pod) {
        Ok(()) => {
            let delay = Duration::from_millis(world.rng.u64(SANDBOX));
            after(world, node, delay, move |world, node| {
                if may_go_on(world, node, &uid) {
                    make_sandbox(world, node, &uid, &pod);
                    next(world, node, &uid, names, true);
                }
            });
            return;
        }
        Err(Missing::SetUp(volume, why)) => (volume, why),
        Err(Missing::Claim(volume, why)) => {
            // Not tried again within the sync: the next one does.
            unmounted(world, node, &pod, &volume, &why);
            return next(world, node, &uid, Vec::new(), false);
        }
    };
    let told = format!("MountVolume.SetUp failed for volume {volume:?} : {why}");
    event(world, node, &pod, "", "Warning", "FailedMount", &told);
    let Mounting { mut since, delay } = mounting;
    if world.now().duration_since(since).unsigned_abs() >= WAIT {
        unmounted(world, node, &pod, &volume, "timed out waiting for the condition");
        since = world.now();
    }
    let next = Mounting { since, delay: (delay * 2).min(LONGEST) };
    after(world, node, delay, move |world, node| mount(world, node, uid, names, next));
}

/// Tells which volume a Pod waits for.
fn unmounted(world: &mut World, node: &str, pod: &Value, volume: &str, why: &str) {
    let all: Vec<_> = volumes::used(pod).filter_map(|one| one["name"].as_str()).collect();
    let told = format!(
        "Unable to attach or mount volumes: unmounted volumes=[{volume}], unattached volumes=[{}]: {why}",
        all.join(" ")
    );
    event(world, node, pod, "", "Warning", "FailedMount", &told);
}

impl Mounting {
    /// It begins.
    pub(super) fn begin(now: jiff::Timestamp) -> Self {
        Self { since: now, delay: FIRST }
    }
}

//! Images.

use std::time::Duration;

use serde_json::Value;

use super::backoff::{failed_once_more, in_backoff};
use super::launch::create;
use super::{may_go_on, next, wait};
use crate::sandbox::World;
use crate::sandbox::kubelet::{after, event, images, stop, worker_ref};

/// Until a pull of what is not there has failed, in milliseconds.
const PULL: std::ops::Range<u64> = 60..400;

pub(super) fn pull(world: &mut World, node: &str, uid: &str, name: String, names: Vec<String>, well: bool) {
    let Some(pod) = worker_ref(world, node, uid).map(|worker| worker.pod.clone()) else { return };
    let spec = stop::spec_of(&pod, &name);
    let image = spec["image"].as_str().unwrap_or_default().to_owned();
    let path = stop::field_path(&pod, &name);
    if let Some(why) = images::misnamed(&image) {
        let why = format!("couldn't parse image reference {image:?}: {why}");
        let message = format!("Failed to apply default image tag {image:?}: {why}");
        event(world, node, &pod, &path, "Warning", "InspectFailed", &message);
        failed(world, node, &pod, &path, uid, &name, ("InvalidImageName", &message));
        return next(world, node, uid, names, false);
    }
    let present = images::present(world.hosts.profile(), &image).is_some();
    let policy = spec["imagePullPolicy"].as_str().unwrap_or("IfNotPresent");
    if present && policy != "Always" {
        let message = format!("Container image {image:?} already present on machine");
        event(world, node, &pod, &path, "Normal", "Pulled", &message);
        return create(world, node, uid, name, names, well);
    }
    if policy == "Never" {
        let message = format!("Container image {image:?} is not present with pull policy of Never");
        event(world, node, &pod, &path, "Warning", "ErrImageNeverPull", &message);
        failed(world, node, &pod, &path, uid, &name, ("ErrImageNeverPull", &message));
        return next(world, node, uid, names, false);
    }
    let key = format!("{uid}/{name}/{image}");
    let last =
        world.kubelets.running.get(node).and_then(|kubelet| kubelet.backoff.get(&key)).map(|backoff| backoff.last);
    if let Some(last) = last
        && in_backoff(world, node, &key, last).is_some()
    {
        let message = format!("Back-off pulling image {image:?}");
        event(world, node, &pod, &path, "Normal", "BackOff", &message);
        failed(world, node, &pod, &path, uid, &name, ("ImagePullBackOff", &message));
        return next(world, node, uid, names, false);
    }
    event(world, node, &pod, &path, "Normal", "Pulling", &format!("Pulling image {image:?}"));
    let delay = Duration::from_millis(world.rng.u64(PULL));
    let uid = uid.to_owned();
    after(world, node, delay, move |world, node| {
        if !may_go_on(world, node, &uid) {
            return;
        }
        let error = images::pull_error(&image);
        event(world, node, &pod, &path, "Warning", "Failed", &format!("Failed to pull image {image:?}: {error}"));
        let now = world.now();
        failed_once_more(world, node, &key, now);
        failed(world, node, &pod, &path, &uid, &name, ("ErrImagePull", &error));
        next(world, node, &uid, names, false);
    });
}

fn failed(world: &mut World, node: &str, pod: &Value, path: &str, uid: &str, name: &str, why: (&str, &str)) {
    let (reason, message) = why;
    event(world, node, pod, path, "Warning", "Failed", &format!("Error: {reason}"));
    wait(world, node, uid, name, reason, message);
}

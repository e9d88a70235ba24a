//! How long the API server waits before it answers: for an account that is about to be made, for webhooks, and for kubelets
//! that are silent.

use std::time::Duration;

use jiff::Timestamp;

use super::User;
use super::answer::{Answer, answer, answer_unless_early};
use super::request::{Request, Target};
use crate::sandbox::api::Status;
use crate::sandbox::host;
use crate::sandbox::shared::InFlight;
use crate::sandbox::{Shared, World};

/// Go's `TLSHandshakeTimeout` of a transport: how long a kubelet's page is waited for.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// kube-apiserver's `--request-timeout`: how long etcd is waited for.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long it waits until it looks again, at least and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(200));

/// Waits while the kubelet that a request is about says nothing, because it or its host stands still. Nobody limits that for a
/// connection that is handed through (`UpgradeAwareHandler`); a page's transport gives up.
/// Meanwhile the request is none that the clock waits for.
pub(super) async fn hears(request: &Request, shared: &Shared, mut guard: InFlight) -> InFlight {
    let since = shared.with(|world| world.now());
    while shared.with(|world| is_silent(world, request, since) || lacks_etcd(world, request, since)) {
        drop(guard);
        pause(shared, AGAIN).await;
        guard = shared.request();
    }
    guard
}

/// Whether a request is for what only etcd has, and that does not answer. What is cached is told without it.
fn lacks_etcd(world: &World, request: &Request, since: Timestamp) -> bool {
    needs_etcd(world, request) && world.now().duration_since(since).unsigned_abs() < TIMEOUT
}

fn needs_etcd(world: &World, request: &Request) -> bool {
    let cached = request.method == "GET" && request.query("resourceVersion").is_some();
    !cached && host::is_without_etcd(world) && Target::of(request.path.trim_end_matches('/')).is_some()
}

/// What a request is told that waited for etcd in vain: apiserver `pkg/server/filters/timeout.go`.
pub(super) fn timed_out(world: &World, request: &Request) -> Option<Status> {
    needs_etcd(world, request).then(|| Status {
        code: 504,
        reason: "Timeout",
        message: "Timeout: request did not complete within the allotted timeout".to_owned(),
        details: None,
    })
}

fn is_silent(world: &World, request: &Request, since: Timestamp) -> bool {
    let Some(target) = Target::of(request.path.trim_end_matches('/')) else { return false };
    let Some(name) = &target.name else { return false };
    let part = target.subresource.split('/').next().unwrap_or_default();
    let node = match (target.plural.as_str(), part) {
        ("nodes", "proxy") => name.split(':').next().unwrap_or_default().to_owned(),
        ("pods", "log" | "exec" | "attach" | "portforward") => {
            let pod = world.informers.get("pods", target.namespace.as_deref().unwrap_or_default(), name);
            pod.and_then(|pod| Some(pod["spec"]["nodeName"].as_str()?.to_owned())).unwrap_or_default()
        }
        _ => return false,
    };
    let still = host::is_frozen(world, &node) || host::is_stopped(world, &node, "kubelet");
    let through = matches!(part, "exec" | "attach" | "portforward");
    still && (through || world.now().duration_since(since).unsigned_abs() < HANDSHAKE)
}

/// Answers a request. A Pod in a namespace that is so new that it has no account waits for it a little, as ServiceAccount
/// admission does (v1.20 `plugin/pkg/admission/serviceaccount`: 10 attempts, 100 to 200 ms apart). What webhooks took is
/// waited for before anyone is answered.
pub(super) async fn patiently(request: &Request, shared: &Shared, user: &User) -> Answer {
    let answered = |world: &mut World, early: bool| {
        world.awaited = Duration::ZERO;
        let answer = if early { answer_unless_early(world, request, user) } else { Some(answer(world, request, user)) };
        (answer, world.awaited)
    };
    for attempt in 1..=10 {
        let (answer, awaited) = shared.with(|world| answered(world, attempt < 10));
        if !awaited.is_zero() {
            pause(shared, (awaited, awaited)).await;
        }
        if let Some(answer) = answer {
            return answer;
        }
        pause(shared, AGAIN).await;
    }
    shared.with(|world| answer(world, request, user))
}

/// Waits for some of the world's time.
async fn pause(shared: &Shared, range: (Duration, Duration)) {
    let (passed, waiting) = tokio::sync::oneshot::channel();
    shared.with(|world| {
        let pause = world.between(range);
        // Who asked may have gone by then.
        world.after(pause, |world| {
            world.tells_outside();
            let _ = passed.send(());
        });
    });
    // The sender goes only with the world.
    let _ = waiting.await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::sandbox::{Profile, boot};

    /// How long a request waits for a kubelet whose node is frozen for that long; in seconds.
    async fn waits(part: &str, frozen: f64) -> f64 {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let node = boot::NODES[1];
        world.run_until(world.now() + Duration::from_secs(5));
        let spec = json!({"nodeName": node, "containers": [{"name": "c", "image": "busybox:1.31"}]});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec});
        world.api("kubectl").create("pods", Some("default"), pod).unwrap();
        world.tell();
        host::pause(&mut world, node);
        let (shared, path) = (Shared::new(world), format!("/api/v1/namespaces/default/pods/p/{part}"));
        let (parts, ()) = http::Request::get(path).body(()).unwrap().into_parts();
        let request = Request::new(&parts, Bytes::new());
        let asked = shared.clone();
        let waiting = tokio::spawn(async move { drop(hears(&request, &asked, asked.request()).await) });
        let began = shared.with(|world| world.now());
        let passed = |world: &World| world.now().duration_since(began).as_secs_f64();
        while !waiting.is_finished() {
            tokio::task::yield_now().await;
            shared.with(|world| {
                world.run_until(world.now() + Duration::from_millis(50));
                if passed(world) >= frozen {
                    host::unpause(world, node);
                }
            });
        }
        shared.with(|world| passed(world))
    }

    #[test]
    fn without_etcd_a_server_is_not_well_and_tells_only_what_it_knows() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let got = |world: &mut World, path: &str| {
            let (parts, ()) = http::Request::get(path).body(()).unwrap().into_parts();
            match answer(world, &Request::new(&parts, Bytes::new()), &User::admin()) {
                Answer::Whole { code, body, .. } => (code, String::from_utf8_lossy(&body).into_owned()),
                _ => (0, String::new()),
            }
        };
        assert_eq!(got(&mut world, "/healthz"), (200, "ok".to_owned()));
        let pid = host::process_of(&world, boot::NODES[0], "etcd").unwrap();
        host::end_process(&mut world, boot::NODES[0], pid, 1);
        let (code, text) = got(&mut world, "/healthz");
        assert!(code == 500 && text.contains("\n[-]etcd failed: reason withheld\n[+]poststarthook/"), "{text}");
        assert!(text.ends_with("\nhealthz check failed\n"), "{text}");
        assert_eq!(got(&mut world, "/version").0, 200);
        assert_eq!(got(&mut world, "/api/v1/nodes?resourceVersion=0").0, 200, "it is cached");
        assert_eq!(got(&mut world, "/api/v1/nodes").0, 504, "when it has waited");
        world.run_until(world.now() + Duration::from_secs(6));
        assert_eq!(got(&mut world, "/api/v1/nodes").0, 200);
    }

    #[tokio::test]
    async fn a_silent_kubelet_is_waited_for_ten_seconds_and_without_end_for_what_is_handed_through() {
        let log = waits("log", 30.0).await;
        assert!((9.9..11.5).contains(&log), "{log}");
        let soon = waits("log", 3.0).await;
        assert!((2.9..4.5).contains(&soon), "{soon}");
        let exec = waits("exec", 30.0).await;
        assert!((29.9..31.5).contains(&exec), "{exec}");
        let other = waits("status", 30.0).await;
        assert!(other < 1.0, "{other}");
    }
}

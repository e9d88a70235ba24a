//! `/healthz`, `/livez` and `/readyz`, with the checks of a v1.20.2 API server, which are all well but for an etcd that is away.

use super::answer::Answer;
use super::request::Request;
use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::host;

/// What is checked first, and what of it only for readiness.
const FIRST: [(&str, bool); 4] = [("ping", false), ("log", false), ("etcd", false), ("informer-sync", true)];

/// What was to be done when the server started.
const STARTED: [&str; 18] = [
    "poststarthook/start-kube-apiserver-admission-initializer",
    "poststarthook/generic-apiserver-start-informers",
    "poststarthook/priority-and-fairness-config-consumer",
    "poststarthook/priority-and-fairness-filter",
    "poststarthook/start-apiextensions-informers",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/crd-informer-synced",
    "poststarthook/bootstrap-controller",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/priority-and-fairness-config-producer",
    "poststarthook/start-cluster-authentication-info-controller",
    "poststarthook/start-kube-aggregator-informers",
    "poststarthook/apiservice-registration-controller",
    "poststarthook/apiservice-status-available-controller",
    "poststarthook/kube-apiserver-autoregistration",
    "autoregister-completion",
    "poststarthook/apiservice-openapi-controller",
];

/// The checks of `healthz`, `livez` or `readyz`, in their order.
fn checks(of: &str) -> Vec<&'static str> {
    let ready = of == "readyz";
    let first = FIRST.iter().filter(|(_, only)| ready || !only).map(|(name, _)| *name);
    first.chain(STARTED).chain(ready.then_some("shutdown")).collect()
}

/// All paths of checks.
pub(super) fn paths() -> Vec<String> {
    let all = ["healthz", "livez", "readyz"].into_iter();
    all.flat_map(|of| {
        let below = checks(of).into_iter().map(move |name| format!("/{of}/{name}"));
        std::iter::once(format!("/{of}")).chain(below)
    })
    .collect()
}

/// Answers a check, or one of its parts; none: the path is of no check.
///
/// # Errors
/// 404 of a part that there is not.
pub(super) fn answer(world: &World, request: &Request) -> Option<Result<Answer, Status>> {
    let path = request.path.trim_matches('/');
    let (of, part) = path.split_once('/').unwrap_or((path, ""));
    if !matches!(of, "healthz" | "livez" | "readyz") {
        return None;
    }
    let all = checks(of);
    if !part.is_empty() {
        return Some(if all.contains(&part) { Ok(Answer::text(200, "ok")) } else { Err(Status::no_resource()) });
    }
    let left_out = request.all("exclude");
    let is_out = |name: &str| left_out.iter().any(|out| out == name);
    let failed = host::is_without_etcd(world) && !is_out("etcd");
    if !failed && !request.flag("verbose") {
        return Some(Ok(Answer::text(200, "ok")));
    }
    let lines = all.iter().map(|name| match *name {
        "etcd" if failed => "[-]etcd failed: reason withheld\n".to_owned(),
        name if is_out(name) => format!("[+]{name} excluded: ok\n"),
        name => format!("[+]{name} ok\n"),
    });
    let lines: String = lines.collect();
    Some(Ok(match failed {
        true => Answer::text(500, format!("{lines}{of} check failed\n")),
        false => Answer::text(200, format!("{lines}{of} check passed\n")),
    }))
}

//! `componentstatuses`: how the control plane answers its health checks, asked when somebody looks.
//! pkg/registry/core/componentstatus and rest/storage_core.go, `serversToValidate`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::Answer;
use super::present::View;
use super::request::{Request, Target};
use super::select::Selector;
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::host;
use crate::sandbox::{Profile, World};

/// What is asked, where, and what it says when it is well. etcd takes longest, for it is asked over TLS.
const COMPONENTS: [(&str, &str, &str, &str); 3] = [
    ("controller-manager", "kube-controller-manager", "http://127.0.0.1:10252/healthz", "ok"),
    ("scheduler", "kube-scheduler", "http://127.0.0.1:10251/healthz", "ok"),
    ("etcd-0", "etcd", "https://127.0.0.1:2379/health", "{\"health\":\"true\"}"),
];

/// Answers a GET.
///
/// # Errors
/// 405 of a watch; 500 of a component that there is not.
pub(super) fn answer(
    world: &World,
    resource: &'static Resource,
    target: &Target,
    request: &Request,
) -> Result<Answer, Status> {
    if target.watch || request.flag("watch") {
        let message = format!("watch is not supported on resources of kind {:?}", resource.plural);
        return Err(Status { message, ..Status::method_not_allowed() });
    }
    let view = View::of(resource, &target.version, request)?;
    let all = COMPONENTS.map(|component| Arc::new(status(world, component)));
    if let Some(name) = &target.name {
        let found = all.iter().find(|status| status["metadata"]["name"] == name.as_str());
        let missing =
            || Status { code: 500, reason: "", message: format!("Component not found: {name}"), details: None };
        return Ok(Answer::object(200, &view.one(world, found.ok_or_else(missing)?), request));
    }
    let selector = Selector::of(resource, request)?;
    let chosen: Vec<Arc<Value>> = all.into_iter().filter(|status| selector.matches(status)).collect();
    Ok(Answer::object(200, &view.list(world, &chosen, json!({})), request))
}

fn status(world: &World, (name, program, url, well): (&str, &str, &str, &str)) -> Value {
    // kubeadm v1.20 has the other two listen nowhere without TLS (`--port=0`).
    let deaf = world.hosts.profile() == Profile::Kind && program != "etcd";
    let condition = if host::component_runs(world, program) && !deaf {
        json!({"type": "Healthy", "status": "True", "message": well})
    } else {
        let address = url.split('/').nth(2).unwrap_or_default();
        let why = format!("Get {url:?}: dial tcp {address}: connect: connection refused");
        json!({"type": "Healthy", "status": "False", "message": why})
    };
    json!({
        "kind": "ComponentStatus", "apiVersion": "v1", "metadata": {"name": name, "creationTimestamp": null},
        "conditions": [condition],
    })
}

//! APIServices: whether the servers that they name are there, and those that definitions need. A part of kube-apiserver:
//! kube-aggregator v0.20.2 `pkg/controllers/{status,autoregister}`, and `pkg/controlplane/controller/crdregistration`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::api::Status;
use crate::sandbox::informers::Heard;
use crate::sandbox::object;
use crate::sandbox::{Profile, World};

/// Who writes.
const MANAGER: &str = "kube-apiserver";
const KIND: &str = "apiservices";
/// How long a server is waited for that does not answer: the timeout of `discoveryClient`.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The label of those that come and go with what they are made for.
const AUTOMANAGED: &str = "kube-aggregator.kubernetes.io/automanaged";

/// Starts the controllers.
pub(super) fn start(world: &mut World) {
    world.informers.watch(KIND, |world, heard| {
        if heard.now.is_some() {
            check(world, &heard.name.name);
        }
    });
    world.informers.watch("services", changed);
    world.informers.watch("endpoints", changed);
    world.informers.watch("customresourcedefinitions", |world, heard| {
        let versions = [&heard.before, &heard.now].into_iter().flatten().flat_map(|definition| {
            let group = definition["spec"]["group"].as_str().unwrap_or_default().to_owned();
            let versions = object::items(&definition["spec"]["versions"]).iter();
            versions
                .filter_map(|version| version["name"].as_str())
                .map(move |version| (group.clone(), version.to_owned()))
        });
        for (group, version) in versions.collect::<std::collections::BTreeSet<_>>() {
            // Another write of it came first: that one is heard of too.
            let _ = register(world, &group, &version);
        }
    });
}

/// A service or its endpoints changed: those are looked at that name it.
fn changed(world: &mut World, heard: &Heard) {
    let named = world.informers.list(KIND).filter(|known| {
        let service = &known["spec"]["service"];
        service["name"] == *heard.name.name && service["namespace"] == *heard.name.namespace
    });
    for name in named.map(|known| object::name(known).to_owned()).collect::<Vec<_>>() {
        check(world, &name);
    }
}

/// Whether what an APIService names can be reached: the condition's status, reason and message.
struct Available(bool, &'static str, String);

/// Looks at an APIService, and says what was found; that a server does not answer is known later.
fn check(world: &mut World, name: &str) {
    let Some(found) = available(world, name) else { return };
    if found.1 != "FailedDiscoveryCheck" || world.hosts.profile() == Profile::Kind {
        // Another write of it came first: that one is heard of too.
        let _ = tell(world, name, &found);
        return;
    }
    let name = name.to_owned();
    world.after(TIMEOUT, move |world| {
        if let Some(now) = available(world, &name).filter(|now| now.2 == found.2) {
            let _ = tell(world, &name, &now);
        }
    });
}

fn available(world: &World, name: &str) -> Option<Available> {
    let known = world.informers.get(KIND, "", name)?;
    let wanted = &known["spec"]["service"];
    if !wanted.is_object() {
        return Some(Available(true, "Local", "Local APIServices are always available".to_owned()));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (of, namespace, port) = (text(&wanted["name"]), text(&wanted["namespace"]), object::int(&wanted["port"], 443));
    let missing = |reason, why| Some(Available(false, reason, why));
    let Some(service) = world.informers.get("services", &namespace, &of) else {
        return missing("ServiceNotFound", format!("service/{of} in {namespace:?} is not present"));
    };
    if service["spec"]["type"] == "ClusterIP" {
        let ports = object::items(&service["spec"]["ports"]);
        let Some(own) = ports.iter().find(|own| own["port"] == port) else {
            return missing(
                "ServicePortError",
                format!("service/{of} in {namespace:?} is not listening on port {port}"),
            );
        };
        let Some(endpoints) = world.informers.get("endpoints", &namespace, &of) else {
            return missing("EndpointsNotFound", format!("cannot find endpoints for service/{of} in {namespace:?}"));
        };
        let own = text(&own["name"]);
        let serves = |subset: &Value| {
            let named = |port: &Value| text(&port["name"]) == own;
            !object::items(&subset["addresses"]).is_empty() && object::items(&subset["ports"]).iter().any(named)
        };
        if !object::items(&endpoints["subsets"]).iter().any(serves) {
            let why = format!("endpoints for service/{of} in {namespace:?} have no addresses with port name {own:?}");
            return missing("MissingEndpoints", why);
        }
    }
    let (group, version) = (text(&known["spec"]["group"]), text(&known["spec"]["version"]));
    let address = format!("{}:{port}", text(&service["spec"]["clusterIP"]));
    let url = format!("https://{address}/apis/{group}/{version}");
    // Without kube-proxy the address is nobody's.
    let why = match world.hosts.profile() {
        Profile::Lab => {
            "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
                .to_owned()
        }
        Profile::Kind => format!("dial tcp {address}: connect: connection refused"),
    };
    missing("FailedDiscoveryCheck", format!("failing or missing response from {url}: Get {url:?}: {why}"))
}

fn tell(world: &mut World, name: &str, Available(holds, reason, message): &Available) -> Result<(), Status> {
    let known = world.api(MANAGER).get(KIND, None, name)?;
    let status = if *holds { "True" } else { "False" };
    let conditions = object::items(&known["status"]["conditions"]);
    if conditions.iter().any(|c| c["status"] == status && c["reason"] == *reason && c["message"] == *message) {
        return Ok(());
    }
    let mut changed = Value::clone(&known);
    let now = object::time(world.now());
    let condition =
        json!({"type": "Available", "status": status, "lastTransitionTime": now, "reason": reason, "message": message});
    object::set_condition(&mut changed, condition);
    world.api(MANAGER).update_status(KIND, None, changed).map(drop)
}

/// Makes the APIService of a version that a definition serves, or removes that of one that none does any more.
fn register(world: &mut World, group: &str, version: &str) -> Result<(), Status> {
    let name = format!("{version}.{group}");
    let served = world.informers.list("customresourcedefinitions").any(|definition| {
        let has = |own: &Value| own["name"] == version && own["served"] == true;
        definition["spec"]["group"] == group && object::items(&definition["spec"]["versions"]).iter().any(has)
    });
    let known = world.informers.get(KIND, "", &name);
    match known {
        None if served => {
            let spec =
                json!({"group": group, "version": version, "groupPriorityMinimum": 1000, "versionPriority": 100});
            let made = json!({"metadata": {"name": name, "labels": {AUTOMANAGED: "true"}}, "spec": spec});
            world.api(MANAGER).create(KIND, None, made).map(drop)
        }
        Some(known) if !served && known["metadata"]["labels"][AUTOMANAGED] == "true" => {
            world.api(MANAGER).delete(KIND, None, &name, &crate::sandbox::api::DeleteOptions::default()).map(drop)
        }
        _ => Ok(()),
    }
}

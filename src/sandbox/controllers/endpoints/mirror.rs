//! Slices of Endpoints that someone makes by hand, for a Service without a selector: pkg/controller/endpointslicemirroring.

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::Status;
use crate::sandbox::informers::Name;
use crate::sandbox::object;

use super::super::queue::Controller;
use super::slices::{self, Content, Origin};
use super::{MANAGED_BY, SERVICE};

const CONTROLLER: Controller = Controller::new("endpointslicemirroring", sync);
/// Says of a slice that this controller makes it: `controllerName`.
const NAME: &str = "endpointslicemirroring-controller.k8s.io";
/// On Endpoints that are not to be mirrored: `LabelSkipMirror` of k8s.io/api, discovery/v1beta1.
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
/// On Endpoints that are a lock: `LeaderElectionRecordAnnotationKey` of k8s.io/client-go, `tools/leaderelection`.
const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch("endpoints", |world, heard| {
        if [&heard.before, &heard.now].into_iter().flatten().any(|endpoints| mirrored(endpoints)) {
            CONTROLLER.enqueue(world, &heard.name);
        }
    });
    world.informers.watch("services", |world, heard| {
        let chooses =
            |service: &Option<_>| service.as_deref().map(|service: &Value| service["spec"]["selector"].is_object());
        if chooses(&heard.before) != chooses(&heard.now) {
            CONTROLLER.enqueue(world, &heard.name);
        }
    });
    world.informers.watch("endpointslices", |world, heard| {
        if let Some(service) = slices::service(heard.object(), NAME) {
            CONTROLLER.enqueue(world, &service);
        }
    });
}

/// `shouldMirror`.
fn mirrored(endpoints: &Value) -> bool {
    let metadata = &endpoints["metadata"];
    metadata["labels"][SKIP] != "true" && metadata["annotations"][LEADER].is_null()
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let endpoints = world.informers.get("endpoints", &name.namespace, &name.name);
    let service = world.informers.get("services", &name.namespace, &name.name);
    let (Some(endpoints), Some(service)) = (endpoints.filter(|endpoints| mirrored(endpoints)), service) else {
        let known = slices::known(world, name, NAME);
        return slices::delete(world, name, known);
    };
    // Slices of before it had a selector stay: a v1.20.2 cluster leaves them.
    if service["spec"]["selector"].is_object() {
        return Ok(());
    }
    let mut labels = endpoints["metadata"]["labels"].clone();
    labels[SERVICE] = json!(name.name);
    labels[MANAGED_BY] = json!(NAME);
    let wanted = object::items(&endpoints["subsets"]).iter().flat_map(contents).collect();
    slices::reconcile(world, &Origin { by: NAME, owner: &endpoints, labels, trigger: None }, wanted)
}

/// A subset's slices, one for each family of its addresses. All are ready there, also those that are not: `mirror`
/// of v1.20.2 says so of both lists.
fn contents(subset: &Value) -> Vec<Content> {
    let ports: Vec<Value> = object::items(&subset["ports"]).iter().cloned().map(slices::named).collect();
    let all = ["addresses", "notReadyAddresses"].into_iter().flat_map(|field| object::items(&subset[field]));
    let mut contents: Vec<Content> = Vec::new();
    for address in all {
        let Some(ip) = address["ip"].as_str() else { continue };
        let family = slices::family(ip);
        let endpoint = endpoint(address, ip);
        match contents.iter_mut().find(|content| content.family == family) {
            Some(content) => content.endpoints.push(endpoint),
            None => contents.push(Content { family, ports: ports.clone(), endpoints: vec![endpoint] }),
        }
    }
    contents
}

fn endpoint(address: &Value, ip: &str) -> Value {
    let mut endpoint = json!({"addresses": [ip], "conditions": {"ready": true}});
    for field in ["hostname", "targetRef"] {
        if !address[field].is_null() {
            endpoint[field] = address[field].clone();
        }
    }
    if !address["nodeName"].is_null() {
        endpoint["topology"] = json!({"kubernetes.io/hostname": address["nodeName"]});
    }
    endpoint
}

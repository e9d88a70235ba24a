//! HorizontalPodAutoscalers, without a metrics server: they keep the number of Pods between the least and the most, and say
//! that they know no more. pkg/controller/podautoscaler.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::informers::Name;
use crate::sandbox::object;
use crate::sandbox::recorder::record;

use super::MANAGER;
use super::queue::Controller;

/// How long after a change, and how often: `HorizontalPodAutoscalerSyncPeriod`.
const PERIOD: Duration = Duration::from_secs(15);
const COMPONENT: &str = "horizontal-pod-autoscaler";
const PLURAL: &str = "horizontalpodautoscalers";
/// Where v1 keeps what it has no fields for.
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
/// What the resource metrics API answers when nobody serves it.
const NO_METRICS: &str = "unable to fetch metrics from resource metrics API: the server could not find the requested \
                          resource (get pods.metrics.k8s.io)";

const CONTROLLER: Controller = Controller::new("horizontalpodautoscaler", sync);

/// Starts the controller.
pub(super) fn start(world: &mut World) {
    world.informers.watch(PLURAL, |world, heard| {
        if heard.now.is_some() {
            CONTROLLER.enqueue_after(world, &heard.name, PERIOD);
        }
    });
}

/// What is written of an autoscaler after a pass.
struct Pass {
    conditions: Vec<Value>,
    status: Value,
    now: Value,
}

impl Pass {
    /// Puts a condition in the place of the one of its type.
    fn condition(&mut self, kind: &str, holds: bool, reason: &str, message: &str) {
        let status = if holds { "True" } else { "False" };
        let at = self.conditions.iter().position(|condition| condition["type"] == kind);
        let since = at.map(|at| &self.conditions[at]).filter(|known| known["status"] == status);
        let since = since.map_or_else(|| self.now.clone(), |known| known["lastTransitionTime"].clone());
        let condition = json!({"type": kind, "status": status, "lastTransitionTime": since, "reason": reason,
            "message": message});
        match at {
            Some(at) => self.conditions[at] = condition,
            None => self.conditions.push(condition),
        }
    }
}

fn sync(world: &mut World, name: &Name) -> Result<(), Status> {
    let Some(autoscaler) = world.informers.get(PLURAL, &name.namespace, &name.name) else { return Ok(()) };
    CONTROLLER.enqueue_after(world, name, PERIOD);
    let known = autoscaler["metadata"]["annotations"].get(CONDITIONS).and_then(Value::as_str);
    let conditions = known.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let status = if autoscaler["status"].is_object() { autoscaler["status"].clone() } else { json!({}) };
    let mut pass = Pass { conditions, status, now: object::time(world.now()) };
    look(world, &autoscaler, &mut pass);
    // Another write came first: the next pass tells.
    let _ = write(world, name, pass);
    Ok(())
}

fn look(world: &mut World, autoscaler: &Value, pass: &mut Pass) {
    let spec = &autoscaler["spec"];
    let (resource, target, current) = match target(world, autoscaler) {
        Ok(found) => found,
        Err((told, why)) => {
            record(world, COMPONENT, autoscaler, "Warning", "FailedGetScale", &told);
            let message = format!("the HPA controller was unable to get the target's current scale: {why}");
            return pass.condition("AbleToScale", false, "FailedGetScale", &message);
        }
    };
    let message = "the HPA controller was able to get the target's current scale";
    pass.condition("AbleToScale", true, "SucceededGetScale", message);
    let (least, most) = (object::int(&spec["minReplicas"], 1), object::int(&spec["maxReplicas"], 0));
    pass.status["currentReplicas"] = json!(current);
    let (wanted, why) = if current == 0 && least != 0 {
        let message = "scaling is disabled since the replica count of the target is zero";
        pass.condition("ScalingActive", false, "ScalingDisabled", message);
        pass.status["desiredReplicas"] = json!(0);
        return;
    } else if current > most {
        (most, "Current number of replicas above Spec.MaxReplicas")
    } else if current < least {
        (least, "Current number of replicas below Spec.MinReplicas")
    } else {
        return unknown(world, autoscaler, pass);
    };
    let scale = json!({"spec": {"replicas": wanted}});
    let namespace = object::namespace(autoscaler);
    match world.api(MANAGER).update_scale(resource.name, Some(namespace), &target, &scale) {
        Ok(_) => {
            let message = format!("the HPA controller was able to update the target scale to {wanted}");
            pass.condition("AbleToScale", true, "SucceededRescale", &message);
            let message = format!("New size: {wanted}; reason: {why}");
            record(world, COMPONENT, autoscaler, "Normal", "SuccessfulRescale", &message);
            pass.status["desiredReplicas"] = json!(wanted);
            pass.status["lastScaleTime"] = pass.now.clone();
        }
        Err(status) => {
            let message = format!("New size: {wanted}; reason: {why}; error: {}", status.message);
            record(world, COMPONENT, autoscaler, "Warning", "FailedRescale", &message);
            let message = format!("the HPA controller was unable to update the target scale: {}", status.message);
            pass.condition("AbleToScale", false, "FailedUpdateScale", &message);
        }
    }
}

/// What is scaled: its resource, its name, and how many replicas it wants.
///
/// # Errors
/// What the event and what the condition say.
fn target(world: &mut World, autoscaler: &Value) -> Result<(&'static Resource, String, i64), (String, String)> {
    let of = &autoscaler["spec"]["scaleTargetRef"];
    let text = |field: &str| of[field].as_str().unwrap_or_default().to_owned();
    let (version, kind, name) = (text("apiVersion"), text("kind"), text("name"));
    let resource = world.resource_of_kind(&version, &kind).filter(|found| found.subresource("scale").is_some());
    let Some(resource) = resource else {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let why = format!("no matches for kind {kind:?} in group {group:?}");
        return Err((why.clone(), format!("unable to determine resource for scale target reference: {why}")));
    };
    match world.api(MANAGER).scale(resource.name, Some(object::namespace(autoscaler)), &name) {
        Ok(scale) => Ok((resource, name, object::int(&scale["spec"]["replicas"], 0))),
        Err(_) => {
            let what = crate::sandbox::api::qualified(&format!("{}/scale", resource.plural), resource.group);
            let why = format!("{what} {name:?} not found");
            Err((why.clone(), why))
        }
    }
}

/// No metric is known: which ones, and that nothing follows from them.
fn unknown(world: &mut World, autoscaler: &Value, pass: &mut Pass) {
    let mut failures = Vec::new();
    if autoscaler["spec"]["targetCPUUtilizationPercentage"].is_number() {
        failures.push(failure(&json!({"type": "Resource", "resource": {"name": "cpu"}}), autoscaler));
    }
    let others = autoscaler["metadata"]["annotations"].get(METRICS).and_then(Value::as_str);
    let others: Vec<Value> = others.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    failures.extend(others.iter().map(|metric| failure(metric, autoscaler)));
    for (reason, why) in &failures {
        record(world, COMPONENT, autoscaler, "Warning", reason, why);
    }
    let Some((reason, first)) = failures.first() else { return };
    let message = format!("the HPA was unable to compute the replica count: {first}");
    pass.condition("ScalingActive", false, reason, &message);
    let count = failures.len();
    let message = format!("invalid metrics ({count} invalid out of {count}), first error is: {first}");
    record(world, COMPONENT, autoscaler, "Warning", "FailedComputeMetricsReplicas", &message);
}

/// Why a metric is not known.
fn failure(metric: &Value, autoscaler: &Value) -> (&'static str, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let custom =
        "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
    match metric["type"].as_str() {
        Some("Pods") => {
            let name = text(&metric["pods"]["metricName"]);
            ("FailedGetPodsMetric", format!("failed to get pods metric value: unable to get metric {name}: {custom}"))
        }
        Some("Object") => {
            let (of, name) = (&metric["object"]["target"], text(&metric["object"]["metricName"]));
            let what =
                format!("{} on {} {}/{}", name, text(&of["kind"]), object::namespace(autoscaler), text(&of["name"]));
            (
                "FailedGetObjectMetric",
                format!("failed to get object metric value: unable to get metric {name}: {what} {custom}"),
            )
        }
        Some("External") => {
            let name = text(&metric["external"]["metricName"]);
            let why =
                "unable to fetch metrics from external metrics API: the server could not find the requested resource";
            let why = format!("{why} (get {name}.external.metrics.k8s.io)");
            ("FailedGetExternalMetric", format!("failed to get external metric {name}: {why}"))
        }
        _ => {
            let name = text(&metric["resource"]["name"]);
            let why =
                format!("failed to get {name} utilization: unable to get metrics for resource {name}: {NO_METRICS}");
            ("FailedGetResourceMetric", why)
        }
    }
}

fn write(world: &mut World, name: &Name, pass: Pass) -> Result<(), Status> {
    let known = world.api(MANAGER).get(PLURAL, name.ns(), &name.name)?;
    let mut next = Value::clone(&known);
    if !next["metadata"]["annotations"].is_object() {
        next["metadata"]["annotations"] = json!({});
    }
    let mut status = pass.status;
    for field in ["currentReplicas", "desiredReplicas"] {
        status[field] = json!(object::int(&status[field], 0));
    }
    next["metadata"]["annotations"][CONDITIONS] = json!(Value::Array(pass.conditions).to_string());
    next["status"] = status;
    if next != *known {
        world.api(MANAGER).update_status(PLURAL, name.ns(), next)?;
    }
    Ok(())
}

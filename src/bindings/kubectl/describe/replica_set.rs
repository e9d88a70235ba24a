//! ReplicaSets and ReplicationControllers, with the state of their Pods.

use serde_json::Value;

use super::json::int;
use super::page::Page;
use super::{Describer, Need, Related, Result, container, deployment, meta, pods_by_phase, reason_of};
use crate::client::k8s::ListOptions;

pub(super) const REPLICA_SET: Describer =
    Describer { group: "apps", kind: "ReplicaSet", needs: super::selected_pods, ..Describer::new(write) };
pub(super) const REPLICATION_CONTROLLER: Describer =
    Describer { group: "", kind: "ReplicationController", needs, ..Describer::new(write_controller) };

fn write(page: &mut Page, set: &Value, related: &Related) -> Result {
    let (spec, status) = (&set["spec"], &set["status"]);
    meta::name_and_namespace(page, set);
    page.field(0, "Selector", meta::selector_or_none(&spec["selector"]));
    meta::labels_and_annotations(page, set);
    meta::controlled_by(page, set);
    page.field(0, "Replicas", format!("{} current / {} desired", int(&status["replicas"]), int(&spec["replicas"])));
    let pods = match related.list("pods") {
        Ok(pods) => pods_by_phase(set, pods),
        Err(failure) => format!("error in fetching pods: {}", reason_of(&failure)),
    };
    page.field(0, "Pods Status", pods);
    container::template(page, &spec["template"]);
    deployment::conditions(page, &status["conditions"]);
    Ok(())
}

/// A controller's selector is a map of labels.
fn needs(controller: &Value) -> Vec<Need> {
    let labels = Some(meta::pairs_on_a_line(&controller["spec"]["selector"])).filter(|labels| labels != "<none>");
    let namespace = controller["metadata"]["namespace"].as_str();
    vec![Need::list("pods", namespace, ListOptions { labels, ..ListOptions::default() })]
}

fn write_controller(page: &mut Page, controller: &Value, related: &Related) -> Result {
    let (spec, status) = (&controller["spec"], &controller["status"]);
    meta::name_and_namespace(page, controller);
    page.field(0, "Selector", meta::pairs_on_a_line(&spec["selector"]));
    meta::labels_and_annotations(page, controller);
    page.field(0, "Replicas", format!("{} current / {} desired", int(&status["replicas"]), int(&spec["replicas"])));
    page.field(0, "Pods Status", pods_by_phase(controller, related.list("pods")?));
    container::template(page, &spec["template"]);
    deployment::conditions(page, &status["conditions"]);
    Ok(())
}

//! Deployments, with their ReplicaSets.

use serde_json::Value;

use super::json::{int, items, show, sorted, text, time};
use super::page::Page;
use super::{Describer, Need, Related, Result, container, meta};
use crate::client::k8s::ListOptions;

pub(super) const DESCRIBER: Describer = Describer { group: "apps", kind: "Deployment", needs, ..Describer::new(write) };

const REPLICA_SETS: &str = "replicasets.apps";

fn needs(deployment: &Value) -> Vec<Need> {
    let labels = Some(meta::selector(&deployment["spec"]["selector"]));
    let namespace = deployment["metadata"]["namespace"].as_str();
    vec![Need::list(REPLICA_SETS, namespace, ListOptions { labels, ..ListOptions::default() })]
}

fn write(page: &mut Page, deployment: &Value, related: &Related) -> Result {
    let (spec, status) = (&deployment["spec"], &deployment["status"]);
    meta::name_and_namespace(page, deployment);
    page.field(0, "CreationTimestamp", time(&deployment["metadata"]["creationTimestamp"]));
    meta::labels_and_annotations(page, deployment);
    page.field(0, "Selector", meta::selector(&spec["selector"]));
    let [updated, total, available, unavailable] =
        ["updatedReplicas", "replicas", "availableReplicas", "unavailableReplicas"].map(|field| int(&status[field]));
    page.field(
        0,
        "Replicas",
        format!(
            "{} desired | {updated} updated | {total} total | {available} available | {unavailable} unavailable",
            int(&spec["replicas"])
        ),
    );
    page.field(0, "StrategyType", text(&spec["strategy"]["type"]));
    page.field(0, "MinReadySeconds", int(&spec["minReadySeconds"]));
    let rolling = &spec["strategy"]["rollingUpdate"];
    if !rolling.is_null() {
        let (unavailable, surge) = (show(&rolling["maxUnavailable"]), show(&rolling["maxSurge"]));
        page.field(0, "RollingUpdateStrategy", format!("{unavailable} max unavailable, {surge} max surge"));
    }
    container::template(page, &spec["template"]);
    conditions(page, &status["conditions"]);
    if let Ok(sets) = related.list(REPLICA_SETS) {
        let (old, new) = old_and_new(deployment, sets);
        page.field(0, "OldReplicaSets", counted(&old));
        page.field(0, "NewReplicaSet", counted(new.as_slice()));
    }
    Ok(())
}

/// The conditions of a Deployment or ReplicaSet.
pub(super) fn conditions(page: &mut Page, conditions: &Value) {
    if items(conditions).is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.head(1, &["Type", "Status", "Reason"], &["----", "------", "------"]);
    for condition in items(conditions) {
        let [kind, status, reason] = ["type", "status", "reason"].map(|field| text(&condition[field]));
        page.line(1, format!("{kind} \t{status}\t{reason}"));
    }
}

/// The ReplicaSets of former templates that still want Pods, and the oldest one of the present template.
///
/// Source: kubectl v1.20 `pkg/util/deployment`, `GetAllReplicaSets`.
fn old_and_new<'a>(deployment: &Value, sets: &'a [Value]) -> (Vec<&'a Value>, Option<&'a Value>) {
    let mut sets: Vec<&Value> = sets.iter().filter(|set| meta::is_controlled_by(set, deployment)).collect();
    sets.sort_by_key(|set| (text(&set["metadata"]["creationTimestamp"]), text(&set["metadata"]["name"])));
    let template = without_hash(&deployment["spec"]["template"]);
    let new = sets.iter().copied().find(|set| without_hash(&set["spec"]["template"]) == template);
    let is_new = |set: &Value| new.is_some_and(|new| new["metadata"]["uid"] == set["metadata"]["uid"]);
    sets.retain(|set| !is_new(set) && int(&set["spec"]["replicas"]) != 0);
    (sets, new)
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove("pod-template-hash");
    }
    if sorted(&template["metadata"]["labels"]).is_empty() {
        template["metadata"]["labels"] = Value::Null;
    }
    template
}

fn counted(sets: &[&Value]) -> String {
    let sets: Vec<String> = sets
        .iter()
        .map(|set| {
            let (made, wanted) = (int(&set["status"]["replicas"]), int(&set["spec"]["replicas"]));
            format!("{} ({made}/{wanted} replicas created)", text(&set["metadata"]["name"]))
        })
        .collect();
    if sets.is_empty() { "<none>".to_owned() } else { sets.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_old_replica_sets_from_the_new_one() {
        let owner = json!([{"controller": true, "uid": "d"}]);
        let set = |name: &str, image: &str, replicas: i64, made: &str, owner: &Value| {
            json!({"metadata": {"name": name, "uid": name, "creationTimestamp": made, "ownerReferences": owner},
                "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"pod-template-hash": name, "a": "b"}}, "image": image}},
                "status": {"replicas": replicas}})
        };
        let deployment = json!({"metadata": {"uid": "d"},
            "spec": {"template": {"metadata": {"labels": {"a": "b"}}, "image": "3"}}});
        let sets = [
            set("new", "3", 2, "2026-11-24T15:22:50Z", &owner),
            set("old", "2", 1, "2026-11-24T15:22:49Z", &owner),
            set("empty", "1", 0, "2026-11-24T15:22:48Z", &owner),
            set("foreign", "3", 1, "2026-11-24T15:22:47Z", &json!([{"controller": true, "uid": "x"}])),
        ];
        let (old, new) = old_and_new(&deployment, &sets);
        assert_eq!(counted(&old), "old (1/1 replicas created)");
        assert_eq!(counted(new.as_slice()), "new (2/2 replicas created)");
        assert_eq!(counted(&[]), "<none>");
    }
}

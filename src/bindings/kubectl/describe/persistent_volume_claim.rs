//! PersistentVolumeClaims, with the Pods that use them.

use serde_json::Value;

use super::json::{items, quantity, show_list, text, time};
use super::page::Page;
use super::{Describer, Need, Related, Result, meta};
use crate::client::k8s::ListOptions;

pub(super) const DESCRIBER: Describer =
    Describer { group: "", kind: "PersistentVolumeClaim", needs, ..Describer::new(write) };

fn needs(claim: &Value) -> Vec<Need> {
    vec![Need::list("pods", claim["metadata"]["namespace"].as_str(), ListOptions::default())]
}

fn write(page: &mut Page, claim: &Value, related: &Related) -> Result {
    self::claim(page, claim, true);
    let name = &claim["metadata"]["name"];
    let uses = |pod: &&Value| {
        items(&pod["spec"]["volumes"]).iter().any(|volume| volume["persistentVolumeClaim"]["claimName"] == *name)
    };
    let pods = related.list("pods")?.iter().filter(uses);
    let mut pods: Vec<String> = pods.map(|pod| text(&pod["metadata"]["name"]).to_owned()).collect();
    pods.sort_unstable();
    meta::lines_under(page, "", "Used By", &pods);
    let conditions = items(&claim["status"]["conditions"]);
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.head(
            1,
            &["Type", "Status", "LastProbeTime", "LastTransitionTime", "Reason", "Message"],
            &["----", "------", "-----------------", "------------------", "------", "-------"],
        );
    }
    for condition in conditions {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|field| text(&condition[field]));
        let [probe, change] = ["lastProbeTime", "lastTransitionTime"].map(|field| time(&condition[field]));
        page.line(1, format!("{kind} \t{status} \t{probe} \t{change} \t{reason} \t{message}"));
    }
    Ok(())
}

/// Writes a claim, or (`whole` false) the template of one, which has neither name nor status.
pub(super) fn claim(page: &mut Page, claim: &Value, whole: bool) {
    let (metadata, spec, status) = (&claim["metadata"], &claim["spec"], &claim["status"]);
    if whole {
        meta::name_and_namespace(page, claim);
    }
    page.field(0, "StorageClass", class(claim));
    if whole {
        page.field(0, "Status", phase(page, claim));
    }
    page.field(0, "Volume", text(&spec["volumeName"]));
    meta::labels_and_annotations(page, claim);
    if whole {
        page.field(0, "Finalizers", show_list(&metadata["finalizers"]));
    }
    let bound = !text(&spec["volumeName"]).is_empty();
    let capacity = if bound { quantity(&status["capacity"]["storage"]).to_string() } else { String::new() };
    page.field(0, "Capacity", capacity);
    page.field(0, "Access Modes", if bound { access_modes(&status["accessModes"]) } else { String::new() });
    if !spec["volumeMode"].is_null() {
        page.field(0, "VolumeMode", text(&spec["volumeMode"]));
    }
    let source = &spec["dataSource"];
    if !source.is_null() {
        page.line(0, "DataSource:");
        if !source["apiGroup"].is_null() {
            page.field(1, "APIGroup", text(&source["apiGroup"]));
        }
        page.field(1, "Kind", text(&source["kind"]));
        page.field(1, "Name", text(&source["name"]));
    }
}

/// The phase of a volume or claim, or since when it is being deleted.
pub(super) fn phase(page: &Page, object: &Value) -> String {
    match &object["metadata"]["deletionTimestamp"] {
        Value::Null => text(&object["status"]["phase"]).to_owned(),
        deleted => format!("Terminating (lasts {})", page.age(deleted)),
    }
}

/// The storage class of a volume or claim; the old annotation counts first.
pub(super) fn class(object: &Value) -> &str {
    let annotation = &object["metadata"]["annotations"]["volume.beta.kubernetes.io/storage-class"];
    annotation.as_str().unwrap_or_else(|| text(&object["spec"]["storageClassName"]))
}

/// Access modes in kubectl's abbreviations and order.
pub(super) fn access_modes(modes: &Value) -> String {
    let known = [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX")];
    let has = |mode: &str| items(modes).iter().any(|known| known == mode);
    known.into_iter().filter(|(mode, _)| has(mode)).map(|(_, short)| short).collect::<Vec<_>>().join(",")
}

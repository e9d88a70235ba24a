//! StatefulSets, with the state of their Pods and the claims that they make.

use serde_json::Value;

use super::json::{int, items, quantity, show_list, text, time};
use super::page::Page;
use super::{Describer, Related, Result, container, meta, persistent_volume_claim, pods_by_phase};

pub(super) const DESCRIBER: Describer =
    Describer { group: "apps", kind: "StatefulSet", needs: super::selected_pods, ..Describer::new(write) };

fn write(page: &mut Page, set: &Value, related: &Related) -> Result {
    let spec = &set["spec"];
    meta::name_and_namespace(page, set);
    page.field(0, "CreationTimestamp", time(&set["metadata"]["creationTimestamp"]));
    page.field(0, "Selector", meta::selector(&spec["selector"]));
    meta::labels_and_annotations(page, set);
    let (desired, total) = (int(&spec["replicas"]), int(&set["status"]["replicas"]));
    page.field(0, "Replicas", format!("{desired} desired | {total} total"));
    page.field(0, "Update Strategy", text(&spec["updateStrategy"]["type"]));
    let partition = &spec["updateStrategy"]["rollingUpdate"]["partition"];
    if !partition.is_null() {
        page.field(1, "Partition", int(partition));
    }
    page.field(0, "Pods Status", pods_by_phase(set, related.list("pods")?));
    container::template(page, &spec["template"]);
    claims(page, &spec["volumeClaimTemplates"]);
    Ok(())
}

fn claims(page: &mut Page, templates: &Value) {
    if items(templates).is_empty() {
        page.field(0, "Volume Claims", "<none>");
        return;
    }
    page.line(0, "Volume Claims:");
    for template in items(templates) {
        page.field(1, "Name", text(&template["metadata"]["name"]));
        page.field(1, "StorageClass", persistent_volume_claim::class(template));
        meta::pairs(page, "  ", "Labels", &template["metadata"]["labels"]);
        meta::pairs(page, "  ", "Annotations", &template["metadata"]["annotations"]);
        match &template["spec"]["resources"]["requests"]["storage"] {
            Value::Null => page.field(1, "Capacity", "<default>"),
            storage => page.field(1, "Capacity", quantity(storage)),
        }
        page.field(1, "Access Modes", show_list(&template["spec"]["accessModes"]));
    }
}

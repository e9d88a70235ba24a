//! PersistentVolumes, StorageClasses and CSINodes.

use serde_json::Value;

use super::json::{capital_or_unset, int, items, joined, quantity, show_list, text, time};
use super::page::Page;
use super::persistent_volume_claim::{access_modes, class, phase};
use super::volume_kinds::PERSISTENT_KINDS;
use super::{Describer, Related, Result, meta, volume};

pub(super) const VOLUME: Describer = Describer { group: "", kind: "PersistentVolume", ..Describer::new(write) };
pub(super) const CLASS: Describer =
    Describer { group: "storage.k8s.io", kind: "StorageClass", ..Describer::new(write_class) };

pub(super) const CSI_NODE: Describer =
    Describer { group: "storage.k8s.io", kind: "CSINode", ..Describer::new(write_csi_node) };

fn write(page: &mut Page, object: &Value, _: &Related) -> Result {
    let (spec, status) = (&object["spec"], &object["status"]);
    page.field(0, "Name", text(&object["metadata"]["name"]));
    meta::labels_and_annotations(page, object);
    page.field(0, "Finalizers", show_list(&object["metadata"]["finalizers"]));
    page.field(0, "StorageClass", class(object));
    page.field(0, "Status", phase(page, object));
    page.field(
        0,
        "Claim",
        match &spec["claimRef"] {
            Value::Null => String::new(),
            claim => format!("{}/{}", text(&claim["namespace"]), text(&claim["name"])),
        },
    );
    page.field(0, "Reclaim Policy", text(&spec["persistentVolumeReclaimPolicy"]));
    page.field(0, "Access Modes", access_modes(&spec["accessModes"]));
    if !spec["volumeMode"].is_null() {
        page.field(0, "VolumeMode", text(&spec["volumeMode"]));
    }
    page.field(0, "Capacity", quantity(&spec["capacity"]["storage"]));
    node_affinity(page, &spec["nodeAffinity"]["required"]);
    page.field(0, "Message", text(&status["message"]));
    page.line(0, "Source:");
    volume::source(page, spec, PERSISTENT_KINDS);
    Ok(())
}

fn node_affinity(page: &mut Page, required: &Value) {
    if required.is_null() {
        page.line(0, "Node Affinity:\t<none>");
        return;
    }
    let terms = items(&required["nodeSelectorTerms"]);
    page.line(0, "Node Affinity:\t");
    page.line(1, if terms.is_empty() { "Required Terms:\t<none>" } else { "Required Terms:\t" });
    for (place, term) in terms.iter().enumerate() {
        let expressions = items(&term["matchExpressions"]).iter().map(|expression| {
            let operator = text(&expression["operator"]).to_lowercase();
            requirement(text(&expression["key"]), &operator, &expression["values"])
        });
        self::term(page, 2, place, &expressions.collect::<Vec<_>>());
    }
}

fn requirement(key: &str, operator: &str, values: &Value) -> String {
    let list = if items(values).is_empty() { String::new() } else { format!(" [{}]", joined(values, ", ")) };
    format!("{key} {operator}{list}")
}

fn term(page: &mut Page, level: usize, place: usize, requirements: &[String]) {
    page.put(level, &format!("Term {place}:\t"));
    for (place, requirement) in requirements.iter().enumerate() {
        if place > 0 {
            page.put(level, "\t");
        }
        page.line(0, requirement);
    }
    if requirements.is_empty() {
        page.line(0, "<none>");
    }
}

fn write_class(page: &mut Page, class: &Value, _: &Related) -> Result {
    let annotations = &class["metadata"]["annotations"];
    let default = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
        .into_iter()
        .any(|name| annotations[name] == "true");
    page.field(0, "Name", text(&class["metadata"]["name"]));
    page.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    page.field(0, "Annotations", meta::pairs_on_a_line(annotations));
    page.field(0, "Provisioner", text(&class["provisioner"]));
    page.field(0, "Parameters", meta::pairs_on_a_line(&class["parameters"]));
    page.field(0, "AllowVolumeExpansion", capital_or_unset(&class["allowVolumeExpansion"]));
    let options = items(&class["mountOptions"]);
    page.line(0, if options.is_empty() { "MountOptions:\t<none>" } else { "MountOptions:" });
    for option in options {
        page.line(1, text(option));
    }
    for (title, field) in [("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")] {
        if !class[field].is_null() {
            page.field(0, title, text(&class[field]));
        }
    }
    if !class["allowedTopologies"].is_null() {
        let terms = items(&class["allowedTopologies"]);
        page.line(0, if terms.is_empty() { "AllowedTopologies:\t<none>" } else { "AllowedTopologies:\t" });
        for (place, term) in terms.iter().enumerate() {
            let expressions = items(&term["matchLabelExpressions"]).iter();
            let expressions =
                expressions.map(|expression| requirement(text(&expression["key"]), "in", &expression["values"]));
            self::term(page, 1, place, &expressions.collect::<Vec<_>>());
        }
    }
    Ok(())
}

fn write_csi_node(page: &mut Page, node: &Value, _: &Related) -> Result {
    page.field(0, "Name", text(&node["metadata"]["name"]));
    meta::labels_and_annotations(page, node);
    page.field(0, "CreationTimestamp", time(&node["metadata"]["creationTimestamp"]));
    page.line(0, "Spec:");
    let drivers = &node["spec"]["drivers"];
    if !drivers.is_null() {
        page.line(1, "Drivers:");
    }
    for driver in items(drivers) {
        page.line(2, format!("{}:", text(&driver["name"])));
        page.field(3, "Node ID", text(&driver["nodeID"]));
        if !driver["allocatable"]["count"].is_null() {
            page.line(3, "Allocatables:");
            page.field(4, "Count", int(&driver["allocatable"]["count"]));
        }
        if !driver["topologyKeys"].is_null() {
            page.field(3, "Topology Keys", show_list(&driver["topologyKeys"]));
        }
    }
    Ok(())
}

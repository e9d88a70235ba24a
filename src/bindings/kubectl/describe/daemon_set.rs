//! DaemonSets, with the state of their Pods.

use serde_json::Value;

use super::json::{int, text};
use super::page::Page;
use super::{Describer, Related, Result, container, meta, pods_by_phase};

pub(super) const DESCRIBER: Describer =
    Describer { group: "apps", kind: "DaemonSet", needs: super::selected_pods, ..Describer::new(write) };

fn write(page: &mut Page, set: &Value, related: &Related) -> Result {
    let (spec, status) = (&set["spec"], &set["status"]);
    page.field(0, "Name", text(&set["metadata"]["name"]));
    page.field(0, "Selector", meta::selector(&spec["selector"]));
    page.field(0, "Node-Selector", meta::pairs_on_a_line(&spec["template"]["spec"]["nodeSelector"]));
    meta::labels_and_annotations(page, set);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        page.line(0, format!("{title}: {}", int(&status[field])));
    }
    page.field(0, "Pods Status", pods_by_phase(set, related.list("pods")?));
    container::template(page, &spec["template"]);
    Ok(())
}

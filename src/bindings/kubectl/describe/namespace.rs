//! Namespaces, with the quotas and limits that hold in them.

use serde_json::Value;

use super::json::{items, text};
use super::page::Page;
use super::quota::{self, LIMIT_RULES, LIMIT_TITLES};
use super::{Describer, Need, Related, Result, meta};
use crate::client::k8s::ListOptions;

pub(super) const DESCRIBER: Describer =
    Describer { group: "", kind: "Namespace", events: false, needs, ..Describer::new(write) };

fn needs(namespace: &Value) -> Vec<Need> {
    let name = namespace["metadata"]["name"].as_str();
    ["resourcequotas", "limitranges"].map(|plural| Need::list(plural, name, ListOptions::default())).into()
}

fn write(page: &mut Page, namespace: &Value, related: &Related) -> Result {
    page.field(0, "Name", text(&namespace["metadata"]["name"]));
    meta::labels_and_annotations(page, namespace);
    page.field(0, "Status", text(&namespace["status"]["phase"]));
    page.line(0, "");
    quotas(page, related.list("resourcequotas")?);
    page.line(0, "");
    limits(page, related.list("limitranges")?);
    Ok(())
}

fn quotas(page: &mut Page, quotas: &[Value]) {
    if quotas.is_empty() {
        page.line(0, "No resource quota.");
        return;
    }
    page.put(0, "Resource Quotas");
    // The server lists them by name.
    for quota in quotas {
        page.put(0, &format!("\n Name:\t{}\n", text(&quota["metadata"]["name"])));
        quota::scopes(page, " ", &quota["spec"]["scopes"]);
        page.line(0, " Resource\tUsed\tHard\n --------\t---\t---");
        for (name, used, hard) in quota::amounts(&quota["status"]) {
            page.line(0, format!(" {name}\t{used}\t{hard}"));
        }
    }
}

fn limits(page: &mut Page, ranges: &[Value]) {
    if ranges.is_empty() {
        page.line(0, "No LimitRange resource.");
        return;
    }
    page.line(0, format!("Resource Limits\n {LIMIT_TITLES}\n {LIMIT_RULES}"));
    for limit in ranges.iter().flat_map(|range| items(&range["spec"]["limits"])) {
        quota::limit(page, " ", limit);
    }
}

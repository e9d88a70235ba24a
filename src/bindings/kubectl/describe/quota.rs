//! ResourceQuotas and LimitRanges.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::{items, quantity, sorted, text};
use super::page::Page;
use super::{Describer, Related, Result, meta};
use crate::render::Quantity;

pub(super) const QUOTA: Describer =
    Describer { group: "", kind: "ResourceQuota", events: false, ..Describer::new(write_quota) };
pub(super) const LIMIT_RANGE: Describer =
    Describer { group: "", kind: "LimitRange", events: false, ..Describer::new(write_limit_range) };

pub(super) const LIMIT_TITLES: &str =
    "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
pub(super) const LIMIT_RULES: &str =
    "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";

fn write_quota(page: &mut Page, quota: &Value, _: &Related) -> Result {
    meta::name_and_namespace(page, quota);
    scopes(page, "", &quota["spec"]["scopes"]);
    page.head(0, &["Resource", "Used", "Hard"], &["--------", "----", "----"]);
    for (name, used, hard) in amounts(&quota["status"]) {
        page.line(0, format!("{name}\t{used}\t{hard}"));
    }
    Ok(())
}

/// The scopes that a quota is confined to, and what they mean.
pub(super) fn scopes(page: &mut Page, indent: &str, scopes: &Value) {
    let mut scopes: Vec<&str> = items(scopes).iter().map(text).collect();
    scopes.sort_unstable();
    if !scopes.is_empty() {
        page.line(0, format!("{indent}Scopes:\t{}", scopes.join(", ")));
    }
    for help in scopes.into_iter().filter_map(help) {
        page.line(0, format!("{indent} * {help}"));
    }
}

/// Source: kubectl v1.20 `pkg/describe`.
fn help(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being \
             actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose \
             container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of \
             service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or \
             guaranteed quality of service."
        }
        _ => return None,
    })
}

/// Each resource of a quota: name, used, hard.
pub(super) fn amounts(status: &Value) -> Vec<(&str, Quantity, Quantity)> {
    let hard = sorted(&status["hard"]).into_iter();
    hard.map(|(name, hard)| (name, quantity(&status["used"][name]), quantity(hard))).collect()
}

fn write_limit_range(page: &mut Page, range: &Value, _: &Related) -> Result {
    meta::name_and_namespace(page, range);
    page.line(0, format!("{LIMIT_TITLES}\n{LIMIT_RULES}"));
    for limit in items(&range["spec"]["limits"]) {
        self::limit(page, "", limit);
    }
    Ok(())
}

/// One limit, a row for each resource. kubectl writes them in random order, here they are sorted.
pub(super) fn limit(page: &mut Page, indent: &str, limit: &Value) {
    let columns = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"].map(|field| &limit[field]);
    let resources: BTreeSet<&str> = columns.iter().flat_map(|column| sorted(column)).map(|(name, _)| name).collect();
    for resource in resources {
        let cells = columns.map(|column| match &column[resource] {
            Value::Null => "-".to_owned(),
            amount => quantity(amount).to_string(),
        });
        page.line(0, format!("{indent}{}\t{resource}\t{}", text(&limit["type"]), cells.join("\t")));
    }
}

//! What differs between two inventories, and how to mend it.

use std::collections::BTreeSet;

use super::{Inventory, Summary};
use crate::journal::NodeState;

/// One thing that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: `configmaps/a -n default is new`.
    pub what: String,
    /// How to make it as it was.
    pub mend: String,
}

impl Inventory {
    /// What in `after` is not as it was in this one.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        let names: BTreeSet<&String> = self.objects.keys().chain(after.objects.keys()).collect();
        for name in names {
            let pair = (self.objects.get(name), after.objects.get(name));
            // What was on its way out when the run began may stay or go.
            if !pair.0.is_some_and(|was| was.leaving) {
                object(name, pair, &mut found);
            }
        }
        let controllers: BTreeSet<&String> = self.pods.keys().chain(after.pods.keys()).collect();
        for name in controllers {
            let count = |inventory: &Self| inventory.pods.get(name).copied().unwrap_or_default();
            let (was, is) = (count(self), count(after));
            let mend = "its controller makes and removes them: see `kubectl get events`".to_owned();
            if was.there != is.there {
                found.push(Difference {
                    what: format!("{name}: there are {}, there were {}", is.there, was.there),
                    mend,
                });
            } else if is.leaving > was.leaving {
                let what = format!("{name}: {} are still being deleted", is.leaving);
                found.push(Difference { what, mend: "`kubectl get pods -A -o wide` shows on which node".to_owned() });
            }
        }
        if let (Some(before), Some(after)) = (&self.containers, &after.containers) {
            for (name, was) in before {
                container(name, was, after.get(name), &mut found);
            }
        }
        found
    }
}

fn object(name: &str, pair: (Option<&Summary>, Option<&Summary>), found: &mut Vec<Difference>) {
    let mut differs = |what: String, mend: String| found.push(Difference { what, mend });
    let (was, is) = match pair {
        (Some(was), Some(is)) => (was, is),
        (None, Some(is)) if is.leaving => {
            let mend = format!("`kubectl get {name} -o yaml` names what holds it");
            return differs(format!("{name} is new, and still being deleted"), mend);
        }
        (None, Some(_)) => return differs(format!("{name} is new"), format!("kubectl delete {name}")),
        (Some(_), None) => return differs(format!("{name} is gone"), "create it again".to_owned()),
        (None, None) => return,
    };
    let fields: BTreeSet<&String> = was.fields.keys().chain(is.fields.keys()).collect();
    for field in fields.into_iter().filter(|field| was.fields.get(*field) != is.fields.get(*field)) {
        let shown = |summary: &Summary| summary.fields.get(field).cloned().unwrap_or_else(|| "not set".to_owned());
        let (before, now) = (shown(was), shown(is));
        // A hash tells nobody anything.
        let what = if before.starts_with('#') || now.starts_with('#') {
            format!("{name}: {field} is not as it was")
        } else {
            format!("{name}: {field} is {now}, was {before}")
        };
        differs(what, format!("kubectl edit {name}"));
    }
    for condition in is.conditions.iter().filter(|condition| !was.conditions.contains(condition)) {
        let mend = format!("it goes when the node is well again: kubectl describe {name}");
        differs(format!("{name}: has the taint {condition}"), mend);
    }
    if is.leaving {
        let mend = format!("`kubectl get {name} -o yaml` names what holds it");
        differs(format!("{name} is being deleted"), mend);
    }
}

fn container(name: &str, was: &NodeState, is: Option<&NodeState>, found: &mut Vec<Difference>) {
    let mut differs =
        |what: &str, mend: String| found.push(Difference { what: format!("container {name} {what}"), mend });
    let Some(is) = is else { return differs("is gone", "make the cluster anew".to_owned()) };
    if was.running != is.running {
        let mend = format!("docker {} {name}", if was.running { "start" } else { "stop" });
        differs(if is.running { "runs" } else { "does not run" }, mend);
    }
    if was.paused != is.paused {
        let mend = format!("docker {} {name}", if was.paused { "pause" } else { "unpause" });
        differs(if is.paused { "is paused" } else { "is not paused" }, mend);
    }
    for network in &was.networks {
        let now = is.networks.iter().find(|now| now.network == network.network);
        let network_name = &network.network;
        if now.is_none_or(|now| now.ip != network.ip && is.running && was.running) {
            let what = format!("has not the address {} on the network {network_name}", network.ip);
            differs(&what, format!("docker network connect --ip {} {network_name} {name}", network.ip));
        }
    }
    for network in is.networks.iter().filter(|now| !was.networks.iter().any(|was| was.network == now.network)) {
        let network = &network.network;
        differs(&format!("is on the network {network}"), format!("docker network disconnect {network} {name}"));
    }
    if let (Some(before), now) = (was.kubelet, is.kubelet)
        && now != Some(before)
    {
        let what = "has a kubelet with other permissions";
        differs(what, format!("docker exec {name} chmod {before:o} /usr/bin/kubelet"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inventory(objects: &[(&str, serde_json::Value)]) -> Inventory {
        let summaries = objects.iter().map(|(name, object)| ((*name).to_owned(), Summary::of("ConfigMap", object)));
        Inventory { objects: summaries.collect(), ..Inventory::default() }
    }

    fn said(before: &Inventory, after: &Inventory) -> Vec<String> {
        before.differences(after).into_iter().map(|difference| difference.what).collect()
    }

    #[test]
    fn says_what_is_new_gone_and_changed() {
        let before = inventory(&[("a", json!({"data": {"x": "1"}})), ("b", json!({}))]);
        let after = inventory(&[("a", json!({"data": {"x": "2", "y": "3"}})), ("c", json!({}))]);
        assert_eq!(
            said(&before, &after),
            ["a: data.x is \"2\", was \"1\"", "a: data.y is \"3\", was not set", "b is gone", "c is new"]
        );
        assert!(said(&before, &before).is_empty());
    }

    #[test]
    fn what_was_leaving_before_may_go_or_stay() {
        let leaving = json!({"metadata": {"deletionTimestamp": "now"}});
        let (before, after) = (inventory(&[("a", leaving.clone())]), inventory(&[]));
        assert!(said(&before, &after).is_empty() && said(&before, &before).is_empty());
        assert_eq!(said(&inventory(&[("a", json!({}))]), &before), ["a is being deleted"]);
    }

    #[test]
    fn says_how_a_container_differs() {
        let state = |paused, kubelet| {
            let node = NodeState { running: true, paused, kubelet: Some(kubelet), ..NodeState::default() };
            Inventory { containers: Some([("n".to_owned(), node)].into()), ..Inventory::default() }
        };
        let found = state(false, 0o755).differences(&state(true, 0o644));
        let mends: Vec<&str> = found.iter().map(|difference| difference.mend.as_str()).collect();
        assert_eq!(mends, ["docker unpause n", "docker exec n chmod 755 /usr/bin/kubelet"]);
    }
}

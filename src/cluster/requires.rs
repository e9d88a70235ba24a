//! Whether a cluster has what a notebook's front matter requires, and the command that mends what is missing.

use serde_json::Value;

use super::Cluster;
use crate::client::Failure;
use crate::client::k8s::ListOptions;
use crate::notebook::{Layer, Mark, Nodes, Requires};

/// The command that makes the cluster of the notebooks.
pub const MAKE_CLUSTER: &str = "kind create cluster --name k8splayground --config manifests/kind.yaml";

/// Something that a notebook requires and the cluster does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// In one sentence without a full stop.
    pub what: String,
    /// What to do, where possible a command.
    pub mend: String,
}

/// What a cluster has, as far as notebooks can require it.
#[derive(Debug)]
pub struct Offers<'a> {
    /// The context, for commands that mend.
    pub context: &'a str,
    /// The list of nodes.
    pub nodes: &'a Value,
    /// Why Docker Engine cannot be reached, if so.
    pub docker: Option<&'a Failure>,
    /// Why etcd cannot be reached, if so.
    pub etcd: Option<&'a Failure>,
}

impl Cluster {
    /// What of `requires` this cluster does not have.
    ///
    /// # Errors
    /// The API server does not answer.
    pub async fn missing(&self, requires: &Requires) -> Result<Vec<Missing>, Failure> {
        let nodes = self.k8s.resource("nodes").await?;
        let nodes = self.k8s.list(&nodes, None, &ListOptions::default(), Default::default()).await?;
        let offers = Offers {
            context: &self.name,
            nodes: &nodes,
            docker: self.docker.as_ref().err(),
            etcd: self.etcd.as_ref().err(),
        };
        Ok(offers.missing(requires))
    }
}

impl Offers<'_> {
    /// What of `requires` is not there.
    pub fn missing(&self, requires: &Requires) -> Vec<Missing> {
        let mut missing = Vec::new();
        for layer in &requires.layers {
            let (name, failure) = match layer {
                Layer::K8s => continue,
                Layer::Docker => ("Docker", self.docker),
                Layer::Etcd => ("etcd", self.etcd),
            };
            if let Some(failure) = failure {
                let mend = failure.hint.clone().unwrap_or_else(|| "see kpnb doctor".to_owned());
                missing.push(Missing { what: format!("{name} is not reached: {}", failure.message), mend });
            }
        }
        missing.extend(self.missing_nodes(requires.nodes.as_ref()));
        for label in &requires.labels {
            missing.extend(self.missing_mark(label, "label", has_label));
        }
        for taint in &requires.taints {
            missing.extend(self.missing_mark(taint, "taint", has_taint));
        }
        missing
    }

    fn missing_nodes(&self, wanted: Option<&Nodes>) -> Option<Missing> {
        let have: Vec<&str> = self.items().map(name).collect();
        let what = match wanted? {
            Nodes::Count(count) if (have.len() as u64) < *count => {
                format!("there are {} nodes, and {count} are required", have.len())
            }
            Nodes::Names(names) => {
                let gone: Vec<&str> = names.iter().map(String::as_str).filter(|name| !have.contains(name)).collect();
                if gone.is_empty() {
                    return None;
                }
                format!("there is no node {}", gone.join(", "))
            }
            Nodes::Count(_) => return None,
        };
        Some(Missing { what, mend: MAKE_CLUSTER.to_owned() })
    }

    /// A label or taint that the named node, or each node, lacks.
    fn missing_mark(&self, mark: &Mark, kind: &str, has: fn(&Value, &str) -> bool) -> Option<Missing> {
        let text = &mark.text;
        let what = match &mark.node {
            None if self.items().any(|node| has(node, text)) => return None,
            None => format!("no node has the {kind} {text}"),
            Some(wanted) => match self.items().find(|node| name(node) == wanted) {
                Some(node) if has(node, text) => return None,
                Some(_) => format!("node {wanted} does not have the {kind} {text}"),
                None => {
                    let what = format!("there is no node {wanted}, which is to have the {kind} {text}");
                    return Some(Missing { what, mend: MAKE_CLUSTER.to_owned() });
                }
            },
        };
        let node = mark.node.as_deref().unwrap_or_else(|| self.any_worker());
        let pair = match kind {
            "label" if !text.contains('=') => format!("{text}=true"),
            "taint" if !text.contains(':') => format!("{text}:NoSchedule"),
            _ => text.clone(),
        };
        Some(Missing { what, mend: format!("kubectl --context {} {kind} node {node} {pair}", self.context) })
    }

    /// A label or taint can be put on any node; the last worker is as good as any.
    fn any_worker(&self) -> &str {
        let is_worker = |node: &&Value| {
            let labels = node["metadata"]["labels"].as_object();
            !labels.is_some_and(|labels| labels.keys().any(|label| is_control_plane(label)))
        };
        self.items().filter(is_worker).last().or(self.items().last()).map_or("NODE", name)
    }

    fn items(&self) -> impl Iterator<Item = &Value> {
        self.nodes["items"].as_array().into_iter().flatten()
    }
}

/// The label of control planes: its name changed with Kubernetes 1.20.
fn is_control_plane(label: &str) -> bool {
    matches!(label, "node-role.kubernetes.io/master" | "node-role.kubernetes.io/control-plane")
}

fn name(node: &Value) -> &str {
    node["metadata"]["name"].as_str().unwrap_or_default()
}

/// `key=value`, or `key` with any value.
fn has_label(node: &Value, label: &str) -> bool {
    let labels = &node["metadata"]["labels"];
    match label.split_once('=') {
        Some((key, value)) => labels[key] == value,
        None => labels.get(label).is_some(),
    }
}

/// `key=value:Effect`; without the value or the effect, any.
fn has_taint(node: &Value, taint: &str) -> bool {
    let (pair, effect) = taint.split_once(':').map_or((taint, None), |(pair, effect)| (pair, Some(effect)));
    let (key, value) = pair.split_once('=').map_or((pair, None), |(key, value)| (key, Some(value)));
    node["spec"]["taints"].as_array().into_iter().flatten().any(|taint| {
        taint["key"] == key
            && value.is_none_or(|value| taint["value"].as_str().unwrap_or_default() == value)
            && effect.is_none_or(|effect| taint["effect"] == effect)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn missing(requires: &Requires, docker: Option<&Failure>) -> Vec<String> {
        let nodes = json!({"items": [
            {"metadata": {"name": "cp", "labels": {"node-role.kubernetes.io/master": ""}}, "spec": {}},
            {"metadata": {"name": "w", "labels": {"mock-server": "true"}},
             "spec": {"taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}},
        ]});
        let offers = Offers { context: "kind-x", nodes: &nodes, docker, etcd: None };
        offers.missing(requires).into_iter().map(|missing| format!("{}; {}", missing.what, missing.mend)).collect()
    }

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    /// Labels or taints; `node/text` is one of that node.
    fn marks(list: &[&str]) -> Vec<Mark> {
        let mark = |text: &&str| match text.split_once('/') {
            Some((node, text)) => Mark { node: Some(node.to_owned()), text: text.to_owned() },
            None => Mark { node: None, text: (*text).to_owned() },
        };
        list.iter().map(mark).collect()
    }

    #[test]
    fn what_is_there_is_not_missing() {
        let requires = Requires {
            nodes: Some(Nodes::Names(strings(&["w", "cp"]))),
            labels: marks(&["mock-server=true", "w/mock-server"]),
            taints: marks(&["w/a=b:NoSchedule", "a:NoSchedule", "a"]),
            layers: vec![Layer::K8s, Layer::Docker, Layer::Etcd],
        };
        assert!(missing(&requires, None).is_empty());
    }

    #[test]
    fn what_is_missing_comes_with_the_command_that_mends_it() {
        let requires = Requires {
            nodes: Some(Nodes::Count(3)),
            labels: marks(&["disk=ssd", "cp/mock-server=true"]),
            taints: marks(&["a=c:NoSchedule", "w2/a"]),
            layers: vec![Layer::Docker],
        };
        let failure = Failure::unreachable("no daemon").with_hint("start Docker");
        assert_eq!(
            missing(&requires, Some(&failure)),
            [
                "Docker is not reached: no daemon; start Docker",
                &format!("there are 2 nodes, and 3 are required; {MAKE_CLUSTER}"),
                "no node has the label disk=ssd; kubectl --context kind-x label node w disk=ssd",
                "node cp does not have the label mock-server=true; \
                 kubectl --context kind-x label node cp mock-server=true",
                "no node has the taint a=c:NoSchedule; kubectl --context kind-x taint node w a=c:NoSchedule",
                &format!("there is no node w2, which is to have the taint a; {MAKE_CLUSTER}"),
            ]
        );
        let named = Requires { nodes: Some(Nodes::Names(strings(&["w", "w2"]))), ..Requires::default() };
        assert_eq!(missing(&named, None), [format!("there is no node w2; {MAKE_CLUSTER}")]);
    }
}

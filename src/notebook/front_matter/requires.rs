//! `requires`: what a notebook needs of its cluster.
//!
//! Labels and taints may be written as kubectl takes them, or as YAML would have them:
//!
//! ```yaml
//! labels: [mock-server=true]                  taints: ["a=b:NoSchedule"]
//! labels: {mock-server: true}                 taints: {a: "b:NoSchedule"}
//! labels: {worker: mock-server=true}          taints: {worker2: "a=b:NoSchedule"}
//! labels: {worker: {mock-server: true}}       taints: [{key: a, value: b, effect: NoSchedule}]
//! ```

use serde_yaml::{Mapping, Value};

use super::{Reader, scalar};
use crate::notebook::suggest;

/// What the cluster must have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requires {
    /// How many nodes, or which.
    pub nodes: Option<Nodes>,
    /// Labels: `key=value`, or `key` with any value.
    pub labels: Vec<Mark>,
    /// Taints, as `kubectl taint` writes them: `key=value:Effect`; value and effect may be left out.
    pub taints: Vec<Mark>,
    /// The layers that the notebook talks to; empty: not stated.
    pub layers: Vec<Layer>,
}

/// `requires.nodes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nodes {
    /// At least so many.
    Count(u64),
    /// These.
    Names(Vec<String>),
}

/// A label or a taint that a node must carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which node; none: any.
    pub node: Option<String>,
    /// The label or taint as kubectl takes it.
    pub text: String,
}

/// One of the three endpoints of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The API server.
    K8s,
    /// etcd.
    Etcd,
    /// Docker Engine.
    Docker,
}

const KNOWN: [&str; 4] = ["nodes", "labels", "taints", "layers"];
const LAYERS: [(&str, Layer); 3] = [("k8s", Layer::K8s), ("etcd", Layer::Etcd), ("docker", Layer::Docker)];
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// How a mapping's key and its value are one label or taint. None: the key is a node.
type Join = fn(&str, &str) -> Option<String>;

impl Reader<'_, '_, '_> {
    pub(super) fn requires(&mut self, value: &Value) -> Requires {
        let mut requires = Requires::default();
        let Value::Mapping(map) = value else {
            self.wrong("requires", "a mapping with nodes, labels, taints, layers");
            return requires;
        };
        for (key, value) in map {
            match key.as_str().unwrap_or_default() {
                "nodes" => requires.nodes = self.nodes(value),
                "labels" => requires.labels = self.marks("labels", value, join_label),
                "taints" => requires.taints = self.taints(value),
                "layers" => requires.layers = self.layers(value),
                other => {
                    let span = self.place(other);
                    let message = format!("front matter: unknown key `{other}` in `requires`");
                    self.findings.error(span, message, suggest::hint(other, &KNOWN));
                }
            }
        }
        requires
    }

    fn nodes(&mut self, value: &Value) -> Option<Nodes> {
        match value {
            Value::Number(count) if count.as_u64().is_some() => count.as_u64().map(Nodes::Count),
            Value::Sequence(_) | Value::String(_) => Some(Nodes::Names(self.texts("nodes", value))),
            _ => {
                self.wrong("nodes", "a number of nodes or a list of their names");
                None
            }
        }
    }

    fn marks(&mut self, key: &str, value: &Value, join: Join) -> Vec<Mark> {
        marks(value, None, join).unwrap_or_else(|| {
            self.wrong(key, &format!("a list of {key}, or a mapping of nodes to theirs"));
            Vec::new()
        })
    }

    fn taints(&mut self, value: &Value) -> Vec<Mark> {
        let taints = self.marks("taints", value, join_taint);
        for taint in &taints {
            if let Some((_, effect)) = taint.text.rsplit_once(':')
                && !EFFECTS.contains(&effect)
            {
                let span = self.place("taints");
                let message = format!("front matter: the taint `{}` has no known effect", taint.text);
                self.findings.error(span, message, suggest::hint(effect, &EFFECTS));
            }
        }
        taints
    }

    fn layers(&mut self, value: &Value) -> Vec<Layer> {
        let mut layers = Vec::new();
        for name in self.texts("layers", value) {
            match LAYERS.iter().find(|(known, _)| *known == name) {
                Some((_, layer)) => layers.push(*layer),
                None => {
                    let span = self.place("layers");
                    let hint = suggest::hint(&name, &LAYERS.map(|(known, _)| known));
                    self.findings.error(span, format!("front matter: unknown layer `{name}`"), hint);
                }
            }
        }
        layers
    }
}

/// Labels or taints in any of the forms above, of `node` where they stand under one. None: it is none of them.
fn marks(value: &Value, node: Option<&str>, join: Join) -> Option<Vec<Mark>> {
    let mark = |text| Some(vec![Mark { node: node.map(str::to_owned), text }]);
    match value {
        Value::Null => Some(Vec::new()),
        Value::Sequence(items) => {
            let lists: Option<Vec<_>> = items.iter().map(|item| marks(item, node, join)).collect();
            Some(lists?.concat())
        }
        Value::Mapping(map) => {
            if let Some(taint) = taint_object(map) {
                return mark(taint);
            }
            let lists: Option<Vec<_>> =
                map.iter().map(|(key, value)| entry(&scalar(key)?, value, node, join)).collect();
            Some(lists?.concat())
        }
        single => mark(scalar(single)?),
    }
}

/// One line of a mapping: a label or taint with its value, or a node with what it carries.
fn entry(key: &str, value: &Value, node: Option<&str>, join: Join) -> Option<Vec<Mark>> {
    let joined = match value {
        Value::Null => Some(key.to_owned()),
        other => scalar(other).and_then(|text| join(key, &text)),
    };
    match (joined, node) {
        (Some(text), node) => Some(vec![Mark { node: node.map(str::to_owned), text }]),
        (None, None) => marks(value, Some(key), join),
        (None, Some(_)) => None,
    }
}

/// A label's value cannot hold `=`.
fn join_label(key: &str, value: &str) -> Option<String> {
    (!value.contains('=')).then(|| format!("{key}={value}"))
}

/// A taint's value can hold neither `=` nor `/`, which stands in keys.
fn join_taint(key: &str, value: &str) -> Option<String> {
    if EFFECTS.contains(&value) {
        return Some(format!("{key}:{value}"));
    }
    (!value.contains(['=', '/'])).then(|| format!("{key}={value}"))
}

/// A taint as a Node's spec has it.
fn taint_object(map: &Mapping) -> Option<String> {
    let field = |name| map.get(name).and_then(scalar);
    let known = map.keys().all(|key| matches!(key.as_str(), Some("key" | "value" | "effect")));
    let key = field("key").filter(|_| known)?;
    let value = field("value").map_or_else(String::new, |value| format!("={value}"));
    let effect = field("effect").map_or_else(String::new, |effect| format!(":{effect}"));
    Some(format!("{key}{value}{effect}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `node/text` of each, the node where one is named.
    fn read(yaml: &str, join: Join) -> Option<Vec<String>> {
        let value = serde_yaml::from_str(yaml).unwrap();
        let show = |mark: Mark| mark.node.map_or_else(String::new, |node| format!("{node}/")) + mark.text.as_str();
        marks(&value, None, join).map(|marks| marks.into_iter().map(show).collect())
    }

    #[test]
    fn labels_are_read_in_each_form() {
        for (yaml, wanted) in [
            ("mock-server=true", vec!["mock-server=true"]),
            ("[mock-server=true, disk]", vec!["mock-server=true", "disk"]),
            ("{mock-server: true, disk: ssd}", vec!["mock-server=true", "disk=ssd"]),
            ("[{mock-server: true}, {disk: }]", vec!["mock-server=true", "disk"]),
            ("{w: mock-server=true}", vec!["w/mock-server=true"]),
            ("{w: [a=b, c]}", vec!["w/a=b", "w/c"]),
            ("{w: {a: b, c: 1}}", vec!["w/a=b", "w/c=1"]),
            ("", vec![]),
        ] {
            assert_eq!(read(yaml, join_label).unwrap(), wanted, "{yaml}");
        }
        assert_eq!(read("{w: {a: {b: c}}}", join_label), None);
    }

    #[test]
    fn taints_are_read_in_each_form() {
        for (yaml, wanted) in [
            ("[\"a=b:NoSchedule\", a:NoExecute, a]", vec!["a=b:NoSchedule", "a:NoExecute", "a"]),
            ("{a: NoSchedule}", vec!["a:NoSchedule"]),
            ("{a: b:NoSchedule}", vec!["a=b:NoSchedule"]),
            ("{w: a=b:NoSchedule}", vec!["w/a=b:NoSchedule"]),
            ("{w: node-role.kubernetes.io/master:NoSchedule}", vec!["w/node-role.kubernetes.io/master:NoSchedule"]),
            ("{w: [a=b:NoSchedule, c]}", vec!["w/a=b:NoSchedule", "w/c"]),
            ("[{key: a, value: b, effect: NoSchedule}]", vec!["a=b:NoSchedule"]),
            ("{w: [{key: a, effect: NoExecute}]}", vec!["w/a:NoExecute"]),
        ] {
            assert_eq!(read(yaml, join_taint).unwrap(), wanted, "{yaml}");
        }
    }
}

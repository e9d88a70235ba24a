//! `k8s::taint`: what keeps Pods off a node.

use serde_json::{Value, json};

use super::patch::merge;
use super::place::Place;
use crate::bindings::{Binding, CallError};
use crate::client::Failure;
use crate::client::k8s::K8s;
use crate::script::from_json;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::taint",
    signature: "k8s::taint(node, \"key=value:Effect\" or \"key:Effect-\")",
    doc: "Sets a taint of a node, or removes it, and returns the node.

As with kubectl: `key=value:Effect` or `key:Effect` sets the taint in the place of one with the same key and effect,
`key:Effect-` removes it, `key-` removes all of this key. Effects are `NoSchedule`, `PreferNoSchedule` and `NoExecute`.
Throws where there is nothing to remove.

```rhai
k8s::taint(\"k8splayground-worker\", \"out=for-lunch:NoSchedule\");
k8s::taint(\"k8splayground-worker\", \"out:NoSchedule-\");
```",
    arity: (2, 2),
    call: |call| {
        let node = call.text(0, "node")?;
        let taint = Taint::parse(&call.text(1, "taint")?)?;
        Ok(from_json(&call.block_on(change(call.workspace.k8s(), &node, &taint))?))
    },
};

/// How often a change is tried that another one overtakes.
const ATTEMPTS: usize = 10;

#[derive(Debug, PartialEq, Eq)]
struct Taint {
    key: String,
    value: Option<String>,
    effect: Option<String>,
    remove: bool,
}

impl Taint {
    fn parse(text: &str) -> Result<Self, CallError> {
        let bad =
            || CallError::Argument(format!("{text:?} is no taint; write key=value:Effect, key:Effect or key:Effect-"));
        let (body, remove) = text.strip_suffix('-').map_or((text, false), |body| (body, true));
        let (pair, effect) = match body.split_once(':') {
            Some((pair, effect)) if matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") => {
                (pair, Some(effect.to_owned()))
            }
            None if remove => (body, None),
            _ => return Err(bad()),
        };
        let (key, value) = pair.split_once('=').map_or((pair, None), |(key, value)| (key, Some(value.to_owned())));
        if key.is_empty() { Err(bad()) } else { Ok(Self { key: key.to_owned(), value, effect, remove }) }
    }

    fn is(&self, other: &Value) -> bool {
        other["key"] == self.key.as_str()
            && self.effect.as_ref().is_none_or(|effect| other["effect"] == effect.as_str())
    }

    /// The node's taints after the change.
    fn applied(&self, taints: &[Value]) -> Result<Vec<Value>, Failure> {
        let mut rest: Vec<Value> = taints.iter().filter(|taint| !self.is(taint)).cloned().collect();
        if self.remove {
            if rest.len() == taints.len() {
                let effect = self.effect.as_ref().map(|effect| format!(":{effect}")).unwrap_or_default();
                return Err(Failure::answer(format!("error: taint \"{}{effect}\" not found", self.key)));
            }
        } else {
            let mut taint = json!({ "key": self.key, "effect": self.effect });
            if let Some(value) = &self.value {
                taint["value"] = value.as_str().into();
            }
            rest.push(taint);
        }
        Ok(rest)
    }
}

async fn change(k8s: &K8s, name: &str, taint: &Taint) -> Result<Value, Failure> {
    let place = Place::of(k8s, "nodes", None).await?;
    let mut attempt = 1;
    loop {
        let node = place.get(k8s, name).await?;
        let taints = taint.applied(node["spec"]["taints"].as_array().map_or(&[], Vec::as_slice))?;
        // A list is replaced as a whole, so only the version that was read may be changed.
        let version = &node["metadata"]["resourceVersion"];
        let patch = json!({ "metadata": { "resourceVersion": version }, "spec": { "taints": taints } });
        match merge(k8s, &place, name, &patch).await {
            Err(failure) if failure.reason == "Conflict" && attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taints(text: &str, before: &Value) -> Result<Value, String> {
        let taint = Taint::parse(text).map_err(|error| format!("{error:?}"))?;
        taint.applied(before.as_array().unwrap()).map(Value::Array).map_err(|failure| failure.message)
    }

    #[test]
    fn sets_replaces_and_removes() {
        let a = json!([{ "key": "a", "effect": "NoSchedule", "value": "x" }]);
        assert_eq!(taints("a=x:NoSchedule", &json!([])).unwrap(), a);
        assert_eq!(taints("a=x:NoSchedule", &json!([{ "key": "a", "effect": "NoSchedule" }])).unwrap(), a);
        assert_eq!(taints("a:NoSchedule-", &a).unwrap(), json!([]));
        assert_eq!(taints("a-", &a).unwrap(), json!([]));
        assert_eq!(taints("a:NoExecute-", &a).unwrap_err(), "error: taint \"a:NoExecute\" not found");
        for bad in ["a", "a=b", "a:Nothing", ":NoSchedule", "a="] {
            assert!(taints(bad, &a).is_err(), "{bad}");
        }
    }
}

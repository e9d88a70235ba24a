//! Taints of nodes, as `kubectl taint` sets and removes them.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/taint/utils.go`.

use serde_json::{Value, json};

use super::all_of;
use crate::client::Failure;

/// One taint to set or to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value, where it has one.
    pub value: Option<String>,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`; to remove, none means all of the key.
    pub effect: Option<String>,
    /// Whether it is to be removed.
    pub remove: bool,
}

impl Taint {
    /// Reads `key=value:Effect`, `key:Effect`, `key:Effect-` or `key-`.
    ///
    /// # Errors
    /// Anything else, in kubectl's words.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::usage(format!("error: invalid taint spec: {text}{why}"));
        let (body, remove) = text.strip_suffix('-').map_or((text, false), |body| (body, true));
        let (pair, effect) = match body.split_once(':') {
            Some((_, effect)) if effect.contains(':') => return Err(wrong("")),
            Some((_, effect)) if !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") => {
                return Err(Failure::usage(format!("error: invalid taint effect: {effect}, unsupported taint effect"))
                    .with_hint("effects are NoSchedule, PreferNoSchedule and NoExecute"));
            }
            Some((pair, effect)) => (pair, Some(effect.to_owned())),
            None => (body, None),
        };
        // Without an effect kubectl takes the whole for the key.
        let (key, value) = match pair.split_once('=').filter(|_| effect.is_some()) {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (pair, None),
        };
        let name = key.rsplit('/').next().unwrap_or_default();
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !(name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.ends_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(inner))
        {
            return Err(wrong(
                ", name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            ));
        }
        if effect.is_none() && !remove {
            return Err(wrong(""));
        }
        Ok(Self { key: key.to_owned(), value, effect, remove })
    }

    /// Whether a node's taint has this key and, where it is given, this effect.
    pub fn is(&self, other: &Value) -> bool {
        other["key"] == self.key.as_str()
            && self.effect.as_ref().is_none_or(|effect| other["effect"] == effect.as_str())
    }

    /// Whether both are about one key and effect.
    pub fn meets(&self, other: &Self) -> bool {
        self.key == other.key && (other.effect.is_none() || self.effect == other.effect)
    }

    fn as_json(&self) -> Value {
        let mut taint = json!({ "key": self.key, "effect": self.effect });
        if let Some(value) = self.value.as_ref().filter(|value| !value.is_empty()) {
            taint["value"] = value.as_str().into();
        }
        taint
    }
}

/// A node's taints after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Tainted {
    /// New ones first.
    pub taints: Vec<Value>,
    /// Whether their number grew or shrank when the new ones were set.
    pub added: bool,
    /// Whether the last removal found something.
    pub removed: bool,
}

/// Sets and removes taints of a node that has `old`.
///
/// # Errors
/// Every taint to remove that is not there, in kubectl's words.
pub fn taint(old: &[Value], changes: &[Taint]) -> Result<Tainted, Failure> {
    let (removals, additions): (Vec<&Taint>, Vec<&Taint>) = changes.iter().partition(|taint| taint.remove);
    let mut taints: Vec<Value> = additions.iter().map(|taint| taint.as_json()).collect();
    taints.extend(old.iter().filter(|old| !additions.iter().any(|new| new.is(old))).cloned());
    let added = taints.len() != old.len();
    let (mut removed, mut failures) = (false, Vec::new());
    for removal in removals {
        let before = taints.len();
        taints.retain(|taint| !removal.is(taint));
        removed = taints.len() < before;
        if !removed {
            let effect = removal.effect.as_ref().map(|effect| format!(":{effect}")).unwrap_or_default();
            failures.push(Failure::answer(format!("error: taint \"{}{effect}\" not found", removal.key)));
        }
    }
    all_of(failures).map_or(Ok(Tainted { taints, added, removed }), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taints(text: &str, before: &Value) -> Result<Value, String> {
        let change = Taint::parse(text).map_err(|failure| failure.message)?;
        taint(before.as_array().unwrap(), &[change])
            .map(|tainted| Value::Array(tainted.taints))
            .map_err(|failure| failure.message)
    }

    #[test]
    fn sets_replaces_and_removes() {
        let a = json!([{ "key": "a", "effect": "NoSchedule", "value": "x" }]);
        assert_eq!(taints("a=x:NoSchedule", &json!([])).unwrap(), a);
        assert_eq!(taints("a=x:NoSchedule", &json!([{ "key": "a", "effect": "NoSchedule" }])).unwrap(), a);
        assert_eq!(taints("a:NoSchedule-", &a).unwrap(), json!([]));
        assert_eq!(taints("a-", &a).unwrap(), json!([]));
        assert_eq!(taints("a:NoExecute-", &a).unwrap_err(), "error: taint \"a:NoExecute\" not found");
        for bad in ["a", "a=b", ":NoSchedule", "a=", "a:NoSchedule:x"] {
            assert!(taints(bad, &a).unwrap_err().starts_with("error: invalid taint spec"), "{bad}");
        }
        assert_eq!(taints("a:Foo", &a).unwrap_err(), "error: invalid taint effect: Foo, unsupported taint effect");
    }

    #[test]
    fn puts_new_ones_first_as_kubectl_does() {
        let old = [json!({ "key": "a", "effect": "NoSchedule" })];
        let new = [Taint::parse("b:NoExecute").unwrap()];
        let tainted = taint(&old, &new).unwrap();
        assert_eq!(tainted.taints[0]["key"], "b");
        assert!(tainted.added && !tainted.removed);
    }
}

//! Which tokens that differ from run to run were seen: names, UIDs, addresses, revisions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::Secrets;

/// The class of a token. Two tokens can stand for each other only within a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenClass {
    /// A name whose end was generated: the object has a `generateName`, or its name ends as generated ones do.
    GeneratedName,
    /// `metadata.uid`.
    Uid,
    /// Address of a Pod, node or container.
    Ip,
    /// `metadata.resourceVersion`, an etcd revision or mod_revision: one number space.
    Revision,
    /// `containerd://…`, a Docker container id, or a shortened one.
    ContainerId,
    /// An RFC 3339 timestamp.
    Timestamp,
    /// An etcd lease id, cluster id or member id.
    EtcdId,
}

/// What the clients have fetched: tokens with their classes, and secrets.
#[derive(Debug, Default)]
pub struct Seen {
    tokens: Mutex<HashMap<String, TokenClass>>,
    secrets: Arc<Secrets>,
}

impl Seen {
    /// Notes one token.
    pub fn note(&self, class: TokenClass, token: impl Into<String>) {
        let token = token.into();
        if !token.is_empty() {
            self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(token, class);
        }
    }

    /// Notes the generated name in a key of etcd, which ends with the object's name.
    pub fn note_key(&self, key: &str) {
        if let Some(name) = key.rsplit('/').next().filter(|name| looks_generated(name)) {
            self.note(TokenClass::GeneratedName, name);
        }
    }

    /// The secrets, which must not be shown.
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// Notes the tokens and secrets of a Kubernetes object, list or watch event.
    pub fn note_object(&self, value: &Value) {
        self.secrets.note_object(value);
        self.note_tokens(value);
    }

    fn note_tokens(&self, value: &Value) {
        match value {
            Value::Object(fields) => {
                let generated = fields.contains_key("generateName");
                for (name, field) in fields {
                    if let Value::String(text) = field {
                        self.note_field(name, text, generated);
                    } else {
                        self.note_tokens(field);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.note_tokens(item)),
            _ => {}
        }
    }

    fn note_field(&self, name: &str, text: &str, generated: bool) {
        let class = match name {
            "name" | "secretName" if generated || looks_generated(text) => TokenClass::GeneratedName,
            "uid" => TokenClass::Uid,
            "resourceVersion" => TokenClass::Revision,
            "podIP" | "hostIP" | "ip" | "clusterIP" => TokenClass::Ip,
            "containerID" => TokenClass::ContainerId,
            _ if name.ends_with("Timestamp") || name.ends_with("Time") || name.ends_with("At") || name == "time" => {
                TokenClass::Timestamp
            }
            _ => return,
        };
        self.note(class, text);
    }

    /// All tokens noted so far.
    pub fn tokens(&self) -> Vec<(String, TokenClass)> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.iter().map(|(token, class)| (token.clone(), *class)).collect()
    }
}

/// Whether a name ends as generated names do, in five letters without vowels and look-alikes. Not all such objects tell
/// their `generateName`: the token controller names a service account's Secret itself.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go`, `alphanums`.
fn looks_generated(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(stem, end)| {
        !stem.is_empty() && end.len() == 5 && end.bytes().all(|letter| b"bcdfghjklmnpqrstvwxz2456789".contains(&letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_names_are_tokens_wherever_they_are_read() {
        let seen = Seen::default();
        seen.note_key("/registry/secrets/default/default-token-kr2qr");
        seen.note_key("/registry/serviceaccounts/default/default");
        seen.note_object(&serde_json::json!({"metadata": {"name": "default-token-7pchz"}, "kind": "Secret"}));
        seen.note_object(&serde_json::json!({"metadata": {"name": "kube-proxy"}, "kind": "DaemonSet"}));
        let mut names: Vec<String> = seen.tokens().into_iter().map(|(token, _)| token).collect();
        names.sort();
        assert_eq!(names, ["default-token-7pchz", "default-token-kr2qr"]);
    }
}

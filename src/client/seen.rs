//! Which tokens that differ from run to run were seen: names, UIDs, addresses, revisions.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::Secrets;

/// The class of a token. Two tokens can stand for each other only within a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenClass {
    /// A name whose end was generated: the object has a `generateName`, or is what only generated names refer to.
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
    /// The value of a label `pod-template-hash` or `controller-revision-hash`.
    TemplateHash,
    /// An integer from a field of another type: a revision of the same value may be that one.
    Integer,
}

/// What the clients have fetched: tokens with their classes, and secrets.
#[derive(Debug, Default)]
pub struct Seen {
    tokens: Mutex<Tokens>,
    secrets: Arc<Secrets>,
}

#[derive(Debug, Default)]
struct Tokens {
    all: HashSet<(String, TokenClass)>,
    /// Names that objects have without a `generateName`: what looks generated elsewhere and is one of these is not.
    fixed: HashSet<String>,
    /// Names that look generated, where only a reference or a key was seen.
    perhaps: HashSet<String>,
}

impl Seen {
    /// Notes one token.
    pub fn note(&self, class: TokenClass, token: impl Into<String>) {
        let token = token.into();
        if !token.is_empty() {
            self.tokens_mut(|tokens| tokens.all.insert((token, class)));
        }
    }

    /// Notes the name in a key of etcd, which ends with it, where it looks generated.
    pub fn note_key(&self, key: &str) {
        if let Some(name) = key.rsplit('/').next().filter(|name| looks_generated(name)) {
            self.tokens_mut(|tokens| tokens.perhaps.insert(name.to_owned()));
        }
    }

    /// The secrets, which must not be shown.
    pub fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// Notes the tokens and secrets of a Kubernetes object, list or watch event.
    pub fn note_object(&self, value: &Value) {
        self.secrets.note_object(value);
        self.tokens_mut(|tokens| tokens.object(value));
    }

    /// All tokens noted so far.
    pub fn tokens(&self) -> Vec<(String, TokenClass)> {
        self.tokens_mut(|tokens| {
            let perhaps =
                tokens.perhaps.difference(&tokens.fixed).map(|name| (name.clone(), TokenClass::GeneratedName));
            let perhaps = perhaps.filter(|token| !tokens.all.contains(token));
            tokens.all.iter().cloned().chain(perhaps).collect()
        })
    }

    fn tokens_mut<T>(&self, with: impl FnOnce(&mut Tokens) -> T) -> T {
        // Sets are whole at every moment, so a panic elsewhere cannot have broken them.
        with(&mut self.tokens.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tokens {
    fn object(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::Object(metadata)) = fields.get("metadata") {
                    self.name(fields, metadata);
                }
                for (name, field) in fields {
                    match field {
                        Value::String(text) => self.field(name, text),
                        Value::Number(number) => {
                            self.all.insert((number.to_string(), TokenClass::Integer));
                        }
                        field => self.object(field),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.object(item)),
            _ => {}
        }
    }

    /// Whether an object's name was generated. The token controller names a service account's Secret itself, so that
    /// has no `generateName`.
    ///
    /// Source: kubernetes v1.20 `pkg/controller/serviceaccount/tokens_controller.go`, `ensureReferencedToken`.
    fn name(&mut self, fields: &Map<String, Value>, metadata: &Map<String, Value>) {
        let Some(Value::String(name)) = metadata.get("name") else { return };
        let stem = metadata.get("generateName").and_then(Value::as_str).unwrap_or_default();
        let token = || {
            let account =
                &metadata.get("annotations")?.as_object()?.get("kubernetes.io/service-account.name")?.as_str()?;
            name.strip_prefix(account)?.strip_prefix("-token-").map(|_| ())
        };
        // Of a row of a table only the metadata is there.
        let partial = !fields.contains_key("spec") && !fields.contains_key("type");
        if (!stem.is_empty() && name.starts_with(stem)) || token().is_some() {
            self.all.insert((name.clone(), TokenClass::GeneratedName));
        } else if looks_generated(name) {
            let kept = if partial && name.contains("-token-") { &mut self.perhaps } else { &mut self.fixed };
            kept.insert(name.clone());
        }
    }

    fn field(&mut self, name: &str, text: &str) {
        let class = match name {
            "name" | "secretName" if looks_generated(text) => {
                self.perhaps.insert(text.to_owned());
                return;
            }
            "uid" => TokenClass::Uid,
            "resourceVersion" => TokenClass::Revision,
            "podIP" | "hostIP" | "ip" | "clusterIP" => TokenClass::Ip,
            "containerID" => TokenClass::ContainerId,
            "pod-template-hash" | "controller-revision-hash" => TokenClass::TemplateHash,
            _ if name.ends_with("Timestamp") || name.ends_with("Time") || name.ends_with("At") || name == "time" => {
                TokenClass::Timestamp
            }
            _ => return,
        };
        if !text.is_empty() {
            self.all.insert((text.to_owned(), class));
        }
    }
}

/// Whether a name ends as generated names do, in five letters without vowels and look-alikes.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go`, `alphanums`.
fn looks_generated(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(stem, end)| {
        !stem.is_empty() && end.len() == 5 && end.bytes().all(|letter| b"bcdfghjklmnpqrstvwxz2456789".contains(&letter))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(seen: &Seen) -> Vec<String> {
        let tokens = seen.tokens().into_iter();
        let mut names: Vec<String> =
            tokens.filter(|(_, class)| *class == TokenClass::GeneratedName).map(|(token, _)| token).collect();
        names.sort();
        names
    }

    #[test]
    fn generated_names_are_tokens_wherever_they_are_read() {
        let seen = Seen::default();
        seen.note_key("/registry/secrets/default/default-token-kr2qr");
        seen.note_key("/registry/serviceaccounts/default/default");
        seen.note_object(&json!({"kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": {
            "name": "default-token-7pchz", "annotations": {"kubernetes.io/service-account.name": "default"}}}));
        seen.note_object(&json!({"metadata": {"name": "kube-proxy"}, "kind": "DaemonSet"}));
        seen.note_object(&json!({"metadata": {"name": "kindnet-7xk2p", "generateName": "kindnet-"}, "spec": {}}));
        seen.note_object(&json!({"involvedObject": {"kind": "Pod", "name": "kindnet-9zq4w"}}));
        assert_eq!(names(&seen), ["default-token-7pchz", "default-token-kr2qr", "kindnet-7xk2p", "kindnet-9zq4w"]);
    }

    #[test]
    fn a_name_that_a_person_gave_is_none_however_it_ends() {
        let seen = Seen::default();
        seen.note_key("/registry/pods/default/db-pgsql");
        seen.note_object(&json!({"involvedObject": {"kind": "Pod", "name": "db-pgsql"}}));
        seen.note_object(&json!({"kind": "Pod", "metadata": {"name": "db-pgsql"}, "spec": {}}));
        assert_eq!(names(&seen), Vec::<String>::new());
    }

    #[test]
    fn integers_and_hashes_are_noted_by_their_fields() {
        let seen = Seen::default();
        seen.note_object(
            &json!({"metadata": {"resourceVersion": "300", "labels": {"pod-template-hash": "6597855466"}},
            "spec": {"tolerations": [{"tolerationSeconds": 300}]}}),
        );
        let mut tokens = seen.tokens();
        tokens.sort();
        let expected =
            [("300", TokenClass::Revision), ("300", TokenClass::Integer), ("6597855466", TokenClass::TemplateHash)];
        assert_eq!(tokens, expected.map(|(token, class)| (token.to_owned(), class)));
    }
}

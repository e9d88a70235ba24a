//! Objects that are created again, or get back what the run has changed.

use http::Method;
use serde_json::Value;

use super::merge::merge;
use super::{Step, Undo, words};
use crate::client::Failure;
use crate::client::k8s::Accept;
use crate::journal::place::{OF_THE_SERVER, Target};

/// How often an object is written again that somebody else has written meanwhile.
const CONFLICTS: usize = 20;

impl Undo<'_> {
    /// Takes what the run has changed out of an object. One that is gone needs nothing.
    pub(super) async fn restore(
        &self,
        path: &str,
        subresource: Option<&str>,
        before: &Value,
        became: Option<&Value>,
    ) -> Result<(), Failure> {
        let target = subresource.map_or_else(|| path.to_owned(), |subresource| format!("{path}/{subresource}"));
        for attempt in 0.. {
            let Some(current) = self.patiently(|| self.look(path)).await? else { return Ok(()) };
            let merged = restored(before, became.unwrap_or(&current), &current);
            if merged == current {
                return Ok(());
            }
            let ask = || {
                let body = Some(("application/json", merged.to_string()));
                self.touched.k8s.send(Method::PUT, &target, &[], body, Accept::Json)
            };
            match self.patiently(ask).await {
                Err(failure) if failure.code == 409 && attempt < CONFLICTS => {}
                Err(failure) => return Err(failure),
                Ok(_) => {
                    (self.tell)(&format!("undo: restored {}", words::object(path)));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Creates an object again.
    pub(super) async fn create(&self, path: &str, object: &Value) -> Result<Step, Failure> {
        let Some(target) = Target::parse(path) else { return Ok(Step::Done) };
        let namespace = target.namespace.as_ref().map(|namespace| format!("/api/v1/namespaces/{namespace}"));
        if self.leaving.iter().any(|leaving| leaving.path == path || Some(&leaving.path) == namespace.as_ref()) {
            return Ok(Step::Blocked);
        }
        if let Some(current) = self.patiently(|| self.look(path)).await? {
            let is_going = current["metadata"].get("deletionTimestamp").is_some();
            return Ok(if is_going { Step::Blocked } else { Step::Done });
        }
        let body = fresh(object.clone()).to_string();
        let ask = || {
            let body = Some(("application/json", body.clone()));
            self.touched.k8s.send(Method::POST, &target.collection, &[], body, Accept::Json)
        };
        match self.patiently(ask).await {
            Err(failure) if failure.reason == "AlreadyExists" => {}
            Err(failure) => return Err(failure),
            Ok(_) => (self.tell)(&format!("undo: created {} again", words::object(path))),
        }
        Ok(Step::Done)
    }
}

/// `current` without what the run has changed in it: what made `became` of `before`.
fn restored(before: &Value, became: &Value, current: &Value) -> Value {
    let mut merged = current.clone();
    let with_status = before.get("status").is_some();
    let fields =
        |object: &Value| object.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let mut names = fields(before);
    names.extend(fields(became).into_iter().chain(fields(current)));
    for name in names {
        if matches!(name.as_str(), "apiVersion" | "kind" | "metadata") || (name == "status" && !with_status) {
            continue;
        }
        put(&mut merged, &name, merge(before.get(&name), became.get(&name), current.get(&name)));
    }
    for name in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let of = |object: &Value| object["metadata"].get(name).cloned();
        let value = merge(of(before).as_ref(), of(became).as_ref(), of(current).as_ref());
        put(&mut merged["metadata"], name, value);
    }
    merged
}

fn put(object: &mut Value, name: &str, value: Option<Value>) {
    let Some(fields) = object.as_object_mut() else { return };
    match value {
        Some(value) => {
            fields.insert(name.to_owned(), value);
        }
        None => {
            fields.shift_remove(name);
        }
    }
}

/// An object as it can be created.
fn fresh(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in OF_THE_SERVER {
            metadata.shift_remove(field);
        }
    }
    let account = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if object["kind"] == "ServiceAccount"
        && let Some(secrets) = object["secrets"].as_array_mut()
    {
        // Its tokens went with it; it gets new ones.
        let token = format!("{account}-token-");
        secrets.retain(|secret| !secret["name"].as_str().is_some_and(|name| name.starts_with(&token)));
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_the_run_changed_goes_back() {
        let before =
            json!({"metadata": {"labels": {"a": "1"}, "resourceVersion": "1"}, "spec": {"taints": [{"key": "x"}]}});
        let became = json!({"metadata": {"labels": {"a": "2", "b": "1"}, "resourceVersion": "2"},
            "spec": {"taints": [{"key": "x"}, {"key": "ours"}], "unschedulable": true}});
        let current = json!({"metadata": {"labels": {"a": "2", "b": "1", "c": "others"}, "resourceVersion": "3"},
            "spec": {"taints": [{"key": "x"}, {"key": "ours"}, {"key": "others"}], "unschedulable": true},
            "status": {"phase": "Running"}});
        let wanted = json!({"metadata": {"labels": {"a": "1", "c": "others"}, "resourceVersion": "3"},
            "spec": {"taints": [{"key": "x"}, {"key": "others"}]}, "status": {"phase": "Running"}});
        assert_eq!(restored(&before, &became, &current), wanted);
        assert_eq!(restored(&before, &became, &wanted), wanted, "once more changes nothing");
    }

    #[test]
    fn an_object_is_created_without_what_the_server_sets() {
        let object = json!({"kind": "ServiceAccount", "metadata": {"name": "a", "uid": "1", "labels": {"x": "y"}},
            "secrets": [{"name": "a-token-x"}, {"name": "mine"}]});
        let wanted = json!({"kind": "ServiceAccount", "metadata": {"name": "a", "labels": {"x": "y"}},
            "secrets": [{"name": "mine"}]});
        assert_eq!(fresh(object), wanted);
    }
}

//! Requests to the API server, and what takes them back.

use http::Method;
use serde_json::Value;

use super::Recording;
use crate::client::k8s::{Accept, Resource};
use crate::client::{Failure, FailureKind};
use crate::journal::Inverse;
use crate::journal::place::Target;

impl Recording {
    /// What takes a request back. None where it changes nothing that lasts, or a journaled creation covers it.
    pub(super) async fn k8s_inverses(&self, method: &Method, path: &str, body: &str) -> Result<Vec<Inverse>, Failure> {
        let Some(target) = Target::parse(path) else { return Ok(Vec::new()) };
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        if target.is_question() || target.is_dry_run() || body.get("dryRun").is_some() {
            return Ok(Vec::new());
        }
        let subresource = target.subresource.as_deref();
        match (method, subresource) {
            (&Method::POST, None) if target.name.is_none() => self.created(&target, &body).await,
            (&Method::DELETE, None) => self.deleted(&target).await,
            (&Method::POST, Some("eviction")) if body["deleteOptions"].get("dryRun").is_none() => {
                self.deleted(&target).await
            }
            (&Method::PUT | &Method::PATCH, None | Some("status" | "finalize" | "scale")) => {
                self.changed(&target, &body).await
            }
            // What else there is (exec, proxy, token, binding, …) leaves nothing in the store that could be put back.
            _ => Ok(Vec::new()),
        }
    }

    async fn created(&self, target: &Target, body: &Value) -> Result<Vec<Inverse>, Failure> {
        let metadata = &body["metadata"];
        let finalizers = finalizers(metadata);
        let template_finalizers = finalizers_of_template(body);
        let collection = target.collection.clone();
        if let Some(name) = metadata["name"].as_str().filter(|name| !name.is_empty()) {
            let path = format!("{collection}/{name}");
            // What is there already will not be created, and is not ours to delete.
            return Ok(match self.look(&path).await? {
                Some(_) => Vec::new(),
                None => vec![Inverse::Delete { path, finalizers, template_finalizers }],
            });
        }
        let Some(prefix) = metadata["generateName"].as_str().map(str::to_owned) else { return Ok(Vec::new()) };
        let list = self.read(&collection, Accept::PartialMetadata).await?.unwrap_or_default();
        let names = list["items"].as_array().into_iter().flatten().filter_map(|item| item["metadata"]["name"].as_str());
        let others = names.filter(|name| name.starts_with(&prefix)).map(str::to_owned).collect();
        Ok(vec![Inverse::DeleteGenerated { collection, prefix, others, finalizers }])
    }

    async fn changed(&self, target: &Target, body: &Value) -> Result<Vec<Inverse>, Failure> {
        let Some(name) = &target.name else { return Ok(Vec::new()) };
        // A finalizer outlives the deletion that a creation's entry asks for.
        if self.journal.covers(&target.place(name)) && !body.to_string().contains("finalizers") {
            return Ok(Vec::new());
        }
        let path = target.path();
        let Some(before) = self.look(&path).await? else {
            // Server-side apply creates what is missing, as does a PUT of some kinds.
            let (finalizers, template_finalizers) = (finalizers(&body["metadata"]), finalizers_of_template(body));
            return Ok(vec![Inverse::Delete { path, finalizers, template_finalizers }]);
        };
        let subresource = target.subresource.clone().filter(|subresource| subresource != "scale");
        let before = if subresource.as_deref() == Some("status") { before } else { without_status(before) };
        Ok(vec![Inverse::Restore { path, subresource, before: lean(before) }])
    }

    async fn deleted(&self, target: &Target) -> Result<Vec<Inverse>, Failure> {
        let Some(name) = &target.name else { return self.collection_deleted(target).await };
        if self.journal.covers(&target.place(name)) {
            return Ok(Vec::new());
        }
        let path = target.path();
        let Some(object) = self.look(&path).await? else { return Ok(Vec::new()) };
        let mut inverses = Vec::new();
        if target.plural == "namespaces" {
            for (path, object) in self.contents(name).await? {
                inverses.extend(self.gone(path, object).await?);
            }
        }
        // Last, so that it comes first when they are undone.
        inverses.extend(self.gone(path, object).await?);
        Ok(inverses)
    }

    async fn collection_deleted(&self, target: &Target) -> Result<Vec<Inverse>, Failure> {
        let query = target.query.iter().filter(|(key, _)| key == "labelSelector" || key == "fieldSelector");
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let list = self.read(&format!("{}?{query}", target.collection), Accept::Json).await?.unwrap_or_default();
        let mut inverses = Vec::new();
        for item in list["items"].as_array().into_iter().flatten() {
            let name = item["metadata"]["name"].as_str().unwrap_or_default();
            if !self.journal.covers(&target.place(name)) {
                let object = typed_as(&list, item.clone());
                inverses.extend(self.gone(format!("{}/{name}", target.collection), object).await?);
            }
        }
        Ok(inverses)
    }

    /// What brings a deleted object back; none for those that their controller makes again.
    async fn gone(&self, path: String, object: Value) -> Result<Option<Inverse>, Failure> {
        self.may_delete(&object).await?;
        if is_controlled(&object) || object["kind"] == "Event" || object["kind"] == "Secret" {
            return Ok(None);
        }
        Ok(Some(Inverse::Create { path, object: lean(without_status(object)) }))
    }

    /// All objects in a namespace, with their paths.
    async fn contents(&self, namespace: &str) -> Result<Vec<(String, Value)>, Failure> {
        let resources = self.k8s.resources().await?;
        let mut contents: Vec<(String, Value)> = Vec::new();
        for resource in resources.all().iter().filter(|r| r.namespaced && r.can("list") && r.can("create")) {
            let path = resource.path(Some(namespace), None, None);
            let list = self.read(&path, Accept::Json).await?.unwrap_or_default();
            for item in list["items"].as_array().into_iter().flatten() {
                let uid = &item["metadata"]["uid"];
                // Two groups may serve one object.
                if !contents.iter().any(|(_, known)| known["metadata"]["uid"] == *uid) {
                    contents.push((path_of(resource, namespace, item), resource.typed(item.clone())));
                }
            }
        }
        Ok(contents)
    }

    /// What is learnt from the answer to a change.
    pub(super) async fn learn(&self, n: u64, inverse: &Inverse, answer: &str) {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        match inverse {
            Inverse::Restore { path, before, .. } => {
                let object = if answer["kind"] == before["kind"] && answer["metadata"]["name"].is_string() {
                    answer
                } else {
                    // A subresource's own answer, or none: how it is now has to do.
                    self.look(path).await.ok().flatten().unwrap_or_default()
                };
                if object.is_object() {
                    let whole = before.get("status").is_some();
                    self.journal.became(n, lean(if whole { object } else { without_status(object) }));
                }
            }
            Inverse::DeleteGenerated { collection, finalizers, .. } => {
                if let Some(name) = answer["metadata"]["name"].as_str() {
                    let path = format!("{collection}/{name}");
                    let template_finalizers = finalizers_of_template(&answer);
                    let known = Inverse::Delete { path, finalizers: finalizers.clone(), template_finalizers };
                    if self.add(vec![known]).await.is_ok() {
                        self.journal.done(n);
                    }
                }
            }
            _ => {}
        }
    }

    /// An object as it is; none where it is missing.
    pub(super) async fn look(&self, path: &str) -> Result<Option<Value>, Failure> {
        self.read(path, Accept::Json).await
    }

    async fn read(&self, path: &str, accept: Accept) -> Result<Option<Value>, Failure> {
        match self.k8s.json(Method::GET, path, &[], None, accept).await {
            Ok(object) => Ok(Some(object)),
            Err(failure) if failure.kind == FailureKind::Answer && failure.code == 404 => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// Whether a controller answers for an object: it makes it again where it is missing.
pub(super) fn is_controlled(object: &Value) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    owners.into_iter().flatten().any(|owner| owner["controller"] == true)
}

fn path_of(resource: &Resource, namespace: &str, item: &Value) -> String {
    resource.path(Some(namespace), item["metadata"]["name"].as_str(), None)
}

/// An item of a list, which comes without them, with its kind and version.
fn typed_as(list: &Value, mut item: Value) -> Value {
    if let (Some(fields), Some(kind)) = (item.as_object_mut(), list["kind"].as_str()) {
        let kind = kind.strip_suffix("List").unwrap_or(kind);
        fields.entry("kind").or_insert_with(|| kind.into());
        fields.entry("apiVersion").or_insert_with(|| list["apiVersion"].clone());
    }
    item
}

fn finalizers(metadata: &Value) -> Vec<String> {
    let names = metadata["finalizers"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// The finalizers of the Pods that a workload makes; a CronJob's template is one deeper.
fn finalizers_of_template(object: &Value) -> Vec<String> {
    let spec = &object["spec"];
    [&spec["template"], &spec["jobTemplate"]["spec"]["template"]]
        .into_iter()
        .flat_map(|template| finalizers(&template["metadata"]))
        .collect()
}

fn without_status(mut object: Value) -> Value {
    object.as_object_mut().map(|fields| fields.shift_remove("status"));
    object
}

/// An object without what is long and never put back.
fn lean(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.shift_remove("managedFields");
    }
    object
}

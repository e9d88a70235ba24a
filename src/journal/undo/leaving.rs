//! Objects that the run created and that are deleted now.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::{Inverse, Left, Step, Undo, words};
use crate::client::k8s::Accept;
use crate::client::{Failure, FailureKind};
use crate::clock::Clock;
use crate::journal::place::Target;

/// How long an object may take to go: a Pod's grace period, and a namespace with all that is in it.
const TO_GO: Duration = Duration::from_secs(180);

/// An object that is being deleted.
#[derive(Debug, Clone)]
pub(super) struct Leaving {
    pub(super) n: u64,
    pub(super) path: String,
    finalizers: Vec<String>,
    template_finalizers: Vec<String>,
    until: Duration,
}

impl Leaving {
    pub(super) fn new(n: u64, path: &str, own: &[String], template: &[String], clock: &dyn Clock) -> Self {
        let (finalizers, template_finalizers) = (own.to_vec(), template.to_vec());
        Self { n, path: path.to_owned(), finalizers, template_finalizers, until: clock.elapsed() + TO_GO }
    }
}

impl Undo<'_> {
    /// Asks for an object's deletion.
    pub(super) async fn begin_to_leave(&self, leaving: Leaving) -> Result<Step, Failure> {
        if self.patiently(|| self.is_gone(&leaving)).await? { Ok(Step::Done) } else { Ok(Step::Leaving(leaving)) }
    }

    /// Looks at each object that is being deleted. Returns those that have not gone in time.
    pub(super) async fn look_after_leaving(&mut self) -> Vec<Left> {
        let mut left = Vec::new();
        for leaving in std::mem::take(&mut self.leaving) {
            match self.is_gone(&leaving).await {
                Ok(true) => self.journal.done(leaving.n),
                answer if self.touched.clock.elapsed() < leaving.until => match answer {
                    Err(failure) if !failure.is_transient() && failure.code != 409 => {
                        left.push(self.give_up(&leaving, &failure));
                    }
                    _ => self.leaving.push(leaving),
                },
                answer => {
                    let stays = || Failure::answer(format!("still there after {} s", TO_GO.as_secs()));
                    let failure = answer.err().unwrap_or_else(stays);
                    left.push(self.give_up(&leaving, &failure));
                }
            }
        }
        left
    }

    fn give_up(&mut self, leaving: &Leaving, failure: &Failure) -> Left {
        self.given_up.insert(leaving.n);
        let (finalizers, template_finalizers) = (leaving.finalizers.clone(), leaving.template_finalizers.clone());
        words::left(&Inverse::Delete { path: leaving.path.clone(), finalizers, template_finalizers }, failure)
    }

    /// Whether an object is gone. Does what it still needs to go.
    async fn is_gone(&self, leaving: &Leaving) -> Result<bool, Failure> {
        let Some(target) = Target::parse(&leaving.path) else { return Ok(true) };
        let Some(object) = self.look(&leaving.path).await? else {
            return match &target.name {
                // What was in a namespace may have outlived it.
                Some(name) if target.plural == "namespaces" => self.is_empty(name).await,
                _ => Ok(true),
            };
        };
        if object["metadata"].get("deletionTimestamp").is_none() {
            (self.tell)(&format!("undo: kubectl delete {}", words::object(&leaving.path)));
            let body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
            let body = Some(("application/json", body.to_string()));
            match self.touched.k8s.send(Method::DELETE, &leaving.path, &[], body, Accept::Json).await {
                Err(failure) if !failure.is_not_found() => return Err(failure),
                _ => {}
            }
        }
        self.release(&leaving.path, &object, &leaving.finalizers).await?;
        if !leaving.template_finalizers.is_empty() {
            self.release_pods(target.namespace.as_deref(), &leaving.template_finalizers).await?;
        }
        Ok(self.look(&leaving.path).await?.is_none() && target.plural != "namespaces")
    }

    /// Takes those finalizers out of an object that its manifest brought; others have somebody who takes them out.
    async fn release(&self, path: &str, object: &Value, ours: &[String]) -> Result<(), Failure> {
        let holding: Vec<&Value> = object["metadata"]["finalizers"].as_array().into_iter().flatten().collect();
        let is_ours = |finalizer: &Value| ours.iter().any(|ours| *finalizer == **ours);
        if !holding.iter().any(|finalizer| is_ours(finalizer)) {
            return Ok(());
        }
        let rest: Vec<&Value> = holding.into_iter().filter(|finalizer| !is_ours(finalizer)).collect();
        let metadata = json!({"finalizers": rest, "resourceVersion": object["metadata"]["resourceVersion"]});
        let patch = json!({ "metadata": metadata }).to_string();
        let body = || Some(("application/merge-patch+json", patch.clone()));
        let sent = self.touched.k8s.send(Method::PATCH, path, &[], body(), Accept::Json).await;
        let namespace = object["metadata"]["namespace"].as_str();
        match (sent, namespace) {
            (Err(failure), Some(namespace)) if failure.is_not_found() => {
                if self.look(path).await?.is_none() {
                    return Ok(());
                }
                // It dangles: no write is admitted until its namespace is there again.
                self.make_namespace(namespace).await?;
                match self.touched.k8s.send(Method::PATCH, path, &[], body(), Accept::Json).await {
                    Err(failure) if !failure.is_not_found() && failure.code != 409 => Err(failure),
                    _ => Ok(()),
                }
            }
            // Somebody has written it meanwhile, as its deletion does: it is looked at again soon.
            (Err(failure), _) if failure.code == 409 => Ok(()),
            (sent, _) => sent.map(drop),
        }
    }

    /// Takes a template's finalizers out of the Pods in a namespace that are being deleted.
    async fn release_pods(&self, namespace: Option<&str>, ours: &[String]) -> Result<(), Failure> {
        let collection = format!("/api/v1/namespaces/{}/pods", namespace.unwrap_or("default"));
        let list = self.touched.k8s.json(Method::GET, &collection, &[], None, Accept::Json).await?;
        for pod in list["items"].as_array().into_iter().flatten() {
            let metadata = &pod["metadata"];
            if metadata.get("deletionTimestamp").is_some()
                && let Some(name) = metadata["name"].as_str()
            {
                self.release(&format!("{collection}/{name}"), pod, ours).await?;
            }
        }
        Ok(())
    }

    /// Whether nothing is left in a namespace that is not there. If something is, the namespace is made again, to be
    /// deleted with what is in it.
    async fn is_empty(&self, namespace: &str) -> Result<bool, Failure> {
        let resources = self.touched.k8s.resources().await?;
        let kinds = resources.all().iter().filter(|r| {
            r.namespaced && r.can("list") && r.can("delete") && r.kind != "Event" && !r.group.starts_with("metrics.")
        });
        let lists = kinds.map(async |resource| {
            let path = resource.path(Some(namespace), None, None);
            let limit = [("limit".to_owned(), "1".to_owned())];
            self.touched.k8s.json(Method::GET, &path, &limit, None, Accept::PartialMetadata).await
        });
        for list in futures::future::join_all(lists).await {
            let list = match list {
                // A kind that is no longer served, or that cannot be listed after all.
                Err(failure) if failure.code == 404 || failure.code == 405 => continue,
                list => list?,
            };
            let is_left = list["items"].as_array().is_some_and(|items| !items.is_empty());
            if is_left {
                self.make_namespace(namespace).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes a namespace again, to be deleted afterwards.
    async fn make_namespace(&self, name: &str) -> Result<(), Failure> {
        let path = format!("/api/v1/namespaces/{name}");
        let (finalizers, template_finalizers) = (Vec::new(), Vec::new());
        let is_known = self.journal.pending().iter().any(|entry| {
            matches!(&entry.inverse, Inverse::Delete { path: known, .. } if *known == path)
                && !self.given_up.contains(&entry.n)
        });
        if !is_known {
            self.journal.add_while_undoing(Inverse::Delete { path, finalizers, template_finalizers })?;
        }
        (self.tell)(&format!("undo: kubectl create namespace {name}"));
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).to_string();
        let body = Some(("application/json", body));
        match self.touched.k8s.send(Method::POST, "/api/v1/namespaces", &[], body, Accept::Json).await {
            Err(failure) if failure.reason != "AlreadyExists" => Err(failure),
            _ => Ok(()),
        }
    }

    /// Adds an entry for each object that got its name from the server and may be the run's.
    pub(super) async fn find_generated(
        &self,
        collection: &str,
        prefix: &str,
        others: &[String],
        finalizers: &[String],
    ) -> Result<(), Failure> {
        let ask = || self.touched.k8s.json(Method::GET, collection, &[], None, Accept::PartialMetadata);
        let list = self.patiently(ask).await?;
        for item in list["items"].as_array().into_iter().flatten() {
            let metadata = &item["metadata"];
            let name = metadata["name"].as_str().unwrap_or_default();
            let owned = metadata["ownerReferences"].as_array().is_some_and(|owners| !owners.is_empty());
            if metadata["generateName"] == prefix && !owned && !others.iter().any(|other| other == name) {
                self.journal.add_while_undoing(Inverse::Delete {
                    path: format!("{collection}/{name}"),
                    finalizers: finalizers.to_vec(),
                    template_finalizers: Vec::new(),
                })?;
            }
        }
        Ok(())
    }

    /// An object as it is; none where it is missing.
    pub(super) async fn look(&self, path: &str) -> Result<Option<Value>, Failure> {
        match self.touched.k8s.json(Method::GET, path, &[], None, Accept::Json).await {
            Ok(object) => Ok(Some(object)),
            Err(failure) if failure.kind == FailureKind::Answer && failure.code == 404 => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

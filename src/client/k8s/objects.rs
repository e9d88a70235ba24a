//! Reading and writing objects.

use http::Method;
use serde_json::{Map, Value};

use super::{Accept, K8s, Resource, glance, glance_of_list};
use crate::client::{Failure, Read};

/// Which objects of a collection to list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// A label selector, as `-l` takes it.
    pub labels: Option<String>,
    /// A field selector, as `--field-selector` takes it.
    pub fields: Option<String>,
    /// At most so many; without it all, in chunks of 500 as kubectl asks.
    pub limit: Option<u64>,
}

impl ListOptions {
    /// Only the object of this name.
    pub fn named(name: &str) -> Self {
        Self { fields: Some(format!("metadata.name={name}")), ..Self::default() }
    }

    /// As query pairs.
    pub fn selectors(&self) -> Vec<(String, String)> {
        let pairs = [("labelSelector", &self.labels), ("fieldSelector", &self.fields)];
        pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))).collect()
    }
}

/// How to delete. What is not set is left to the server.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Seconds that the containers get to end.
    pub grace: Option<i64>,
    /// `Background`, `Foreground` or `Orphan`.
    pub propagation: Option<String>,
    /// Changes nothing on the server.
    pub dry_run: bool,
    /// Only the object of this UID.
    pub uid: Option<String>,
}

/// The kind of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own.
    Strategic,
    /// Server-side apply.
    Apply,
}

impl PatchType {
    /// The content type of a patch's body.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::Apply => "application/apply-patch+yaml",
        }
    }
}

impl K8s {
    /// One object.
    ///
    /// # Errors
    /// NotFound where it is missing, or as [`K8s::send`].
    pub async fn get(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Result<Value, Failure> {
        self.get_as(resource, namespace, name, Accept::Json).await
    }

    /// One object in another form: as a table of one row, or only its metadata.
    ///
    /// # Errors
    /// NotFound where it is missing, or as [`K8s::send`].
    pub async fn get_as(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        accept: Accept,
    ) -> Result<Value, Failure> {
        let query = objects_with(accept);
        let answer = self.json(Method::GET, &resource.path(namespace, Some(name), None), &query, None, accept).await;
        self.reads.record(|| Read::K8s {
            path: resource.path(namespace, None, None),
            selectors: ListOptions::named(name).selectors(),
            resource_version: answer.as_ref().map(version_of).unwrap_or_default(),
            seen: match &answer {
                Ok(object) => Some(vec![glance(object)]),
                Err(failure) => (failure.code == 404).then(Vec::new),
            },
        });
        answer
    }

    /// The objects of a collection as the server's List, whole: chunks are joined. `namespace` none: all.
    ///
    /// # Errors
    /// As [`K8s::send`].
    pub async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        options: &ListOptions,
        accept: Accept,
    ) -> Result<Value, Failure> {
        let path = resource.path(namespace, None, None);
        let items = if accept == Accept::Table { "rows" } else { "items" };
        let mut whole: Option<Value> = None;
        let mut next = String::new();
        loop {
            let mut query = options.selectors();
            query.extend(objects_with(accept));
            query.push(("limit".to_owned(), options.limit.unwrap_or(500).to_string()));
            if !next.is_empty() {
                query.push(("continue".to_owned(), next.clone()));
            }
            let mut chunk = self.json(Method::GET, &path, &query, None, accept).await?;
            next = chunk["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
            match whole.as_mut() {
                None => whole = Some(chunk),
                Some(whole) => {
                    let mut more = std::mem::take(&mut chunk[items]);
                    if let (Some(all), Some(more)) = (whole[items].as_array_mut(), more.as_array_mut()) {
                        all.append(more);
                    }
                }
            }
            if next.is_empty() || options.limit.is_some() {
                break;
            }
        }
        let whole = whole.unwrap_or_default();
        self.reads.record(|| Read::K8s {
            path,
            selectors: options.selectors(),
            resource_version: version_of(&whole),
            seen: Some(glance_of_list(&whole)),
        });
        Ok(whole)
    }

    /// Creates an object from its body; `query` carries `dryRun`, `fieldManager`.
    ///
    /// # Errors
    /// AlreadyExists, Invalid, Forbidden, …, or as [`K8s::send`].
    pub async fn create(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        body: &Value,
        query: &[(String, String)],
    ) -> Result<Value, Failure> {
        let path = resource.path(namespace, None, None);
        self.json(Method::POST, &path, query, Some(("application/json", body.to_string())), Accept::Json).await
    }

    /// Puts an object, or its subresource, in the place of the stored one.
    ///
    /// # Errors
    /// Conflict on a stale resourceVersion, NotFound, Invalid, …, or as [`K8s::send`].
    pub async fn replace(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        subresource: Option<&str>,
        body: &Value,
        query: &[(String, String)],
    ) -> Result<Value, Failure> {
        let path = resource.path(namespace, Some(name), subresource);
        self.json(Method::PUT, &path, query, Some(("application/json", body.to_string())), Accept::Json).await
    }

    /// Patches an object or its subresource.
    ///
    /// # Errors
    /// NotFound, Invalid, Conflict, …, or as [`K8s::send`].
    #[allow(clippy::too_many_arguments)] // each is one part of the request's line
    pub async fn patch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        subresource: Option<&str>,
        kind: PatchType,
        patch: &Value,
        query: &[(String, String)],
    ) -> Result<Value, Failure> {
        let path = resource.path(namespace, Some(name), subresource);
        self.json(Method::PATCH, &path, query, Some((kind.content_type(), patch.to_string())), Accept::Json).await
    }

    /// Asks for an object's deletion; returns the Status, or the object where it stays for now.
    ///
    /// # Errors
    /// NotFound, Conflict on a precondition, Forbidden, …, or as [`K8s::send`].
    pub async fn delete(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Value, Failure> {
        let mut body = Map::new();
        body.insert("apiVersion".into(), "v1".into());
        body.insert("kind".into(), "DeleteOptions".into());
        if let Some(grace) = options.grace {
            body.insert("gracePeriodSeconds".into(), grace.into());
        }
        if let Some(propagation) = &options.propagation {
            body.insert("propagationPolicy".into(), propagation.clone().into());
        }
        if options.dry_run {
            body.insert("dryRun".into(), vec![Value::from("All")].into());
        }
        if let Some(uid) = &options.uid {
            body.insert("preconditions".into(), serde_json::json!({ "uid": uid }));
        }
        let path = resource.path(namespace, Some(name), None);
        let body = Value::Object(body).to_string();
        self.json(Method::DELETE, &path, &[], Some(("application/json", body)), Accept::Json).await
    }
}

/// A table's rows carry whole objects, not only their metadata: `--sort-by` needs them, and waits their tokens.
fn objects_with(accept: Accept) -> Vec<(String, String)> {
    let table = accept == Accept::Table;
    table.then(|| ("includeObject".to_owned(), "Object".to_owned())).into_iter().collect()
}

fn version_of(object: &Value) -> String {
    object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()
}

//! Which objects a call is about.

use serde_json::Value;

use crate::bindings::{Call, CallError, Options};
use crate::client::Failure;
use crate::client::k8s::{K8s, Resource, Target};

/// A kind and a namespace that a script named.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) resource: Resource,
    /// None: all, or the kind has none.
    pub(super) namespace: Option<String>,
}

impl Place {
    /// `kind` in `namespace`, by default the context's; cluster-scoped kinds ignore it.
    pub(super) async fn of(k8s: &K8s, kind: &str, namespace: Option<String>) -> Result<Self, Failure> {
        let resource = k8s.resource(kind).await?;
        let namespace = resource.namespaced.then(|| namespace.unwrap_or_else(|| k8s.default_namespace().to_owned()));
        Ok(Self { resource, namespace })
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    pub(super) fn target<'a>(&'a self, name: &'a str) -> Target<'a> {
        Target { resource: &self.resource, namespace: self.namespace(), name }
    }

    pub(super) async fn get(&self, k8s: &K8s, name: &str) -> Result<Value, Failure> {
        k8s.get(&self.resource, self.namespace(), name).await
    }
}

/// Argument `place` as a namespace or options, where the namespace of the options is one of `known`.
pub(super) fn namespace_and_options(
    call: &Call<'_, '_>,
    place: usize,
    known: &[&str],
) -> Result<(Option<String>, Options), CallError> {
    call.namespace_or_options(place, known).map(|(namespace, options)| (namespace, Options::from(options)))
}

/// Who a change's field manager says that it was.
pub(super) const FIELD_MANAGER: &str = "kpnb";

/// The query that says so.
pub(super) fn as_kpnb() -> [(String, String); 1] {
    [("fieldManager".to_owned(), FIELD_MANAGER.to_owned())]
}

//! Which resources the server has, and by which names they are called.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;
use http::Method;
use serde_json::Value;

use super::{Accept, K8s};
use crate::client::Failure;

/// One resource of the API, as discovery describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Empty for the core group.
    pub group: String,
    /// `v1`, `v1beta1`, …
    pub version: String,
    /// `Pod`.
    pub kind: String,
    /// `pods`.
    pub plural: String,
    /// `pod`.
    pub singular: String,
    /// `po`.
    pub short_names: Vec<String>,
    /// `all`.
    pub categories: Vec<String>,
    /// `get`, `list`, `watch`, …
    pub verbs: Vec<String>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
}

impl Resource {
    /// `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `pods`, `deployments.apps`: as kubectl's messages name it.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `pod`, `deployment.apps`: as `kubectl get -o name` and apply's words name it.
    pub fn qualified_singular(&self) -> String {
        if self.group.is_empty() { self.singular.clone() } else { format!("{}.{}", self.singular, self.group) }
    }

    /// The path of a collection, of one object, or of its subresource. `namespace` is ignored where the
    /// resource has none; without one the path spans all namespaces.
    pub fn path(&self, namespace: Option<&str>, name: Option<&str>, subresource: Option<&str>) -> String {
        let mut path = if self.group.is_empty() { "/api/".to_owned() } else { format!("/apis/{}/", self.group) };
        path.push_str(&self.version);
        if let Some(namespace) = namespace.filter(|_| self.namespaced) {
            path.push_str("/namespaces/");
            path.push_str(namespace);
        }
        for part in [Some(self.plural.as_str()), name, subresource].into_iter().flatten() {
            path.push('/');
            path.push_str(part);
        }
        path
    }

    /// An object of this resource with its apiVersion and kind, which items of a list come without.
    pub fn typed(&self, mut object: Value) -> Value {
        if let Some(fields) = object.as_object_mut() {
            fields.entry("apiVersion").or_insert_with(|| self.api_version().into());
            fields.entry("kind").or_insert_with(|| self.kind.clone().into());
        }
        object
    }

    /// Whether `verb` (`list`, `watch`, …) is served.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|v| v == verb)
    }
}

/// All resources of a server, preferred versions first.
#[derive(Debug, Default)]
pub struct Resources {
    all: Vec<Resource>,
    /// Every name in lower case, bare and with `.group` and `.version.group`, to places in `all`.
    names: HashMap<String, Vec<usize>>,
}

impl Resources {
    /// Every resource and version that is served, core group first, preferred versions first.
    pub fn all(&self) -> &[Resource] {
        &self.all
    }

    /// The resource that kubectl would take `name` for: plural, singular, kind, short name, each also with
    /// `.group` or `.version.group`.
    pub fn find(&self, name: &str) -> Option<&Resource> {
        self.names.get(&name.to_lowercase()).and_then(|places| places.first()).map(|place| &self.all[*place])
    }

    /// The resource of an object with this apiVersion and kind.
    pub fn of_kind(&self, api_version: &str, kind: &str) -> Option<&Resource> {
        self.all.iter().find(|r| r.kind == kind && r.api_version() == api_version)
    }

    fn new(all: Vec<Resource>) -> Self {
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, resource) in all.iter().enumerate() {
            let own = [resource.plural.clone(), resource.singular.clone(), resource.kind.to_lowercase()];
            for name in own.into_iter().chain(resource.short_names.iter().cloned()) {
                // The core group's name is empty, but the dot before it is not left out: `pods.v1.`.
                let qualified = format!("{name}.{}", resource.group);
                let versioned = format!("{name}.{}.{}", resource.version, resource.group);
                for name in [name, qualified, versioned] {
                    let places = names.entry(name).or_default();
                    if places.last() != Some(&place) {
                        places.push(place);
                    }
                }
            }
        }
        Self { all, names }
    }
}

impl K8s {
    /// What the server has; asked once and kept, until [`K8s::forget_resources`].
    ///
    /// # Errors
    /// As [`K8s::send`]. A group whose own server does not answer is left out, as kubectl does.
    pub async fn resources(&self) -> Result<Arc<Resources>, Failure> {
        if let Some(known) = self.resources.read().await.as_ref() {
            return Ok(Arc::clone(known));
        }
        let mut slot = self.resources.write().await;
        if let Some(known) = slot.as_ref() {
            return Ok(Arc::clone(known));
        }
        let discovered = Arc::new(self.discover().await?);
        *slot = Some(Arc::clone(&discovered));
        Ok(discovered)
    }

    /// Asks the server anew at the next use, for a resource that has been added since.
    pub async fn forget_resources(&self) {
        *self.resources.write().await = None;
    }

    /// The resource that `name` stands for; asks the server anew before it gives up.
    ///
    /// # Errors
    /// kubectl's words where there is none, or as [`K8s::send`].
    pub async fn resource(&self, name: &str) -> Result<Resource, Failure> {
        for attempt in 0..2 {
            if attempt > 0 {
                self.forget_resources().await;
            }
            if let Some(resource) = self.resources().await?.find(name) {
                return Ok(resource.clone());
            }
        }
        Err(Failure::answer(format!("error: the server doesn't have a resource type {name:?}"))
            .with_hint("kubectl(\"api-resources\") lists what there is"))
    }

    /// The resource of an object with this apiVersion and kind; asks the server anew before it gives up.
    ///
    /// # Errors
    /// kubectl's words where there is none, or as [`K8s::send`].
    pub async fn resource_of_kind(&self, api_version: &str, kind: &str) -> Result<Resource, Failure> {
        for attempt in 0..2 {
            if attempt > 0 {
                self.forget_resources().await;
            }
            if let Some(resource) = self.resources().await?.of_kind(api_version, kind) {
                return Ok(resource.clone());
            }
        }
        Err(Failure::answer(format!("no matches for kind {kind:?} in version {api_version:?}")))
    }

    async fn discover(&self) -> Result<Resources, Failure> {
        let groups = self.json(Method::GET, "/apis", &[], None, Accept::Json).await?;
        let mut versions: Vec<(String, String, bool)> = vec![(String::new(), "v1".into(), true)];
        for group in groups["groups"].as_array().into_iter().flatten() {
            let preferred = &group["preferredVersion"]["version"];
            for version in group["versions"].as_array().into_iter().flatten() {
                versions.push((text(&group["name"]), text(&version["version"]), version["version"] == *preferred));
            }
        }
        let lists = join_all(versions.iter().map(|(group, version, _)| {
            let path = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
            async move { self.json(Method::GET, &path, &[], None, Accept::Json).await }
        }))
        .await;
        let (mut preferred, mut others) = (Vec::new(), Vec::new());
        for ((group, version, is_preferred), list) in versions.iter().zip(lists) {
            let list = match list {
                Ok(list) => list,
                Err(failure) if group.is_empty() => return Err(failure),
                Err(_) => continue,
            };
            for entry in list["resources"].as_array().into_iter().flatten() {
                if !text(&entry["name"]).contains('/') {
                    let into = if *is_preferred { &mut preferred } else { &mut others };
                    into.push(resource(group, version, entry));
                }
            }
        }
        preferred.append(&mut others);
        Ok(Resources::new(preferred))
    }
}

fn resource(group: &str, version: &str, entry: &Value) -> Resource {
    let list = |field: &str| -> Vec<String> { entry[field].as_array().into_iter().flatten().map(text).collect() };
    let kind = text(&entry["kind"]);
    let singular = match text(&entry["singularName"]) {
        // Built-in resources of servers before 1.27 do not tell theirs; kubectl uses the kind.
        singular if singular.is_empty() => kind.to_lowercase(),
        singular => singular,
    };
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: text(&entry["name"]),
        singular,
        kind,
        short_names: list("shortNames"),
        categories: list("categories"),
        verbs: list("verbs"),
        namespaced: entry["namespaced"].as_bool().unwrap_or_default(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

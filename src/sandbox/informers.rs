//! What the components of the cluster know of the objects: one cache for all of them, with the two indexes that they look
//! things up by. It follows the store at the end of each event and each request; who watches hears of a change one
//! [`Version::reaction`](super::version::Version::reaction) after it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

use super::World;
use super::api::{RESOURCES, Resource};
use super::object;
use super::store::Change;

/// Names an object of a known resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name {
    /// Empty for objects that are in no namespace.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl Name {
    /// The name of an object in a namespace, or with an empty one, of the cluster.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The name that an object bears.
    pub fn of(object: &Value) -> Self {
        Self::new(object::namespace(object), object::name(object))
    }

    /// The namespace, as the API's calls want it.
    pub fn ns(&self) -> Option<&str> {
        (!self.namespace.is_empty()).then_some(self.namespace.as_str())
    }
}

/// A change that someone watching is told of.
#[derive(Debug, Clone)]
pub struct Heard {
    /// What kind of object.
    pub resource: &'static Resource,
    /// Which.
    pub name: Name,
    /// The object before; none: it was made.
    pub before: Option<Arc<Value>>,
    /// The object now; none: it is gone.
    pub now: Option<Arc<Value>>,
}

impl Heard {
    /// The object as it is, or as it was before it went.
    pub fn object(&self) -> &Value {
        static NOTHING: Value = Value::Null;
        self.now.as_deref().or(self.before.as_deref()).unwrap_or(&NOTHING)
    }
}

/// What controllers adopt.
const ADOPTED: [&str; 2] = ["pods", "replicasets"];

/// What is to be done about a change.
pub type Handler = fn(&mut World, &Heard);

/// The cache.
#[derive(Default)]
pub struct Informers {
    objects: BTreeMap<&'static str, BTreeMap<Name, Arc<Value>>>,
    /// Pods by `spec.nodeName`.
    on_node: BTreeMap<String, BTreeMap<Name, Arc<Value>>>,
    /// Objects by the UIDs of their owners.
    owned: BTreeMap<String, BTreeMap<(&'static str, Name), Arc<Value>>>,
    /// Objects of the resources in [`ADOPTED`] that no controller has.
    orphans: BTreeMap<&'static str, BTreeMap<Name, Arc<Value>>>,
    /// Objects by UID.
    by_uid: BTreeMap<String, (&'static str, Arc<Value>)>,
    handlers: Vec<(&'static str, Handler)>,
    /// Nodes that changed, or one of whose Pods did, since [`Informers::touched_nodes`] was asked.
    touched: BTreeSet<String>,
}

impl Informers {
    /// One object.
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.objects.get(resource)?.get(&Name::new(namespace, name)).cloned()
    }

    /// All objects of a resource, by namespace and name.
    pub fn list(&self, resource: &str) -> impl Iterator<Item = &Arc<Value>> {
        self.objects.get(resource).into_iter().flat_map(BTreeMap::values)
    }

    /// How many objects of a resource there are.
    pub fn count(&self, resource: &str) -> usize {
        self.objects.get(resource).map_or(0, BTreeMap::len)
    }

    /// The objects of a resource in one namespace, by name.
    pub fn list_in<'a>(&'a self, resource: &str, namespace: &'a str) -> impl Iterator<Item = &'a Arc<Value>> + 'a {
        within(self.objects.get(resource), namespace)
    }

    /// Likewise, those that no controller has; of the resources that controllers adopt.
    pub fn orphans_in<'a>(&'a self, resource: &str, namespace: &'a str) -> impl Iterator<Item = &'a Arc<Value>> + 'a {
        within(self.orphans.get(resource), namespace)
    }

    /// The Pods that were assigned to a node.
    pub fn pods_on(&self, node: &str) -> Vec<Arc<Value>> {
        self.on_node.get(node).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    /// How many Pods were assigned to a node.
    pub fn pods_count(&self, node: &str) -> usize {
        self.on_node.get(node).map_or(0, BTreeMap::len)
    }

    /// The nodes to which Pods were assigned, whether they exist or not.
    pub fn nodes_with_pods(&self) -> impl Iterator<Item = &String> {
        self.on_node.keys()
    }

    /// The nodes that changed, came or went since the last call, and those one of whose Pods did.
    pub fn touched_nodes(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.touched)
    }

    /// The objects that name an owner of this UID.
    pub fn owned_by(&self, uid: &str) -> Vec<(&'static str, Arc<Value>)> {
        let owned = self.owned.get(uid).into_iter().flatten();
        owned.map(|((resource, _), object)| (*resource, object.clone())).collect()
    }

    /// The objects of one resource that have this one as their controller.
    pub fn controlled_by(&self, uid: &str, resource: &str) -> Vec<Arc<Value>> {
        let owned = self.owned.get(uid).into_iter().flatten();
        let controlled = owned.filter(|((of, _), object)| {
            *of == resource && object::controller(object).is_some_and(|owner| owner["uid"] == uid)
        });
        controlled.map(|(_, object)| object.clone()).collect()
    }

    /// The object of a UID.
    pub fn by_uid(&self, uid: &str) -> Option<(&'static str, Arc<Value>)> {
        let (resource, object) = self.by_uid.get(uid)?;
        Some((resource, object.clone()))
    }

    /// Tells `handler` of each change to objects of a resource, or of all with `""`.
    pub fn watch(&mut self, resource: &'static str, handler: Handler) {
        self.handlers.push((resource, handler));
    }

    fn put(&mut self, resource: &'static str, name: &Name, now: Option<Arc<Value>>) -> Option<Arc<Value>> {
        if resource == "nodes" {
            self.touched.insert(name.name.clone());
        }
        let objects = self.objects.entry(resource).or_default();
        let before = match &now {
            Some(object) => objects.insert(name.clone(), object.clone()),
            None => objects.remove(name),
        };
        if let Some(before) = &before {
            self.unindex(resource, name, before);
        }
        if let Some(now) = &now {
            self.index(resource, name, now);
        }
        before
    }

    fn index(&mut self, resource: &'static str, name: &Name, object: &Arc<Value>) {
        for uid in object::owners(object).iter().filter_map(|owner| owner["uid"].as_str()) {
            self.owned.entry(uid.to_owned()).or_default().insert((resource, name.clone()), object.clone());
        }
        if ADOPTED.contains(&resource) && object::controller(object).is_none() {
            self.orphans.entry(resource).or_default().insert(name.clone(), object.clone());
        }
        self.by_uid.insert(object::uid(object).to_owned(), (resource, object.clone()));
        if let Some(node) = object["spec"]["nodeName"].as_str().filter(|_| resource == "pods") {
            self.on_node.entry(node.to_owned()).or_default().insert(name.clone(), object.clone());
            self.touched.insert(node.to_owned());
        }
    }

    fn unindex(&mut self, resource: &'static str, name: &Name, object: &Arc<Value>) {
        for uid in object::owners(object).iter().filter_map(|owner| owner["uid"].as_str()) {
            if let Some(owned) = self.owned.get_mut(uid) {
                owned.remove(&(resource, name.clone()));
                if owned.is_empty() {
                    self.owned.remove(uid);
                }
            }
        }
        if let Some(orphans) = self.orphans.get_mut(resource) {
            orphans.remove(name);
        }
        if self.by_uid.get(object::uid(object)).is_some_and(|(_, known)| Arc::ptr_eq(known, object)) {
            self.by_uid.remove(object::uid(object));
        }
        if let Some(node) = object["spec"]["nodeName"].as_str().filter(|_| resource == "pods")
            && let Some(pods) = self.on_node.get_mut(node)
        {
            pods.remove(name);
            if pods.is_empty() {
                self.on_node.remove(node);
            }
            self.touched.insert(node.to_owned());
        }
    }
}

/// The objects of one namespace, by name.
fn within<'a>(
    objects: Option<&'a BTreeMap<Name, Arc<Value>>>,
    namespace: &'a str,
) -> impl Iterator<Item = &'a Arc<Value>> + 'a {
    let from = (Bound::Included(Name::new(namespace, "")), Bound::Unbounded);
    let objects = objects.into_iter().flat_map(move |objects| objects.range(from.clone()));
    objects.take_while(move |(name, _)| name.namespace == namespace).map(|(_, object)| object)
}

impl std::fmt::Debug for Informers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Informers").field("resources", &self.objects.keys()).finish_non_exhaustive()
    }
}

/// Brings the cache up to the store and schedules who is told. Called by [`World::tell`].
pub fn follow(world: &mut World, changes: &[Change]) {
    for change in changes {
        let Some((resource, name)) = locate(world, &change.key) else { continue };
        let now = world.api("informers").get(resource.name, name.ns(), &name.name).ok();
        if resource.name == "events" {
            continue;
        }
        let known = world.informers.get(resource.name, &name.namespace, &name.name);
        if version(known.as_deref()) == version(now.as_deref()) {
            continue;
        }
        if now.is_none() && change.now.is_some() {
            // It went after this change, which the last version before that tells of.
            continue;
        }
        let mut before = world.informers.put(resource.name, &name, now.clone());
        if now.is_none()
            && let Some(last) = &change.before
            && version(before.as_deref()) != Some(last.mod_revision.to_string().as_str())
        {
            before = Some(Arc::new(super::api::decode(&last.value, last.mod_revision)));
        }
        let replaced = matches!((&before, &now), (Some(before), Some(now)) if object::uid(before) != object::uid(now));
        if replaced {
            tell(world, &Heard { resource, name: name.clone(), before, now: None });
            tell(world, &Heard { resource, name, before: None, now });
        } else {
            tell(world, &Heard { resource, name, before, now });
        }
    }
}

fn tell(world: &mut World, heard: &Heard) {
    let plural = heard.resource.name;
    let handlers: Vec<_> =
        world.informers.handlers.iter().filter(|(of, _)| of.is_empty() || *of == plural).map(|(_, h)| *h).collect();
    for handler in handlers {
        let (delay, heard) = (world.between(world.version.reaction), heard.clone());
        world.after(delay, move |world| handler(world, &heard));
    }
}

fn version(object: Option<&Value>) -> Option<&str> {
    object.and_then(|object| object["metadata"]["resourceVersion"].as_str())
}

/// The object that a key of etcd is of.
fn locate(world: &World, key: &[u8]) -> Option<(&'static Resource, Name)> {
    let path = std::str::from_utf8(key).ok()?.strip_prefix("/registry/")?;
    let of = |resource: &'static Resource| {
        let rest = path.strip_prefix(resource.folder)?.strip_prefix('/')?;
        match (resource.namespaced, rest.split_once('/')) {
            (true, Some((namespace, name))) if !name.contains('/') => Some((resource, Name::new(namespace, name))),
            (false, None) => Some((resource, Name::new("", rest))),
            _ => None,
        }
    };
    // The folders of custom resources are named after their groups, which have dots.
    let custom = || world.custom_resources().into_iter().find_map(of);
    RESOURCES.iter().find_map(of).or_else(|| path.split('/').next()?.contains('.').then(custom)?)
}

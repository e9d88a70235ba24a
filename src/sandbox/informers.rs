//! What the components of the cluster know of the objects: one cache for all of them, with the two indexes that they look
//! things up by. It follows the store at the end of each event and each request; who watches hears of a change one
//! [`Profile::reaction`](super::profile::Profile::reaction) after it.

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

/// What is to be done about a change.
pub type Handler = fn(&mut World, &Heard);

/// The cache.
#[derive(Default)]
pub struct Informers {
    objects: BTreeMap<&'static str, BTreeMap<Name, Arc<Value>>>,
    /// Pods by `spec.nodeName`.
    on_node: BTreeMap<String, BTreeSet<Name>>,
    /// Objects by the UIDs of their owners.
    owned: BTreeMap<String, BTreeSet<(&'static str, Name)>>,
    /// Objects by UID.
    by_uid: BTreeMap<String, (&'static str, Name)>,
    handlers: Vec<(&'static str, Handler)>,
    seen: i64,
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

    /// The objects of a resource in one namespace, by name.
    pub fn list_in<'a>(&'a self, resource: &str, namespace: &'a str) -> impl Iterator<Item = &'a Arc<Value>> + 'a {
        let from = Bound::Included(Name::new(namespace, ""));
        self.objects
            .get(resource)
            .into_iter()
            .flat_map(move |objects| objects.range((from.clone(), Bound::Unbounded)))
            .take_while(move |(name, _)| name.namespace == namespace)
            .map(|(_, object)| object)
    }

    /// The Pods that were assigned to a node.
    pub fn pods_on(&self, node: &str) -> Vec<Arc<Value>> {
        let names = self.on_node.get(node).into_iter().flatten();
        names.filter_map(|name| self.get("pods", &name.namespace, &name.name)).collect()
    }

    /// How many Pods were assigned to a node.
    pub fn pods_count(&self, node: &str) -> usize {
        self.on_node.get(node).map_or(0, BTreeSet::len)
    }

    /// The nodes to which Pods were assigned, whether they exist or not.
    pub fn nodes_with_pods(&self) -> impl Iterator<Item = &String> {
        self.on_node.keys()
    }

    /// The objects that name an owner of this UID.
    pub fn owned_by(&self, uid: &str) -> Vec<(&'static str, Arc<Value>)> {
        let owned = self.owned.get(uid).into_iter().flatten();
        owned
            .filter_map(|(resource, name)| Some((*resource, self.get(resource, &name.namespace, &name.name)?)))
            .collect()
    }

    /// The objects of one resource that have this one as their controller.
    pub fn controlled_by(&self, uid: &str, resource: &str) -> Vec<Arc<Value>> {
        let controlled = self.owned_by(uid).into_iter().filter(|(of, object)| {
            *of == resource && object::controller(object).is_some_and(|owner| owner["uid"] == uid)
        });
        controlled.map(|(_, object)| object).collect()
    }

    /// The object of a UID.
    pub fn by_uid(&self, uid: &str) -> Option<(&'static str, Arc<Value>)> {
        let (resource, name) = self.by_uid.get(uid)?;
        Some((resource, self.get(resource, &name.namespace, &name.name)?))
    }

    /// Tells `handler` of each change to objects of a resource, or of all with `""`.
    pub fn watch(&mut self, resource: &'static str, handler: Handler) {
        self.handlers.push((resource, handler));
    }

    fn put(&mut self, resource: &'static str, name: &Name, now: Option<Arc<Value>>) -> Option<Arc<Value>> {
        let objects = self.objects.entry(resource).or_default();
        let before = match &now {
            Some(object) => objects.insert(name.clone(), object.clone()),
            None => objects.remove(name),
        };
        if let Some(before) = &before {
            self.unindex(resource, name, before);
        }
        if let Some(now) = &now {
            for owner in object::owners(now) {
                if let Some(uid) = owner["uid"].as_str() {
                    self.owned.entry(uid.to_owned()).or_default().insert((resource, name.clone()));
                }
            }
            self.by_uid.insert(object::uid(now).to_owned(), (resource, name.clone()));
            if let Some(node) = now["spec"]["nodeName"].as_str().filter(|_| resource == "pods") {
                self.on_node.entry(node.to_owned()).or_default().insert(name.clone());
            }
        }
        before
    }

    fn unindex(&mut self, resource: &'static str, name: &Name, object: &Value) {
        for owner in object::owners(object) {
            let Some(uid) = owner["uid"].as_str() else { continue };
            if let Some(owned) = self.owned.get_mut(uid) {
                owned.remove(&(resource, name.clone()));
                if owned.is_empty() {
                    self.owned.remove(uid);
                }
            }
        }
        if self.by_uid.get(object::uid(object)).is_some_and(|(of, named)| *of == resource && named == name) {
            self.by_uid.remove(object::uid(object));
        }
        if let Some(node) = object["spec"]["nodeName"].as_str().filter(|_| resource == "pods")
            && let Some(pods) = self.on_node.get_mut(node)
        {
            pods.remove(name);
            if pods.is_empty() {
                self.on_node.remove(node);
            }
        }
    }
}

impl std::fmt::Debug for Informers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Informers").field("seen", &self.seen).finish_non_exhaustive()
    }
}

/// Brings the cache up to the store and schedules who is told. Called by [`World::tell`].
pub fn follow(world: &mut World, changes: &[Change]) {
    for change in changes {
        let Some((resource, name)) = locate(&change.key) else { continue };
        let now = world.api("informers").get(resource.plural, name.ns(), &name.name).ok();
        if resource.plural == "events" {
            continue;
        }
        let known = world.informers.get(resource.plural, &name.namespace, &name.name);
        if version(known.as_deref()) == version(now.as_deref()) {
            continue;
        }
        let before = world.informers.put(resource.plural, &name, now.clone());
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
    let plural = heard.resource.plural;
    let handlers: Vec<_> =
        world.informers.handlers.iter().filter(|(of, _)| of.is_empty() || *of == plural).map(|(_, h)| *h).collect();
    for handler in handlers {
        let (delay, heard) = (world.between(world.profile.reaction), heard.clone());
        world.after(delay, move |world| handler(world, &heard));
    }
}

fn version(object: Option<&Value>) -> Option<&str> {
    object.and_then(|object| object["metadata"]["resourceVersion"].as_str())
}

/// The object that a key of etcd is of.
fn locate(key: &[u8]) -> Option<(&'static Resource, Name)> {
    let path = std::str::from_utf8(key).ok()?.strip_prefix("/registry/")?;
    RESOURCES.iter().find_map(|resource| {
        let rest = path.strip_prefix(resource.folder)?.strip_prefix('/')?;
        match (resource.namespaced, rest.split_once('/')) {
            (true, Some((namespace, name))) if !name.contains('/') => Some((resource, Name::new(namespace, name))),
            (false, None) => Some((resource, Name::new("", rest))),
            _ => None,
        }
    })
}

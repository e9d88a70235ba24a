//! Objects as etcd holds them. An object is decoded once a version: keys that were written around the API are seen at once,
//! because etcd's revision tells the version.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Resource, decode, encode, ranges};
use crate::sandbox::World;
use crate::sandbox::store::KeyValue;

/// Seconds that an event lives (kube-apiserver's `--event-ttl`).
const EVENT_TTL: i64 = 3_600;

/// The folder of services, who alone have something of a range.
const SERVICES: &str = "services/specs";

/// The current versions of objects, decoded.
#[derive(Debug, Default)]
pub struct Cache(RefCell<HashMap<Bytes, (i64, Arc<Value>)>>);

impl World {
    /// The object in a version of a key.
    pub fn object(&self, kv: &KeyValue) -> Arc<Value> {
        let mut cache = self.cache.0.borrow_mut();
        match cache.get(&kv.key) {
            Some((revision, object)) if *revision == kv.mod_revision => return object.clone(),
            // Of a version of the past: it must not push the current one out.
            Some((revision, _)) if *revision > kv.mod_revision => {
                return Arc::new(decode(&kv.value, kv.mod_revision));
            }
            _ => {}
        }
        let object = Arc::new(decode(&kv.value, kv.mod_revision));
        cache.insert(kv.key.clone(), (kv.mod_revision, object.clone()));
        object
    }

    /// One object, if it is there.
    pub(super) fn read(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Option<Arc<Value>> {
        self.store.get(resource.key(namespace, name).as_bytes()).map(|kv| self.object(kv))
    }

    /// All objects of a resource, or those of one namespace, in the order of their keys.
    pub(super) fn read_all(&self, resource: &Resource, namespace: Option<&str>) -> Vec<Arc<Value>> {
        let prefix = resource.prefix(namespace);
        self.store.prefixed(prefix.as_bytes()).map(|kv| self.object(kv)).collect()
    }

    /// Writes an object and returns it with its new resourceVersion.
    pub(super) fn write(&mut self, resource: &Resource, key: String, mut object: Value) -> Arc<Value> {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.shift_remove("resourceVersion");
        }
        let lease = if resource.folder == "events" { self.event_lease() } else { 0 };
        let value = encode(resource, &object);
        let before = (resource.folder == SERVICES).then(|| {
            ranges::take(self, &object);
            self.store.get(key.as_bytes()).map(|kv| self.object(kv))
        });
        let revision = self.store.put(key.clone(), value.clone(), lease);
        let object = Arc::new(decode(&value, revision));
        if let Some(before) = before.flatten() {
            ranges::give_back(self, &before, Some(&object));
        }
        self.cache.0.get_mut().insert(key.into(), (revision, object.clone()));
        object
    }

    /// Deletes an object and returns it as the last version of it, which has the deletion's revision.
    pub(super) fn erase(&mut self, key: &str, last: &Value) -> Arc<Value> {
        let mut last = last.clone();
        if let Some(revision) = self.store.delete(key.as_bytes()) {
            last["metadata"]["resourceVersion"] = json!(revision.to_string());
        }
        self.cache.0.get_mut().remove(key.as_bytes());
        if key.strip_prefix("/registry/").is_some_and(|key| key.starts_with(SERVICES)) {
            ranges::give_back(self, &last, None);
        }
        Arc::new(last)
    }

    /// The lease that an event dies with.
    fn event_lease(&mut self) -> i64 {
        self.shared_lease(EVENT_TTL)
    }
}

//! Decoded objects, so that one that has not changed is decoded once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::decode;
use crate::sandbox::store::KeyValue;

/// How many objects more than are stored it may hold before those that are gone are let go.
const SLACK: usize = 1_024;

/// The last version of each key that was asked for, decoded.
#[derive(Debug, Default)]
pub struct Decoded {
    // Never iterated but to forget, so its order is not seen.
    objects: RefCell<HashMap<Bytes, (i64, Arc<Value>)>>,
}

impl Decoded {
    /// The object of a key's version.
    ///
    /// # Errors
    /// It is none; why, for people.
    pub fn get(&self, kv: &KeyValue) -> Result<Arc<Value>, String> {
        if let Some((revision, object)) = self.objects.borrow().get(&kv.key)
            && *revision == kv.mod_revision
        {
            return Ok(object.clone());
        }
        let object = Arc::new(decode(&kv.value, kv.mod_revision)?);
        let mut objects = self.objects.borrow_mut();
        let held = objects.entry(kv.key.clone()).or_insert_with(|| (0, object.clone()));
        // Who looks at the past does not push the present out.
        if held.0 < kv.mod_revision {
            *held = (kv.mod_revision, object.clone());
        }
        Ok(object)
    }

    /// Forgets the objects of keys that are gone, once there are many. To be called now and then with how many are stored.
    pub fn trim(&self, stored: usize, is_stored: impl Fn(&[u8]) -> bool) {
        let mut objects = self.objects.borrow_mut();
        if objects.len() > stored * 2 + SLACK {
            objects.retain(|key, _| is_stored(key));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sandbox::store::Store;

    #[test]
    fn an_object_is_decoded_once() {
        let (mut store, cache) = (Store::default(), Decoded::default());
        store.put("a", r#"{"metadata":{"name":"a"}}"#, 0);
        let before = store.get(b"a").unwrap().clone();
        let object = cache.get(&before).unwrap();
        assert!(Arc::ptr_eq(&object, &cache.get(&before).unwrap()));
        store.put("a", r#"{"metadata":{"name":"a","uid":"1"}}"#, 0);
        let now = cache.get(store.get(b"a").unwrap()).unwrap();
        assert_eq!((&now["metadata"]["uid"], &now["metadata"]["resourceVersion"]), (&"1".into(), &"3".into()));
        assert_eq!(cache.get(&before).unwrap(), object);
        assert!(Arc::ptr_eq(&now, &cache.get(store.get(b"a").unwrap()).unwrap()));
        store.put("a", "nothing", 0);
        assert!(cache.get(store.get(b"a").unwrap()).is_err());
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let cache = Decoded::default();
        let (mut store, objects) = (Store::default(), SLACK + 10);
        for i in 0..objects {
            store.put(format!("{i}"), "{}", 0);
        }
        store.prefixed(b"").for_each(|kv| drop(cache.get(kv).unwrap()));
        cache.trim(objects, |_| true);
        assert_eq!(cache.objects.borrow().len(), objects);
        cache.trim(0, |key| key == b"7");
        assert_eq!(cache.objects.borrow().len(), 1);
    }
}

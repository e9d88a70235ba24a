//! Who outside waits for changes of keys: a change costs as many looks as its key has parts, and one wake for each who waits
//! for it, however many wait for others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::Notify;

/// Hears of changes to the keys below one prefix.
#[derive(Debug, Default)]
pub struct Ear {
    /// The revision of the first change that was not taken; 0: there is none.
    first: AtomicI64,
    woken: Notify,
}

impl Ear {
    /// The revision of the first change since the last call; none: there was none.
    pub fn take(&self) -> Option<i64> {
        match self.first.swap(0, Ordering::SeqCst) {
            0 => None,
            first => Some(first),
        }
    }

    /// Returns when there was a change since the last call of [`Ear::take`]; at times when there was none.
    pub async fn heard(&self) {
        self.woken.notified().await;
    }

    fn hear(&self, revision: i64) {
        let _ = self.first.compare_exchange(0, revision, Ordering::SeqCst, Ordering::SeqCst);
        self.woken.notify_one();
    }
}

/// The ears of all who wait, by prefix.
#[derive(Debug, Default)]
pub(super) struct Ears(HashMap<String, Vec<Weak<Ear>>>);

impl Ears {
    /// A new ear for the keys below a prefix that ends with a slash.
    pub(super) fn open(&mut self, prefix: String) -> Arc<Ear> {
        let ear = Arc::new(Ear::default());
        let ears = self.0.entry(prefix).or_default();
        ears.retain(|ear| ear.strong_count() > 0);
        ears.push(Arc::downgrade(&ear));
        ear
    }

    /// Tells those who wait for a key; whether there are any.
    pub(super) fn tell(&mut self, key: &[u8], revision: i64) -> bool {
        let Some(key) = std::str::from_utf8(key).ok().filter(|_| !self.0.is_empty()) else { return false };
        let mut any = false;
        for (end, _) in key.match_indices('/') {
            for ear in self.0.get(&key[..=end]).into_iter().flatten().filter_map(Weak::upgrade) {
                ear.hear(revision);
                any = true;
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ear_hears_of_its_keys_until_it_is_gone() {
        let mut ears = Ears::default();
        let (all, some) = (ears.open("/a/".to_owned()), ears.open("/a/b/".to_owned()));
        assert!(ears.tell(b"/a/b/c", 2) && ears.tell(b"/a/c/d", 3) && !ears.tell(b"/b", 4));
        assert_eq!((all.take(), all.take(), some.take()), (Some(2), None, Some(2)));
        drop((all, some));
        assert!(!ears.tell(b"/a/b/c", 5));
    }
}

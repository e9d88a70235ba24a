//! Proxies between kpnb and the three real layers. They change what is read, and so make a fact untrue.

pub(crate) mod api;
pub(crate) mod docker;
pub(crate) mod etcd;
pub(crate) mod trouble;
pub(crate) mod wire;

use std::sync::{Arc, Mutex};

/// Replaces bytes by others of the same length, so that no length field around them becomes wrong.
#[derive(Clone, Default)]
pub(crate) struct Substitution(Arc<Mutex<Option<Pair>>>);

/// What was asked of a layer, one line a request: `GET /api/v1/nodes`, `/etcdserverpb.KV/Range`.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }
}

/// What is replaced, and by what.
type Pair = (Vec<u8>, Vec<u8>);

impl Substitution {
    /// From now on `from` becomes `to`.
    pub(crate) fn set(&self, from: &str, to: &str) {
        assert_eq!(from.len(), to.len(), "a substitution keeps lengths: {from:?}, {to:?}");
        *self.0.lock().unwrap() = Some((from.into(), to.into()));
    }

    /// From now on nothing is replaced.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap() = None;
    }

    fn apply(&self, bytes: &mut [u8]) {
        let Some((from, to)) = self.0.lock().unwrap().clone() else { return };
        let mut place = 0;
        while let Some(found) = bytes[place..].windows(from.len()).position(|window| window == from) {
            bytes[place + found..][..to.len()].copy_from_slice(&to);
            place += found + to.len();
        }
    }
}

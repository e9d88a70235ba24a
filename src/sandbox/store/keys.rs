//! Which keys are meant: one, those from one to another, or all from one on.

use std::ops::Bound;

use bytes::Bytes;

/// Of a tree's range.
pub(super) type Bounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// A range of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    from: Bytes,
    to: To,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum To {
    /// Only `from` itself.
    Itself,
    /// Up to a key, which is not in it.
    Before(Bytes),
    /// To the last key.
    Last,
}

impl Keys {
    /// One key.
    pub fn one(key: impl Into<Bytes>) -> Self {
        Self { from: key.into(), to: To::Itself }
    }

    /// The keys that begin with `prefix`; all keys where it is empty.
    pub fn prefix(prefix: impl Into<Bytes>) -> Self {
        let from: Bytes = prefix.into();
        // The first key after them: the last byte that can grow does, and what follows it goes.
        let to = match from.iter().rposition(|&byte| byte < 0xff) {
            Some(last) => {
                let mut end = from[..=last].to_vec();
                end[last] += 1;
                To::Before(end.into())
            }
            None => To::Last,
        };
        Self { from, to }
    }

    /// As etcd's requests say it: no end means one key, an end of one zero byte all keys from `key` on.
    pub fn between(key: impl Into<Bytes>, end: impl Into<Bytes>) -> Self {
        let end = end.into();
        let to = match &end[..] {
            [] => To::Itself,
            [0] => To::Last,
            _ => To::Before(end),
        };
        Self { from: key.into(), to }
    }

    /// The key that the range begins with.
    pub fn first(&self) -> &Bytes {
        &self.from
    }

    /// Whether the range has the key.
    pub fn contains(&self, key: &[u8]) -> bool {
        match &self.to {
            To::Itself => key == self.from,
            To::Before(end) => key >= &self.from[..] && key < &end[..],
            To::Last => key >= &self.from[..],
        }
    }

    /// As the bounds of a tree's range; none where no key can be in it.
    pub(super) fn bounds(&self) -> Option<Bounds<'_>> {
        let from = Bound::Included(&self.from[..]);
        match &self.to {
            To::Itself => Some((from, Bound::Included(&self.from))),
            To::Before(end) => (*end > self.from).then_some((from, Bound::Excluded(end))),
            To::Last => Some((from, Bound::Unbounded)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_its_successor() {
        let keys = Keys::prefix("a/");
        assert!(keys.contains(b"a/") && keys.contains(b"a/\xff\xff") && !keys.contains(b"a0") && !keys.contains(b"a"));
        assert_eq!(keys, Keys::between("a/", "a0"));
        assert_eq!(Keys::prefix(&b"a\xff"[..]), Keys::between(&b"a\xff"[..], "b"));
        for all in [&b""[..], b"\xff\xff"] {
            assert_eq!(Keys::prefix(all), Keys::between(all, &b"\0"[..]));
        }
    }

    #[test]
    fn a_range_may_be_empty() {
        let keys = Keys::between("b", "a");
        assert!(!keys.contains(b"a") && !keys.contains(b"b") && keys.bounds().is_none());
        assert!(Keys::between("b", "").contains(b"b"));
    }
}

//! Leases: keys that die together, unless they are kept alive.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::write::Write;
use super::{Error, Keys, Store};
use crate::sandbox::World;
use crate::sandbox::sim::EventId;

/// The shortest life, in seconds: one and a half times the election timeout of one second, rounded up (etcd 3.4
/// `etcdserver/server.go`, `minTTL`).
pub const MIN_LEASE_TTL: i64 = 2;
/// The longest, in seconds (etcd 3.4 `lease/lessor.go`).
pub const MAX_LEASE_TTL: i64 = 9_000_000_000;
/// How often the lessor looks for leases that have expired (the same file, `runLoop`).
const ROUND: Duration = Duration::from_millis(500);
/// What generated IDs begin with: the end of the member's own ID, as etcd's `idutil` does.
const MEMBER: i64 = 0x694d;

/// The leases of a store.
#[derive(Debug, Default)]
pub(super) struct Leases {
    leases: BTreeMap<i64, Lease>,
    generated: i64,
}

#[derive(Debug)]
struct Lease {
    granted: i64,
    expires: Timestamp,
    /// None: it never ends.
    event: Option<EventId>,
    keys: BTreeSet<Bytes>,
}

/// What is left of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    /// Seconds until it expires.
    pub ttl: i64,
    /// Seconds that it was granted.
    pub granted: i64,
    /// Its keys, in order.
    pub keys: Vec<Bytes>,
}

impl Leases {
    pub(super) fn has(&self, id: i64) -> bool {
        self.leases.contains_key(&id)
    }

    /// A key went from one lease to another; 0 is none.
    pub(super) fn moved(&mut self, key: &Bytes, from: i64, to: i64) {
        if from == to {
            return;
        }
        if let Some(lease) = self.leases.get_mut(&from) {
            lease.keys.remove(key);
        }
        if let Some(lease) = self.leases.get_mut(&to) {
            lease.keys.insert(key.clone());
        }
    }
}

impl Store {
    /// The leases that there are, those that end first before the others.
    pub fn leases(&self) -> Vec<i64> {
        let mut leases: Vec<_> = self.leases.leases.iter().map(|(id, lease)| (lease.expires, *id)).collect();
        leases.sort_unstable();
        leases.into_iter().map(|(_, id)| id).collect()
    }

    /// The seconds that a lease was granted; 0 for none.
    pub(in crate::sandbox) fn granted(&self, id: i64) -> i64 {
        self.leases.leases.get(&id).map_or(0, |lease| lease.granted)
    }
}

impl World {
    /// Grants a lease of so many seconds, at least [`MIN_LEASE_TTL`]; 0 makes an ID. Returns the ID and the seconds.
    ///
    /// # Errors
    /// The ID is taken, or the time is too long.
    pub fn grant_lease(&mut self, ttl: i64, id: i64) -> Result<(i64, i64), Error> {
        if ttl > MAX_LEASE_TTL {
            return Err(Error::LeaseTtlTooLarge);
        }
        let id = if id == 0 { self.generate_lease_id() } else { id };
        if self.store.leases.has(id) {
            return Err(Error::LeaseExists);
        }
        let granted = ttl.max(MIN_LEASE_TTL);
        let (expires, event) = self.expire_after(id, granted);
        self.store.leases.leases.insert(id, Lease { granted, expires, event, keys: BTreeSet::new() });
        self.store.figures.silent += 1;
        Ok((id, granted))
    }

    /// Ends a lease and deletes its keys, in one revision.
    ///
    /// # Errors
    /// There is no such lease.
    pub fn revoke_lease(&mut self, id: i64) -> Result<(), Error> {
        let lease = self.store.leases.leases.remove(&id).ok_or(Error::LeaseNotFound)?;
        self.forget(lease.event);
        let before = self.store.revision();
        let mut write = Write::begin(&mut self.store);
        for key in lease.keys {
            write.delete(&Keys::one(key));
        }
        if write.end() == before {
            self.store.figures.silent += 1;
        }
        Ok(())
    }

    /// Lets a lease live as long again as it was granted; returns those seconds.
    ///
    /// # Errors
    /// There is no such lease.
    pub fn keep_lease_alive(&mut self, id: i64) -> Result<i64, Error> {
        let lease = self.store.leases.leases.get(&id).ok_or(Error::LeaseNotFound)?;
        let (granted, event) = (lease.granted, lease.event);
        self.forget(event);
        let (expires, event) = self.expire_after(id, granted);
        if let Some(lease) = self.store.leases.leases.get_mut(&id) {
            (lease.expires, lease.event) = (expires, event);
        }
        Ok(granted)
    }

    /// What is left of a lease.
    ///
    /// # Errors
    /// There is no such lease.
    pub fn lease(&self, id: i64) -> Result<Remaining, Error> {
        let lease = self.store.leases.leases.get(&id).ok_or(Error::LeaseNotFound)?;
        let left = lease.expires.duration_since(self.now()).as_secs();
        Ok(Remaining { ttl: left.max(0), granted: lease.granted, keys: lease.keys.iter().cloned().collect() })
    }

    /// It is revoked by the first round of the lessor after it has expired; never, if the calendar does not go so far.
    fn expire_after(&mut self, id: i64, seconds: i64) -> (Timestamp, Option<EventId>) {
        // Not negative: at least the least time to live.
        let left = Duration::from_secs(seconds.unsigned_abs());
        let round = ROUND.as_nanos();
        let late = (round - (self.elapsed() + left).as_nanos() % round) % round;
        // Less than a round.
        let late = Duration::from_nanos(u64::try_from(late).unwrap_or_default());
        let Ok(expires) = self.now().checked_add(left) else { return (Timestamp::MAX, None) };
        if self.now().checked_add(left + late).is_err() {
            return (expires, None);
        }
        let event = self.after(left + late, move |world| {
            // It may have been revoked at this very moment.
            let _ = world.revoke_lease(id);
        });
        (expires, Some(event))
    }

    fn forget(&mut self, event: Option<EventId>) {
        if let Some(event) = event {
            self.cancel(event);
        }
    }

    /// As etcd's `idutil`: the member, then a number that began as the time in 256ths of a millisecond.
    fn generate_lease_id(&mut self) -> i64 {
        if self.store.leases.generated == 0 {
            self.store.leases.generated = self.now().as_millisecond() << 8;
        }
        loop {
            self.store.leases.generated += 1;
            let id = (MEMBER << 48) | (self.store.leases.generated & 0xffff_ffff_ffff);
            if !self.store.leases.has(id) {
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sandbox::store::Change;

    fn world() -> World {
        World::new(1, Timestamp::UNIX_EPOCH)
    }

    fn pass(world: &mut World, milliseconds: i64) {
        let until = world.now() + jiff::SignedDuration::from_millis(milliseconds);
        world.run_until(until);
    }

    #[test]
    fn keys_die_with_their_lease_in_one_revision() {
        let mut world = world();
        let (id, ttl) = world.grant_lease(10, 0).unwrap();
        assert_eq!((ttl, id >> 48), (10, MEMBER));
        for key in ["b", "a", "c"] {
            world.store.put(key, "", id);
        }
        world.store.put("c", "", 0);
        pass(&mut world, 4_200);
        assert_eq!(world.lease(id).unwrap(), Remaining { ttl: 5, granted: 10, keys: vec!["a".into(), "b".into()] });
        assert_eq!(world.store.revision(), 5);
        pass(&mut world, 6_000);
        assert_eq!(world.store.revision(), 6);
        let deleted: Vec<Change> = world.store.changes_after(5);
        assert_eq!(deleted.iter().map(|change| &change.key[..]).collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(world.lease(id), Err(Error::LeaseNotFound));
        assert!(world.store.get(b"c").is_some());
    }

    #[test]
    fn a_lease_that_is_kept_alive_lives() {
        let mut world = world();
        let (id, ttl) = world.grant_lease(1, 7).unwrap();
        assert_eq!((id, ttl), (7, MIN_LEASE_TTL));
        assert_eq!(world.grant_lease(1, 7), Err(Error::LeaseExists));
        for _ in 0..10 {
            pass(&mut world, 1_500);
            assert_eq!(world.keep_lease_alive(7), Ok(2));
        }
        assert_eq!(world.store.leases(), [7]);
        pass(&mut world, 2_500);
        assert_eq!(world.keep_lease_alive(7), Err(Error::LeaseNotFound));
    }

    #[test]
    fn a_lease_may_be_longer_than_the_calendar() {
        let mut world = world();
        assert_eq!(world.grant_lease(MAX_LEASE_TTL + 1, 0), Err(Error::LeaseTtlTooLarge));
        let (id, _) = world.grant_lease(MAX_LEASE_TTL, 0).unwrap();
        assert!(world.lease(id).unwrap().ttl > 1_000_000);
        world.revoke_lease(id).unwrap();
        assert_eq!(world.revoke_lease(id), Err(Error::LeaseNotFound));
        assert_eq!(world.store.revision(), 1);
    }
}

//! The lease that the API server puts events on: many share one.

use std::time::Duration;

use jiff::Timestamp;

use crate::sandbox::World;

/// How much longer than asked a lease lives, in seconds, so that others can use it too; at most a twentieth of the time
/// (kubernetes 1.20 `apiserver/pkg/storage/etcd3/lease_manager.go`).
const REUSE: i64 = 60;
/// How many keys one lease has (the same file).
const MOST_KEYS: u32 = 1_000;

/// The last lease that was granted for this.
#[derive(Debug, Default)]
pub struct SharedLease {
    id: i64,
    expires: Timestamp,
    keys: u32,
}

impl World {
    /// A lease for one more key that is to live so many seconds.
    pub fn shared_lease(&mut self, ttl: i64) -> i64 {
        let reuse = REUSE.min(ttl / 20);
        let end = |seconds: i64| {
            let seconds = Duration::from_secs(seconds.unsigned_abs());
            self.now().checked_add(seconds).unwrap_or(Timestamp::MAX)
        };
        let lease = &self.event_lease;
        let fits = end(ttl) < lease.expires && end(ttl + reuse) >= lease.expires;
        if fits && lease.keys < MOST_KEYS {
            self.event_lease.keys += 1;
            return self.event_lease.id;
        }
        let expires = end(ttl + reuse);
        // A made ID is free, and the time is short enough; else the key has no lease.
        let id = self.grant_lease(ttl + reuse, 0).map_or(0, |(id, _)| id);
        self.event_lease = SharedLease { id, expires, keys: 1 };
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_minute_share_a_lease() {
        let mut world = World::new(1, Timestamp::UNIX_EPOCH);
        let pass = |world: &mut World, seconds| {
            let until = world.now() + Duration::from_secs(seconds);
            world.run_until(until);
        };
        let first = world.shared_lease(3_600);
        pass(&mut world, 30);
        assert_eq!(world.shared_lease(3_600), first);
        pass(&mut world, 31);
        let second = world.shared_lease(3_600);
        assert_ne!(second, first);
        world.store.put("a", "", first);
        pass(&mut world, 3_590);
        assert!(world.store.get(b"a").is_some());
        pass(&mut world, 10);
        assert!(world.store.get(b"a").is_none());
        let leases: std::collections::BTreeSet<_> = (0..2_500).map(|_| world.shared_lease(3_600)).collect();
        assert_eq!(leases.len(), 3);
    }
}

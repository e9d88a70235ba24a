//! The API server has etcd forget what is older than it takes. apiserver v0.20.2 `storage/etcd3/compact.go`.

use std::time::Duration;

use crate::sandbox::World;
use crate::sandbox::controllers::program_runs;

/// `--etcd-compaction-interval`.
const INTERVAL: Duration = Duration::from_secs(300);
/// Counts the compactions in its version, so that of several API servers one compacts; its value is the revision.
const KEY: &str = "compact_rev_key";

/// What is known since the last time.
#[derive(Debug, Clone, Copy, Default)]
struct Last {
    /// The version of [`KEY`].
    version: i64,
    /// The store's revision: what is compacted next.
    revision: i64,
}

/// Starts it.
pub fn compact(world: &mut World) {
    later(world, Last::default());
}

fn later(world: &mut World, last: Last) {
    world.after(INTERVAL, move |world| {
        let next = if program_runs(world, "kube-apiserver") { once(world, last) } else { Last::default() };
        later(world, next);
    });
}

fn once(world: &mut World, last: Last) -> Last {
    let version = world.store.get(KEY.as_bytes()).map_or(0, |kv| kv.version);
    if version != last.version {
        return Last { version, revision: world.store.revision() };
    }
    let revision = world.store.put(KEY, last.revision.to_string(), 0);
    if last.revision > 0 {
        // Someone else's compaction went further: all the better.
        let _ = world.store.compact(last.revision);
    }
    Last { version: version + 1, revision }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn history_is_kept_for_five_minutes_at_least() {
        let mut world = World::new(1, "2026-11-28T16:00:00Z".parse().unwrap());
        world.store.put("a", "1", 0);
        compact(&mut world);
        let pass = |world: &mut World, minutes: u64| {
            let until = world.now() + Duration::from_secs(60 * minutes);
            world.run_until(until);
            (world.store.revision(), world.store.compacted())
        };
        assert_eq!(pass(&mut world, 6), (3, 0));
        world.store.put("a", "2", 0);
        assert_eq!(pass(&mut world, 5), (5, 3));
        assert_eq!(pass(&mut world, 5), (6, 5));
        assert_eq!(world.store.get(KEY.as_bytes()).unwrap().value, "5");
    }
}

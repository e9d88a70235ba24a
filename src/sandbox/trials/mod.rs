//! Worlds under a busy script with faults at moments that a seed chooses: two runs are the same, and when the faults are
//! undone all comes right. `KPNB_TEST_SEEDS=1000` tries more seeds, `KPNB_TEST_SEEDS=77..78` the one that failed.
#![allow(clippy::unwrap_used)]

mod invariants;
mod script;

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use super::{Profile, World};

/// How long the script runs, and what is left to the cluster to come right.
const BUSY: Duration = Duration::from_secs(1_800);
const CALM: Duration = Duration::from_secs(900);
/// The seeds that are tried when nobody asks for more: one takes half a minute in a debug build.
const SEEDS: Range<u64> = 0..1;

fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("KPNB_TEST_SEEDS") else { return SEEDS };
    match asked.split_once("..") {
        Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
        None => 0..asked.parse().unwrap(),
    }
}

/// How to try a seed again, for people.
fn again(seed: u64) -> String {
    format!("seed {seed}; again: KPNB_TEST_SEEDS={seed}..{} cargo test sandbox::trials", seed + 1)
}

/// A world after its script, the faults undone.
fn run(seed: u64) -> World {
    let mut world = World::new(seed, "2026-11-28T16:00:00Z".parse().unwrap());
    super::boot::boot(&mut world, Profile::Lab, "ca").unwrap();
    let until = world.now() + BUSY;
    script::play(&mut world, seed, until);
    script::undo(&mut world);
    world
}

/// All that is in the store, and the hosts' processes, as text.
fn dump(world: &World) -> String {
    let mut dump = String::new();
    for kv in world.store.prefixed(b"") {
        writeln!(dump, "{kv:?}").unwrap();
    }
    for change in world.store.changes_from(world.store.compacted()) {
        writeln!(dump, "{} {:?} {}", change.revision, change.key, change.now.is_some()).unwrap();
    }
    for node in world.hosts.nodes() {
        writeln!(dump, "{} {:?} {} {:?}", node.spec.name, node.state, node.connected, node.log).unwrap();
        for process in node.processes.values() {
            let (pid, ppid, started, args) = (process.pid, process.ppid, process.started, &process.args);
            writeln!(dump, "{pid} {ppid} {started} {args:?} {:?} {:?}", process.exit, process.container).unwrap();
        }
    }
    dump
}

#[test]
fn one_seed_gives_the_same_bytes_twice() {
    for seed in seeds() {
        let (one, two) = (dump(&run(seed)), dump(&run(seed)));
        let differing = one.lines().zip(two.lines()).find(|(one, two)| one != two);
        assert!(one == two, "{}: {differing:?}", again(seed));
    }
}

#[test]
fn all_comes_right_when_the_faults_are_undone() {
    for seed in seeds() {
        let mut world = run(seed);
        let (until, pending) = (world.now() + CALM, world.pending());
        world.run_until(until);
        let wrong = invariants::broken(&world, pending);
        assert!(wrong.is_empty(), "{}:\n{}", again(seed), wrong.join("\n"));
    }
}

#[test]
fn two_seeds_give_two_worlds() {
    assert_ne!(dump(&run(0)), dump(&run(1)));
}

//! The store against a model that is too simple to be wrong: a list of all states that ever were.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Put(u8, u8),
    Delete(u8, u8),
    Txn {
        compare: (u8, i64),
        then: Vec<(u8, Option<u8>)>,
        or_else: Vec<(u8, Option<u8>)>,
    },
    /// Back from now.
    Compact(i64),
    Watch(u8, u8, i64),
    Read(u8, u8, i64, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 0..6u8;
    let branch = || prop::collection::vec((key(), prop::option::of(0..4u8)), 0..4);
    prop_oneof![
        4 => (key(), 0..4u8).prop_map(|(key, value)| Step::Put(key, value)),
        2 => (key(), key()).prop_map(|(from, to)| Step::Delete(from, to)),
        2 => ((key(), 0..4i64), branch(), branch())
            .prop_map(|(compare, then, or_else)| Step::Txn { compare, then, or_else }),
        1 => (-1..6i64).prop_map(Step::Compact),
        1 => (key(), key(), -2..12i64).prop_map(|(from, to, back)| Step::Watch(from, to, back)),
        2 => (key(), key(), -2..12i64, 0..4usize)
            .prop_map(|(from, to, back, limit)| Step::Read(from, to, back, limit)),
    ]
}

type State = BTreeMap<Vec<u8>, KeyValue>;

/// All states by revision, and what made them.
struct Model {
    states: Vec<State>,
    changes: Vec<Change>,
    compacted: i64,
}

impl Model {
    fn revision(&self) -> i64 {
        i64::try_from(self.states.len()).unwrap() - 1
    }

    fn write(&mut self, ops: &[(u8, Option<u8>)]) {
        let revision = self.revision() + 1;
        let mut state = self.states.last().unwrap().clone();
        let mut changed = false;
        for (key, value) in ops {
            let key = Bytes::from(vec![b'a' + key]);
            let before = state.get(&key[..]).cloned();
            let now = value.map(|value| KeyValue {
                key: key.clone(),
                value: vec![value].into(),
                create_revision: before.as_ref().map_or(revision, |kv| kv.create_revision),
                mod_revision: revision,
                version: before.as_ref().map_or(1, |kv| kv.version + 1),
                lease: 0,
            });
            match &now {
                Some(kv) => drop(state.insert(key.to_vec(), kv.clone())),
                None if before.is_none() => continue,
                None => drop(state.remove(&key[..])),
            }
            changed = true;
            self.changes.push(Change { key, revision, now, before });
        }
        if changed {
            self.states.push(state);
        }
    }

    fn at(&self, revision: i64) -> &State {
        &self.states[usize::try_from(if revision <= 0 { self.revision() } else { revision }).unwrap()]
    }
}

fn bytes(key: u8) -> Bytes {
    vec![b'a' + key].into()
}

fn op((key, value): &(u8, Option<u8>)) -> Op {
    match value {
        Some(value) => Op::Put(Put { key: bytes(*key), value: vec![*value].into(), ..Put::default() }),
        None => Op::Delete(Keys::one(bytes(*key))),
    }
}

fn run(store: &mut Store, model: &mut Model, watches: &mut Vec<(Watch, i64)>, step: &Step) {
    match step {
        Step::Put(key, value) => {
            model.write(&[(*key, Some(*value))]);
            assert_eq!(store.put(bytes(*key), vec![*value], 0), model.revision());
        }
        Step::Delete(from, to) => {
            let ops: Vec<_> = (*from..*to).map(|key| (key, None)).collect();
            model.write(&ops);
            store.apply(&Op::Delete(Keys::between(bytes(*from), bytes(*to)))).unwrap();
        }
        Step::Txn { compare, then, or_else } => {
            let keys = Keys::one(bytes(compare.0));
            let compare_version = Compare { keys, result: Comparison::Equal, target: Target::Version(compare.1) };
            let txn = Txn {
                compare: vec![compare_version],
                then: then.iter().map(op).collect(),
                or_else: or_else.iter().map(op).collect(),
            };
            let twice = |ops: &[(u8, Option<u8>)]| {
                let overlaps =
                    |a: &(u8, Option<u8>), b: &(u8, Option<u8>)| a.0 == b.0 && (a.1.is_some() || b.1.is_some());
                (0..ops.len()).any(|i| (0..i).any(|j| overlaps(&ops[i], &ops[j])))
            };
            if twice(then) || twice(or_else) {
                assert_eq!(store.txn(&txn), Err(Error::DuplicateKey));
                return;
            }
            let version = model.at(0).get(&bytes(compare.0)[..]).map_or(0, |kv| kv.version);
            let succeeded = version == compare.1;
            model.write(if succeeded { then } else { or_else });
            assert_eq!(store.txn(&txn).unwrap().succeeded, succeeded);
        }
        Step::Compact(back) => {
            let revision = model.revision() - back;
            let expected = match revision {
                _ if revision <= model.compacted => Err(Error::Compacted),
                _ if revision > model.revision() => Err(Error::FutureRevision),
                _ => Ok(()),
            };
            assert_eq!(store.compact(revision), expected);
            if expected.is_ok() {
                model.compacted = revision;
            }
        }
        Step::Watch(from, to, back) => {
            let from_revision = (model.revision() - back).max(0);
            let keys = Keys::between(bytes(*from), bytes(*to));
            let watch = Watch::new(store, keys, from_revision);
            let begin = watch.next;
            watches.push((watch, begin));
        }
        Step::Read(from, to, back, limit) => {
            let revision = model.revision() - back;
            let keys = Keys::between(bytes(*from), bytes(*to));
            let found = store.range(&keys, &Query { revision, limit: *limit, ..Query::default() });
            let expected = match revision {
                ..=0 => Ok(0),
                _ if revision > model.revision() => Err(Error::FutureRevision),
                _ if revision < model.compacted => Err(Error::Compacted),
                _ => Ok(revision),
            };
            let expected = expected.map(|revision| {
                let all: Vec<_> = model.at(revision).values().filter(|kv| keys.contains(&kv.key)).cloned().collect();
                let keep = if *limit == 0 { all.len() } else { all.len().min(*limit) };
                Found { more: keep < all.len(), count: all.len(), kvs: all[..keep].to_vec() }
            });
            assert_eq!(found, expected);
        }
    }
}

/// What a watch of `keys` sees from one revision to another; of a deletion at the compacted revision, nothing.
fn expected(model: &Model, watch: &Watch, from: i64) -> Vec<(Bytes, i64, Option<KeyValue>)> {
    let compacted = model.compacted;
    let visible = |change: &&Change| {
        change.revision >= from
            && watch.keys.contains(&change.key)
            && (change.revision > compacted || change.now.is_some())
    };
    model.changes.iter().filter(visible).map(|c| (c.key.clone(), c.revision, c.now.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_as_the_model(steps in prop::collection::vec(step(), 0..60), limit in 1..5usize) {
        let mut store = Store::default();
        // Revision 0 is none; 1 is the empty store.
        let mut model = Model { states: vec![State::new(); 2], changes: Vec::new(), compacted: 0 };
        let mut watches = Vec::new();
        for step in &steps {
            run(&mut store, &mut model, &mut watches, step);
            prop_assert_eq!(store.revision(), model.revision());
            let live: Vec<_> = store.prefixed(b"").cloned().collect();
            prop_assert_eq!(live, model.at(0).values().cloned().collect::<Vec<_>>());
        }
        for (mut watch, begin) in watches {
            if begin < model.compacted {
                prop_assert_eq!(watch.look(&store, limit), Err(TooOld { compacted: model.compacted }));
                continue;
            }
            let mut seen = Vec::new();
            while watch.next <= store.revision() {
                seen.extend(watch.look(&store, limit).unwrap());
            }
            let seen: Vec<_> = seen.into_iter().map(|c| (c.key, c.revision, c.now)).collect();
            prop_assert_eq!(seen, expected(&model, &watch, begin));
        }
    }
}

#[test]
fn ten_thousand_keys_cost_what_they_are() {
    let mut store = Store::default();
    let mut watch = Watch::new(&store, Keys::prefix("/registry/pods/"), 0);
    for i in 0..10_000 {
        store.put(format!("/registry/pods/default/{i:05}"), vec![b'x'; 1_000], 0);
    }
    assert_eq!(store.prefixed(b"/registry/pods/").count(), 10_000);
    assert_eq!(watch.look(&store, usize::MAX).unwrap().len(), 10_000);
    for i in 0..10_000 {
        store.put(format!("/registry/pods/default/{i:05}"), vec![b'y'; 1_000], 0);
        // Whoever looks after each write sees that write, and no more.
        assert_eq!(watch.look(&store, usize::MAX).unwrap().len(), 1);
    }
    let past = Query { revision: 10_001, ..Query::default() };
    let found = store.range(&Keys::prefix("/registry/"), &past).unwrap();
    assert!(found.count == 10_000 && found.kvs.iter().all(|kv| kv.version == 1));
    store.compact(store.revision()).unwrap();
    assert_eq!(store.kept().len(), 10_000);
    assert_eq!(store.changes_from(0).count(), 1);
}

#[test]
fn a_transaction_sees_what_it_wrote() {
    let mut store = Store::default();
    store.put("a", "1", 0);
    let put = |key: &'static str| Op::Put(Put { key: key.into(), value: "2".into(), ..Put::default() });
    let inner = Txn { then: vec![put("b"), Op::Delete(Keys::one("c"))], ..Txn::default() };
    let read = || Op::Range(Keys::prefix(""), Query::default());
    let txn = Txn { then: vec![read(), put("a"), Op::Txn(inner), read()], ..Txn::default() };
    // An empty key is none: etcd asks for one zero byte instead.
    assert_eq!(store.txn(&txn), Err(Error::EmptyKey));
    let read = || Op::Range(Keys::between(&b"\0"[..], &b"\0"[..]), Query::default());
    let inner = Txn { then: vec![put("b"), Op::Delete(Keys::one("c"))], ..Txn::default() };
    let txn = Txn { then: vec![read(), put("a"), Op::Txn(inner), read()], ..Txn::default() };
    let done = store.txn(&txn).unwrap().done;
    let revisions: Vec<_> = done.iter().map(|(revision, _)| *revision).collect();
    assert_eq!(revisions, [2, 3, 3, 3]);
    let Done::Range(found) = &done[3].1 else { panic!("{done:?}") };
    assert_eq!(found.kvs.iter().map(|kv| kv.mod_revision).collect::<Vec<_>>(), [3, 3]);
    assert_eq!(store.revision(), 3);
}

#[test]
fn a_transaction_that_cannot_be_done_does_nothing() {
    let mut store = Store::default();
    let put = |lease| Op::Put(Put { key: format!("k{lease}").into(), lease, ..Put::default() });
    let txn = Txn { then: vec![put(0), put(9)], ..Txn::default() };
    assert_eq!(store.txn(&txn), Err(Error::LeaseNotFound));
    let keep = Op::Put(Put { key: "a".into(), ignore_value: true, ..Put::default() });
    assert_eq!(store.apply(&keep), Err(Error::KeyNotFound));
    let future = Txn {
        then: vec![put(0), Op::Range(Keys::one("a"), Query { revision: 9, ..Query::default() })],
        ..Txn::default()
    };
    assert_eq!(store.txn(&future), Err(Error::FutureRevision));
    assert_eq!((store.revision(), store.prefixed(b"").count()), (1, 0));
}

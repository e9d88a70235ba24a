//! `etcd::` functions, what `etcd::decode` makes of all that the cluster keeps, and etcdctl beside the real one.

mod decode;
mod etcdctl;

use libtest_mimic::Trial;

use crate::lab::{real, shared};
use crate::scripts::Scripts;

/// Every structured function, on keys of its own.
const FUNCTIONS: &str = r#"
let key = prefix + "a";
expect(etcd::get(key) == [] && etcd::keys(prefix) == [], "nothing is there at first");
let first = etcd::put(key, "one");
let second = etcd::put(key, "two");
expect(second > first, "revisions grow");
let kv = etcd::get(key)[0];
expect(kv.key == key && kv.value.as_string() == "two", "the value is the last one");
expect(kv.create_revision == first && kv.mod_revision == second && kv.version == 2 && kv.lease == 0, "revisions are told");
expect(etcd::get(key, #{rev: first})[0].value.as_string() == "one", "the past can be read");
expect(etcd::history(key).map(|kv| kv.value.as_string()) == ["two", "one"], "history is newest first");

let lease = etcd::lease_grant("60s");
etcd::put(prefix + "b", "leased", #{lease: lease});
expect(etcd::get(prefix + "b")[0].lease == lease, "a key hangs on its lease");
expect(etcd::keys(prefix) == [prefix + "a", prefix + "b"], "keys are sorted");
expect(etcd::get(prefix, #{prefix: true, limit: 1}).len() == 1, "a limit limits");

let done = etcd::txn(#{
    compare: [#{key: key, version: 2}, #{key: key, value: "two"}, #{key: key, mod_revision: first, op: ">"}],
    success: [#{put: key, value: "three"}, #{get: prefix, prefix: true}, #{delete: prefix + "b"}],
    failure: [#{get: key}],
});
expect(done.succeeded && done.results.len() == 3, "a transaction whose comparisons hold succeeds");
expect(done.results[1].len() == 2 && done.results[2] == 1, "its steps tell what they did");
let other = etcd::txn(#{compare: [#{key: key, version: 0}], failure: [#{get: key}]});
expect(!other.succeeded && other.results[0][0].value.as_string() == "three", "and else the other way is taken");

let events = etcd::watch(prefix, #{prefix: true, rev: first}, "300ms");
expect(events.map(|event| event.type) == ["PUT", "PUT", "PUT", "PUT", "DELETE"], "a watch tells what has happened");
expect(events[0].prev == () && events[1].prev.value.as_string() == "one", "and what was there before");

expect(etcd::status().revision >= done.revision && etcd::status().is_leader, "the member tells its state");
expect(etcd::members().len() == 1 && etcd::members()[0].id == etcd::status().member_id, "there is one member");
expect(etcd::decode(`{"metadata": {"name": "x"}}`).metadata.name == "x", "JSON is decoded");
let pod = etcd::decode(etcd::get("/registry/namespaces/default")[0]);
expect(pod == k8s::get("ns", "default"), "a key decodes to the API's object");

expect(etcd::delete(prefix, #{prefix: true}) == 1 && etcd::keys(prefix) == [], "keys can be deleted");
// The API server does so too, but not in a cluster's first ten minutes.
etcd::compact(second);
let thrown = ();
try { etcd::get(key, #{rev: 1}); } catch (error) { thrown = error; }
expect(thrown.message == "Error: etcdserver: mvcc: required revision has been compacted", "what is compacted is gone");
expect(thrown.reason == "OutOfRange", "and its reason told");
"#;

/// Removes keys when dropped.
struct Keys(&'static str);

impl Drop for Keys {
    fn drop(&mut self) {
        real("etcdctl", &["del", self.0, "--prefix"], "");
    }
}

/// The tests of this folder.
pub(crate) fn trials() -> Vec<Trial> {
    let functions = shared("etcd::functions_do_what_they_say", || {
        let _keys = Keys("/kpnb-test/functions/");
        let mut scripts = Scripts::without_namespace("kpnb-etcd");
        scripts.run("let prefix = \"/kpnb-test/functions/\"; etcd::delete(prefix, #{prefix: true});");
        scripts.run(FUNCTIONS);
        Ok(())
    });
    [vec![functions], decode::trials(), etcdctl::trials()].into_iter().flatten().collect()
}

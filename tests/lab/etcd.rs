//! `etcd::` functions, what `etcd::decode` makes of all that the cluster keeps, and etcdctl beside the real one.

use std::collections::BTreeMap;

use kpnb::bindings::command::Program;
use kpnb::client::etcd::{RangeOptions, decode, prefix_range};
use kpnb::client::k8s::Accept;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::lab::{self, Printed, real, shared};
use crate::scripts::Scripts;

/// What the API does not serve: what its members and its allocators note for themselves.
const UNSERVED: [&str; 2] = ["/registry/masterleases/", "/registry/ranges/"];

/// Reads all values, and the API's lists at the same revision.
async fn decode_all() -> Result<(), Failed> {
    let cluster = lab::cluster().await;
    let etcd = cluster.etcd.as_ref().map_err(Clone::clone)?;
    let (key, range_end) = prefix_range(b"/registry/");
    let range = etcd.get(&RangeOptions { key, range_end, ..RangeOptions::default() }).await?;
    let mut lists: BTreeMap<(String, String), BTreeMap<String, Value>> = BTreeMap::new();
    let (mut equal, mut unserved, mut wrong) = (0, 0, Vec::new());
    for kv in &range.kvs {
        let key = String::from_utf8_lossy(&kv.key).into_owned();
        if UNSERVED.iter().any(|prefix| key.starts_with(prefix)) {
            decode(&kv.value, Some(kv.mod_revision)).map_err(|failure| format!("{key}: {failure}"))?;
            unserved += 1;
            continue;
        }
        let object = match decode(&kv.value, Some(kv.mod_revision)) {
            Ok(object) => object,
            Err(failure) => {
                wrong.push(format!("{key}: {failure}"));
                continue;
            }
        };
        let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let kind = (text("apiVersion"), text("kind"));
        if !lists.contains_key(&kind) {
            let resource = cluster.k8s.resource_of_kind(&kind.0, &kind.1).await?;
            let query = [
                ("resourceVersion".to_owned(), range.header.revision.to_string()),
                ("resourceVersionMatch".to_owned(), "Exact".to_owned()),
                // The API server's cache answers otherwise, and knows no Exact.
                ("limit".to_owned(), "10000".to_owned()),
            ];
            let path = resource.path(None, None, None);
            let list = cluster.k8s.json(http::Method::GET, &path, &query, None, Accept::Json).await?;
            let items = list["items"].as_array().cloned().unwrap_or_default();
            lists.insert(kind.clone(), items.into_iter().map(|item| (place(&item), resource.typed(item))).collect());
        }
        match lists[&kind].get(&place(&object)) {
            Some(served) if *served == object => equal += 1,
            Some(served) => wrong.push(format!("{key}:\n{}", difference("", &object, served))),
            None => wrong.push(format!("{key}: the API has no such object")),
        }
    }
    eprintln!("{equal} of {} values equal, {unserved} not served, {} kinds", range.kvs.len(), lists.len());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn place(object: &Value) -> String {
    format!("{}/{}", object["metadata"]["namespace"], object["metadata"]["name"])
}

/// The fields in which two values differ.
fn difference(path: &str, ours: &Value, served: &Value) -> String {
    match (ours, served) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            let field = |name: &String| match (a.get(name), b.get(name)) {
                (Some(a), Some(b)) => difference(&format!("{path}.{name}"), a, b),
                (a, b) => format!("  {path}.{name}: ours {a:?}, served {b:?}\n"),
            };
            names.into_iter().map(field).collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().map(|(at, (a, b))| difference(&format!("{path}[{at}]"), a, b)).collect()
        }
        (a, b) if a == b => String::new(),
        (a, b) => format!("  {path}: ours {a}, served {b}\n"),
    }
}

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
let thrown = ();
try { etcd::get(key, #{rev: 1}); } catch (error) { thrown = error; }
expect(thrown.message == "Error: etcdserver: mvcc: required revision has been compacted", "what is compacted is gone");
expect(thrown.reason == "OutOfRange", "and its reason told");
"#;

/// Lines that write nothing.
const LINES: &[&str] = &[
    "foo",
    "get",
    "get /kpnb-test/none",
    "get /kpnb-test/none /kpnb-test/nonf x",
    "get --prefix --from-key a",
    "get a b --prefix",
    "get a --order foo",
    "get a --sort-by foo",
    "get a -w foo",
    "get a -w table",
    "get a --consistency=x",
    "get a --rev=99999999",
    "get a --rev=1",
    "get /registry/namespaces/ --prefix --keys-only",
    "get /registry/namespaces/ --prefix --keys-only --order=DESCEND --limit 2",
    "get /registry/namespaces/ --prefix --keys-only --sort-by=CREATE -w fields",
    "get /registry/namespaces/default -w json",
    "get /registry/namespaces/default --hex",
    "get /registry/namespaces/default --print-value-only --hex",
    "get /registry/namespaces/d /registry/namespaces/e --keys-only",
    "get /registry/namespaces/ --prefix --limit=2 --keys-only -w fields",
    "get /registry/namespaces/kube --from-key --limit=2 --keys-only -w json",
    "get /kpnb-test/none -w json",
    "get /kpnb-test/none -w fields",
    "put",
    "put /kpnb-test/none a --ignore-value",
    "put /kpnb-test/none --ignore-value",
    "put /kpnb-test/none v --lease=abc123",
    "put /kpnb-test/none v --lease=xyz",
    "del",
    "del --prefix --from-key a",
    "del /kpnb-test/none",
    "del /kpnb-test/none -w fields",
    "del /kpnb-test/none -w json",
    "lease grant",
    "lease grant x",
    "lease revoke",
    "lease revoke xyz",
    "lease revoke abc123",
    "lease timetolive",
    "lease timetolive xyz",
    "lease timetolive abc123",
    "lease timetolive abc123 --keys -w fields",
    "lease timetolive abc123 --keys -w json",
    "lease keep-alive",
    "lease keep-alive abc123",
    "lease keep-alive --once abc123",
    "lease list",
    "lease list -w table",
    "lease list -w json",
    "lease list -w fields",
    "compaction",
    "compaction x",
    "compaction 1",
    "compaction 99999999",
    "watch",
    "watch a b --prefix",
    "watch a --rev=1",
    "alarm list",
    "alarm list x",
    "alarm list -w json",
    "alarm list -w table",
    "alarm disarm",
    "snapshot save",
    "member list",
    "member list -w json",
    "member list -w fields",
    "member list -w table",
    "endpoint status",
    "endpoint status -w json",
    "endpoint status -w fields",
    "endpoint status -w table",
    "endpoint hashkv",
    "endpoint hashkv -w json",
    "endpoint hashkv -w fields",
    "endpoint hashkv -w table",
    "version",
    "-w json version",
];

/// Lines in a row that write.
const WRITES: &[&str] = &[
    "put KEY one",
    "put KEY two --prev-kv",
    "put KEY three four",
    "put KEY/more -- -v",
    "put KEY --ignore-lease five",
    "get KEY --prefix",
    "get KEY --print-value-only",
    "del KEY --prev-kv",
    "del KEY/ --prefix --prev-kv",
    "del KEY",
];

/// Without the client library's log lines, which kpnb does not imitate.
fn quiet(mut printed: Printed) -> Printed {
    printed.stderr = printed.stderr.split_inclusive('\n').filter(|line| !line.starts_with("{\"level\"")).collect();
    printed
}

/// Compares a few times: the store's revision grows by itself.
fn compare() -> Result<(), Failed> {
    let scripts = Scripts::without_namespace("kpnb-etcdctl");
    let mut differences = Vec::new();
    for line in LINES {
        let args: Vec<&str> = line.split(' ').collect();
        let both = || (quiet(scripts.tool(Program::Etcdctl, &args)), quiet(real("etcdctl", &args, "")));
        let (mut ours, mut theirs) = both();
        for _ in 0..6 {
            if ours == theirs {
                break;
            }
            (ours, theirs) = both();
        }
        if ours != theirs {
            differences.push(format!("etcdctl {line}\nours: {ours:#?}\nreal: {theirs:#?}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n\n").into()) }
}

fn compare_writes() -> Result<(), Failed> {
    let scripts = Scripts::without_namespace("kpnb-etcdctl-writes");
    let lines = |key: &str| WRITES.iter().map(|line| line.replace("KEY", key)).collect::<Vec<_>>();
    let _keys = Keys("/kpnb-test/writes/");
    for (ours, theirs) in lines("/kpnb-test/writes/a").iter().zip(lines("/kpnb-test/writes/b")) {
        let native = scripts.tool(Program::Etcdctl, &ours.split(' ').collect::<Vec<_>>());
        let real = quiet(real("etcdctl", &theirs.split(' ').collect::<Vec<_>>(), ""));
        let renamed = native.stdout.replace("/writes/a", "/writes/b");
        assert_eq!((renamed, native.stderr, native.code), (real.stdout, real.stderr, real.code), "{ours}");
    }
    Ok(())
}

/// Lease commands, whose ids differ.
fn leases() -> Result<(), Failed> {
    let scripts = Scripts::without_namespace("kpnb-etcdctl-leases");
    let run = |line: &str| {
        let printed = scripts.tool(Program::Etcdctl, &line.split(' ').collect::<Vec<_>>());
        assert_eq!((printed.stderr.as_str(), printed.code), ("", 0), "{line}");
        printed.stdout
    };
    let _keys = Keys("/kpnb-test/leases/");
    let granted = run("lease grant 60");
    let id = granted.strip_prefix("lease ").and_then(|rest| rest.split(' ').next()).ok_or("no id")?.to_owned();
    assert_eq!(granted, format!("lease {id} granted with TTL(60s)\n"));
    run(&format!("put /kpnb-test/leases/a x --lease={id}"));
    let time = format!("lease timetolive {id} --keys");
    let words: Vec<&str> = time.split(' ').collect();
    let (mut ours, mut theirs) = (run(&time), real("etcdctl", &words, "").stdout);
    if ours != theirs {
        // A second has passed between the two.
        (ours, theirs) = (run(&time), real("etcdctl", &words, "").stdout);
    }
    assert_eq!(ours, theirs);
    assert_eq!(run(&format!("lease keep-alive --once {id}")), format!("lease {id} keepalived with TTL(60)\n"));
    assert_eq!(run(&format!("lease revoke {id}")), format!("lease {id} revoked\n"));
    assert_eq!(run("get /kpnb-test/leases/a"), "");
    Ok(())
}

/// What is saved is what the real etcdctl takes for a snapshot; never over a file.
fn snapshot() -> Result<(), Failed> {
    let scripts = Scripts::without_namespace("kpnb-etcdctl-snapshot");
    let folder = scripts.workspace.output.clone();
    let save = || scripts.tool(Program::Etcdctl, &["snapshot", "save", "a.db"]);
    let (first, size) = (save(), std::fs::metadata(folder.join("a.db")).map(|file| file.len()));
    let second = save();
    let outside = scripts.tool(Program::Etcdctl, &["snapshot", "save", "../a.db"]);
    std::fs::remove_dir_all(&folder)?;
    assert_eq!((first.stdout.as_str(), first.stderr.as_str(), first.code), ("Snapshot saved at a.db\n", "", 0));
    assert!(size? > 100_000);
    assert_eq!((second.code, outside.code), (1, 1), "{second:?} {outside:?}");
    Ok(())
}

/// Removes keys when dropped.
struct Keys(&'static str);

impl Drop for Keys {
    fn drop(&mut self) {
        real("etcdctl", &["del", self.0, "--prefix"], "");
    }
}

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("etcd::decodes_every_value_as_the_api_returns_it", || lab::runtime().block_on(decode_all())),
        shared("etcd::functions_do_what_they_say", || {
            let _keys = Keys("/kpnb-test/functions/");
            let mut scripts = Scripts::without_namespace("kpnb-etcd");
            scripts.run("let prefix = \"/kpnb-test/functions/\"; etcd::delete(prefix, #{prefix: true});");
            scripts.run(FUNCTIONS);
            Ok(())
        }),
        shared("etcd::etcdctl_prints_what_the_real_one_prints", compare),
        shared("etcd::etcdctl_writes_as_the_real_one", compare_writes),
        shared("etcd::etcdctl_leases", leases),
        shared("etcd::etcdctl_saves_snapshots", snapshot),
    ]
}

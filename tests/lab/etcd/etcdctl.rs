//! etcdctl beside the real one.

use kpnb::bindings::command::{Line, Program};
use libtest_mimic::{Failed, Trial};

use super::Keys;
use crate::lab::{Printed, real, shared};
use crate::scripts::Scripts;

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
    "endpoint status --cluster",
    "endpoint hashkv --cluster -w json",
    "get /registry/namespaces/default --keys-only --command-timeout=5s --dial-timeout 3s",
    "txn extra",
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

/// Transactions in a row, each with its flags; `KEY` is a key of the test's own.
const TXNS: &[(&str, &str)] = &[
    ("", "mod(\"KEY\") = \"0\"\n\nput KEY \"one two\"\nput KEY/b x --prev-kv\nget KEY --prefix\n\nget KEY\n\n"),
    ("", "mod(\"KEY\") = \"0\"\n\nput KEY one\n\nget KEY --prefix\ndel KEY/b --prev-kv\ndel KEY/none\n\n"),
    ("", "value(\"KEY\") = \"one two\"\nver(\"KEY\") < \"2\"\n\nget KEY --print-value-only\nget KEY --keys-only\n\n\n"),
    ("", "\n\n\n"),
    ("-w table", "\n\n\n"),
    ("", "create(\"KEY\") != \"0\"\n\n\nget KEY\n"),
    ("", ""),
    ("", "foo\n\n\n"),
    ("", "mod(\"KEY\") > 1\n\n\n"),
    ("", "mod(\"KEY\")>\"1\"\n\n\n"),
    ("", "mod(\"KEY\") > \"x\"\n\n\n"),
    ("", "zod(\"KEY\") > \"1\"\n\n\n"),
    ("", "mod(KEY) > \"1\"\n\n\n"),
    ("", "\nput\n\n"),
    ("", "\nfoo bar\n\n"),
    ("", "\nput KEY\n\n"),
    ("", "\nput KEY 1\nput KEY 2\n\n\n"),
];

/// Those whose answers hold revisions, compared without writing.
const READ_TXNS: &[(&str, &str)] = &[
    ("-w json", "mod(\"KEY\") = \"0\"\n\nget KEY\ndel KEY\n\n\n"),
    ("-w fields", "mod(\"KEY\") > \"0\"\n\n\nget KEY --prefix\ndel KEY/none\n\n"),
];

/// Without the client library's log lines, which kpnb does not imitate.
fn quiet(mut printed: Printed) -> Printed {
    printed.stderr = printed.stderr.split_inclusive('\n').filter(|line| !line.starts_with("{\"level\"")).collect();
    printed
}

/// So that revision 1 is no more, which a cluster in its first ten minutes still has: a watch from there would not end.
fn compact() {
    let status = real("etcdctl", &["get", "/kpnb-test/none", "-w", "json"], "");
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    let compacted = real("etcdctl", &["compaction", &status["header"]["revision"].to_string()], "");
    assert_eq!(compacted.code, 0, "{}", compacted.stderr);
}

/// Compares a few times: the store's revision grows by itself.
fn compare() -> Result<(), Failed> {
    compact();
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

fn transactions() -> Result<(), Failed> {
    let scripts = Scripts::without_namespace("kpnb-etcdctl-txn");
    let _keys = Keys("/kpnb-test/txn/");
    let both = |flags: &str, lines: &str| {
        let (ours, theirs) = (lines.replace("KEY", "/kpnb-test/txn/a"), lines.replace("KEY", "/kpnb-test/txn/z"));
        let native = scripts.line(Line::parse(&format!("etcdctl txn {flags} <<'EOF'\n{ours}EOF")));
        let args: Vec<&str> = ["txn"].into_iter().chain(flags.split_whitespace()).collect();
        let renamed = |text: String| text.replace("/txn/a", "/txn/z");
        let native = Printed { stdout: renamed(native.stdout), stderr: renamed(native.stderr), code: native.code };
        (native, quiet(real("etcdctl", &args, &theirs)))
    };
    for (flags, lines) in TXNS {
        let (native, real) = both(flags, lines);
        assert_eq!(native, real, "etcdctl txn {flags} <<'EOF'\n{lines}EOF");
    }
    for (flags, lines) in READ_TXNS {
        // The store's revision grows by itself.
        let same = (0..6).any(|_| {
            let (native, real) = both(flags, &lines.replace("KEY", "/kpnb-test/txn/none"));
            native == real
        });
        assert!(same, "{:#?}", both(flags, lines));
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

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("etcd::etcdctl_prints_what_the_real_one_prints", compare),
        shared("etcd::etcdctl_writes_as_the_real_one", compare_writes),
        shared("etcd::etcdctl_txn", transactions),
        shared("etcd::etcdctl_leases", leases),
        shared("etcd::etcdctl_saves_snapshots", snapshot),
    ]
}

//! Pairs of outputs that are equal, and pairs that are not.

use super::{Comparison, Known, Solver, TokenClass};

/// What a run has seen.
fn seen() -> Vec<(String, TokenClass)> {
    let names = ["deployment-65cd5869f-rwzjn", "deployment-65cd5869f-fqns6", "kindnet-7xk2p", "kindnet-9zq4w"];
    let names = names.map(|name| (name.to_owned(), TokenClass::GeneratedName));
    let revisions = ["300", "1507", "1508", "2110"].map(|number| (number.to_owned(), TokenClass::Revision));
    // Fields are noted by their names, so some hold what their class does not look like.
    let odd =
        [("k8splayground-worker", TokenClass::Uid), ("None", TokenClass::Ip), ("web-0", TokenClass::GeneratedName)];
    let odd = odd.map(|(token, class)| (token.to_owned(), class));
    let ids = [("7587881214568345093", TokenClass::EtcdId), ("0b9978f61d9c", TokenClass::ContainerId)];
    let ids = ids.map(|(token, class)| (token.to_owned(), class));
    names.into_iter().chain(revisions).chain(odd).chain(ids).collect()
}

/// Compares outputs one after the other under one renaming; whether all are equal.
fn equal(pairs: &[(&str, &str)]) -> bool {
    let known = Known::new(&seen());
    let mut solver = Solver::new(&known);
    pairs
        .iter()
        .all(|(old, new)| solver.compare(Comparison { old, new, unordered: false, pattern: false, elapsed: 400.0 }))
}

const PODS: &str = "\
NAME                         READY   STATUS    RESTARTS   AGE   IP           NODE
deployment-65cd5869f-rwzjn   1/1     Running   0          5s    10.244.1.7   k8splayground-worker
";

#[test]
fn what_differs_from_run_to_run_is_equal() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("the same", &[(PODS, PODS)]),
        (
            "another Pod of the Deployment",
            &[(
                "NAME                         READY   STATUS    RESTARTS   AGE   IP            NODE\n\
             deployment-65cd5869f-x2vkq   1/1     Running   0          7s    10.244.1.12   k8splayground-worker\n",
                PODS,
            )],
        ),
        ("another template", &[("deployment-7b46f9c68-x2vkq created", "deployment-65cd5869f-rwzjn created")]),
        ("a ReplicaSet's name", &[("replicaset.apps/deployment-7b46f9c68", "replicaset.apps/deployment-65cd5869f")]),
        ("a DaemonSet's Pod", &[("pod/kindnet-bbbbb deleted", "pod/kindnet-7xk2p deleted")]),
        (
            "a Pod's name in a key",
            &[(
                "/registry/pods/default/deployment-65cd5869f-x2vkq",
                "/registry/pods/default/deployment-65cd5869f-rwzjn",
            )],
        ),
        ("a UID", &[("uid: fcd3d9f1-c4e5-4424-8880-0b9978f61d9c", "uid: 1b2a3c4d-c4e5-4424-8880-0b9978f61d9c")]),
        ("an address with a port", &[("http://10.244.1.7:80/x", "http://10.244.2.31:80/x")]),
        ("an IPv6 address", &[("ip fd00:10:244::5", "ip fd00:10:244::1f")]),
        ("a resourceVersion in YAML", &[("  resourceVersion: \"4711\"", "  resourceVersion: \"812\"")]),
        ("a mod_revision in JSON", &[("{\"mod_revision\":4711,\"version\":1}", "{\"mod_revision\":90,\"version\":1}")]),
        ("a revision that was seen", &[("now at revision 1201", "now at revision 1507")]),
        ("one revision twice", &[("rv 1201\nmod 1201", "rv 1507\nmod 1507")]),
        (
            "a container's id",
            &[(
                "containerd://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "containerd://bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            )],
        ),
        (
            "a container's id, whole and shortened",
            &[
                ("0123456789ab", "0b9978f61d9c"),
                (
                    "0123456789abaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "0b9978f61d9caaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                ),
            ],
        ),
        ("a moment", &[("created 2026-11-24T15:22:48Z", "created 2026-11-25T09:00:01Z")]),
        (
            "two things in one second, then in two",
            &[("2026-11-24T15:22:48Z\n2026-11-24T15:22:48Z", "2026-11-25T09:00:01Z\n2026-11-25T09:00:02Z")],
        ),
        (
            "describe's moment",
            &[("Start Time:   Tue, 24 Nov 2026 15:23:08 +0000", "Start Time:   Wed, 25 Nov 2026 01:02:03 +0000")],
        ),
        ("an age within five seconds", &[("deleted after 1.2s", "deleted after 5.9s")]),
        ("an age within half", &[("(lasts 77s)", "(lasts 100s)")]),
        ("seconds as a float", &[("41.203", "44.918746")]),
        (
            "docker's ages",
            &[("Up 2 minutes", "Up About a minute"), ("Exited (137) 5 seconds ago", "Exited (137) 2 seconds ago")],
        ),
        (
            "the age of what was there before the run",
            &[(
                "NAME                   STATUS   ROLES    AGE   VERSION\nk8splayground-worker   Ready    <none>   28s   v1.20.2",
                "NAME                   STATUS   ROLES    AGE     VERSION\nk8splayground-worker   Ready    <none>   3h12m   v1.20.2",
            )],
        ),
        ("columns of another width", &[("NAME   AGE\na      5s", "NAME      AGE\na         10s")]),
        (
            "Pods in another order",
            &[(
                "deployment-65cd5869f-bbbbb   1/1   Terminating   k8splayground-worker\n\
             deployment-65cd5869f-ccccc   1/1   Running       k8splayground-worker2",
                "deployment-65cd5869f-fqns6   1/1   Running       k8splayground-worker2\n\
             deployment-65cd5869f-rwzjn   1/1   Terminating   k8splayground-worker",
            )],
        ),
        (
            "Pods in another order, told apart later",
            &[
                (
                    "deployment-65cd5869f-bbbbb   1/1   Running\ndeployment-65cd5869f-ccccc   1/1   Running",
                    "deployment-65cd5869f-fqns6   1/1   Running\ndeployment-65cd5869f-rwzjn   1/1   Running",
                ),
                ("deployment-65cd5869f-bbbbb deleted", "deployment-65cd5869f-rwzjn deleted"),
            ],
        ),
        (
            "keys in another order",
            &[(
                "/registry/pods/kube-system/kindnet-bbbbb 1\n/registry/pods/kube-system/kindnet-ccccc 2",
                "/registry/pods/kube-system/kindnet-7xk2p 2\n/registry/pods/kube-system/kindnet-9zq4w 1",
            )],
        ),
        (
            "a process",
            &[(
                "root          31  1.4  0.4 851736 106576 ?       Sl   15:22   0:00 kubelet --v=2",
                "root       12031  0.0  1.4 851700 99999 ?       Rl   Nov25   1:07 kubelet --v=2",
            )],
        ),
        (
            "processes whose PIDs turned",
            &[(
                "root 31 1.4 0.4 851736 106576 ? Sl 15:22 0:00 kubelet\nroot 40 1.4 0.4 851736 106576 ? Sl 15:22 0:00 containerd",
                "root 8 1.4 0.4 851736 106576 ? Sl 15:22 0:00 containerd\nroot 77 1.4 0.4 851736 106576 ? Sl 15:22 0:00 kubelet",
            )],
        ),
        (
            "docker top",
            &[(
                "root                101                 90                  0                   15:22               ?                   00:00:01            /pause",
                "root                5                 3                  2                   Nov25               ?                   00:10:01            /pause",
            )],
        ),
        (
            "a database's size and raft's counters",
            &[(
                "127.0.0.1:2379, 8e9e05c52164694d, 3.4.13, 2.3 MB, true, false, 2, 1234, 1234,",
                "127.0.0.1:2379, 8e9e05c52164694d, 3.4.13, 25 MB, true, false, 3, 99, 98,",
            )],
        ),
        (
            "raft's counters as fields",
            &[("\"RaftTerm\" : 2\n\"RaftIndex\" : 345", "\"RaftTerm\" : 3\n\"RaftIndex\" : 99999")],
        ),
        ("a lease's id", &[("lease 7587881214568349999", "lease 7587881214568345093")]),
        (
            "event ages and counts",
            &[(
                concat!(
                    "  Type    Reason     Age                    From     Message\n",
                    "  ----    ------     ----                   ----     -------\n",
                    "  Normal  Starting   2m58s (x2 over 2m58s)  kubelet  Starting kubelet.",
                ),
                concat!(
                    "  Type    Reason     Age   From     Message\n",
                    "  ----    ------     ----  ----     -------\n",
                    "  Normal  Starting   3s    kubelet  Starting kubelet.",
                ),
            )],
        ),
        (
            "kubectl get events",
            &[(
                "LAST SEEN   TYPE     REASON    OBJECT                           MESSAGE\n\
             3m          Normal   Pulled    pod/deployment-65cd5869f-x2vkq   done",
                "LAST SEEN   TYPE     REASON    OBJECT                           MESSAGE\n\
             5s          Normal   Pulled    pod/deployment-65cd5869f-rwzjn   done",
            )],
        ),
        (
            "keys of events, however many",
            &[(
                "/registry/events/default/deployment-65cd5869f-x2vkq.18b3c2f4a5d6e7f8\n/registry/leases/a",
                "/registry/events/default/deployment-65cd5869f-rwzjn.18b3c2f4a5d6e7f9\n\
             /registry/events/default/deployment-65cd5869f-rwzjn.18b3c2f4a5d6e800\n/registry/leases/a",
            )],
        ),
        (
            "a typed line with another Pod's name",
            &[("$ kubectl get pod deployment-65cd5869f-x2vkq", "$ kubectl get pod deployment-65cd5869f-rwzjn")],
        ),
        ("a name at the end of a sentence", &[("gone: kindnet-bbbbb.", "gone: kindnet-7xk2p.")]),
        (
            "docker's precise moments, the same twice",
            &[(
                "2026-11-24T15:22:48.123456789Z 2026-11-24T15:22:48.123456789Z",
                "2026-11-25T15:22:48.987654321Z 2026-11-25T15:22:48.987654321Z",
            )],
        ),
    ];
    for (what, pairs) in cases {
        assert!(equal(pairs), "{what}: {pairs:#?}");
    }
}

#[test]
fn what_says_something_else_differs() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("another phase", &[(&PODS.replace("Running", "Pending"), PODS)]),
        ("restarts", &[(&PODS.replace("   0   ", "   2   "), PODS)]),
        ("another node", &[(&PODS.replace("-worker", "-worker2"), PODS)]),
        ("ready containers", &[("1/1", "0/1")]),
        ("no address yet", &[(&PODS.replace("10.244.1.7", "<none>    "), PODS)]),
        (
            "a row more",
            &[(
                PODS,
                &format!(
                    "{PODS}deployment-65cd5869f-fqns6   1/1     Running   0          5s    10.244.1.8   k8splayground-worker\n"
                ),
            )],
        ),
        (
            "a Pod that was replaced and now stays",
            &[
                ("deployment-65cd5869f-bbbbb", "deployment-65cd5869f-rwzjn"),
                ("deployment-65cd5869f-ccccc", "deployment-65cd5869f-rwzjn"),
            ],
        ),
        (
            "a Pod that stayed and now is replaced",
            &[
                ("deployment-65cd5869f-bbbbb", "deployment-65cd5869f-rwzjn"),
                ("deployment-65cd5869f-bbbbb", "deployment-65cd5869f-fqns6"),
            ],
        ),
        ("the same in one line", &[("kindnet-bbbbb kindnet-bbbbb", "kindnet-7xk2p kindnet-9zq4w")]),
        (
            "a UID that stayed",
            &[(
                "fcd3d9f1-c4e5-4424-8880-0b9978f61d9c\nfcd3d9f1-c4e5-4424-8880-0b9978f61d9c",
                "fcd3d9f1-c4e5-4424-8880-0b9978f61d9c\n1b2a3c4d-c4e5-4424-8880-0b9978f61d9c",
            )],
        ),
        ("two addresses that become one", &[("10.0.0.1 10.0.0.2", "10.0.0.9 10.0.0.9")]),
        ("mod_revision and resourceVersion are no longer one number", &[("1201\n1201", "1507\n1508")]),
        ("a revision does not hide a toleration", &[("tolerationSeconds: 600", "tolerationSeconds: 300")]),
        ("nor in JSON", &[("\"tolerationSeconds\":600", "\"tolerationSeconds\":300")]),
        ("nor in describe", &[("NoExecute op=Exists for 290s", "NoExecute op=Exists for 300s")]),
        ("nor with a unit", &[("waits 600 times", "waits 300 times")]),
        ("a count that was no revision", &[("42 keys", "43 keys")]),
        ("a small count that is no revision", &[("1506 keys", "1509 keys")]),
        ("another name without a generated end", &[("pod/web-1", "pod/web-0")]),
        ("a fixed name for a generated one", &[("pod/kindnet-first", "pod/kindnet-7xk2p")]),
        ("another owner", &[("other-65cd5869f-bbbbb", "deployment-65cd5869f-rwzjn")]),
        ("a suffix with a vowel", &[("deployment-65cd5869f-aaaaa", "deployment-65cd5869f-rwzjn")]),
        ("a duration far off", &[("after 41s", "after 90s")]),
        ("a float far off", &[("3.104", "12.918")]),
        ("a much younger Pod", &[(&PODS.replace("5s  ", "5m3s"), PODS)]),
        ("a grace period", &[("Termination Grace Period:  5s", "Termination Grace Period:  6s")]),
        ("a timeout that was typed", &[("$ kubectl wait --timeout=90s", "$ kubectl wait --timeout=91s")]),
        ("another moment's form", &[("2026-11-24T15:22:48Z", "2026-11-24 15:22:48 +0000 UTC")]),
        ("an exit code", &[("Exited (137) 5 seconds ago", "Exited (0) 5 seconds ago")]),
        (
            "another command",
            &[(
                "root 31 1.4 0.4 851736 106576 ? Sl 15:22 0:00 kubelet --v=2",
                "root 31 1.4 0.4 851736 106576 ? Sl 15:22 0:00 kubelet --v=3",
            )],
        ),
        (
            "a zombie",
            &[(
                "root 31 1.4 0.4 851736 106576 ? Sl 15:22 0:00 kubelet",
                "root 31 1.4 0.4 851736 106576 ? Z 15:22 0:00 kubelet",
            )],
        ),
        (
            "a process more",
            &[(
                "root 31 1.4 0.4 851736 106576 ? Sl 15:22 0:00 shim",
                "root 31 1.4 0.4 851736 106576 ? Sl 15:22 0:00 shim\nroot 32 1.4 0.4 851736 106576 ? Sl 15:22 0:00 shim",
            )],
        ),
        (
            "a leader",
            &[(
                "127.0.0.1:2379, 8e9e05c52164694d, 3.4.13, 2.3 MB, true, false, 2, 1234, 1234,",
                "127.0.0.1:2379, 8e9e05c52164694d, 3.4.13, 2.3 MB, false, false, 2, 1234, 1234,",
            )],
        ),
        (
            "an event's reason",
            &[(
                "LAST SEEN   TYPE     REASON    OBJECT   MESSAGE\n3m          Normal   Pulled    pod/x    done",
                "LAST SEEN   TYPE     REASON    OBJECT   MESSAGE\n3m          Normal   Killing   pod/x    done",
            )],
        ),
        ("events of another namespace", &[("/registry/events/default/a.1", "/registry/events/other/a.1")]),
        (
            "a value in another column",
            &[("NAME   READY   STATUS\na              Running", "NAME   READY   STATUS\na      Running")],
        ),
        (
            "rows that were not ordered by their names",
            &[(
                "deployment-65cd5869f-ccccc Pending\ndeployment-65cd5869f-bbbbb Running",
                "deployment-65cd5869f-fqns6 Running\ndeployment-65cd5869f-rwzjn Pending",
            )],
        ),
        (
            "rows in another order and with another content",
            &[(
                "deployment-65cd5869f-bbbbb   Running\ndeployment-65cd5869f-ccccc   Running",
                "deployment-65cd5869f-fqns6   Running\ndeployment-65cd5869f-rwzjn   Pending",
            )],
        ),
        (
            "a precise moment that stayed",
            &[(
                "2026-11-24T15:22:48.123456789Z 2026-11-24T15:22:48.123456789Z",
                "2026-11-25T15:22:48.987654321Z 2026-11-25T15:22:48.987654329Z",
            )],
        ),
        ("a taint", &[("unreachable:NoSchedule", "unreachable:NoExecute")]),
        ("a loopback address", &[("127.0.0.1:2379", "10.0.0.1:2379")]),
        ("a version", &[("v1.20.2", "v1.20.3")]),
        ("indentation", &[("a:\n  b: 1", "a:\n    b: 1")]),
        ("a claim", &[("✓ the Pod is gone", "✗ the Pod is gone")]),
        ("an empty output", &[("", "x")]),
    ];
    for (what, pairs) in cases {
        assert!(!equal(pairs), "{what}: {pairs:#?}");
    }
}

#[test]
fn an_output_that_differs_leaves_no_trace_in_the_renaming() {
    let known = Known::new(&seen());
    let mut solver = Solver::new(&known);
    let mut compare =
        |old, new| solver.compare(Comparison { old, new, unordered: false, pattern: false, elapsed: 1.0 });
    assert!(!compare("kindnet-bbbbb\nRunning", "kindnet-7xk2p\nPending"));
    assert!(!compare("kindnet-bbbbb kindnet-bbbbb", "kindnet-7xk2p kindnet-9zq4w"));
    assert!(compare("kindnet-bbbbb", "kindnet-9zq4w"));
    assert!(!compare("kindnet-bbbbb", "kindnet-7xk2p"));
    assert!(compare("kindnet-ccccc", "kindnet-7xk2p"));
}

#[test]
fn patterns_stand_for_lines_and_text() {
    let known = Known::new(&seen());
    let compare =
        |old, new| Solver::new(&known).compare(Comparison { old, new, unordered: false, pattern: true, elapsed: 1.0 });
    for (old, new) in [
        ("a\n...\nz", "a\nz"),
        ("a\n...\nz", "a\nb\nz\nz"),
        ("...", ""),
        ("[..] deleted", "kindnet-7xk2p deleted"),
        ("took [..] for kindnet-bbbbb", "took 90 units for kindnet-7xk2p"),
        ("[..]b[..]", "abc"),
    ] {
        assert!(compare(old, new), "{old:?} {new:?}");
    }
    for (old, new) in [
        ("a\n...\nz", "a\nb"),
        ("a\n...", "b"),
        ("[..] deleted", "kindnet-7xk2p created"),
        ("[..]b", "abc"),
        ("kindnet-bbbbb [..]", "kindnet-7xk2p"),
        ("kindnet-bbbbb kindnet-bbbbb[..]", "kindnet-7xk2p kindnet-9zq4w!"),
    ] {
        assert!(!compare(old, new), "{old:?} {new:?}");
    }
    // Without `match` they stand for themselves.
    let plain = Comparison { old: "...", new: "a", unordered: false, pattern: false, elapsed: 1.0 };
    assert!(!Solver::new(&known).compare(plain));
}

#[test]
fn unordered_lines_come_in_any_order() {
    let known = Known::new(&seen());
    let compare =
        |old, new| Solver::new(&known).compare(Comparison { old, new, unordered: true, pattern: false, elapsed: 1.0 });
    assert!(compare("a\nb\nkindnet-bbbbb", "kindnet-7xk2p\nb\na"));
    assert!(!compare("a\na\nb", "a\nb\nb"));
}

#[test]
fn many_rows_that_fit_nowhere_end_in_bounded_time() {
    let letters = ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p"];
    let rows = |end: &str| -> String {
        letters.iter().map(|letter| format!("x-65cd5869f-bbbb{letter} Running\n")).chain([end.to_owned()]).collect()
    };
    // All rows are alike, and the last line contradicts every renaming of them.
    let old = rows("x-65cd5869f-bbbbb x-65cd5869f-bbbbb");
    let new = rows("x-65cd5869f-bbbbb x-65cd5869f-bbbbc");
    assert!(!equal(&[(&old, &new)]));
}

//! What says something else differs.

use super::{PODS, equal};

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

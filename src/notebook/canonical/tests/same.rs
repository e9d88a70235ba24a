//! What differs from run to run is equal.

use super::{PODS, equal};

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

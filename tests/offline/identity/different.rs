//! Pairs that do not.

use super::{Pair, pair};

pub(super) const DIFFERENT: &[Pair] = &[
    pair(
        "a Pod that stayed is replaced",
        &["{A}   1/1   Running", "taint added", "{A}   1/1   Running"],
        &["{A}   1/1   Running", "taint added", "{B}   1/1   Running"],
    ),
    pair(
        "a Pod that was replaced stays",
        &["{A}   1/1   Running", "1", "{B}   1/1   Running"],
        &["{A}   1/1   Running", "1", "{A}   1/1   Running"],
    ),
    pair("it came back under its first name", &["{A}", "{B}", "{B}"], &["{A}", "{B}", "{A}"]),
    pair(
        "the other one of two is left",
        &["{A}   1/1   Terminating\n{B}   1/1   Running", "{B}   1/1   Running"],
        &["{A}   1/1   Terminating\n{B}   1/1   Running", "{A}   1/1   Running"],
    ),
    pair(
        "a third one is left",
        &["{A}   1/1   Terminating\n{B}   1/1   Running", "{B}"],
        &["{A}   1/1   Terminating\n{B}   1/1   Running", "{C}"],
    ),
    pair(
        "a claim names another Pod",
        &["{A}", "{B}", "✓ the Pod is replaced: {A} became {B}"],
        &["{A}", "{B}", "✓ the Pod is replaced: {A} became {C}"],
    ),
    pair(
        "a DaemonSet's Pod was restarted",
        &["{D} on k8splayground-worker", "{D}"],
        &["{D} on k8splayground-worker", "{E}"],
    ),
    pair("the Pod kept its address", &["{A}   {ip}", "{B}   {ip2}"], &["{A}   {ip}", "{B}   {ip}"]),
    pair("the Pod lost its address", &["{A}   {ip}", "{A}   {ip}"], &["{A}   {ip}", "{A}   {ip2}"]),
    pair(
        "another UID under the same name",
        &["dangling-resources {uid}", "dangling-resources {uid}"],
        &["dangling-resources {uid}", "dangling-resources {uid2}"],
    ),
    pair("the same UID where it was created again", &["{uid}", "{uid2}"], &["{uid}", "{uid}"]),
    pair(
        "a write that changes the revision",
        &["rv={rev}", "rv={rev}", "resourceVersion: \"{rev}\"", "resourceVersion: \"{rev}\""],
        &["rv={rev}", "rv={rev}", "resourceVersion: \"{rev}\"", "resourceVersion: \"{rev2}\""],
    ),
    pair(
        "no longer one number",
        &["✓ mod_revision {rev} and resourceVersion {rev} are one number"],
        &["✓ mod_revision {rev} and resourceVersion {rev2} are one number"],
    ),
    pair("a container that was not restarted", &["{cid}", "running {cid2}"], &["{cid}", "running {cid}"]),
    pair("a rollout that made no new ReplicaSet", &["{A}   1/1", "{N}   1/1"], &["{A}   1/1", "{B}   1/1"]),
    pair("another lease", &["{lease}", "{lease}"], &["{lease}", "{lease2}"]),
    pair(
        "another phase",
        &[wide!("{A}   1/1     Running   0          2s    {ip}   k8splayground-worker")],
        &[wide!("{A}   0/1     Pending   0          2s    <none>       k8splayground-worker")],
    ),
    pair(
        "restarts",
        &["NAME                         READY   STATUS    RESTARTS   AGE\n{A}   1/1     Running   0          2s"],
        &["NAME                         READY   STATUS    RESTARTS   AGE\n{A}   1/1     Running   1          2s"],
    ),
    pair(
        "another node",
        &[wide!("{A}   1/1     Running   0          2s    {ip}   k8splayground-worker")],
        &[wide!("{A}   1/1     Running   0          2s    {ip}   k8splayground-worker2")],
    ),
    pair(
        "another toleration",
        &["node.kubernetes.io/not-ready:NoExecute 300"],
        &["node.kubernetes.io/not-ready:NoExecute 600"],
    ),
    pair(
        "another taint",
        &["node.kubernetes.io/unreachable:NoExecute\nnode.kubernetes.io/unreachable:NoSchedule"],
        &["node.kubernetes.io/unreachable:NoSchedule"],
    ),
    pair(
        "another exit code",
        &["✓ its container was killed: exit code 137 is 128 + 9, SIGKILL"],
        &["✓ its container was killed: exit code 143 is 128 + 15, SIGTERM"],
    ),
    pair("another count", &["✓ 2 containers run where 1 was asked for"], &["✓ 3 containers run where 1 was asked for"]),
    pair(
        "another reason",
        &["Error from server (NotFound): namespaces \"dangling-resources\" not found"],
        &["Error from server (Conflict): namespaces \"dangling-resources\" not found"],
    ),
    pair("replicas", &["progressDeadlineSeconds: 600\nreplicas: 1"], &["progressDeadlineSeconds: 600\nreplicas: 2"]),
    pair("a key less", &["/registry/pods/default/{A}\n/registry/secrets/default/{S}"], &["/registry/pods/default/{A}"]),
    pair("a CPU request", &["    cpu: 100m"], &["    cpu: 120m"]),
    pair("a much longer wait", &["deleted after 41s"], &["deleted after 95s"]),
    pair(
        "another namespace condition",
        &["NAME                 STATUS        AGE\ndangling-resources   Terminating   22s"],
        &["NAME                 STATUS        AGE\ndangling-resources   Active        22s"],
    ),
    pair("an output that is missing", &["{A}", "1"], &["{A}", ""]),
    pair("an output that is new", &["{A}", ""], &["{A}", "1"]),
];

//! Pairs that say the same.

use super::{Pair, pair};

pub(super) const EQUAL: &[Pair] = &[
    pair("nothing changed", &["deployment.apps/deployment created", "1"], &["deployment.apps/deployment created", "1"]),
    pair(
        "another name and age",
        &[
            "NAME                         READY   STATUS    RESTARTS   AGE\n{A}   1/1     Running   0          2s",
            "{A}",
        ],
        &[
            "NAME                         READY   STATUS    RESTARTS   AGE\n{A}   1/1     Running   0          4s",
            "{A}",
        ],
    ),
    pair(
        "nodes that are older than the run",
        &[
            "NAME                          STATUS   ROLES                  AGE   VERSION\nk8splayground-control-plane   Ready    control-plane,master   99m   v1.20.2\nk8splayground-worker          Ready    <none>                 99m   v1.20.2",
        ],
        &[
            "NAME                          STATUS   ROLES                  AGE     VERSION\nk8splayground-control-plane   Ready    control-plane,master   3h12m   v1.20.2\nk8splayground-worker          Ready    <none>                 3h12m   v1.20.2",
        ],
    ),
    pair(
        "a Pod that was replaced is replaced again",
        &[
            "{A}   1/1     Running   0          2s",
            "1",
            "{B}   1/1     Running   0          2s",
            "✓ the Pod is replaced: {A} became {B}",
        ],
        &[
            "{A}   1/1     Running   0          3s",
            "1",
            "{B}   1/1     Running   0          1s",
            "✓ the Pod is replaced: {A} became {B}",
        ],
    ),
    pair(
        "a Pod that stayed stays",
        &[
            wide!("{A}   1/1     Running   0          2s    {ip}   k8splayground-worker"),
            "✓ the Pod {A} is on k8splayground-worker",
            wide!("{A}   1/1     Running   0          42s   {ip}   k8splayground-worker"),
        ],
        &[
            wide!("{A}   1/1     Running   0          1s    {ip}   k8splayground-worker"),
            "✓ the Pod {A} is on k8splayground-worker",
            wide!("{A}   1/1     Running   0          45s   {ip}   k8splayground-worker"),
        ],
    ),
    pair(
        "two where one was asked for, sorted the other way round",
        &[
            wide!("{A}   1/1     Running   0          42s   {ip}   k8splayground-worker"),
            "{A}   1/1     Terminating   0          5m42s   {ip}   k8splayground-worker\n{B}   1/1     Running       0          0s      {ip2}   k8splayground-worker2",
        ],
        &[
            wide!("{A}   1/1     Running   0          44s   {ip}   k8splayground-worker"),
            "{B}   1/1     Running       0          1s      {ip2}   k8splayground-worker2\n{A}   1/1     Terminating   0          5m43s   {ip}   k8splayground-worker",
        ],
    ),
    pair(
        "the one that is left after two",
        &["{A}   1/1   Terminating\n{B}   1/1   Running", "{B}   1/1   Running"],
        &["{B}   1/1   Running\n{A}   1/1   Terminating", "{B}   1/1   Running"],
    ),
    pair(
        "keys of a namespace",
        &["/registry/configmaps/default/kube-root-ca.crt\n/registry/pods/default/{A}\n/registry/secrets/default/{S}"],
        &["/registry/configmaps/default/kube-root-ca.crt\n/registry/pods/default/{A}\n/registry/secrets/default/{S}"],
    ),
    pair(
        "leftovers",
        &[
            "/registry/secrets/dangling-resources/{S}\n/registry/serviceaccounts/dangling-resources/default\n✓ 3 objects are left",
        ],
        &[
            "/registry/secrets/dangling-resources/{S}\n/registry/serviceaccounts/dangling-resources/default\n✓ 3 objects are left",
        ],
    ),
    pair(
        "one number, another number",
        &["✓ the key's mod_revision {rev} and the object's resourceVersion {rev} are one number"],
        &["✓ the key's mod_revision {rev} and the object's resourceVersion {rev} are one number"],
    ),
    pair(
        "a revision that goes on",
        &["resourceVersion: \"{rev}\"", "resourceVersion: \"{rev2}\""],
        &["resourceVersion: \"{rev}\"", "resourceVersion: \"{rev2}\""],
    ),
    pair("a UID in two cells", &["uid: {uid}", "{uid}", "uid: {uid2}"], &["uid: {uid}", "{uid}", "uid: {uid2}"]),
    pair(
        "a claim whose condition allows for more",
        &["✓ it returned after 27s, later than the Pod's grace period of 5s"],
        &["✓ it returned after 9s, later than the Pod's grace period of 5s"],
    ),
    pair("about five minutes", &["✓ 300s after the NoExecute taint"], &["✓ 297s after the NoExecute taint"]),
    pair("a container that stays", &["{cid}", "running {cid}"], &["{cid}", "running {cid}"]),
    pair("a container that is restarted", &["{cid}", "running {cid2}"], &["{cid}", "running {cid2}"]),
    pair(
        "a lease",
        &["lease {lease} granted with TTL(60s)", "{lease}"],
        &["lease {lease} granted with TTL(60s)", "{lease}"],
    ),
    pair(
        "a rollout",
        &["{A}   1/1   Running", "{N}   1/1   Running", "replicaset.apps/{rs}"],
        &["{A}   1/1   Running", "{N}   1/1   Running", "replicaset.apps/{rs}"],
    ),
    pair(
        "the tolerations that nobody wrote",
        &[
            "$ kubectl get pod {A} -o jsonpath='{.spec.tolerations}'\nnode.kubernetes.io/not-ready:NoExecute 300\nnode.kubernetes.io/unreachable:NoExecute 300",
        ],
        &[
            "$ kubectl get pod {A} -o jsonpath='{.spec.tolerations}'\nnode.kubernetes.io/not-ready:NoExecute 300\nnode.kubernetes.io/unreachable:NoExecute 300",
        ],
    ),
    pair(
        "events",
        &[
            "LAST SEEN   TYPE     REASON      OBJECT                           MESSAGE\n2m58s       Normal   Scheduled   pod/{A}   Successfully assigned default/{A} to k8splayground-worker",
        ],
        &[
            "LAST SEEN   TYPE     REASON      OBJECT                           MESSAGE\n3s          Normal   Scheduled   pod/{A}   Successfully assigned default/{A} to k8splayground-worker",
        ],
    ),
    pair(
        "a process list",
        &[
            "root          31  1.4  0.4 851736 106576 ?       Sl   15:22   0:00 kubelet --config=/etc/kubernetes/kubelet.yaml",
        ],
        &[
            "root        9031  0.2  1.4 861736 126576 ?       Rl   Nov25   3:00 kubelet --config=/etc/kubernetes/kubelet.yaml",
        ],
    ),
    pair(
        "a process list with its header",
        &["    PID USER     COMMAND\n     31 root     kubelet\n    286 root     bash"],
        &["    PID USER     COMMAND\n   9031 root     kubelet\n  12286 root     bash"],
    ),
    pair(
        "what pgrep prints",
        &["$ docker exec k8splayground-worker pgrep kubelet\n31"],
        &["$ docker exec k8splayground-worker pgrep kubelet\n9031"],
    ),
    pair(
        "CPU and memory",
        &[
            "NAME                   CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%\nk8splayground-worker   45m          2%     512Mi           6%",
        ],
        &[
            "NAME                   CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%\nk8splayground-worker   1200m        60%    900Mi           11%",
        ],
    ),
    pair(
        "a database",
        &["127.0.0.1:2379, 8e9e05c52164694d, 3.4.13, 2.3 MB, true, false, 2, 1234, 1234,"],
        &["127.0.0.1:2379, 8e9e05c52164694d, 3.4.13, 25 MB, true, false, 3, 99, 98,"],
    ),
    pair(
        "moments",
        &["creationTimestamp: \"{at}\"\ndeletionTimestamp: \"{at}\""],
        &["creationTimestamp: \"{at}\"\ndeletionTimestamp: \"2027-01-02T03:04:06Z\""],
    ),
    pair(
        "keys of events, one more",
        &["/registry/events/default/{A}.18b3c2f4a5d6e7f8\n/registry/leases/a"],
        &[
            "/registry/events/default/{A}.18b3c2f4a5d6e7f9\n/registry/events/default/{A}.18b3c2f4a5d6e800\n/registry/leases/a",
        ],
    ),
    pair(
        "three Pods in a table of names alone, told apart later",
        &["{A}\n{B}\n{C}", "{C} deleted", "{A}\n{B}"],
        &["{C}\n{B}\n{A}", "{C} deleted", "{B}\n{A}"],
    ),
];

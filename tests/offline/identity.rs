//! Pairs of whole notebooks, a recorded one and what a new run brings: which pass `check`, and which must not.
//!
//! The outputs are what the three notebooks and the recordings of a real v1.20.2 cluster show. Names stand in braces:
//! `{A}` is a Pod, which has one name when it is recorded and another in the new run.

use std::time::Duration;

use kpnb::notebook::{CellOutput, Checked, Notebook, OutputPiece, Run, Status, TokenClass, check, parse, update};

/// Placeholder, recorded, new, and as what the new run has seen it.
const NAMES: &[(&str, &str, &str, Option<TokenClass>)] = &[
    ("{A}", "deployment-65cd5869f-hkffm", "deployment-65cd5869f-x2vkq", Some(TokenClass::GeneratedName)),
    ("{B}", "deployment-65cd5869f-sqv98", "deployment-65cd5869f-fqns6", Some(TokenClass::GeneratedName)),
    ("{C}", "deployment-65cd5869f-zzbtk", "deployment-65cd5869f-4jw7c", Some(TokenClass::GeneratedName)),
    ("{N}", "deployment-7b46f9c68-m8rpd", "deployment-569d7c6b8c-vvx2l", Some(TokenClass::GeneratedName)),
    ("{rs}", "deployment-7b46f9c68", "deployment-569d7c6b8c", None),
    ("{D}", "kindnet-7xk2p", "kindnet-c4tqs", Some(TokenClass::GeneratedName)),
    ("{E}", "kindnet-9zq4w", "kindnet-m2v8z", Some(TokenClass::GeneratedName)),
    ("{S}", "default-token-7pchz", "default-token-kr2qr", Some(TokenClass::GeneratedName)),
    ("{ip}", "10.244.1.7", "10.244.1.140", Some(TokenClass::Ip)),
    ("{ip2}", "10.244.2.7", "10.244.2.31", Some(TokenClass::Ip)),
    ("{uid}", "fcd3d9f1-c4e5-4424-8880-0b9978f61d9c", "0d2f4a6c-6a1b-4c7e-9a55-3f7d1c2b4e6f", Some(TokenClass::Uid)),
    ("{uid2}", "a96de79b-1111-4a8b-8d39-6b1b1c0e7a10", "77e1b7a2-90ab-4f0e-8c11-0c9d8e7f6a5b", Some(TokenClass::Uid)),
    ("{rev}", "8143", "1507", Some(TokenClass::Revision)),
    ("{rev2}", "8150", "1519", Some(TokenClass::Revision)),
    ("{cid}", "0123456789ab", "fedcba987654", Some(TokenClass::ContainerId)),
    ("{cid2}", "abcdef012345", "0f1e2d3c4b5a", Some(TokenClass::ContainerId)),
    ("{lease}", "7587881214568349999", "7587881214568345093", Some(TokenClass::EtcdId)),
    ("{lease2}", "7587881214568350123", "7587881214568347777", Some(TokenClass::EtcdId)),
    ("{at}", "2026-11-24T15:23:08Z", "2027-01-02T03:04:05Z", Some(TokenClass::Timestamp)),
];

struct Pair {
    what: &'static str,
    /// A text for each cell.
    recorded: &'static [&'static str],
    new: &'static [&'static str],
}

const fn pair(what: &'static str, recorded: &'static [&'static str], new: &'static [&'static str]) -> Pair {
    Pair { what, recorded, new }
}

/// `kubectl get pods -o wide`'s header.
macro_rules! wide {
    ($($row:literal),*) => {
        concat!(
            "NAME                         READY   STATUS    RESTARTS   AGE   IP           NODE\n",
            $($row, "\n"),*
        )
    };
}

const EQUAL: &[Pair] = &[
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

const DIFFERENT: &[Pair] = &[
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

fn filled(text: &str, new: bool) -> String {
    NAMES
        .iter()
        .fold(text.to_owned(), |text, (place, recorded, now, _)| text.replace(place, if new { now } else { recorded }))
}

fn notebook(cells: usize) -> Notebook {
    parse(
        "n.md",
        (0..cells)
            .map(|cell| format!("# Step {cell}\n\n```rhai {{name=c{cell}}}\nstep({cell})\n```\n\n"))
            .collect::<String>(),
    )
}

fn run(texts: &[&str], new: bool) -> Run {
    let outputs = texts.iter().enumerate().map(|(cell, text)| CellOutput {
        cell,
        status: Status::Ok,
        on: "kind-k8splayground/v1.20.2".into(),
        pieces: [filled(text, new)]
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| OutputPiece::new("text", text, None))
            .collect(),
        elapsed: Duration::from_secs(400),
    });
    let names = NAMES.iter().filter_map(|(_, _, now, class)| Some(((*now).to_owned(), (*class)?)));
    // A young cluster: its revisions are as small as the numbers that people write.
    let small = ["300", "600"].map(|number| (number.to_owned(), TokenClass::Revision));
    let fields = ["300", "600", "137", "143"].map(|number| (number.to_owned(), TokenClass::Integer));
    Run { outputs: outputs.collect(), tokens: names.chain(small).chain(fields).collect(), refresh: false }
}

/// Records a notebook and checks it against a new run.
fn checked(pair: &Pair) -> Checked {
    assert_eq!(pair.recorded.len(), pair.new.len(), "{}", pair.what);
    let recorded = update(&notebook(pair.recorded.len()), &run(pair.recorded, false));
    check(&parse("n.md", recorded.text), &run(pair.new, true))
}

#[test]
fn only_what_says_the_same_passes() {
    assert!(EQUAL.len() + DIFFERENT.len() >= 40 && DIFFERENT.len() >= EQUAL.len());
    let drifts = |pair: &&Pair| checked(pair).has_drifted();
    let wrong: Vec<&str> = EQUAL.iter().filter(drifts).map(|pair| pair.what).collect();
    assert_eq!(wrong, [""; 0], "these must pass");
    let wrong: Vec<&str> = DIFFERENT.iter().filter(|pair| !drifts(pair)).map(|pair| pair.what).collect();
    assert_eq!(wrong, [""; 0], "these must not pass");
}

#[test]
fn a_run_writes_exactly_what_check_finds() {
    for pair in EQUAL.iter().chain(DIFFERENT) {
        let recorded = parse("n.md", update(&notebook(pair.recorded.len()), &run(pair.recorded, false)).text);
        let again = update(&recorded, &run(pair.new, true));
        let drifts = check(&recorded, &run(pair.new, true)).has_drifted();
        assert_eq!(again.text != recorded.text, drifts, "{}", pair.what);
    }
}

#[test]
fn what_broke_is_said_in_words() {
    let said = |what: &str| {
        let pair = DIFFERENT.iter().find(|pair| pair.what == what).unwrap();
        checked(pair).broken.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        said("a Pod that stayed is replaced"),
        ["deployment-65cd5869f-hkffm was one (cell c0, line 10; cell c2, line 34), and is now two: \
          deployment-65cd5869f-x2vkq and deployment-65cd5869f-fqns6"]
    );
    assert_eq!(
        said("a Pod that was replaced stays"),
        [
            "deployment-65cd5869f-hkffm (cell c0, line 10) and deployment-65cd5869f-sqv98 (cell c2, line 34) were two, and \
          are now one: deployment-65cd5869f-x2vkq"
        ]
    );
    assert_eq!(said("another phase"), [""; 0]);
}

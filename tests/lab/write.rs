//! The verbs that write, against the real kubectl: the same command lines on twin namespaces print the same.

use libtest_mimic::{Failed, Trial};

use crate::lab::shared;
use crate::twins::Twins;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: 'yes', y: '0755'}\n";

/// An object that stays until its finalizer goes.
const HELD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/held]}\n";

const REPLICA_SET: &str = "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: r}\nspec: {replicas: 0, selector: {matchLabels: {a: b}}, \
                           template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: 'x:1'}]}}}\n";

fn applies() -> Result<(), Failed> {
    let twins = Twins::new("apply");
    let changed = CONFIG_MAP.replace(", y: '0755'", ", z: <>");
    let invalid = CONFIG_MAP.replace("name: a", "name: A_");
    for (line, stdin) in [
        ("apply -f -", CONFIG_MAP),
        ("apply -f -", CONFIG_MAP),
        ("apply view-last-applied configmap a", ""),
        ("apply -f - --dry-run=server", &changed),
        ("apply -f -", &changed),
        ("get configmap a -o jsonpath={.data}{.metadata.managedFields[*].manager}", ""),
        ("apply --server-side -f -", CONFIG_MAP),
        ("apply -f - -o name", CONFIG_MAP),
        ("apply -f -", &invalid),
        ("apply -f -", "kind: Foo\napiVersion: v1\nmetadata: {name: a}\n"),
        ("apply -f -", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\nfoo: 1\ndata: [1]\n"),
        ("apply -f -", "kind: ConfigMap\nmetadata: a: b\n"),
        ("apply -f -", ""),
        ("apply", ""),
    ] {
        twins.same(line, stdin)?;
    }
    Ok(())
}

fn creates_and_replaces() -> Result<(), Failed> {
    let twins = Twins::new("create");
    for (line, stdin) in [
        ("create -f -", CONFIG_MAP),
        ("create -f -", CONFIG_MAP),
        ("create -f - --dry-run=client", CONFIG_MAP),
        ("create -f - --dry-run=server", &CONFIG_MAP.replace("name: a", "name: b")),
        ("apply -f -", CONFIG_MAP),
        ("replace -f -", &CONFIG_MAP.replace("yes", "no")),
        ("replace -f -", &CONFIG_MAP.replace("name: a", "name: missing")),
        ("create -f missing.yaml", ""),
        ("replace --force -f -", CONFIG_MAP),
        ("replace --force --grace-period=0 --timeout=9s -f -", CONFIG_MAP),
        ("replace --grace-period=3 -f -", CONFIG_MAP),
        ("replace --timeout=3s -f -", CONFIG_MAP),
        ("replace --raw /api/v1/namespaces/NS/configmaps/missing -f -", "{\"metadata\": {\"name\": \"missing\"}}"),
        ("replace --raw x -f -", ""),
        ("replace --raw /x -f - -o yaml", ""),
        ("replace --raw /x -f a -f b", ""),
        ("replace -f -", ""),
        ("replace --force -f -", ""),
    ] {
        twins.same(line, stdin)?;
    }
    Ok(())
}

/// `create` from flags. What would be made is compared by a dry run, which shows all of it; that it is accepted, by making it.
fn generates() -> Result<(), Failed> {
    let twins = Twins::new("generate");
    for line in [
        "create configmap c --from-literal=b=x=y --from-literal=a=1",
        "create secret generic c --from-literal=a=1 --type=foo/x",
        "create deployment d --image=k8s.gcr.io/pause:3.2 --image=busybox:1.31 --replicas=0 --port=80",
        "create deployment e --image=busybox:1.31 --replicas=0 -- sleep 1",
        "create cronjob k --image=busybox:1.31 --schedule='0 0 1 1 *' -- sleep 1",
        "create job m --from=cronjob/k",
        "create serviceaccount s",
        "create role r --verb=get,list --verb=watch --resource=pods,deployments.apps,pods/log --resource-name=a",
        "create rolebinding b --role=r --user=u --group=g --serviceaccount=NS:s",
    ] {
        // A Job of a CronJob names it by its UID, which differs.
        let forms: &[&str] = if line.contains("--from=") { &[] } else { &["yaml", "json"] };
        for form in forms {
            twins.same(&line.replacen("create", &format!("create --dry-run=client -o {form}"), 1), "")?;
        }
        twins.same(&line.replacen("create", "create --dry-run=server", 1), "")?;
        twins.same(line, "")?;
        twins.same(line, "")?;
    }
    Ok(())
}

/// `run`: what it would make, and that the server takes it; no Pod is started.
fn runs() -> Result<(), Failed> {
    let twins = Twins::new("run");
    for line in [
        "run p --image=busybox:1.31 --dry-run=client -o json",
        "run p --image=busybox:1.31 --restart=Never --labels=a=b,c=d --env=X=1 --env=Y=2 --port=80 --dry-run=client -o yaml -- a b",
        "run p --image=busybox:1.31 --image-pull-policy=Never --command --dry-run=client -o json -- a b",
        "run p --image=busybox:1.31 --dry-run=server",
        "run p --image=busybox:1.31 --dry-run=client",
        "run p",
        "run --image=x",
        "run p --image=",
        "run p --image='b ad'",
        "run p --image=x --restart=Foo",
        "run p --image=x --env=X",
        "run p --image=x --labels=a",
        "run P_ --image=x",
    ] {
        twins.same(line, "")?;
    }
    Ok(())
}

fn patches_labels_and_annotates() -> Result<(), Failed> {
    let twins = Twins::new("patch");
    twins.same("create -f -", CONFIG_MAP)?;
    for line in [
        "patch configmap a -p '{\"data\":{\"x\":\"1\"}}'",
        "patch configmap a -p '{\"data\":{\"x\":\"1\"}}'",
        "patch configmap a --type=merge -p 'data: {x: null}'",
        "patch configmap a --type=json -p '[{\"op\":\"remove\",\"path\":\"/data/none\"}]'",
        "patch configmap a -p '{\"data\":'",
        "patch configmap a --type=foo -p '{}'",
        "patch configmap missing -p '{}'",
        "patch configmap a",
        "label configmap a k=v",
        "label configmap a k=v",
        "label configmap a k=w --overwrite",
        "label configmap a k- none-",
        "label configmap a k=_!",
        "label configmap a",
        "label configmap a missing k=v",
        "label configmap a --list",
        "annotate configmap a k=v",
        "annotate configmap a k=w",
        "annotate configmap a k-",
        "annotate configmap a",
    ] {
        twins.same(line, "")?;
    }
    Ok(())
}

/// Patches that no server is asked for, and what they make of a Deployment.
fn patches_here() -> Result<(), Failed> {
    let twins = Twins::new("local");
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 0\n  selector: {matchLabels: {a: \
                      b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers: [{name: c, image: \
                      'busybox:1.31', env: [{name: A, value: '1'}]}, {name: d, image: 'busybox:1.31'}]\n";
    twins.same("create -f -", deployment)?;
    let spec = |patch: &str| format!("{{\"spec\":{{\"template\":{{\"spec\":{patch}}}}}}}");
    for patch in [
        spec(r#"{"containers":[{"name":"c","image":"x:1"}]}"#),
        spec(r#"{"containers":[{"name":"d","$patch":"delete"}]}"#),
        spec(r#"{"containers":[{"name":"new","image":"x:1"}]}"#),
        spec(r#"{"containers":[{"image":"x:1"}]}"#),
        spec(
            r#"{"$setElementOrder/containers":[{"name":"d"},{"name":"c"}],"containers":[{"name":"c","env":[{"name":"A","$patch":"delete"},{"name":"Z","value":"9"}]}]}"#,
        ),
        r#"{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}"#.to_owned(),
        r#"{"spec":{"bogus":1,"replicas":"x"}}"#.to_owned(),
        r#"{"metadata":{"$patch":"replace","name":"d","labels":{"q":"z"}}}"#.to_owned(),
    ] {
        for kind in ["strategic", "merge"] {
            let line = format!("patch deployment d --type {kind} -p '{patch}' --dry-run=client");
            twins.same(&line, "")?;
            twins.same(&format!("{line} -o jsonpath='{{.spec}}{{.metadata.labels}}'"), "")?;
        }
    }
    for line in [
        "patch -f - --local -o yaml --type json -p '[{\"op\":\"add\",\"path\":\"/spec/paused\",\"value\":true}]'",
        "patch -f - --local -o yaml -p '{\"spec\":{\"replicas\":3}}'",
        "patch -f - --local --dry-run=server -p '{}'",
    ] {
        twins.same(line, deployment)?;
    }
    twins.same("patch deployment d --local -p '{}'", "")
}

fn deletes() -> Result<(), Failed> {
    let twins = Twins::new("delete");
    twins.same("create -f -", CONFIG_MAP)?;
    for (line, stdin) in [
        ("delete configmap a --dry-run=client", ""),
        ("delete configmap a --dry-run=server", ""),
        ("delete configmap a", ""),
        ("delete configmap a", ""),
        ("delete configmap a b", ""),
        ("delete configmap a --ignore-not-found", ""),
        ("delete -f -", CONFIG_MAP),
        ("delete configmap -l none=none", ""),
        ("delete pods", ""),
        ("delete pods a -l x=y", ""),
        ("delete pods --all -l x=y", ""),
        ("delete pod a --now --grace-period=3", ""),
        ("delete pod a --force --grace-period=3", ""),
        ("delete pod a --cascade=foo", ""),
        ("delete pod a --force", ""),
        ("delete namespace missing", ""),
        ("create -f -", HELD),
        ("delete configmap held --timeout=1s", ""),
        ("delete configmap held --wait=false", ""),
        ("delete configmap held --timeout=x", ""),
        ("delete --raw x", ""),
        ("patch configmap held --type=merge -p '{\"metadata\":{\"finalizers\":null}}'", ""),
        ("create -f -", REPLICA_SET),
        ("delete rs r --cascade=orphan", ""),
        ("create -f -", REPLICA_SET),
        ("delete rs r --cascade=foreground", ""),
        ("create -f -", REPLICA_SET),
        ("delete rs r --cascade=false", ""),
    ] {
        twins.same(line, stdin)?;
    }
    Ok(())
}

fn scales() -> Result<(), Failed> {
    let twins = Twins::new("scale");
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 0\n  selector: \
                      {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: c, image: \
                      'busybox:1.31'}]}\n";
    twins.same("apply -f -", deployment)?;
    twins.same("apply -f -", deployment)?;
    for line in [
        "scale deployment d --replicas=0",
        "scale deployment d --replicas=1 --current-replicas=5",
        "scale deployment missing --replicas=0",
        "scale deployment d",
        "drain missing",
        "cordon missing",
        "cordon",
    ] {
        twins.same(line, "")?;
    }
    twins.same("apply -f -", &deployment.replace("name: c", "name: e"))?;
    twins.same("get deployment d -o jsonpath={.spec.template.spec.containers[*].name}", "")
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("write::applies_as_the_real_kubectl_does", applies),
        shared("write::creates_and_replaces_as_the_real_kubectl_does", creates_and_replaces),
        shared("write::generates_as_the_real_kubectl_does", generates),
        shared("write::runs_as_the_real_kubectl_does", runs),
        shared("write::patches_labels_and_annotates_as_the_real_kubectl_does", patches_labels_and_annotates),
        shared("write::patches_without_the_server_as_the_real_kubectl_does", patches_here),
        shared("write::deletes_as_the_real_kubectl_does", deletes),
        shared("write::scales_as_the_real_kubectl_does", scales),
    ]
}

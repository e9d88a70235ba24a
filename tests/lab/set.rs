//! `set`, and apply's annotation by itself, against the real kubectl.

use libtest_mimic::{Failed, Trial};

use crate::lab::shared;
use crate::twins::Twins;

const APPLIED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: '1'}\n";

const CHANGED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: '2'}\n";

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 0\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers: [{name: c, image: 'busybox:1.31', env: [{name: P, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}, {name: d, image: 'busybox:1.31'}]\n";

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}, ports: [{port: 80}]}\n";

/// Each subcommand, once with effect, once without, and what is wrong with its words.
fn sets() -> Result<(), Failed> {
    let twins = Twins::new("set");
    for (line, stdin) in [
        ("create -f -", DEPLOYMENT),
        ("create -f -", SERVICE),
        ("set image deployment/d c=busybox:1.32", ""),
        ("set image deployment/d c=busybox:1.32", ""),
        ("set image deployment d c=busybox:1.33 d=x:1", ""),
        ("set image deployment/d nope=x", ""),
        ("set image deployment/d *=x:1", ""),
        ("set image deployment d c=x:2 --dry-run=client -o jsonpath='{.spec.template.spec.containers[*].image}'", ""),
        ("set image deployment d c=x:2 --dry-run=server", ""),
        ("set image deployment d c=x:2 --dry-run=client", ""),
        ("set image deployment/d", ""),
        ("set image c=x", ""),
        ("set image deployment/nope c=x", ""),
        ("set image cm/a c=x", ""),
        ("set image deployment/d c=x foo", ""),
        ("set env deployment/d A=1", ""),
        ("set env deployment/d A=1", ""),
        ("set env deployment/d A=2 B=3 -c c", ""),
        ("set env deployment/d --list", ""),
        ("set env deployment/d A=9 --overwrite=false", ""),
        ("set env deployment/d A- P-", ""),
        ("set env deployment/d --list", ""),
        ("set env deployment/d", ""),
        ("set env deployment/d foo", ""),
        ("set resources deployment d --limits=cpu=1,memory=1Gi --requests=cpu=100m", ""),
        ("set resources deployment d --limits=cpu=1,memory=1Gi --requests=cpu=100m", ""),
        ("set resources deployment d -c=c --limits=cpu=2", ""),
        ("set resources deployment d", ""),
        ("set resources deployment d --limits=cpu=x", ""),
        ("set resources deployment d --limits=cpu", ""),
        ("get deployment d -o jsonpath='{.spec.template.spec.containers}{.metadata.managedFields[*].manager}'", ""),
        ("set serviceaccount deployment d sa", ""),
        ("set serviceaccount deployment d sa", ""),
        ("set serviceaccount d", ""),
        ("set sa deployment/d sb -o name", ""),
        ("set selector svc s a=c,d=e", ""),
        ("set selector svc s a=c,d=e", ""),
        ("set selector deployment d a=c", ""),
        ("set selector svc s x", ""),
        ("get svc s -o jsonpath={.spec.selector}", ""),
        ("set foo", ""),
    ] {
        twins.same(line, stdin)?;
    }
    Ok(())
}

/// The annotation read and written without applying.
fn keeps_the_annotation() -> Result<(), Failed> {
    let twins = Twins::new("annotation");
    for (line, stdin) in [
        ("create -f -", APPLIED),
        ("apply set-last-applied -f -", APPLIED),
        ("apply set-last-applied -f - --create-annotation", APPLIED),
        ("apply set-last-applied -f -", APPLIED),
        ("apply set-last-applied -f - --dry-run=client", CHANGED),
        ("apply set-last-applied -f - -o name", CHANGED),
        ("apply view-last-applied cm a", ""),
        ("apply view-last-applied cm a -o json", ""),
        ("apply view-last-applied cm", ""),
        ("apply set-last-applied", ""),
    ] {
        twins.same(line, stdin)?;
    }
    Ok(())
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("set::sets_as_the_real_kubectl_does", sets),
        shared("set::writes_the_last_applied_as_the_real_kubectl_does", keeps_the_annotation),
    ]
}

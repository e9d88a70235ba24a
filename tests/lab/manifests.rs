//! What `-f` names, against the real kubectl: texts that are wrong, and files that are right up to some object.

use libtest_mimic::{Failed, Trial};

use crate::lab::shared;
use crate::twins::Twins;

const A: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

/// Texts that are no JSON, in Go's words.
fn json() -> Result<(), Failed> {
    let twins = Twins::new("json");
    for text in [
        r#"{"apiVersion": "v1","#,
        r#"{"apiVersion": "v1",}"#,
        r#"{"apiVersion": "v1" "kind": "ConfigMap"}"#,
        r#"{"apiVersion": v1}"#,
        r#"{apiVersion: v1, kind: ConfigMap, metadata: {name: flow}}"#,
        r#"{'apiVersion': 'v1'}"#,
        "{\"apiVersion\": \"v1\",\n \"kind\": \"ConfigMap\"\n \"metadata\": {}}",
        r#"{"a": 01}"#,
        "{\"a\": \"b\nc\"}",
        r#"{"a": "\x"}"#,
        r#"{"a": tru}"#,
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}} trailing"#,
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}}"#,
    ] {
        twins.same("create -f -", text)?;
    }
    Ok(())
}

/// Texts that are no YAML, and YAML that is no object.
fn yaml() -> Result<(), Failed> {
    let twins = Twins::new("yaml");
    for text in [
        "a: b: c\n",
        "a: [1\n",
        "a: 1\n b: 2\n",
        "a: 'x\n",
        "metadata:\n\tname: x\n",
        "a: {b: c\nd: e\n",
        "- a\nb: c\n",
        "foo\n",
        "- a\n",
        "apiVersion: v1\nmetadata: {name: a}\n",
        "kind: Deployment\nmetadata: {name: a}\n",
        "apiVersion: apps/v9\nkind: Deployment\nmetadata: {name: a}\n",
        "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, foo: 1}\nspec: {containers: [{name: a, imag: x}], bar: 3}\n",
    ] {
        twins.same("create -f -", text)?;
        twins.same("create -f - --validate=false --dry-run=server", text)?;
        twins.same("apply -f - --dry-run=client", text)?;
    }
    Ok(())
}

/// What comes before the first wrong object is done; one whose kind nobody knows does not keep the others back.
fn in_part() -> Result<(), Failed> {
    let twins = Twins::new("part");
    let invalid =
        format!("{A}---\n{}---\n{}", A.replace("name: a", "name: b, foo: 1"), A.replace("name: a", "name: c"));
    let broken = format!("{A}---\na: b: c\n---\n{}", A.replace("name: a", "name: c"));
    let unknown = format!(
        "{}---\n{}---\n{}---\n{A}",
        A.replace("name: a", "name: A_"),
        A.replace("ConfigMap", "Foo"),
        A.replace("ConfigMap", "Bar")
    );
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l}}\n- {apiVersion: v1, kind: \
                ConfigMap, metadata: {name: m, foo: 1}}\n- {kind: ConfigMap, metadata: {name: n}}\n";
    for text in [&invalid, &broken, &unknown, list] {
        for verb in ["create", "apply", "replace", "delete"] {
            twins.same(&format!("{verb} -f -"), text)?;
        }
        twins.same("get configmaps -o name", "")?;
    }
    Ok(())
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("manifests::says_what_is_wrong_with_json_as_the_real_kubectl_does", json),
        shared("manifests::says_what_is_wrong_with_yaml_as_the_real_kubectl_does", yaml),
        shared("manifests::does_what_comes_before_a_wrong_object", in_part),
    ]
}

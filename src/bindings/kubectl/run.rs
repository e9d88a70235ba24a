//! `kubectl run`: one Pod.
//!
//! Rules and words: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/run/run.go`.

use futures::FutureExt;
use serde_json::{Map, Value, json};

use super::super::changes::{self, CreateOptions, DryRun, Item};
use super::super::flags::{Flag, Flags};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb};
use crate::client::Failure;

pub(super) const VERB: Verb = Verb {
    name: "run",
    about: "Run an image in a Pod",
    help: "Usage:\n  kubectl run NAME --image IMAGE [--restart Always|OnFailure|Never] [--labels KEY=VALUE,…] [--env KEY=VALUE]… \
           [--port PORT]\n              [--dry-run=client|server] [-o name|yaml|json] [--command] [-- ARGS…]\n\nExample:\n  kubectl \
           run p --image=busybox:1.31 --restart=Never --command -- sleep 60\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::value("image", None),
    Flag::value("restart", None),
    Flag::value("labels", Some('l')),
    Flag::value("env", None),
    Flag::value("port", None),
    Flag::value("image-pull-policy", None),
    Flag::switch("command", None),
];

/// What needs a terminal, or does more than make a Pod.
const REFUSED: &[Flag] = &[
    Flag::switch("rm", None),
    Flag::switch("attach", None),
    Flag::switch("stdin", Some('i')),
    Flag::switch("tty", Some('t')),
    Flag::switch("expose", None),
];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl run", words, &[FLAGS, REFUSED, WRITTEN, RECORD])?;
    for flag in REFUSED {
        if flags.switch(flag.long, false)? {
            return Err(Failure::refused(format!(
                "error: run --{} is refused: it does more than make a Pod",
                flag.long
            ))
            .with_hint("kubectl run without it, then kubectl logs, exec, delete, or apply a manifest of the Service"));
        }
    }
    let pod = pod(&flags)?;
    let mut words = Words::new(kubectl, &flags)?.of_made();
    let scope = kubectl.scope(&flags)?;
    let shows_namespace = words.dry_run != DryRun::Client || scope.explicit;
    let mut metadata = json!({ "name": pod.name });
    if shows_namespace {
        metadata["namespace"] = scope.namespace.as_str().into();
    }
    metadata["creationTimestamp"] = Value::Null;
    metadata["labels"] = pod.labels.into();
    let object = json!({ "kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": pod.spec, "status": {} });
    let resource = kubectl.k8s().resource("pods").await?;
    let item = Item { resource, namespace: Some(scope.namespace), name: pod.name, object, source: String::new() };
    let options = CreateOptions {
        field_manager: flags.get("field-manager").unwrap_or("kubectl-run").to_owned(),
        dry_run: words.dry_run,
        save_config: false,
    };
    let object = changes::create(kubectl.k8s(), &item, &options).await?;
    words.say(kubectl, &item.resource, &object, "created")?;
    Ok(0)
}

/// The Pod that the flags describe.
struct Pod {
    name: String,
    labels: Map<String, Value>,
    spec: Value,
}

fn pod(flags: &Flags) -> Result<Pod, Failure> {
    let misused =
        |what: &str| Err(Failure::usage(format!("error: {what}\nSee 'kubectl run -h' for help and examples")));
    let wrong = |what: &str| Err(Failure::usage(format!("error: {what}")));
    let Some(image) = flags.get("image") else {
        return Err(Failure::usage("Error: required flag(s) \"image\" not set"));
    };
    let Some((name, more)) = flags.args.split_first() else { return misused("NAME is required for run") };
    if image.is_empty() {
        return wrong("--image is required");
    }
    if image.contains(char::is_whitespace) {
        return wrong(&format!("Invalid image name {image:?}: invalid reference format"));
    }
    let restart = flags.get("restart").unwrap_or("Always");
    if !["Always", "OnFailure", "Never"].contains(&restart) {
        return misused(&format!("invalid restart policy: {restart}"));
    }
    let labels = match flags.get("labels").filter(|labels| !labels.is_empty()) {
        None => Map::from_iter([("run".to_owned(), Value::from(name.as_str()))]),
        Some(given) => {
            pairs(given.split(',')).map_err(|label| Failure::usage(format!("error: unexpected label spec: {label}")))?
        }
    };
    let env = flags.all("env").iter().map(String::as_str);
    let env = pairs(env).map_err(|variable| Failure::usage(format!("error: invalid env: {variable}")))?;
    let mut container = json!({ "name": name, "image": image });
    // What stands behind the name counts as arguments, with `--` or without.
    let args: Vec<&String> = more.iter().chain(&flags.after_dashes).collect();
    if !args.is_empty() {
        container[if flags.switch("command", false)? { "command" } else { "args" }] = json!(args);
    }
    if let Some(port) = flags.integer("port")? {
        container["ports"] = json!([{ "containerPort": port }]);
    }
    if !env.is_empty() {
        let env: Vec<Value> = env.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        container["env"] = env.into();
    }
    container["resources"] = json!({});
    if let Some(policy) = flags.get("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    let spec = json!({ "containers": [container], "restartPolicy": restart, "dnsPolicy": "ClusterFirst" });
    Ok(Pod { name: name.clone(), labels, spec })
}

/// `KEY=VALUE` each; else the one that is none.
fn pairs<'a>(pairs: impl Iterator<Item = &'a str>) -> Result<Map<String, Value>, &'a str> {
    pairs
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.into())),
            _ => Err(pair),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(line: &str) -> Result<Pod, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let flags = Flags::parse("kubectl run", &words, &[FLAGS, REFUSED]).unwrap();
        pod(&flags).map_err(|failure| failure.message)
    }

    #[test]
    fn makes_one_container_of_the_words() {
        let pod = made("p --image=b --env=X=1 --port=80 --command -- sleep 1").unwrap();
        let container = &pod.spec["containers"][0];
        assert_eq!(container["command"], json!(["sleep", "1"]));
        assert_eq!(container["env"], json!([{ "name": "X", "value": "1" }]));
        assert_eq!(pod.labels["run"], "p");
        assert_eq!(made("p --image=b x").unwrap().spec["containers"][0]["args"], json!(["x"]));
    }

    #[test]
    fn speaks_as_kubectl() {
        let fails = |line: &str| made(line).err().unwrap_or_default();
        assert_eq!(fails("p"), "Error: required flag(s) \"image\" not set");
        assert_eq!(fails("p --image=x --env=X"), "error: invalid env: X");
        assert_eq!(fails("p --image=x --labels=a"), "error: unexpected label spec: a");
        assert!(fails("p --image=x --restart=Foo").starts_with("error: invalid restart policy: Foo\nSee"));
    }
}

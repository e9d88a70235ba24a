//! `kubectl label` and `kubectl annotate`.

use futures::FutureExt;
use serde_json::{Map, Value, json};

use super::super::changes::{DryRun, all_of, with_source};
use super::super::flags::{Flag, Flags};
use super::invocation::ALL_NAMESPACES;
use super::targets::{FILENAMES, SELECTORS};
use super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::PatchType;

pub(super) const LABEL: Verb = Verb {
    name: "label",
    about: "Update the labels of objects",
    help: "Usage:\n  kubectl label (TYPE NAME… | TYPE -l SELECTOR | TYPE --all | -f FILE) KEY=VALUE… KEY-… [--overwrite] [--list]\n                \
           [--dry-run=client|server] [-o name|yaml|json]\n\nExamples:\n  kubectl label node n disk=ssd\n  kubectl label \
           pod p app-\n",
    run: |kubectl, words| run(kubectl, words, &LABELS).boxed(),
};

pub(super) const ANNOTATE: Verb = Verb {
    name: "annotate",
    about: "Update the annotations of objects",
    help: "Usage:\n  kubectl annotate (TYPE NAME… | TYPE -l SELECTOR | TYPE --all | -f FILE) KEY=VALUE… KEY-… [--overwrite] [--list]\n                   \
           [--dry-run=client|server] [-o name|yaml|json]\n\nExample:\n  kubectl annotate pod p description='a pod'\n",
    run: |kubectl, words| run(kubectl, words, &ANNOTATIONS).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::switch("overwrite", None),
    Flag::switch("list", None),
    Flag::switch("all", None),
    Flag::value("resource-version", None),
    Flag::switch("local", None),
];

/// In what the two verbs differ.
struct Kind {
    verb: &'static str,
    noun: &'static str,
    field: &'static str,
    done: &'static str,
}

const LABELS: Kind = Kind { verb: "label", noun: "label", field: "labels", done: "labeled" };
const ANNOTATIONS: Kind = Kind { verb: "annotate", noun: "annotation", field: "annotations", done: "annotated" };

async fn run(kubectl: &Kubectl<'_>, words: &[String], kind: &Kind) -> Result<i32, Failure> {
    let command = format!("kubectl {}", kind.verb);
    let known = [FLAGS, FILENAMES, SELECTORS, ALL_NAMESPACES, WRITTEN, RECORD];
    let flags = kubectl.flags(&command, words, &known)?;
    if flags.switch("local", false)? {
        return Err(Failure::refused("error: --local is not built in").with_hint("--dry-run=server changes nothing"));
    }
    let (args, changes) = split(&flags, kind)?;
    let lists = flags.switch("list", false)?;
    if changes.is_empty() && !lists {
        return Err(Failure::usage(format!("error: at least one {} update is required", kind.noun)));
    }
    let overwrites = flags.switch("overwrite", false)?;
    let mut words = Words::new(kubectl, &flags)?.without_suffix();
    let default = format!("kubectl-{}", kind.verb);
    let query = words.dry_run.query(flags.get("field-manager").unwrap_or(&default));
    let targets = kubectl.targets(&flags, args, flags.switch("all", false)?).await?;
    let (found, mut failures) = kubectl.fetch(targets).await;
    let several = found.len() > 1;
    for (target, object) in found {
        if lists {
            list(kubectl, &object, kind, several.then(|| target.title()));
            continue;
        }
        if !overwrites && let Err(failure) = none_overwritten(&object, &changes, kind) {
            failures.push(failure);
            continue;
        }
        let before = object["metadata"][kind.field].as_object();
        for (key, value) in &changes {
            if value.is_null() && kind.verb == "label" && before.is_none_or(|before| !before.contains_key(key)) {
                kubectl.out(&format!("{} {key:?} not found.\n", kind.noun));
            }
        }
        // As in kubectl, an object that had none at all counts as changed.
        let changed = before
            .is_none_or(|before| changes.iter().any(|(key, value)| before.get(key).unwrap_or(&Value::Null) != value));
        let mut metadata = Map::new();
        if let Some(version) = flags.get("resource-version") {
            metadata.insert("resourceVersion".to_owned(), version.into());
        }
        metadata.insert(kind.field.to_owned(), Value::Object(changes.clone()));
        let patch = json!({ "metadata": metadata });
        let after = match words.dry_run {
            DryRun::Client => Ok(object),
            _ => {
                let namespace = target.namespace.as_deref();
                let (resource, name) = (&target.resource, &target.name);
                kubectl.k8s().patch(resource, namespace, name, None, PatchType::Merge, &patch, &query).await
            }
        };
        match after {
            Ok(after) => {
                let done = if changed || kind.verb == "annotate" {
                    kind.done.to_owned()
                } else {
                    format!("not {}", kind.done)
                };
                words.say(kubectl, &target.resource, &after, &done)?;
            }
            Err(failure) => {
                let source = target.manifest.as_ref().map_or("", |manifest| &manifest.source);
                failures.push(with_source(&format!("patching {}", kind.field), source, failure));
            }
        }
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// Which arguments name objects, and the changes that the others are; null takes a key away.
fn split<'a>(flags: &'a Flags, kind: &Kind) -> Result<(&'a [String], Map<String, Value>), Failure> {
    let wrong = |what: String| Err(Failure::usage(format!("error: {what}")));
    let is_change = |arg: &str| (arg.contains('=') && !arg.starts_with('=')) || (arg.len() > 1 && arg.ends_with('-'));
    let first = flags.args.iter().position(|arg| is_change(arg)).unwrap_or(flags.args.len());
    let (args, pairs) = flags.args.split_at(first);
    if let Some(other) = pairs.iter().find(|pair| !is_change(pair)) {
        return wrong(format!("all resources must be specified before {} changes: {other}", kind.noun));
    }
    let mut changes = Map::new();
    for pair in pairs {
        let (key, value) = match pair.split_once('=') {
            Some((key, value)) => (key, Value::from(value)),
            None => (&pair[..pair.len() - 1], Value::Null),
        };
        if kind.verb == "label" && value.as_str().is_some_and(|value| !is_label_value(value)) {
            return wrong(format!(
                "invalid label value: {pair:?}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            ));
        }
        let old = changes.insert(key.to_owned(), value.clone());
        if old.is_some_and(|old| old.is_null() != value.is_null()) {
            let article = if kind.verb == "label" { "a" } else { "an" };
            return wrong(format!("can not both modify and remove {article} {} in the same command", kind.noun));
        }
    }
    Ok((args, changes))
}

fn is_label_value(value: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = [value.chars().next(), value.chars().last()];
    value.len() <= 63 && value.chars().all(inner) && ends.iter().flatten().all(char::is_ascii_alphanumeric)
}

fn none_overwritten(object: &Value, changes: &Map<String, Value>, kind: &Kind) -> Result<(), Failure> {
    let there: Vec<String> = changes
        .iter()
        .filter(|(_, value)| !value.is_null())
        .filter_map(|(key, _)| {
            let old = object["metadata"][kind.field][key].as_str()?;
            Some(format!("'{key}' already has a value ({old})"))
        })
        .collect();
    match there.first() {
        None => Ok(()),
        Some(first) if kind.verb == "label" => {
            Err(Failure::answer(format!("error: {first}, and --overwrite is false")))
        }
        Some(_) => Err(Failure::answer(format!(
            "error: --overwrite is false but found the following declared {}(s): {}",
            kind.noun,
            there.join("; ")
        ))),
    }
}

fn list(kubectl: &Kubectl<'_>, object: &Value, kind: &Kind, heading: Option<String>) {
    if let Some(heading) = heading {
        kubectl.out(&format!("Listing {} for {heading}:\n", kind.field));
    }
    let mut pairs: Vec<_> = object["metadata"][kind.field].as_object().into_iter().flatten().collect();
    pairs.sort_by_key(|(key, _)| *key);
    for (key, value) in pairs {
        kubectl.out(&format!("{key}={}\n", value.as_str().unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Flags {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Flags::parse("kubectl label", &words, &[FLAGS]).unwrap()
    }

    #[test]
    fn tells_objects_from_changes() {
        let flags = words("pod a b x=1 y-");
        let (args, changes) = split(&flags, &LABELS).unwrap();
        assert_eq!(args, ["pod", "a", "b"]);
        assert_eq!(Value::Object(changes), json!({"x": "1", "y": null}));
    }

    #[test]
    fn speaks_as_kubectl() {
        let fails = |line: &str, kind: &Kind| split(&words(line), kind).map(|_| ()).unwrap_err().message;
        assert_eq!(fails("a x=1 b", &LABELS), "error: all resources must be specified before label changes: b");
        let both = "error: can not both modify and remove a label in the same command";
        assert_eq!(fails("a x=1 x-", &LABELS), both);
        assert!(fails("a x=_!", &LABELS).starts_with("error: invalid label value: \"x=_!\": a valid label"));
        let object = json!({"metadata": {"labels": {"x": "1"}}});
        let (_, changes) = split(&words("a x=2"), &LABELS).map(|(args, changes)| (args.len(), changes)).unwrap();
        assert_eq!(
            none_overwritten(&object, &changes, &LABELS).unwrap_err().message,
            "error: 'x' already has a value (1), and --overwrite is false"
        );
    }
}

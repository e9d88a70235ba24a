//! `kubectl apply view-last-applied` and `set-last-applied`.

use serde_json::{Value, json};

use super::super::changes::{self, all_of, last_applied};
use super::super::flags::Flags;
use super::Kubectl;
use super::written::Words;
use crate::client::Failure;
use crate::client::k8s::PatchType;
use crate::render::{compact_json, yaml};

/// Prints what was last applied to the objects.
pub(super) async fn view(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<i32, Failure> {
    let output = flags.get("output").unwrap_or("yaml");
    if !["yaml", "json"].contains(&output) {
        return Err(Failure::usage(format!(
            "error: Unexpected -o output mode: {output}, the flag 'output' must be one of yaml|json\nSee 'view-last-applied -h' for help and examples"
        )));
    }
    let targets = kubectl.targets(flags, &flags.args[1..], true).await?;
    let (found, failures) = kubectl.fetch(targets).await;
    for (_, object) in found {
        // As kubectl: nothing is said of an object that was never applied.
        let Some(Ok(applied)) = last_applied(&object).map(serde_json::from_str::<Value>) else { continue };
        kubectl.out(&if output == "yaml" { yaml(&applied) } else { format!("{applied:#}\n") });
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// Writes what the files hold into the annotation, and changes nothing else.
pub(super) async fn set(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<i32, Failure> {
    let mut words = Words::new(kubectl, flags)?;
    let creates = flags.switch("create-annotation", false)?;
    let targets = kubectl.targets(flags, &flags.args[1..], false).await?;
    let (found, mut failures) = kubectl.fetch(targets).await;
    for (target, before) in found {
        if last_applied(&before).is_none() && !creates {
            failures.push(Failure::usage(format!(
                "error: no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                target.name
            )));
            continue;
        }
        let Some(manifest) = &target.manifest else { continue };
        let text = configuration(&manifest.object, target.namespace.as_deref());
        if last_applied(&before) == Some(text.as_str()) {
            kubectl.out(&format!("set-last-applied {}: no changes required.\n", target.name));
            continue;
        }
        let mut after = before;
        if words.dry_run != changes::DryRun::Client {
            let patch = json!({ "metadata": { "annotations": { changes::LAST_APPLIED: text } } });
            let query = words.dry_run.query("kubectl-set-last-applied");
            let (namespace, name) = (target.namespace.as_deref(), &target.name);
            let kind = PatchType::Merge;
            after = kubectl.k8s().patch(&target.resource, namespace, name, None, kind, &patch, &query).await?;
        }
        words.say(kubectl, &target.resource, &after, "configured")?;
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// The text that `set-last-applied` writes: the object with its namespace, without the annotation itself.
fn configuration(object: &Value, namespace: Option<&str>) -> String {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        if let Some(namespace) = namespace {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.shift_remove(changes::LAST_APPLIED);
        }
    }
    format!("{}\n", compact_json(&object))
}

//! `set env deployment/d A=1 B-`, and `--list`.

use serde_json::{Value, json};

use super::template::{containers, pod_spec};
use super::{Edit, Wrong};
use crate::bindings::changes::all_of;
use crate::bindings::flags::Flags;
use crate::bindings::kubectl::Kubectl;
use crate::client::Failure;

/// Variables, with their values; none for those that go.
pub(super) type Variables<'a> = Vec<(&'a str, Option<&'a str>)>;

/// The resources, and the variables of arguments and `-e`; where there is none, nothing is done.
pub(super) fn split<'a>(args: &'a [String], flags: &'a Flags) -> Result<(&'a [String], Variables<'a>), Failure> {
    let is_variable = |arg: &&String| arg.contains('=') || arg.ends_with('-');
    let first = args.iter().position(|arg| is_variable(&arg)).unwrap_or(args.len());
    let (resources, variables) = args.split_at(first);
    let mut read = Vec::new();
    for text in variables.iter().chain(flags.all("env")) {
        match (text.split_once('='), text.strip_suffix('-')) {
            (Some((name, value)), _) => read.push((name, Some(value))),
            (None, Some(name)) => read.push((name, None)),
            (None, None) => {
                return Err(Failure::usage(format!(
                    "error: all resources must be specified before environment changes: {text}"
                )));
            }
        }
    }
    Ok((resources, read))
}

/// `overwrites`: whether a variable that is there may get another value.
pub(super) fn edit<'a>(variables: Variables<'a>, container: Option<&'a str>, overwrites: bool) -> Edit<'a> {
    Box::new(move |object| {
        for container in containers(pod_spec(object)?, container.unwrap_or("*")) {
            let mut env = container["env"].as_array().cloned().unwrap_or_default();
            for (name, value) in &variables {
                let place = env.iter().position(|entry| entry["name"] == *name);
                match (place, value) {
                    (Some(place), None) => drop(env.remove(place)),
                    (None, None) => {}
                    (Some(place), Some(_)) if !overwrites => {
                        let held = env[place]["value"].as_str().unwrap_or_default();
                        return Err(Wrong::OfObject(format!(
                            "'{name}' already has a value ({held}), and --overwrite is false"
                        )));
                    }
                    (Some(place), Some(value)) => env[place] = json!({ "name": name, "value": value }),
                    (None, Some(value)) => env.push(json!({ "name": name, "value": value })),
                }
            }
            match container.as_object_mut() {
                Some(fields) if env.is_empty() => drop(fields.shift_remove("env")),
                _ => container["env"] = env.into(),
            }
        }
        Ok(())
    })
}

/// Says what each container has.
pub(super) async fn list(kubectl: &Kubectl<'_>, flags: &Flags, resources: &[String]) -> Result<i32, Failure> {
    let targets = kubectl.targets(flags, resources, flags.switch("all", false)?).await?;
    let (found, failures) = kubectl.fetch(targets).await;
    for (target, mut object) in found {
        let kind = target.resource.kind.clone();
        let Ok(spec) = pod_spec(&mut object) else { continue };
        for container in containers(spec, flags.get("containers").unwrap_or("*")) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            kubectl.out(&format!("# {kind} {}, container {}\n", target.name, text(&container["name"])));
            for entry in container["env"].as_array().into_iter().flatten() {
                let name = text(&entry["name"]);
                kubectl.out(&match origin(&entry["valueFrom"]) {
                    Some(origin) => format!("# {name} from {origin}\n"),
                    None => format!("{name}={}\n", text(&entry["value"])),
                });
            }
        }
    }
    all_of(failures).map_or(Ok(0), Err)
}

/// `configmap c, key k`: where a variable's value comes from.
fn origin(from: &Value) -> Option<String> {
    let key = |of: &str| {
        format!(
            "{}, key {}",
            from[of]["name"].as_str().unwrap_or_default(),
            from[of]["key"].as_str().unwrap_or_default()
        )
    };
    if from["configMapKeyRef"].is_object() {
        return Some(format!("configmap {}", key("configMapKeyRef")));
    }
    if from["secretKeyRef"].is_object() {
        return Some(format!("secret {}", key("secretKeyRef")));
    }
    from["fieldRef"]["fieldPath"].as_str().map(|path| format!("field path {path}"))
}

//! `set resources deployment/d --limits=cpu=1,memory=1Gi --requests=cpu=100m`.

use serde_json::{Value, json};

use super::Edit;
use super::template::{containers, pod_spec};
use crate::bindings::flags::Flags;
use crate::client::Failure;
use crate::render::Quantity;

/// What the flags give to the containers that `-c` names, or to all.
pub(super) fn edit(flags: &Flags) -> Result<Edit<'_>, Failure> {
    let mut wanted = Vec::new();
    for field in ["limits", "requests"] {
        for pair in flags.all(field).iter().flat_map(|list| list.split(',')).filter(|pair| !pair.is_empty()) {
            let Some((resource, amount)) = pair.split_once('=') else {
                return Err(Failure::usage(format!(
                    "error: Invalid argument syntax {pair}, expected <resource>=<value>"
                )));
            };
            if Quantity::parse(amount).is_none() {
                return Err(Failure::usage(
                    "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                ));
            }
            wanted.push((field, resource, amount));
        }
    }
    if wanted.is_empty() {
        return Err(Failure::usage(
            "error: you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let pattern = flags.get("containers").unwrap_or("*");
    Ok(Box::new(move |object| {
        for container in containers(pod_spec(object)?, pattern) {
            for (field, resource, amount) in &wanted {
                let resources = &mut container["resources"];
                if !resources[*field].is_object() {
                    resources[*field] = json!({});
                }
                resources[*field][*resource] = Value::from(*amount);
            }
        }
        Ok(())
    }))
}

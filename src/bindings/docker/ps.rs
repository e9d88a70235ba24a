//! `docker::ps`: the cluster's containers.

use rhai::{Array, Dynamic, Map};
use serde_json::Value;

use crate::bindings::{Binding, CallError, Options, wrong_type};

pub(super) const BINDING: Binding = Binding {
    name: "docker::ps",
    signature: "docker::ps([#{all, labels}])",
    doc: "The cluster's containers, which are its nodes: an array of `#{id, name, image, state, status, labels}`, sorted by name.

Only running ones, or with `all: true` also stopped ones. `labels` chooses by labels: `\"key=value\"`, `\"key\"` or a map.

```rhai
docker::ps().map(|node| node.name)
```",
    arity: (0, 1),
    call: |call| {
        let options = Options::from(call.options(0, &["all", "labels"])?);
        let filters = options.get("labels").map(labels).transpose()?.unwrap_or_default();
        let all = options.switch("all", false)?;
        let docker = call.workspace.docker()?;
        let mut containers = call.block_on(docker.list(all, &filters))?;
        containers.sort_by_key(name);
        Ok(containers.iter().map(row).collect::<Result<Array, CallError>>()?.into())
    },
};

fn name(container: &Value) -> String {
    container["Names"][0].as_str().unwrap_or_default().trim_start_matches('/').to_owned()
}

fn row(container: &Value) -> Result<Dynamic, CallError> {
    let text = |field: &str| Dynamic::from(container[field].as_str().unwrap_or_default().to_owned());
    let labels = rhai::serde::to_dynamic(&container["Labels"]).map_err(CallError::Script)?;
    let row: [(&str, Dynamic); 6] = [
        ("id", text("Id")),
        ("name", name(container).into()),
        ("image", text("Image")),
        ("state", text("State")),
        ("status", text("Status")),
        ("labels", labels),
    ];
    Ok(row.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>().into())
}

/// Docker's filters for what a script gives as labels.
fn labels(value: &Dynamic) -> Result<Vec<(String, String)>, CallError> {
    let filter = |text: String| ("label".to_owned(), text);
    if let Ok(text) = value.clone().into_string() {
        return Ok(vec![filter(text)]);
    }
    let map = value.clone().try_cast::<Map>().ok_or_else(|| wrong_type("labels", "a string or a map #{…}", value))?;
    Ok(map.into_iter().map(|(key, value)| filter(format!("{key}={value}"))).collect())
}

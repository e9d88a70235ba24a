//! `docker::inspect`, `docker::top`, `docker::logs`: looking at a container.

use rhai::{Array, Dynamic, Map};

use crate::bindings::{Binding, CallError, Options};
use crate::client::docker::{LogOptions, LogPart};

pub(super) const INSPECT: Binding = Binding {
    name: "docker::inspect",
    signature: "docker::inspect(container)",
    doc: "Everything that Docker knows about a container, as a map with Docker's own field names.

```rhai
docker::inspect(\"k8splayground-worker\").State.Status
```",
    arity: (1, 1),
    call: |call| {
        let name = call.text(0, "container")?;
        let docker = call.workspace.docker()?;
        let inspected = call.block_on(docker.container(&name))?.inspected;
        rhai::serde::to_dynamic(inspected).map_err(CallError::Script)
    },
};

pub(super) const TOP: Binding = Binding {
    name: "docker::top",
    signature: "docker::top(container)",
    doc: "A container's processes as the Docker host sees them: an array of maps whose keys are `ps -ef`'s columns.

```rhai
docker::top(\"k8splayground-worker\").map(|process| process.CMD)
```",
    arity: (1, 1),
    call: |call| {
        let name = call.text(0, "container")?;
        let docker = call.workspace.docker()?;
        let top = call.block_on(docker.top(&name, ""))?;
        let strings = |value: &serde_json::Value| -> Vec<String> {
            value.as_array().into_iter().flatten().map(|cell| cell.as_str().unwrap_or_default().to_owned()).collect()
        };
        let titles = strings(&top["Titles"]);
        let row = |cells: &serde_json::Value| -> Dynamic {
            let cells = strings(cells).into_iter().map(Dynamic::from);
            titles.iter().map(|title| title.as_str().into()).zip(cells).collect::<Map>().into()
        };
        Ok(top["Processes"].as_array().into_iter().flatten().map(row).collect::<Array>().into())
    },
};

pub(super) const LOGS: Binding = Binding {
    name: "docker::logs",
    signature: "docker::logs(container[, #{tail}])",
    doc: "What a container has written to standard output and standard error, as one text; with `tail` its last lines.

```rhai
docker::logs(\"k8splayground-worker\", #{tail: 5})
```",
    arity: (1, 2),
    call: |call| {
        let name = call.text(0, "container")?;
        let tail = Options::from(call.options(1, &["tail"])?).integer("tail")?;
        let tail = tail
            .map(u64::try_from)
            .transpose()
            .map_err(|_| CallError::Argument("tail must not be negative; leave it out for the whole log".to_owned()))?;
        let docker = call.workspace.docker()?;
        let mut log = Vec::new();
        let each = |part| match part {
            LogPart::Out(bytes) | LogPart::Err(bytes) => log.extend(bytes),
        };
        call.block_on(docker.logs(&name, &LogOptions { tail, ..LogOptions::default() }, each))?;
        Ok(String::from_utf8_lossy(&log).into_owned().into())
    },
};

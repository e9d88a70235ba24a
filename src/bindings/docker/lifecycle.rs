//! `docker::start`, `stop`, `restart`, `kill`, `pause`, `unpause`: breaking a node and mending it.

use rhai::Dynamic;

use crate::bindings::{Binding, Call, CallError};

pub(super) const START: Binding = Binding {
    name: "docker::start",
    signature: "docker::start(container)",
    doc: "Starts a container of the cluster. One that runs stays as it is.

```rhai
docker::start(\"k8splayground-worker\");
```",
    arity: (1, 1),
    call: |call| {
        let name = call.text(0, "container")?;
        let docker = call.workspace.docker()?;
        call.block_on(docker.start(&name)).map(Dynamic::from)
    },
};

pub(super) const STOP: Binding = Binding {
    name: "docker::stop",
    signature: "docker::stop(container[, grace])",
    doc: "Stops a container of the cluster: SIGTERM to its first process, SIGKILL after `grace` (10 s without it).

```rhai
docker::stop(\"k8splayground-worker\", \"2s\");
undo(\"docker start k8splayground-worker\");
```",
    arity: (1, 2),
    call: |call| {
        let (name, grace) = (call.text(0, "container")?, grace(call)?);
        let docker = call.workspace.docker()?;
        call.block_on(docker.stop(&name, grace)).map(Dynamic::from)
    },
};

pub(super) const RESTART: Binding = Binding {
    name: "docker::restart",
    signature: "docker::restart(container)",
    doc: "Stops a container of the cluster and starts it again.

```rhai
docker::restart(\"k8splayground-worker\");
```",
    arity: (1, 1),
    call: |call| {
        let name = call.text(0, "container")?;
        let docker = call.workspace.docker()?;
        call.block_on(docker.restart(&name, None)).map(Dynamic::from)
    },
};

pub(super) const KILL: Binding = Binding {
    name: "docker::kill",
    signature: "docker::kill(container[, signal])",
    doc: "Sends a signal to a container's first process: `\"SIGKILL\"` without one.

```rhai
docker::kill(\"k8splayground-worker\", \"SIGTERM\");
```",
    arity: (1, 2),
    call: |call| {
        let (name, signal) = (call.text(0, "container")?, call.optional_text(1, "signal")?.unwrap_or_default());
        let docker = call.workspace.docker()?;
        call.block_on(docker.kill(&name, &signal)).map(Dynamic::from)
    },
};

pub(super) const PAUSE: Binding = Binding {
    name: "docker::pause",
    signature: "docker::pause(container)",
    doc: "Freezes all processes of a container: a node that neither works nor fails.

```rhai
docker::pause(\"k8splayground-worker\");
undo(\"docker unpause k8splayground-worker\");
```",
    arity: (1, 1),
    call: |call| {
        let name = call.text(0, "container")?;
        let docker = call.workspace.docker()?;
        call.block_on(docker.pause(&name)).map(Dynamic::from)
    },
};

pub(super) const UNPAUSE: Binding = Binding {
    name: "docker::unpause",
    signature: "docker::unpause(container)",
    doc: "Thaws a paused container.

```rhai
docker::unpause(\"k8splayground-worker\");
```",
    arity: (1, 1),
    call: |call| {
        let name = call.text(0, "container")?;
        let docker = call.workspace.docker()?;
        call.block_on(docker.unpause(&name)).map(Dynamic::from)
    },
};

/// The grace period in whole seconds, which is all that Docker takes; a part of a second counts as one.
fn grace(call: &Call<'_, '_>) -> Result<Option<i32>, CallError> {
    if call.args.get(1).is_none_or(Dynamic::is_unit) {
        return Ok(None);
    }
    let seconds = call.duration(1, "grace")?.as_secs_f64().ceil();
    #[allow(clippy::cast_possible_truncation)] // a cast of a float saturates
    Ok(Some(seconds as i32))
}

//! `docker::exec`: a command on a node.

use rhai::{Dynamic, Map};

use crate::bindings::{Binding, argv};
use crate::client::docker::ExecOptions;

pub(super) const BINDING: Binding = Binding {
    name: "docker::exec",
    signature: "docker::exec(container, command)",
    doc: "Runs a command in a container of the cluster and returns `#{stdout, stderr, exit_code}`.

A string runs by `sh -c`, an array is the command's words. An exit code other than 0 does not throw; a container that is
not there or does not run does. A program that is not there gives exit code 126 or 127. There is no standard input.

```rhai
docker::exec(\"k8splayground-worker\", \"pgrep -c containerd-shim\").stdout
```",
    arity: (2, 2),
    call: |call| {
        let (container, command) = (call.text(0, "container")?, argv(&call.args[1])?);
        let docker = call.workspace.docker()?;
        let done = call.block_on(docker.exec(&container, &command, &ExecOptions::default()))?;
        let result: [(&str, Dynamic); 3] =
            [("stdout", done.stdout.into()), ("stderr", done.stderr.into()), ("exit_code", done.exit_code.into())];
        Ok(result.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>().into())
    },
};

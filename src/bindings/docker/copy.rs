//! `docker::copy_from`, `docker::copy_to`: text out of a container and into it.

use rhai::Dynamic;

use crate::bindings::{Binding, CallError};
use crate::client::Failure;

pub(super) const COPY_FROM: Binding = Binding {
    name: "docker::copy_from",
    signature: "docker::copy_from(container, path)",
    doc: "The text of a file in a container of the cluster.

```rhai
docker::copy_from(\"k8splayground-worker\", \"/var/lib/kubelet/config.yaml\")
```",
    arity: (2, 2),
    call: |call| {
        let (container, path) = (call.text(0, "container")?, call.text(1, "path")?);
        let docker = call.workspace.docker()?;
        let entries = call.block_on(docker.copy_out(&container, &path))?;
        let bytes = entries.into_iter().next().and_then(|entry| entry.bytes);
        let bytes = bytes.ok_or_else(|| CallError::from(Failure::usage(format!("{container}:{path} is no file"))))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| CallError::from(Failure::answer(format!("{container}:{path} is no text"))))?;
        Ok(text.into())
    },
};

pub(super) const COPY_TO: Binding = Binding {
    name: "docker::copy_to",
    signature: "docker::copy_to(container, path, text)",
    doc: "Writes a text into a file of a container of the cluster, over one that is there. Its folder has to be there.

```rhai
docker::copy_to(\"k8splayground-worker\", \"/root/note\", \"written by a notebook\\n\");
```",
    arity: (3, 3),
    call: |call| {
        let (container, path, text) = (call.text(0, "container")?, call.text(1, "path")?, call.text(2, "text")?);
        let (folder, name) = match path.rsplit_once('/') {
            Some((folder, name)) if !name.is_empty() => (if folder.is_empty() { "/" } else { folder }, name),
            _ => return Err(CallError::Argument(format!("path must be that of a file, from /, not {path:?}"))),
        };
        let docker = call.workspace.docker()?;
        call.block_on(docker.copy_in(&container, folder, name, text.as_bytes())).map(Dynamic::from)
    },
};

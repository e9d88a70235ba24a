//! `docker::connect`, `docker::disconnect`: a node on its network and off it.

use rhai::Dynamic;

use crate::bindings::{Binding, Options};

pub(super) const CONNECT: Binding = Binding {
    name: "docker::connect",
    signature: "docker::connect(network, container[, #{ip}])",
    doc: "Puts a container of the cluster on a network, at the address `ip` where one is given.

Kubernetes knows a node by its address: give back the one that it had.

```rhai
docker::connect(\"kind\", \"k8splayground-worker\", #{ip: address});
```",
    arity: (2, 3),
    call: |call| {
        let (network, container) = (call.text(0, "network")?, call.text(1, "container")?);
        let ip = Options::from(call.options(2, &["ip"])?).text("ip")?;
        let docker = call.workspace.docker()?;
        call.block_on(docker.connect_network(&network, &container, ip.as_deref(), &[])).map(Dynamic::from)
    },
};

pub(super) const DISCONNECT: Binding = Binding {
    name: "docker::disconnect",
    signature: "docker::disconnect(network, container)",
    doc: "Takes a container of the cluster off a network: a node that works but that nobody reaches.

```rhai
let network = docker::inspect(\"k8splayground-worker\").NetworkSettings.Networks.keys()[0];
docker::disconnect(network, \"k8splayground-worker\");
```",
    arity: (2, 2),
    call: |call| {
        let (network, container) = (call.text(0, "network")?, call.text(1, "container")?);
        let docker = call.workspace.docker()?;
        call.block_on(docker.disconnect_network(&network, &container, false)).map(Dynamic::from)
    },
};

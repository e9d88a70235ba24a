//! `k8s::logs`: what a container has written.

use super::place::namespace_and_options;
use crate::bindings::{Binding, CallError};
use crate::client::k8s::LogOptions;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::logs",
    signature: "k8s::logs(pod[, #{namespace, container, previous, tail}])",
    doc: "The log of a Pod's container as text.

`container` is needed where the Pod has several; `previous` asks for the container's last instance, `tail` for the last so
many lines.

```rhai
k8s::logs(\"collected-resources\", #{namespace: \"collected-resources\", tail: 1})
```",
    arity: (1, 2),
    call: |call| {
        let pod = call.text(0, "pod")?;
        let (namespace, options) = namespace_and_options(call, 1, &["namespace", "container", "previous", "tail"])?;
        let tail = options.integer("tail")?;
        if tail.is_some_and(|tail| tail < 0) {
            return Err(CallError::Argument("tail must not be negative".to_owned()));
        }
        let which = LogOptions {
            container: options.text("container")?,
            previous: options.switch("previous", false)?,
            tail,
            ..LogOptions::default()
        };
        let k8s = call.workspace.k8s();
        let namespace = namespace.unwrap_or_else(|| k8s.default_namespace().to_owned());
        let mut log = String::new();
        call.block_on(k8s.logs(&namespace, &pod, &which, &mut |text| log.push_str(text)))?;
        Ok(log.into())
    },
};

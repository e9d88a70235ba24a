//! `k8s::exec`: a command in a container.

use rhai::{Dynamic, Map};

use super::place::namespace_and_options;
use crate::bindings::{Binding, argv};
use crate::client::k8s::Source;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::exec",
    signature: "k8s::exec(pod, command[, #{namespace, container}])",
    doc: "Runs a command in a Pod's container and returns `#{stdout, stderr, exit_code}`.

A string runs by `sh -c`, an array is the command's words. An exit code other than 0 does not throw; a Pod, container or
program that is not there does. `container` is needed where the Pod has several. There is no standard input.

```rhai
k8s::exec(\"collected-resources\", \"ps\", #{namespace: \"collected-resources\"}).stdout
```",
    arity: (2, 3),
    call: |call| {
        let (pod, command) = (call.text(0, "pod")?, argv(&call.args[1])?);
        let (namespace, options) = namespace_and_options(call, 2, &["namespace", "container"])?;
        let container = options.text("container")?;
        let k8s = call.workspace.k8s();
        let namespace = namespace.unwrap_or_else(|| k8s.default_namespace().to_owned());
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let mut write = |source, text: &str| match source {
            Source::Stdout => stdout.push_str(text),
            Source::Stderr => stderr.push_str(text),
        };
        let code = call.block_on(k8s.exec(&namespace, &pod, container.as_deref(), &command, &mut write))?;
        let result: [(&str, Dynamic); 3] =
            [("stdout", stdout.into()), ("stderr", stderr.into()), ("exit_code", i64::from(code).into())];
        Ok(result.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>().into())
    },
};

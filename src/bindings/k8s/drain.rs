//! `k8s::drain`: a node without Pods.

use rhai::Dynamic;

use super::cordon::mark;
use super::place::namespace_and_options;
use crate::bindings::Binding;
use crate::bindings::changes::{DrainOptions, drain};
use crate::bindings::command::Streams;

pub(super) const BINDING: Binding = Binding {
    name: "k8s::drain",
    signature: "k8s::drain(node[, #{force, ignore_daemonsets, delete_emptydir_data, grace, timeout}])",
    doc: "Cordons a node, evicts its Pods, waits until they are gone, and returns what kubectl prints meanwhile.

Throws, and evicts none, where there are Pods of DaemonSets (unless `ignore_daemonsets`), Pods that nobody would start
again (unless `force`) or Pods with an emptyDir (unless `delete_emptydir_data`). `grace` is in seconds.

```rhai
k8s::drain(\"k8splayground-worker\", #{ignore_daemonsets: true, timeout: \"2m\"});
k8s::uncordon(\"k8splayground-worker\");
```",
    arity: (1, 2),
    call: |call| {
        let node = call.text(0, "node")?;
        let known = ["force", "ignore_daemonsets", "delete_emptydir_data", "grace", "timeout"];
        let (_, options) = namespace_and_options(call, 1, &known)?;
        let how = DrainOptions {
            force: options.switch("force", false)?,
            ignore_daemonsets: options.switch("ignore_daemonsets", false)?,
            delete_emptydir_data: options.switch("delete_emptydir_data", false)?,
            grace: options.integer("grace")?,
            timeout: options.duration("timeout")?,
            ..DrainOptions::default()
        };
        let (k8s, clock) = (call.workspace.k8s(), &call.workspace.cluster.clock);
        let streams = Streams::default();
        call.block_on(async {
            mark(k8s, &node, true.into()).await?;
            drain(k8s, &**clock, &node, &how, &streams).await
        })?;
        Ok(Dynamic::from(streams.output().terminal))
    },
};

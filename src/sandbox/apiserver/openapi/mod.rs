//! The document at `/openapi/v2`, by which kubectl checks manifests and explains fields.

use serde_json::{Value, json};

use crate::sandbox::api::schema;

/// The document as JSON, for `Accept: application/json`. `custom`: the CustomResourceDefinitions that are there.
pub fn json(_custom: &[Value]) -> Vec<u8> {
    json!({"swagger": "2.0", "definitions": schema::document()}).to_string().into_bytes()
}

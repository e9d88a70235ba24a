//! What the API server fills in where an object does not say.

use serde_json::Value;

use super::Resource;

/// Fills in the defaults of v1.20.
pub fn default(_resource: &Resource, _object: &mut Value) {}

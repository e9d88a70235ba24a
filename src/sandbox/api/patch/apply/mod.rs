//! Who manages which fields, and server-side apply.

use jiff::Timestamp;
use serde_json::Value;

use super::Status;
use crate::sandbox::api::Resource;

/// Who writes, and when.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The field manager: `kubectl-client-side-apply`.
    pub manager: &'a str,
    /// The time of day.
    pub now: Timestamp,
}

/// Notes in `new`'s managedFields what a create (`old` is `None`), update or patch by `writer` changed. Called with
/// defaults and admission done, before the write is stored.
pub fn track(_resource: &Resource, _old: Option<&Value>, _new: &mut Value, _writer: Writer<'_>) {}

/// What server-side apply of `applied` makes of `live` (`None`: it is created), with managedFields; yet without defaults.
///
/// # Errors
/// 409 with a cause for each field that another manager has, unless `force`; 400 of an object that does not fit its type.
pub fn apply(
    _resource: &Resource,
    _live: Option<&Value>,
    applied: &Value,
    _writer: Writer<'_>,
    _force: bool,
) -> Result<Value, Status> {
    Ok(applied.clone())
}

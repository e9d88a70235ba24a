//! What a patch makes of an object: JSON in, JSON out.

pub mod apply;
mod json;
mod merge;
mod strategic;

pub use json::json;
pub use merge::merge;
pub use strategic::strategic;

use super::Status;

/// 400, with a message.
fn bad_request(message: String) -> Status {
    Status { code: 400, reason: "BadRequest", message, details: None }
}

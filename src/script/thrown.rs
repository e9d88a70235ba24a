//! What a failed or wrong call throws.

use std::fmt;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Map, Position};

use super::value;
use crate::client::Failure;

/// A failed call as a script sees it: `e.message`, `e.reason`, `e.code`, `e.causes`, `e.command`. Prints as its
/// message.
#[derive(Debug, Clone)]
pub struct Thrown {
    /// What failed.
    pub failure: Failure,
    /// The verbatim command that failed, or empty.
    pub command: String,
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.failure.message)
    }
}

impl From<Failure> for Thrown {
    fn from(failure: Failure) -> Self {
        Self { failure, command: String::new() }
    }
}

impl Thrown {
    /// The error to throw.
    pub fn error(self) -> Box<EvalAltResult> {
        EvalAltResult::ErrorRuntime(Dynamic::from(self), Position::NONE).into()
    }

    /// All fields, as a script would write them.
    pub fn map(&self) -> Map {
        ["message", "reason", "code", "causes", "command"]
            .into_iter()
            .map(|name| (name.into(), self.field(name).unwrap_or_default()))
            .collect()
    }

    fn field(&self, name: &str) -> Option<Dynamic> {
        Some(match name {
            "message" => self.failure.message.clone().into(),
            "reason" => self.failure.reason.clone().into(),
            "code" => self.failure.code.into(),
            "causes" => self
                .failure
                .causes
                .iter()
                .filter_map(|cause| serde_json::to_value(cause).ok())
                .map(|cause| value::from_json(&cause))
                .collect::<Array>()
                .into(),
            "command" => self.command.clone().into(),
            _ => return None,
        })
    }
}

/// A call with an argument of the wrong type or with an unknown option: a mistake in the script, not in the cluster.
#[derive(Debug, Clone)]
pub struct Misuse {
    /// What is wrong.
    pub message: String,
    /// How the function is called.
    pub signature: &'static str,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Misuse {
    /// The error to throw.
    pub fn error(self) -> Box<EvalAltResult> {
        EvalAltResult::ErrorRuntime(Dynamic::from(self), Position::NONE).into()
    }
}

/// Registers what scripts can do with a caught error.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Thrown>("error");
    for name in ["message", "reason", "code", "causes", "command"] {
        engine.register_get(name, move |thrown: &mut Thrown| thrown.field(name).unwrap_or_default());
    }
    engine.register_indexer_get(|thrown: &mut Thrown, name: &str| thrown.field(name).unwrap_or_default());
    engine.register_fn("to_string", |thrown: &mut Thrown| thrown.to_string());
    engine.register_fn("to_debug", |thrown: &mut Thrown| thrown.to_string());
    engine.register_type_with_name::<Misuse>("error");
    engine.register_get("message", |misuse: &mut Misuse| misuse.message.clone());
    engine.register_fn("to_string", |misuse: &mut Misuse| misuse.message.clone());
    engine.register_fn("to_debug", |misuse: &mut Misuse| misuse.message.clone());
    engine.register_type_with_name::<super::FailedClaim>("error");
    engine.register_get("message", |claim: &mut super::FailedClaim| claim.to_string());
    engine.register_fn("to_string", |claim: &mut super::FailedClaim| claim.to_string());
    engine.register_fn("to_debug", |claim: &mut super::FailedClaim| claim.to_string());
}

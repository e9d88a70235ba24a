//! One function that a script can call, and one call of it with its arguments checked.

use std::future::Future;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, FnPtr, Map, NativeCallContext};

use super::Workspace;
use crate::client::Failure;
use crate::script::Host;

/// A function that a script can call: signature, doc and code together. All are listed in one registry.
#[derive(Clone, Copy)]
pub struct Binding {
    /// With its namespace: `k8s::get`, `wait_until`.
    pub name: &'static str,
    /// As people read it: `k8s::get(kind, name[, ns])`. Shown as the hint of a wrong call.
    pub signature: &'static str,
    /// What it does, returns and throws: markdown, first a sentence, then details, then an example in a rhai fence.
    pub doc: &'static str,
    /// How many arguments it takes.
    pub arity: RangeInclusiveConst,
    /// The code.
    pub call: fn(&mut Call<'_, '_>) -> Result<Dynamic, CallError>,
}

/// From, to; both inclusive. A `RangeInclusive` that is `Copy`.
pub type RangeInclusiveConst = (usize, usize);

impl Binding {
    /// The numbers of arguments that it takes.
    pub fn arities(&self) -> RangeInclusive<usize> {
        self.arity.0..=self.arity.1
    }
}

/// Why a call did not return.
#[derive(Debug)]
pub enum CallError {
    /// A layer, or kpnb itself, refused or failed: thrown as `#{message, reason, code, causes, command}`.
    Failure(Failure),
    /// Likewise, from a verbatim command.
    Command(Failure, String),
    /// The call is wrong: an error at the call's position with the signature as a hint.
    Argument(String),
    /// An error of Rhai's own, from a closure that the binding called.
    Script(Box<rhai::EvalAltResult>),
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Box<rhai::EvalAltResult>> for CallError {
    fn from(error: Box<rhai::EvalAltResult>) -> Self {
        Self::Script(error)
    }
}

/// A running call.
pub struct Call<'a, 'ctx> {
    /// What surrounds the script.
    pub host: &'a Host,
    /// What the notebook can reach.
    pub workspace: &'a Arc<Workspace>,
    /// Rhai's context, to call closures.
    pub context: &'a NativeCallContext<'ctx>,
    /// The arguments, as many as the binding's arity allows.
    pub args: Vec<Dynamic>,
}

impl Call<'_, '_> {
    /// Runs a future to its end, interruptibly.
    ///
    /// # Errors
    /// As [`Host::block_on`].
    pub fn block_on<T>(&self, future: impl Future<Output = Result<T, Failure>>) -> Result<T, CallError> {
        self.host.block_on(future).map_err(CallError::Failure)
    }

    /// Argument `place` as a string.
    ///
    /// # Errors
    /// Another type.
    pub fn text(&self, place: usize, name: &str) -> Result<String, CallError> {
        let value = self.args.get(place).cloned().unwrap_or_default();
        value.clone().into_string().map_err(|_| wrong_type(name, "a string", &value))
    }

    /// Argument `place` as a string, where it is given and not `()`.
    ///
    /// # Errors
    /// Another type.
    pub fn optional_text(&self, place: usize, name: &str) -> Result<Option<String>, CallError> {
        if self.args.get(place).is_none_or(Dynamic::is_unit) { Ok(None) } else { self.text(place, name).map(Some) }
    }

    /// Argument `place` as an integer.
    ///
    /// # Errors
    /// Another type.
    pub fn integer(&self, place: usize, name: &str) -> Result<i64, CallError> {
        let value = self.args.get(place).cloned().unwrap_or_default();
        value.as_int().map_err(|_| wrong_type(name, "an integer", &value))
    }

    /// Argument `place` as a duration: `"90s"`, `"1m30s"`, or a number of seconds.
    ///
    /// # Errors
    /// Another type, or a string that is no duration.
    pub fn duration(&self, place: usize, name: &str) -> Result<Duration, CallError> {
        duration(&self.args.get(place).cloned().unwrap_or_default(), name)
    }

    /// Argument `place` as a closure.
    ///
    /// # Errors
    /// Another type.
    pub fn closure(&self, place: usize, name: &str) -> Result<FnPtr, CallError> {
        let value = self.args.get(place).cloned().unwrap_or_default();
        value.clone().try_cast::<FnPtr>().ok_or_else(|| wrong_type(name, "a closure, as in || x > 1", &value))
    }

    /// Argument `place` as options; `known` are the keys that it may have. Absent: empty.
    ///
    /// # Errors
    /// Another type, or an unknown key.
    pub fn options(&self, place: usize, known: &[&str]) -> Result<Map, CallError> {
        let value = self.args.get(place).cloned().unwrap_or_default();
        if value.is_unit() {
            return Ok(Map::new());
        }
        let map = value.clone().try_cast::<Map>().ok_or_else(|| wrong_type("options", "a map #{…}", &value))?;
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(CallError::Argument(format!("unknown option {key:?}; known: {}", known.join(", ")))),
            None => Ok(map),
        }
    }

    /// Argument `place` as a namespace, which may be a string or the option `namespace` of a map.
    ///
    /// # Errors
    /// Another type, or an unknown key.
    pub fn namespace_or_options(&self, place: usize, known: &[&str]) -> Result<(Option<String>, Map), CallError> {
        if self.args.get(place).is_some_and(Dynamic::is_string) {
            return Ok((self.optional_text(place, "ns")?, Map::new()));
        }
        let options = self.options(place, known)?;
        let namespace = match options.get("namespace") {
            None => None,
            Some(value) if value.is_unit() => None,
            Some(value) => Some(value.clone().into_string().map_err(|_| wrong_type("namespace", "a string", value))?),
        };
        Ok((namespace, options))
    }
}

/// The error for an argument of the wrong type.
pub fn wrong_type(name: &str, wanted: &str, value: &Dynamic) -> CallError {
    let got = match value.type_name() {
        "()" => "nothing",
        "i64" => "an integer",
        "f64" => "a float",
        "string" => "a string",
        other => other,
    };
    CallError::Argument(format!("{name} must be {wanted}, not {got}"))
}

/// A script's duration: `"90s"`, `"5m"`, `"1m30s"`, `"250ms"`, or a number of seconds.
///
/// # Errors
/// Another type, a string that is no duration, or a negative number.
pub fn duration(value: &Dynamic, name: &str) -> Result<Duration, CallError> {
    let bad = || {
        CallError::Argument(format!("{name}: {value} is no duration; write \"90s\", \"1m30s\", \"250ms\" or seconds"))
    };
    if let Ok(seconds) = value.as_int() {
        return u64::try_from(seconds).map(Duration::from_secs).map_err(|_| bad());
    }
    if let Ok(seconds) = value.as_float() {
        return Duration::try_from_secs_f64(seconds).map_err(|_| bad());
    }
    let text = value.clone().into_string().map_err(|_| wrong_type(name, "a duration", value))?;
    crate::notebook::parse_duration(&text).ok_or_else(bad)
}

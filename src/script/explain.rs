//! From Rhai's errors to what a reader is told.

use rhai::{Dynamic, EvalAltResult, ParseErrorType, Position, Scope};

use super::error::CallSite;
use super::{FailedClaim, Misuse, Place, ScriptError, ScriptErrorKind, Sources, Stop, Thrown, source, value};
use crate::notebook::closest;

/// What the session knows that helps to explain an error.
pub(super) struct Explainer<'a> {
    pub(super) sources: &'a Sources,
    pub(super) scope: &'a Scope<'static>,
    /// Names of functions, with their namespace, and how they are called.
    pub(super) functions: &'a [(String, String)],
}

impl Explainer<'_> {
    pub(super) fn explain(&self, error: EvalAltResult) -> ScriptError {
        let mut error = error;
        let mut source = Some(source::CELLS.to_owned());
        let mut place = None;
        let mut calls = Vec::new();
        loop {
            // What arose at no place of its own, as in a native function, arose where that was called.
            place = self.sources.place(source.as_deref(), error.position()).or(place);
            match error {
                EvalAltResult::ErrorInFunctionCall(function, within, inner, _) => {
                    if !function.starts_with("anon$") {
                        calls.push(CallSite { function, place: place.clone() });
                    }
                    if !within.is_empty() {
                        source = Some(within);
                    }
                    error = *inner;
                }
                EvalAltResult::ErrorInModule(file, inner, _) => {
                    source = Some(file);
                    error = *inner;
                }
                other => {
                    calls.reverse();
                    return self.innermost(other, place, calls);
                }
            }
        }
    }

    fn innermost(&self, mut error: EvalAltResult, place: Option<Place>, calls: Vec<CallSite>) -> ScriptError {
        error.set_position(Position::NONE);
        let in_function = !calls.is_empty();
        let failed = |message: String, hint: Option<String>| (ScriptErrorKind::Failed, message, hint);
        let (kind, message, hint) = match error {
            EvalAltResult::ErrorParsing(what, _) => {
                let (message, hint) = parse_error(&what);
                (ScriptErrorKind::Syntax, message, hint)
            }
            EvalAltResult::ErrorTerminated(token, _) => stopped(token.try_cast()),
            EvalAltResult::ErrorRuntime(thrown, _) => runtime(&thrown),
            EvalAltResult::ErrorVariableNotFound(name, _) => {
                let hint = self.variable_hint(&name, in_function);
                failed(format!("unknown variable {name}"), hint)
            }
            EvalAltResult::ErrorFunctionNotFound(call, _) => self.unknown_function(&call),
            EvalAltResult::ErrorModuleNotFound(name, _) => {
                let hint = format!("a module is a file {name}.rhai in stdlib/ beside the notebook or its folder");
                failed(format!("unknown module {name:?}"), Some(hint))
            }
            EvalAltResult::ErrorStackOverflow(_) => failed(
                "too many nested calls".to_owned(),
                Some(format!("functions may call each other {} deep", super::limits::CALLS)),
            ),
            EvalAltResult::ErrorTooManyOperations(_) => {
                failed("too many operations".to_owned(), Some("does a loop run for ever?".to_owned()))
            }
            other => failed(other.to_string(), None),
        };
        ScriptError { kind, message, place, calls, hint }
    }

    fn variable_hint(&self, name: &str, in_function: bool) -> Option<String> {
        if in_function && self.scope.contains(name) {
            return Some(format!(
                "functions do not see a cell's variables: pass {name} as an argument, or use a closure: let f = || …"
            ));
        }
        let names: Vec<&str> = self.scope.iter_raw().map(|(name, ..)| name).collect();
        closest(name, &names).map(|near| format!("did you mean {near}?"))
    }

    /// `call` as Rhai gives it: `k8s::gte (string, i64)`.
    fn unknown_function(&self, call: &str) -> (ScriptErrorKind, String, Option<String>) {
        let (name, arguments) = call.split_once(" (").unwrap_or((call, ""));
        let arguments = arguments.trim_end_matches(')');
        let count = if arguments.is_empty() { 0 } else { arguments.split(", ").count() };
        let known: Vec<&str> =
            self.functions.iter().filter(|(known, _)| known == name).map(|(_, signature)| signature.as_str()).collect();
        if !known.is_empty() {
            let plural = if count == 1 { "" } else { "s" };
            return (
                ScriptErrorKind::Failed,
                format!("{name} does not take {count} argument{plural}"),
                Some(known.join("\n")),
            );
        }
        let others: Vec<&str> =
            self.functions.iter().map(|(known, _)| known.as_str()).filter(|known| *known != name).collect();
        let near = closest(name, &others);
        let types = arguments.replace("&str | ImmutableString | String", "string").replace("i64", "integer");
        let message = match name {
            // Operators are functions too.
            _ if !name.contains(|c: char| c.is_alphanumeric() || c == '_') => {
                format!("{name} is not defined for {}", types.replace(", ", " and "))
            }
            _ if arguments.is_empty() => format!("unknown function {name}()"),
            _ => format!("unknown function {name}({types})"),
        };
        (ScriptErrorKind::Failed, message, near.map(|near| format!("did you mean {near}?")))
    }
}

fn stopped(stop: Option<Stop>) -> (ScriptErrorKind, String, Option<String>) {
    match stop {
        Some(Stop::Deadline(deadline)) => {
            let given = shown_duration(deadline.given);
            let limit = deadline.limit.map_or_else(String::new, |limit| format!(": {}, {}", limit.of, limit.set));
            let hint = deadline.limit.map(|limit| limit.hint.to_owned());
            (ScriptErrorKind::Timeout, format!("timed out after {given}{limit}"), hint)
        }
        Some(Stop::Memory) => (
            ScriptErrorKind::Failed,
            format!("the script took more than {} MiB of memory", super::memory::LIMIT >> 20),
            None,
        ),
        Some(Stop::Interrupted) | None => (ScriptErrorKind::Interrupted, "interrupted".to_owned(), None),
    }
}

/// `1m30s`, as it would be written in a script.
pub fn shown_duration(duration: std::time::Duration) -> String {
    let (whole, millis) = (duration.as_secs(), duration.subsec_millis());
    let (minutes, seconds) = (whole / 60, whole % 60);
    match (minutes, seconds, millis) {
        (0, 0, millis) => format!("{millis}ms"),
        (0, seconds, 0) => format!("{seconds}s"),
        (minutes, 0, 0) => format!("{minutes}m"),
        (minutes, seconds, 0) => format!("{minutes}m{seconds}s"),
        _ => format!("{}s", duration.as_secs_f64()),
    }
}

fn runtime(thrown: &Dynamic) -> (ScriptErrorKind, String, Option<String>) {
    if let Some(claim) = thrown.read_lock::<FailedClaim>() {
        return (ScriptErrorKind::Claim, claim.to_string(), None);
    }
    if let Some(misuse) = thrown.read_lock::<Misuse>() {
        return (ScriptErrorKind::Failed, misuse.message.clone(), Some(misuse.signature.to_owned()));
    }
    if let Some(thrown) = thrown.read_lock::<Thrown>() {
        return (ScriptErrorKind::Failed, thrown.failure.message.clone(), thrown.failure.hint.clone());
    }
    let message = match thrown.read_lock::<rhai::Map>() {
        Some(map) => map.get("message").map_or_else(|| value::text_of(thrown), value::text_of),
        None => value::text_of(thrown),
    };
    (ScriptErrorKind::Failed, if message.is_empty() { "error".to_owned() } else { message }, None)
}

/// The message of a syntax error, and a hint for Rhai's traps.
fn parse_error(what: &ParseErrorType) -> (String, Option<String>) {
    let message = what.to_string();
    let hint = match what {
        ParseErrorType::Reserved(word) if word == "eval" => Some("eval is disabled in notebooks".to_owned()),
        ParseErrorType::Reserved(word) => Some(format!("as a field's name, write it so: x[\"{word}\"]")),
        ParseErrorType::PropertyExpected => {
            Some("a field whose name is a keyword is written so: x[\"default\"]".to_owned())
        }
        ParseErrorType::ExprExpected(_) => {
            Some("try and import are statements, no expressions; if, switch and { … } are both".to_owned())
        }
        ParseErrorType::MissingToken(token, _) if token == ";" => {
            Some("statements end with a semicolon; a duration is a string: \"60s\"".to_owned())
        }
        _ => None,
    };
    (message, hint)
}

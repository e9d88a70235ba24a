//! What is waited for.

use serde_json::Value;

use crate::client::Failure;
use crate::render::jsonpath::JsonPath;

/// A condition on one object.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// `status.conditions` has one of this type with this status; both without regard to case.
    Status { name: String, value: String },
    /// A path leads to this value, or, without one, to any.
    Path { path: JsonPath, value: Option<String> },
    /// The object exists.
    Created,
    /// It does not.
    Deleted,
}

impl Condition {
    /// As `kubectl wait --for` takes it: `condition=Ready[=False]`, `delete`, `create`, `jsonpath={.a.b}[=value]`.
    ///
    /// # Errors
    /// Anything else, in kubectl's words.
    pub(crate) fn of_flag(text: &str) -> Result<Self, Failure> {
        match (text.to_lowercase().as_str(), text.split_once('=')) {
            ("delete", _) => Ok(Self::Deleted),
            ("create", _) => Ok(Self::Created),
            (_, Some(("condition", condition))) => Ok(Self::of_status(condition)),
            (_, Some(("jsonpath", path))) => Self::of_path(path),
            _ => Err(Failure::usage(format!("error: unrecognized condition: {text:?}"))),
        }
    }

    /// As `k8s::wait` takes it: `Ready[=False]`, `deleted`, `created`, and all that `kubectl wait --for` takes.
    ///
    /// # Errors
    /// A jsonpath that is none, in kubectl's words.
    pub(crate) fn of_script(text: &str) -> Result<Self, Failure> {
        match text {
            "created" => Ok(Self::Created),
            "deleted" => Ok(Self::Deleted),
            "delete" | "create" => Self::of_flag(text),
            _ if text.starts_with("condition=") || text.starts_with("jsonpath=") => Self::of_flag(text),
            _ => Ok(Self::of_status(text)),
        }
    }

    fn of_status(text: &str) -> Self {
        let (name, value) = text.split_once('=').unwrap_or((text, "true"));
        Self::Status { name: name.to_owned(), value: value.to_owned() }
    }

    /// Source: kubernetes v1.32 `staging/src/k8s.io/kubectl/pkg/cmd/wait/wait.go`, `processJSONPathInput`.
    fn of_path(text: &str) -> Result<Self, Failure> {
        // The value's `=` stands behind the path; one in the path is inside of a filter's braces.
        let (path, value) = match text.rfind('}') {
            Some(end) => (&text[..=end], text[end + 1..].strip_prefix('=')),
            None => text.split_once('=').map_or((text, None), |(path, value)| (path, Some(value))),
        };
        let value = value.map(|value| value.trim_matches(['\'', '"']));
        if value == Some("") {
            return Err(Failure::usage("error: jsonpath wait value cannot be empty"));
        }
        let path = JsonPath::relaxed(path.trim_matches(['\'', '"']));
        let path = path.map_err(|why| Failure::usage(format!("error: {why}")))?;
        Ok(Self::Path { path, value: value.map(str::to_owned) })
    }

    /// Whether the object, which is none while it does not exist, is as wanted.
    ///
    /// # Errors
    /// A path that leads to several values or to no plain one, in kubectl's words.
    pub(crate) fn holds(&self, object: Option<&Value>) -> Result<bool, Failure> {
        match (self, object) {
            (Self::Deleted, object) => Ok(object.is_none()),
            (_, None) => Ok(false),
            (Self::Created, Some(_)) => Ok(true),
            (Self::Status { name, value }, Some(object)) => Ok(has_status(object, name, value)),
            (Self::Path { path, value }, Some(object)) => leads_to(path, value.as_deref(), object),
        }
    }
}

/// A status that was computed for an older spec does not count.
fn has_status(object: &Value, name: &str, value: &str) -> bool {
    let same =
        |field: &Value, text: &str| field.as_str().is_some_and(|field| field.to_lowercase() == text.to_lowercase());
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.filter(|condition| same(&condition["type"], name)).any(|condition| {
        let of_condition = condition["observedGeneration"].as_i64();
        let observed = of_condition.or(object["status"]["observedGeneration"].as_i64());
        let generation = object["metadata"]["generation"].as_i64();
        let is_old = observed.zip(generation).is_some_and(|(observed, generation)| observed < generation);
        !is_old && same(&condition["status"], value)
    })
}

fn leads_to(path: &JsonPath, wanted: Option<&str>, object: &Value) -> Result<bool, Failure> {
    // An index that is out of bounds now may be there later.
    let found: Vec<Value> = path.find(object).unwrap_or_default().into_iter().flatten().collect();
    let value = match found.as_slice() {
        [] => return Ok(false),
        [value] => value,
        _ => return Err(Failure::answer("error: given jsonpath expression matches more than one value")),
    };
    let Some(wanted) = wanted else { return Ok(true) };
    match value {
        Value::Array(_) | Value::Object(_) => {
            Err(Failure::answer("error: jsonpath leads to a nested object or list which is not supported"))
        }
        Value::Null => Ok(wanted == "<nil>"),
        Value::String(text) => Ok(text == wanted),
        other => {
            let text = other.to_string();
            Ok(text == wanted)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(condition: &str, object: &Value) -> Result<bool, String> {
        let condition = Condition::of_script(condition).map_err(|failure| failure.message)?;
        condition.holds(Some(object)).map_err(|failure| failure.message)
    }

    #[test]
    fn reads_conditions_without_regard_to_case() {
        let object = json!({
            "metadata": {"generation": 2},
            "status": {"observedGeneration": 2, "conditions": [{"type": "Ready", "status": "False"}]},
        });
        assert_eq!(holds("ready=false", &object), Ok(true));
        assert_eq!(holds("Ready", &object), Ok(false));
        assert_eq!(holds("condition=Ready=False", &object), Ok(true));
        let old = json!({"metadata": {"generation": 3}, "status": object["status"]});
        assert_eq!(holds("Ready=False", &old), Ok(false));
    }

    #[test]
    fn follows_paths() {
        let object = json!({"status": {"phase": "Running", "n": 3, "ips": [{"ip": "a"}, {"ip": "b"}]}});
        assert_eq!(holds("jsonpath={.status.phase}=Running", &object), Ok(true));
        assert_eq!(holds("jsonpath='{.status.n}'=3", &object), Ok(true));
        assert_eq!(holds("jsonpath=.status.phase=Pending", &object), Ok(false));
        assert_eq!(holds("jsonpath={.status.phase}", &object), Ok(true));
        assert_eq!(holds("jsonpath={.status.nope}", &object), Ok(false));
        assert_eq!(holds("jsonpath={.status.ips[?(@.ip==\"b\")].ip}=b", &object), Ok(true));
        assert!(holds("jsonpath={.status.ips[*].ip}=a", &object).unwrap_err().contains("more than one value"));
        assert!(holds("jsonpath={.status.ips}=a", &object).unwrap_err().contains("nested object or list"));
        assert!(holds("jsonpath={.status", &object).unwrap_err().contains("unexpected path string"));
    }

    #[test]
    fn tells_what_it_does_not_know() {
        let failure = Condition::of_flag("ready").unwrap_err();
        assert_eq!(failure.message, "error: unrecognized condition: \"ready\"");
        assert!(Condition::of_flag("delete").unwrap().holds(None).unwrap());
        assert!(!Condition::of_script("created").unwrap().holds(None).unwrap());
    }
}

//! Selectors of labels and fields: apimachinery v0.20.2 `labels/selector.go`, `fields/selector.go`.

use serde_json::Value;

use super::request::Request;
use crate::sandbox::api::{Resource, Status};

/// What a list or watch is restricted to.
#[derive(Debug, Clone, Default)]
pub(super) struct Selector {
    labels: Vec<Requirement>,
    /// JSON pointer, whether it must be equal, the value.
    fields: Vec<(String, bool, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Above(i64),
    Below(i64),
}

impl Selector {
    /// What a request restricts its list to.
    ///
    /// # Errors
    /// 400.
    pub(super) fn of(resource: &Resource, request: &Request) -> Result<Self, Status> {
        let mut selector = Self::default();
        if let Some(text) = request.query("labelSelector") {
            selector.labels = parse(text).map_err(Status::bad_request)?;
        }
        if let Some(text) = request.query("fieldSelector") {
            for term in text.split(',').filter(|term| !term.is_empty()) {
                selector.fields.push(field(resource, term)?);
            }
        }
        Ok(selector)
    }

    /// This, and only the object of a name.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.fields.push(("/metadata/name".to_owned(), true, name.to_owned()));
        self
    }

    /// Whether it lets everything through.
    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether it lets an object through.
    pub(super) fn matches(&self, object: &Value) -> bool {
        self.labels.iter().all(|requirement| requirement.holds(&object["metadata"]["labels"]))
            && self.fields.iter().all(|(pointer, equal, wanted)| {
                let value = object.pointer(pointer).map(plain).unwrap_or_default();
                // A Pod's nodeName and the like that are absent are empty; so are flags that are false.
                let value =
                    if value.is_empty() && pointer.ends_with("unschedulable") { "false".to_owned() } else { value };
                (value == *wanted) == *equal
            })
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl Requirement {
    fn holds(&self, labels: &Value) -> bool {
        let label = labels[&self.key].as_str();
        let among = |values: &[String]| label.is_some_and(|label| values.iter().any(|value| value == label));
        let number = || label.and_then(|label| label.parse::<i64>().ok());
        match &self.test {
            Test::In(values) => among(values),
            Test::NotIn(values) => !among(values),
            Test::Exists => label.is_some(),
            Test::Absent => label.is_none(),
            Test::Above(bound) => number().is_some_and(|number| number > *bound),
            Test::Below(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

/// One term of a field selector.
fn field(resource: &Resource, term: &str) -> Result<(String, bool, String), Status> {
    let split = ["!=", "==", "="].iter().find_map(|operator| Some((*operator, term.split_once(operator)?)));
    let Some((operator, (key, value))) = split else {
        return Err(Status::bad_request(format!("invalid selector: '{term}'; can't understand '{term}'")));
    };
    let more: &[&str] = match (resource.group, resource.plural) {
        // AddFieldLabelConversionFunc in v1.20 `pkg/apis/core/v1/conversion.go` and its like.
        ("", "pods") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        ("", "nodes") => &["spec.unschedulable"],
        ("", "events") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("", "namespaces") => &["status.phase"],
        ("", "secrets") => &["type"],
        ("", "replicationcontrollers") => &["status.replicas"],
        ("batch", "jobs") => &["status.successful"],
        ("certificates.k8s.io", _) => &["spec.signerName"],
        _ => &[],
    };
    let known = key == "metadata.name" || (key == "metadata.namespace" && resource.namespaced) || more.contains(&key);
    if !known {
        let message = match (resource.group, resource.plural) {
            ("", "pods" | "nodes" | "events" | "namespaces" | "secrets" | "replicationcontrollers") => {
                format!("field label not supported: {key}")
            }
            _ => format!("{key:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""),
        };
        return Err(Status::bad_request(message));
    }
    let pointer = match key {
        "source" => "/source/component".to_owned(),
        "status.successful" => "/status/succeeded".to_owned(),
        key => format!("/{}", key.replace('.', "/")),
    };
    Ok((pointer, operator != "!=", value.to_owned()))
}

/// A label selector, based on equality or on sets.
fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let tokens = tokens(text);
    let mut at = 0;
    let mut requirements = Vec::new();
    let end = String::new();
    let token = |at: usize| tokens.get(at).unwrap_or(&end);
    loop {
        let absent = token(at) == "!";
        at += usize::from(absent);
        let key = token(at).clone();
        if !is_word(&key) {
            let after = if requirements.is_empty() { "identifier" } else { "identifier after ','" };
            let what = if requirements.is_empty() { "!, identifier, or 'end of string'" } else { after };
            return Err(format!("found '{key}', expected: {what}"));
        }
        at += 1;
        let operator = token(at).clone();
        let test = match operator.as_str() {
            _ if absent => Test::Absent,
            "" | "," => Test::Exists,
            "=" | "==" | "!=" => {
                at += 1;
                let value = if is_word(token(at)) { token(at).clone() } else { String::new() };
                at += usize::from(is_word(&value));
                if operator == "!=" { Test::NotIn(vec![value]) } else { Test::In(vec![value]) }
            }
            ">" | "<" => {
                at += 2;
                let bound = token(at - 1)
                    .parse()
                    .map_err(|_| "for 'Gt', 'Lt' operators, the value must be an integer".to_string())?;
                if operator == ">" { Test::Above(bound) } else { Test::Below(bound) }
            }
            "in" | "notin" => {
                at += 1;
                if token(at) != "(" {
                    return Err(format!("found '{}' expected: '('", token(at)));
                }
                let mut values = Vec::new();
                loop {
                    at += 1;
                    match token(at).as_str() {
                        ")" => break,
                        "," => {}
                        "" => return Err("unable to parse requirement: found '', expected: ',' or ')'".to_owned()),
                        value => values.push(value.to_owned()),
                    }
                }
                at += 1;
                if operator == "in" { Test::In(values) } else { Test::NotIn(values) }
            }
            other => {
                return Err(format!(
                    "unable to parse requirement: found '{other}', expected: in, notin, =, ==, !=, gt, lt"
                ));
            }
        };
        requirements.push(Requirement { key, test });
        match token(at).as_str() {
            "" => return Ok(requirements),
            "," => at += 1,
            other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
        }
        if !is_word(token(at)) && token(at) != "!" {
            return Err(format!("found '{}', expected: identifier after ','", token(at)));
        }
    }
}

fn is_word(token: &str) -> bool {
    !token.is_empty() && !token.starts_with(['!', '=', '<', '>', ',', '(', ')'])
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(next) = chars.next() {
        match next {
            ' ' | '\t' | '\r' | '\n' => {}
            '=' | '!' => {
                let mut token = next.to_string();
                if chars.next_if_eq(&'=').is_some() {
                    token.push('=');
                }
                tokens.push(token);
            }
            '<' | '>' | ',' | '(' | ')' => tokens.push(next.to_string()),
            _ => {
                let mut word = next.to_string();
                while let Some(next) = chars.next_if(|next| !" \t\r\n=!<>,()".contains(*next)) {
                    word.push(next);
                }
                tokens.push(word);
            }
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn holds(selector: &str, labels: &Value) -> bool {
        parse(selector).unwrap().iter().all(|requirement| requirement.holds(labels))
    }

    #[test]
    fn labels_are_selected_by_equality_and_by_sets() {
        let labels = json!({"a": "b", "n": "5"});
        for selector in
            ["a=b", "a==b", "a!=c", "x!=c", "a", "!x", "a in (b, c)", "a notin (c)", "x notin (c)", "n>4", "a=b,n<6"]
        {
            assert!(holds(selector, &labels), "{selector}");
        }
        for selector in ["a=c", "a!=b", "x", "!a", "a in (c)", "a notin (b,c)", "n>5", "a=b,x"] {
            assert!(!holds(selector, &labels), "{selector}");
        }
        assert_eq!(parse("foo=,=").unwrap_err(), "found '=', expected: identifier after ','");
    }

    #[test]
    fn fields_are_those_of_the_kind() {
        let pods = Resource::named("pods").unwrap();
        assert_eq!(field(pods, "foo=bar").unwrap_err().message, "field label not supported: foo");
        assert!(field(pods, "spec.nodeName!=x").is_ok());
    }
}

//! JSONPath in kubectl's dialect: `{.items[*].metadata.name}`, `{range …}…{end}`, filters, slices, unions.
//!
//! Rules and words: k8s.io/client-go v0.20 `util/jsonpath`.

mod evaluate;
mod parse;

use serde_json::Value;

use super::{compact_json, go_value, indented_json};

/// A parsed template.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPath {
    parts: Vec<Part>,
    strict: bool,
}

/// One part of a template.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// What stands in one pair of braces, or text between them: its values are printed with a space between.
    Print(Vec<Step>),
    /// `{range …}` up to its `{end}`.
    Range(Vec<Step>, Vec<Part>),
}

/// One step from a set of values to the next.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// A text, number or boolean, whatever the values are.
    Literal(Value),
    /// `.name`
    Field(String),
    /// `.*`
    Wildcard,
    /// `..`
    Recursive,
    /// `[0]`, `[1:3]`, `[*]`
    Slice(Slice),
    /// `[0,2]`, `['a','b']`
    Union(Vec<Vec<Step>>),
    /// `[?(@.x)]`, `[?(@.x=="y")]`
    Filter(Vec<Step>, Option<(Comparison, Vec<Step>)>),
}

/// From, to, step; as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slice {
    from: Option<i64>,
    to: Option<i64>,
    step: Option<i64>,
    /// A single index: `to` was not written.
    single: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl JsonPath {
    /// Parses a template. Keys that an object has not then stand for nothing.
    ///
    /// # Errors
    /// What is wrong, in kubectl's words: `unclosed action`.
    pub fn parse(template: &str) -> Result<Self, String> {
        Ok(Self { parts: parse::template(template)?, strict: false })
    }

    /// Parses a single path, which may go without braces and leading dot, as `--sort-by` and `custom-columns` take it.
    ///
    /// # Errors
    /// As [`JsonPath::parse`], or a text that is no single path.
    pub fn relaxed(path: &str) -> Result<Self, String> {
        if path.is_empty() {
            return Self::parse("");
        }
        let inner = path.strip_prefix('{').map_or(Some(path), |rest| rest.strip_suffix('}'));
        match inner.map(|inner| inner.strip_prefix('.').unwrap_or(inner)) {
            Some(inner) if !inner.is_empty() && !inner.contains(['{', '}']) => Self::parse(&format!("{{.{inner}}}")),
            _ => Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                      '{.name1.name2}'"
                .to_owned()),
        }
    }

    /// The same template, for which a missing key is an error.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The values that each part of the template finds, in order.
    ///
    /// # Errors
    /// An index out of bounds, a filter on what is no list, values that do not compare; in kubectl's words.
    pub fn find(&self, value: &Value) -> Result<Vec<Vec<Value>>, String> {
        let found = evaluate::parts(&self.parts, value, self.strict)?;
        Ok(found.into_iter().map(|part| part.into_iter().map(std::borrow::Cow::into_owned).collect()).collect())
    }

    /// The text that `kubectl get -o jsonpath=…` prints: lists and maps as JSON, a space between values.
    ///
    /// # Errors
    /// As [`JsonPath::find`].
    pub fn print(&self, value: &Value) -> Result<String, String> {
        let mut text = String::new();
        for part in evaluate::parts(&self.parts, value, self.strict)? {
            let values: Vec<String> = part.iter().map(|value| printed(value)).collect();
            text.push_str(&values.join(" "));
        }
        Ok(text)
    }

    /// The text that `-o jsonpath-as-json=…` prints: each part's values as an indented list.
    ///
    /// # Errors
    /// As [`JsonPath::find`].
    pub fn print_json(&self, value: &Value) -> Result<String, String> {
        Ok(self.find(value)?.into_iter().map(|part| indented_json(&Value::Array(part))).collect())
    }
}

/// A value as a JSONPath template prints it.
fn printed(value: &Value) -> String {
    if value.is_array() || value.is_object() { compact_json(value) } else { go_value(value) }
}

#[cfg(test)]
mod tests;

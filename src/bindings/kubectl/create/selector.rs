//! A label selector as people write it, as the API has it: `a=b,c in (d,e),!f`.
//!
//! Source of rules and words: kubernetes v1.20 `staging/src/k8s.io/apimachinery/pkg/labels/selector.go` and
//! `pkg/apis/meta/v1/helpers.go`, `ParseToLabelSelector`.

use serde_json::{Map, Value, json};

use super::generator::wrong;
use crate::client::Failure;

/// The selector of a text.
///
/// # Errors
/// Text that is none, or an operator that the API's selectors do not have, in kubectl's words.
pub(in crate::bindings::kubectl) fn label_selector(text: &str) -> Result<Value, Failure> {
    let mut requirements = match (Parser { tokens: tokens(text), place: 0 }).requirements() {
        Ok(requirements) => requirements,
        Err(why) => return wrong(format!("couldn't parse the selector string {text:?}: {why}")),
    };
    requirements.sort_by(|a, b| a.key.cmp(&b.key));
    let (mut labels, mut expressions) = (Map::new(), Vec::new());
    for Requirement { key, operator, mut values } in requirements {
        let operator = match operator.as_str() {
            "=" | "==" => {
                labels.insert(key, values.pop().unwrap_or_default().into());
                continue;
            }
            "in" => "In",
            "notin" => "NotIn",
            "exists" => "Exists",
            "!" => "DoesNotExist",
            other => return wrong(format!("{other:?} is not a valid label selector operator")),
        };
        values.sort();
        let mut expression = json!({ "key": key, "operator": operator });
        if !values.is_empty() {
            expression["values"] = values.into();
        }
        expressions.push(expression);
    }
    let mut selector = json!({});
    if !labels.is_empty() {
        selector["matchLabels"] = labels.into();
    }
    if !expressions.is_empty() {
        selector["matchExpressions"] = expressions.into();
    }
    Ok(selector)
}

struct Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
}

/// Words and signs; the empty text stands at the end.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '=' | '!' if rest[1..].starts_with('=') => 2,
            '(' | ')' | ',' | '=' | '!' | '<' | '>' => 1,
            _ => rest.find(|c: char| c.is_whitespace() || "(),=!<>".contains(c)).unwrap_or(rest.len()),
        };
        tokens.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    tokens.push(String::new());
    tokens
}

struct Parser {
    tokens: Vec<String>,
    place: usize,
}

impl Parser {
    fn requirements(&mut self) -> Result<Vec<Requirement>, String> {
        let mut found = Vec::new();
        while !self.peek().is_empty() {
            if self.peek() != "!" && !is_word(self.peek()) {
                return Err(format!("found '{}', expected: !, identifier, or 'end of string'", self.peek()));
            }
            found.push(self.requirement().map_err(|why| format!("unable to parse requirement: {why}"))?);
            match self.next().as_str() {
                "" => break,
                "," if self.peek() == "!" || is_word(self.peek()) => {}
                "," => return Err(format!("found '{}', expected: identifier after ','", self.peek())),
                other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
            }
        }
        Ok(found)
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == "!";
        if negated {
            self.next();
        }
        let key = self.word()?;
        let alone = matches!(self.peek(), "" | ",");
        if negated || alone {
            let operator = if negated { "!" } else { "exists" }.to_owned();
            return Ok(Requirement { key, operator, values: Vec::new() });
        }
        let operator = self.next();
        let values = match operator.as_str() {
            "in" | "notin" => self.set()?,
            "=" | "==" | "!=" if matches!(self.peek(), "" | ",") => vec![String::new()],
            "=" | "==" | "!=" | "<" | ">" => vec![self.word()?],
            other => return Err(format!("found '{other}', expected: '=', '!=', '==', 'in', notin'")),
        };
        Ok(Requirement { key, operator, values })
    }

    /// `(a, b)`
    fn set(&mut self) -> Result<Vec<String>, String> {
        let open = self.next();
        if open != "(" {
            return Err(format!("found '{open}' expected: '('"));
        }
        let mut values = Vec::new();
        loop {
            values.push(self.word()?);
            match self.next().as_str() {
                "," => {}
                ")" => return Ok(values),
                other => return Err(format!("found '{other}', expected: ',' or ')'")),
            }
        }
    }

    fn word(&mut self) -> Result<String, String> {
        let word = self.next();
        if is_word(&word) { Ok(word) } else { Err(format!("found '{word}', expected: identifier")) }
    }

    fn peek(&self) -> &str {
        self.tokens.get(self.place).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let token = self.peek().to_owned();
        self.place += 1;
        token
    }
}

fn is_word(token: &str) -> bool {
    token.chars().next().is_some_and(|first| !"(),=!<>".contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, selector) in [
            ("a=b,c==d,e=", json!({"matchLabels": {"a": "b", "c": "d", "e": ""}})),
            (
                "z in (c, b),a notin (x),k,!n",
                json!({"matchExpressions": [
                    {"key": "a", "operator": "NotIn", "values": ["x"]},
                    {"key": "k", "operator": "Exists"},
                    {"key": "n", "operator": "DoesNotExist"},
                    {"key": "z", "operator": "In", "values": ["b", "c"]},
                ]}),
            ),
        ] {
            assert_eq!(label_selector(text).unwrap(), selector, "{text}");
        }
    }

    #[test]
    fn says_what_kubectl_says() {
        for (text, said) in [
            ("a!=c", "error: \"!=\" is not a valid label selector operator"),
            (
                "a=b=c",
                "error: couldn't parse the selector string \"a=b=c\": found '=', expected: ',' or 'end of string'",
            ),
            (
                "a b",
                "error: couldn't parse the selector string \"a b\": unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'",
            ),
        ] {
            assert_eq!(label_selector(text).unwrap_err().message, said);
        }
    }
}

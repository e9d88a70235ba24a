//! One YAML document as JSON, read as kubectl reads it: YAML 1.1 scalars, the last of duplicate keys, and `<<`
//! written over what stands before it.
//!
//! Source: sigs.k8s.io/yaml and gopkg.in/yaml.v2, as kubectl v1.20 uses them. The errors are libyaml's, whose
//! words kubectl prints.

use std::collections::HashMap;

use base64::Engine as _;
use granit_parser::{Event, Parser, ScalarStyle, Span, options};
use serde_json::{Map, Value};

use super::scalar;

/// How many nodes aliases may multiply a text into.
const MOST_NODES: usize = 1_000_000;

/// How deep nodes may stand in each other; serde_json takes as many.
const MOST_DEEP: usize = 128;

/// Why a text is no YAML.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct YamlError {
    /// In kubectl's words: `line 3: mapping values are not allowed in this context`.
    pub(super) message: String,
    /// Counted from 1; none where no place is known.
    pub(super) place: Option<(usize, usize)>,
}

impl YamlError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None }
    }

    fn at(message: impl Into<String>, span: &Span) -> Self {
        Self { message: message.into(), place: Some((span.start.line(), span.start.col() + 1)) }
    }
}

/// Reads the first document of `text`.
pub(super) fn parse(text: &str) -> Result<Value, YamlError> {
    let options = options! {
        block_scalar_eof_without_line_feed: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
    };
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { text, parser, anchors: HashMap::new(), nodes: 0, depth: 0, deepest: 0 };
    loop {
        match reader.next()? {
            (Event::StreamStart, _) => {}
            (Event::DocumentStart(_, Some(version)), _) if (version.major, version.minor) != (1, 1) => {
                return Err(YamlError::new("found incompatible YAML document"));
            }
            (Event::DocumentStart(..), _) => break,
            _ => return Ok(Value::Null),
        }
    }
    let (event, span) = reader.next()?;
    let node = reader.node(event, &span)?;
    // What follows the node belongs to the same document, and may yet be wrong.
    while !matches!(reader.next()?.0, Event::DocumentEnd | Event::StreamEnd) {}
    Ok(node.value)
}

struct Reader<'a> {
    text: &'a str,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    /// None while the anchored node is being read.
    anchors: HashMap<usize, Option<Node>>,
    nodes: usize,
    /// Of the node that is being read, and the most below the one that it stands in.
    depth: usize,
    deepest: usize,
}

/// A value, how many nodes it has, and how deep they stand in each other.
#[derive(Debug, Clone)]
struct Node {
    value: Value,
    size: usize,
    height: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let place = (error.marker().line(), error.marker().col() + 1);
                Err(in_libyamls_words(self.text).unwrap_or(YamlError {
                    message: format!("line {}: {}", place.0, error.info()),
                    place: Some(place),
                }))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: &Span) -> Result<Node, YamlError> {
        self.nodes += 1;
        let before = self.nodes;
        self.depth += 1;
        let deepest_before = std::mem::take(&mut self.deepest);
        self.reach(self.depth, span)?;
        let (value, anchor) = match event {
            Event::Alias(id) => (self.alias(id, span)?, 0),
            Event::UnresolvedAlias(name) => {
                return Err(YamlError::at(format!("unknown anchor '{name}' referenced"), span));
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref().and_then(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:"));
                (scalar_value(&text, style, tag.as_deref(), span)?, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.anchors.insert(anchor, None);
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => items.push(self.node(event, &span)?.value),
                    }
                }
                (Value::Array(items), anchor)
            }
            Event::MappingStart(_, anchor, _) => {
                self.anchors.insert(anchor, None);
                (Value::Object(self.mapping()?), anchor)
            }
            _ => return Err(YamlError::at("did not find expected node content", span)),
        };
        let node = Node { value, size: self.nodes - before + 1, height: self.deepest - self.depth + 1 };
        self.depth -= 1;
        self.deepest = self.deepest.max(deepest_before);
        if anchor != 0 {
            self.anchors.insert(anchor, Some(node.clone()));
        }
        Ok(node)
    }

    /// Notes that nodes stand so deep.
    fn reach(&mut self, depth: usize, span: &Span) -> Result<(), YamlError> {
        self.deepest = self.deepest.max(depth);
        if depth <= MOST_DEEP { Ok(()) } else { Err(YamlError::at(format!("exceeded max depth of {MOST_DEEP}"), span)) }
    }

    fn alias(&mut self, id: usize, span: &Span) -> Result<Value, YamlError> {
        let name = span.slice(self.text).unwrap_or_default().trim_start_matches('*');
        let Some(Some(node)) = self.anchors.get(&id).cloned() else {
            return Err(YamlError::at(format!("anchor '{name}' value contains itself"), span));
        };
        // The alias itself was counted as a node.
        self.nodes += node.size - 1;
        if self.nodes > MOST_NODES {
            return Err(YamlError::at("document contains excessive aliasing", span));
        }
        self.reach(self.depth + node.height - 1, span)?;
        Ok(node.value)
    }

    fn mapping(&mut self) -> Result<Map<String, Value>, YamlError> {
        let mut map = Map::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(map);
            }
            let merges = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, &span)?.value;
            let (event, value_span) = self.next()?;
            let value = self.node(event, &value_span)?.value;
            if merges {
                merge(&mut map, value, &value_span)?;
            } else {
                let key = key_text(&key, &value, &span)?;
                map.insert(key, value);
            }
        }
    }
}

/// `<<: *a`, `<<: [*a, *b]`: the first of several wins among them, all win over what stands before.
fn merge(map: &mut Map<String, Value>, from: Value, span: &Span) -> Result<(), YamlError> {
    let fail = || YamlError::at("map merge requires map or sequence of maps as the value", span);
    match from {
        Value::Object(fields) => map.extend(fields),
        Value::Array(maps) => {
            for fields in maps.into_iter().rev() {
                map.extend(match fields {
                    Value::Object(fields) => fields,
                    _ => return Err(fail()),
                });
            }
        }
        _ => return Err(fail()),
    }
    Ok(())
}

fn key_text(key: &Value, value: &Value, span: &Span) -> Result<String, YamlError> {
    match key {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(key.to_string()),
        Value::Null => {
            let value = if value.is_null() { "<nil>".to_owned() } else { value.to_string() };
            Err(YamlError::at(format!("Unsupported map key of type: %!s(<nil>), key: <nil>, value: {value}"), span))
        }
        _ => Err(YamlError::at("invalid map key", span)),
    }
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&str>, span: &Span) -> Result<Value, YamlError> {
    match tag {
        Some("str") => Ok(text.into()),
        Some("binary") => {
            let packed: String = text.split_whitespace().collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(packed);
            let bytes = bytes.map_err(|_| YamlError::at("!!binary value contains invalid base64 data", span))?;
            Ok(String::from_utf8_lossy(&bytes).into_owned().into())
        }
        None if style != ScalarStyle::Plain => Ok(text.into()),
        Some("float") => match scalar::resolve(text) {
            Value::Number(number) => Ok(Value::Number(number)),
            _ => Err(YamlError::at(format!("cannot decode !!str `{text}` as a !!float"), span)),
        },
        _ => Ok(scalar::resolve(text)),
    }
}

/// What libyaml says of `text`. yaml.v2 is a port of it, so kubectl prints these words.
fn in_libyamls_words(text: &str) -> Option<YamlError> {
    /// What the parser proper reports; yaml.v2 counts its lines from 0, and those of the scanner from 1.
    const OF_THE_PARSER: [&str; 3] = ["did not find expected", "found undefined tag", "found duplicate"];
    let documents = serde_yaml::Deserializer::from_str(text);
    let error = documents.map(<serde_yaml::Value as serde::Deserialize>::deserialize).find_map(Result::err)?;
    let said = error.to_string();
    let problem = said.split(" at line ").next()?.split(" at position ").next()?;
    let place = error.location().map(|location| (location.line(), location.column()));
    let line = place.map_or(0, |(line, _)| line);
    let of_the_parser = OF_THE_PARSER.iter().any(|start| problem.starts_with(start));
    let message = match if of_the_parser || line == 1 { line.saturating_sub(1) } else { line } {
        0 => problem.to_owned(),
        line => format!("line {line}: {problem}"),
    };
    Some(YamlError { message, place })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_as_kubectl_does() {
        for (text, value) in [
            ("a: 1\na: 2\n", json!({"a": 2})),
            ("1: a\ntrue: b\n1.5: c\n", json!({"1": "a", "true": "b", "1.5": "c"})),
            (
                "a: 'yes'\nb: yes\nc: !!str 12\nd: !!binary aGVsbG8=\n",
                json!({"a": "yes", "b": true, "c": "12", "d": "hello"}),
            ),
            (
                "a: &x {q: 1}\nb: {q: 2, <<: *x}\nc: {<<: *x, q: 2}\n",
                json!({"a": {"q": 1}, "b": {"q": 1}, "c": {"q": 2}}),
            ),
            ("a: |\n  x\n  y", json!({"a": "x\ny"})),
            ("", json!(null)),
            ("# nothing\n", json!(null)),
            ("- a\n- b: c\n", json!(["a", {"b": "c"}])),
        ] {
            assert_eq!(parse(text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn fails_as_kubectl_does() {
        for (text, message, place) in [
            (
                "apiVersion: v1\nkind: Pod\nmetadata: a: b\n",
                "line 3: mapping values are not allowed in this context",
                Some((3, 12)),
            ),
            ("a: [1\nb: 2\n", "line 1: did not find expected ',' or ']'", Some((2, 2))),
            ("a: 1\n\tb: 2\n", "line 2: found a tab character that violates indentation", Some((2, 1))),
            ("a: *x\n", "unknown anchor 'x' referenced", Some((1, 4))),
            ("k: v\nm:\n  name: \"a\n", "line 4: found unexpected end of stream", Some((4, 1))),
            ("a: @b\n", "found character that cannot start any token", Some((1, 4))),
            ("%YAML 1.2\n---\na: b\n", "found incompatible YAML document", None),
            ("a: &a [*a]\n", "anchor 'a' value contains itself", Some((1, 8))),
            ("a: \"\\z\"\n", "found unknown escape character", Some((1, 5))),
            ("~: d\n", "Unsupported map key of type: %!s(<nil>), key: <nil>, value: \"d\"", Some((1, 1))),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.message, message, "{text}");
            assert_eq!(error.place, place, "{text}");
        }
    }

    #[test]
    fn survives_a_deep_text() {
        for text in ["[".repeat(20_000), format!("{}x", "- ".repeat(5_000)), "{a: ".repeat(20_000)] {
            assert!(parse(&text).is_err());
        }
        let nested = |depth: usize, inner: &str| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(128, "")).is_ok());
        let through_aliases = |depth: usize| {
            format!("- &a {}\n- &b {}\n- {}\n", nested(depth, "x"), nested(depth, "*a"), nested(depth, "*b"))
        };
        assert!(parse(&through_aliases(40)).is_ok());
        assert_eq!(parse(&through_aliases(43)).unwrap_err().message, "exceeded max depth of 128");
    }

    #[test]
    fn survives_a_billion_laughs() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let alias = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", vec![alias; 9].join(", "));
        }
        assert_eq!(parse(&text).unwrap_err().message, "document contains excessive aliasing");
    }
}

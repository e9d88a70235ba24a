//! Text → objects.

use serde_json::Value;

use super::go_json::{self, JsonError};
use super::{Manifest, yaml};
use crate::client::Failure;

/// What a text holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// Its objects, in order, up to where it is wrong; Lists are taken apart.
    pub objects: Vec<Manifest>,
    /// Why reading ended before the text did.
    pub failure: Option<Failure>,
}

/// The objects of a YAML or JSON text. `source` names the text in errors, which are in kubectl's words, with the place
/// as a hint.
pub fn parse(source: &str, text: &str) -> Contents {
    let mut contents = Contents::default();
    let read = if text.trim_start().starts_with('{') { read_json } else { read_yaml };
    contents.failure = read(source, text, &mut contents.objects).err();
    contents
}

fn read_json(source: &str, text: &str, objects: &mut Vec<Manifest>) -> Result<(), Failure> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    loop {
        let start = values.byte_offset();
        let rest = &text[start..];
        let line_of = |offset: usize| 1 + text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count();
        match values.next() {
            None => return Ok(()),
            Some(Ok(object)) => {
                let line = line_of(start + rest.len() - rest.trim_start().len());
                flatten(Manifest { object, source: source.to_owned(), line, listed: false }, objects);
            }
            Some(Err(error)) => {
                let words = match go_json::first_error(rest) {
                    Some(JsonError::End) => "unexpected EOF".to_owned(),
                    // kubectl counts from 0, and from the end of the object before.
                    Some(JsonError::Byte(words, offset)) => {
                        let line = line_of((start + offset + 1).min(text.len())) - line_of(start);
                        format!("json: line {line}: {words}")
                    }
                    None => format!("json: {}", error.to_string().split(" at line ").next().unwrap_or_default()),
                };
                return Err(Failure::usage(format!("error: error parsing {source}: {words}")).with_hint(format!(
                    "see {source}:{}:{}",
                    error.line(),
                    error.column()
                )));
            }
        }
    }
}

fn read_yaml(source: &str, text: &str, objects: &mut Vec<Manifest>) -> Result<(), Failure> {
    for (line, document) in documents(text) {
        let object = yaml::parse(document).map_err(|error| {
            let of_yaml = if error.message.starts_with("Unsupported") { "" } else { "yaml: " };
            let failure = Failure::usage(format!(
                "error: error parsing {source}: error converting YAML to JSON: {of_yaml}{}",
                error.message
            ));
            match error.place {
                Some((row, column)) => failure.with_hint(format!("see {source}:{}:{column}", line + row - 1)),
                None => failure,
            }
        })?;
        if !object.is_null() {
            flatten(Manifest { object, source: source.to_owned(), line, listed: false }, objects);
        }
    }
    Ok(())
}

/// One value as YAML or JSON; none where the text is neither.
pub fn value(text: &str) -> Option<Value> {
    yaml::parse(text).ok()
}

/// The YAML documents of a text, with the lines where they begin. A separator is `---` alone on its line, to which
/// kubectl holds; after it may stand a comment here, where kubectl would drop what follows without a word.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let mut documents = Vec::new();
    let (mut start, mut first, mut offset) = (0, 1, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let rest = line.strip_prefix("---").map(str::trim);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#')) {
            documents.push((first, &text[start..offset]));
            (start, first) = (offset + line.len(), number + 2);
        }
        offset += line.len();
    }
    documents.push((first, &text[start..]));
    // A directive (`%YAML 1.1`) belongs to the document that its `---` opens.
    let mut whole: Vec<(usize, &str)> = Vec::new();
    for (line, document) in documents {
        match whole.last_mut() {
            Some((_, before)) if only_directives(before) => {
                let from = before.as_ptr() as usize - text.as_ptr() as usize;
                let to = document.as_ptr() as usize - text.as_ptr() as usize + document.len();
                *before = &text[from..to];
            }
            _ => whole.push((line, document)),
        }
    }
    whole
}

fn only_directives(document: &str) -> bool {
    let mut lines = document.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).peekable();
    lines.peek().is_some() && lines.all(|line| line.starts_with('%'))
}

/// A List's items take its place; an item of a typed list (`PodList`) gets the kind that the list implies.
fn flatten(manifest: Manifest, into: &mut Vec<Manifest>) {
    let list = manifest.kind().strip_suffix("List").map(str::to_owned);
    let Some((element, Value::Array(items))) = list.zip(manifest.object.get("items").cloned()) else {
        into.push(manifest);
        return;
    };
    for mut object in items {
        if let Some(fields) = object.as_object_mut().filter(|_| !element.is_empty()) {
            fields.entry("kind").or_insert_with(|| element.clone().into());
            fields.entry("apiVersion").or_insert_with(|| manifest.object["apiVersion"].clone());
        }
        flatten(Manifest { object, source: manifest.source.clone(), line: manifest.line, listed: true }, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(String, usize)> {
        parse("a.yaml", text).objects.iter().map(|m| (m.kind().to_owned(), m.line)).collect()
    }

    #[test]
    fn splits_documents_and_lists() {
        let text = "# first\n---\nkind: A\n---\n\n---\nkind: B\n--- # more\nkind: C\n";
        assert_eq!(kinds(text), [("A".into(), 3), ("B".into(), 7), ("C".into(), 9)]);
        assert_eq!(kinds("kind: List\nitems:\n- kind: A\n- kind: B\n"), [("A".into(), 1), ("B".into(), 1)]);
        assert_eq!(kinds("kind: PodList\napiVersion: v1\nitems: [{}]\n"), [("Pod".into(), 1)]);
        assert_eq!(kinds("{\"kind\": \"A\"}\n{\"kind\": \"B\"}"), [("A".into(), 1), ("B".into(), 2)]);
        assert_eq!(kinds("%YAML 1.1\n---\nkind: A\n"), [("A".into(), 1)]);
        assert_eq!(kinds("a: |\n  text\n  ---\nkind: A\n"), [("A".into(), 1)]);
        assert_eq!(kinds(""), []);
    }

    #[test]
    fn says_where_a_text_is_wrong() {
        let contents = parse("dir/a.yaml", "kind: A\n---\nkind: B\nmetadata: a: b\n");
        assert_eq!(contents.objects.len(), 1);
        let failure = contents.failure.unwrap();
        assert_eq!(
            failure.message,
            "error: error parsing dir/a.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context"
        );
        assert_eq!(failure.hint.as_deref(), Some("see dir/a.yaml:4:12"));
        let contents = parse("a.json", "{\"a\": 1}\n{\n\"a\": 1,}");
        assert_eq!(contents.objects.len(), 1);
        let failure = contents.failure.unwrap();
        assert_eq!(
            failure.message,
            "error: error parsing a.json: json: line 2: invalid character '}' looking for beginning of object key string"
        );
        assert_eq!(failure.hint.as_deref(), Some("see a.json:3:8"));
    }
}

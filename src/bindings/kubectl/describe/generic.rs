//! Everything that has no describer of its own: all fields, in the order of their names.

use serde_json::Value;

use super::json::{items, show, sorted, text};
use super::page::Page;
use super::{Describer, Related, Result, meta};

pub(super) const DESCRIBER: Describer = Describer::new(write);

/// Shown at the top already.
const SHOWN: [&str; 4] = [".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];
/// Words that are written in capitals.
const ACRONYMS: [&str; 5] = ["API", "URL", "UID", "OSB", "GUID"];

fn write(page: &mut Page, object: &Value, _: &Related) -> Result {
    meta::name_and_namespace(page, object);
    meta::labels_and_annotations(page, object);
    fields(page, 0, object, "");
    Ok(())
}

fn fields(page: &mut Page, level: usize, object: &Value, path: &str) {
    for (name, value) in sorted(object) {
        let path = format!("{path}.{name}");
        if SHOWN.contains(&path.as_str()) {
            continue;
        }
        let label = label(name);
        match value {
            Value::Object(_) => {
                page.line(level, format!("{label}:"));
                fields(page, level + 1, value, &path);
            }
            Value::Array(_) => {
                page.line(level, format!("{label}:"));
                for item in items(value) {
                    match item {
                        Value::Object(_) => fields(page, level + 1, item, &path),
                        item => page.line(level + 1, show(item)),
                    }
                }
            }
            value => page.field(level, label, text_of(value)),
        }
    }
}

fn text_of(value: &Value) -> String {
    if value.is_string() { text(value).to_owned() } else { show(value) }
}

/// A field's name as words: `creationTimestamp` is `Creation Timestamp`.
fn label(name: &str) -> String {
    if !name.chars().all(|c| c.is_alphabetic() || c == '-') {
        return name.to_owned();
    }
    let words = words(name).into_iter().map(|word| {
        let upper = word.to_uppercase();
        if ACRONYMS.contains(&upper.as_str()) {
            return upper;
        }
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    });
    words.collect::<Vec<String>>().join(" ")
}

/// The words of a name in camel case; `podIPList` has the words `pod`, `IP`, `List`.
fn words(name: &str) -> Vec<String> {
    let class = |c: char| {
        if c.is_lowercase() {
            0
        } else if c.is_uppercase() {
            1
        } else {
            2
        }
    };
    let mut words: Vec<String> = Vec::new();
    let mut last = None;
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if last == Some(class(letter)) => word.push(letter),
            _ => words.push(letter.to_string()),
        }
        last = Some(class(letter));
    }
    // The last capital of a run begins the lower-case word behind it.
    for place in 1..words.len() {
        let is = |word: &str, wanted: i32| word.chars().next().is_some_and(|letter| class(letter) == wanted);
        if is(&words[place - 1], 1)
            && is(&words[place], 0)
            && let Some(capital) = words[place - 1].pop()
        {
            words[place].insert(0, capital);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn makes_words_of_names() {
        for (name, words) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("podIPs", "Pod I Ps"),
            ("podCIDR", "Pod CIDR"),
            ("f:metadata", "f:metadata"),
            (".", "."),
            ("foo-bar", "Foo - Bar"),
            ("v1", "v1"),
        ] {
            assert_eq!(label(name), words, "{name}");
        }
    }

    #[test]
    fn shows_all_fields() {
        let object = json!({"kind": "Widget", "apiVersion": "example.com/v1",
            "metadata": {"name": "w", "namespace": "n", "uid": "1", "labels": {"a": "b"}},
            "spec": {"size": 3, "ratio": 0.5, "on": true, "none": null, "tags": ["x", "y"], "parts": [{"a": 1}, {"b": 2}], "empty": {}}});
        let mut page = Page::new(jiff::Timestamp::UNIX_EPOCH);
        write(&mut page, &object, &Related::default()).unwrap();
        let expected = "\
Name:         w
Namespace:    n
Labels:       a=b
Annotations:  <none>
API Version:  example.com/v1
Kind:         Widget
Metadata:
  UID:  1
Spec:
  Empty:
  None:  <nil>
  On:    true
  Parts:
    A:    1
    B:    2
  Ratio:  0.5
  Size:   3
  Tags:
    x
    y
";
        assert_eq!(page.finish(), expected);
    }
}

//! What most kinds show of their metadata: labels, annotations, selectors, the controller.

use serde_json::Value;

use super::json::{items, sorted, text};
use super::page::Page;

/// The annotation that client-side apply keeps; too long to be shown.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Annotations longer than this are put on lines of their own, and cut.
const ANNOTATION_WIDTH: usize = 140;

/// `Name`, and `Namespace` where the kind shows it.
pub(super) fn name_and_namespace(page: &mut Page, object: &Value) {
    page.field(0, "Name", text(&object["metadata"]["name"]));
    page.field(0, "Namespace", text(&object["metadata"]["namespace"]));
}

/// `Labels` and `Annotations`.
pub(super) fn labels_and_annotations(page: &mut Page, object: &Value) {
    pairs(page, "", "Labels", &object["metadata"]["labels"]);
    annotations(page, "Annotations", &object["metadata"]["annotations"]);
}

/// A string map, one `key=value` a line.
pub(super) fn pairs(page: &mut Page, indent: &str, title: &str, map: &Value) {
    let lines: Vec<String> = sorted(map).into_iter().map(|(key, value)| format!("{key}={}", text(value))).collect();
    lines_under(page, indent, title, &lines);
}

/// A title, and lines beside it in one column; `<none>` without lines.
pub(super) fn lines_under(page: &mut Page, indent: &str, title: &str, lines: &[String]) {
    page.put(0, &format!("{indent}{title}:\t"));
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            page.put(0, indent);
            page.put(0, "\t");
        }
        page.line(0, line);
    }
    if lines.is_empty() {
        page.line(0, "<none>");
    }
}

/// Annotations, one `key: value` a line.
pub(super) fn annotations(page: &mut Page, title: &str, map: &Value) {
    page.put(0, &format!("{title}:\t"));
    let shown: Vec<_> = sorted(map).into_iter().filter(|(key, _)| *key != LAST_APPLIED).collect();
    for (place, (key, value)) in shown.iter().enumerate() {
        if place > 0 {
            page.put(0, "\t");
        }
        let value = text(value);
        let value = value.strip_suffix('\n').unwrap_or(value);
        if value.len() + key.len() + 2 > ANNOTATION_WIDTH || value.contains('\n') {
            page.line(0, format!("{key}:"));
            for line in value.split('\n') {
                page.line(0, format!("\t  {}", cut(line, ANNOTATION_WIDTH - 2)));
            }
        } else {
            page.line(0, format!("{key}: {value}"));
        }
    }
    if shown.is_empty() {
        page.line(0, "<none>");
    }
}

/// At most `width` bytes, with an ellipsis behind what was cut.
pub(super) fn cut(line: &str, width: usize) -> String {
    if line.len() > width { format!("{}...", &line[..line.floor_char_boundary(width)]) } else { line.to_owned() }
}

/// A string map on one line, `<none>` where it is empty.
pub(super) fn pairs_on_a_line(map: &Value) -> String {
    let pairs: Vec<String> = sorted(map).into_iter().map(|(key, value)| format!("{key}={}", text(value))).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// A label selector as `-l` takes it; empty where it selects everything or is missing.
pub(super) fn selector(selector: &Value) -> String {
    let labels =
        sorted(&selector["matchLabels"]).into_iter().map(|(key, value)| (key, format!("{key}={}", text(value))));
    let expressions = items(&selector["matchExpressions"]).iter().map(|expression| {
        let key = text(&expression["key"]);
        let mut values: Vec<&str> = items(&expression["values"]).iter().map(text).collect();
        values.sort_unstable();
        let values = values.join(",");
        let requirement = match text(&expression["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        };
        (key, requirement)
    });
    let mut requirements: Vec<(&str, String)> = labels.chain(expressions).collect();
    requirements.sort_by_key(|(key, _)| *key);
    requirements.into_iter().map(|(_, requirement)| requirement).collect::<Vec<_>>().join(",")
}

/// A label selector, `<none>` where it selects everything.
pub(super) fn selector_or_none(value: &Value) -> String {
    Some(selector(value)).filter(|text| !text.is_empty()).unwrap_or_else(|| "<none>".to_owned())
}

/// The owner that controls the object.
pub(super) fn controller(object: &Value) -> Option<&Value> {
    items(&object["metadata"]["ownerReferences"]).iter().find(|owner| owner["controller"] == true)
}

/// Whether `owner` controls the object.
pub(super) fn is_controlled_by(object: &Value, owner: &Value) -> bool {
    controller(object).is_some_and(|reference| reference["uid"] == owner["metadata"]["uid"])
}

/// `Controlled By`, where somebody does.
pub(super) fn controlled_by(page: &mut Page, object: &Value) {
    if let Some(owner) = controller(object) {
        page.field(0, "Controlled By", format!("{}/{}", text(&owner["kind"]), text(&owner["name"])));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_selectors_in_the_order_of_their_keys() {
        let value = json!({
            "matchLabels": {"b": "1", "a": "2"},
            "matchExpressions": [
                {"key": "aa", "operator": "In", "values": ["y", "x"]},
                {"key": "c", "operator": "NotIn", "values": ["z"]},
                {"key": "d", "operator": "Exists"},
                {"key": "e", "operator": "DoesNotExist"},
            ],
        });
        assert_eq!(selector(&value), "a=2,aa in (x,y),b=1,c notin (z),d,!e");
        assert_eq!(selector_or_none(&json!({})), "<none>");
    }

    #[test]
    fn puts_long_annotations_on_lines_of_their_own() {
        let mut page = Page::new(jiff::Timestamp::UNIX_EPOCH);
        let long = "x".repeat(150);
        annotations(&mut page, "Annotations", &json!({"a": "1", "b": "two\nlines\n", "c": long, LAST_APPLIED: "{}"}));
        let expected = format!(
            "Annotations:  a: 1\n              b:\n                two\n                lines\n              c:\n                {}...\n",
            "x".repeat(138)
        );
        assert_eq!(page.finish(), expected);
    }
}

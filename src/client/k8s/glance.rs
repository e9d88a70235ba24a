//! An object in one line.

use serde_json::Value;

/// The state of an object in one line: where it stands, what holds it, and its conditions.
pub fn glance(object: &Value) -> String {
    let (metadata, status) = (&object["metadata"], &object["status"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = [&metadata["namespace"], &metadata["name"]].map(text);
    let mut parts = vec![format!("{} {}", text(&object["kind"]), name.join("/").trim_start_matches('/'))];
    let mut add = |label: &str, value: &Value| match value {
        Value::Null => {}
        Value::String(text) => parts.push(format!("{label} {text}")),
        other => parts.push(format!("{label} {other}")),
    };
    add("phase", &status["phase"]);
    add("deletionTimestamp", &metadata["deletionTimestamp"]);
    add("finalizers", &metadata["finalizers"]);
    add("finalizers in spec", &object["spec"]["finalizers"]);
    for condition in status["conditions"].as_array().into_iter().flatten() {
        let mut line = format!("{}={}", text(&condition["type"]), text(&condition["status"]));
        let why: Vec<String> =
            ["reason", "message"].iter().map(|field| text(&condition[field])).filter(|why| !why.is_empty()).collect();
        if !why.is_empty() {
            line = format!("{line} ({})", why.join(": "));
        }
        parts.push(line);
    }
    parts.push(format!("resourceVersion {}", text(&metadata["resourceVersion"])));
    parts.join(", ")
}

/// The first objects of a List, whose items do not tell their kind, in a line each.
pub fn glance_of_list(list: &Value) -> Vec<String> {
    const MOST: usize = 3;
    let kind = list["kind"].as_str().unwrap_or_default().trim_end_matches("List");
    let items = list["items"].as_array().into_iter().flatten().take(MOST);
    items
        .map(|item| {
            let mut item = item.clone();
            item["kind"] = kind.into();
            glance(&item)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn tells_what_holds_an_object() {
        let pod = json!({
            "kind": "Pod",
            "metadata": {"name": "a", "namespace": "b", "resourceVersion": "7", "finalizers": ["x/y"]},
            "status": {"phase": "Pending", "conditions": [
                {"type": "Ready", "status": "False", "reason": "NotYet", "message": "soon"},
                {"type": "PodScheduled", "status": "True"},
            ]},
        });
        assert_eq!(
            super::glance(&pod),
            r#"Pod b/a, phase Pending, finalizers ["x/y"], Ready=False (NotYet: soon), PodScheduled=True, resourceVersion 7"#
        );
    }
}

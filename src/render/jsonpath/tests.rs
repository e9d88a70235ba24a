//! Templates and what kubectl prints for them.

use serde_json::json;

use super::*;

fn object() -> Value {
    json!({
        "kind": "List",
        "items": [
            {"metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "x", "tier": "1"}}, "n": 1, "ready": true,
             "conditions": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "False"}]},
            {"metadata": {"name": "b"}, "n": 2, "ready": false, "conditions": []},
            {"metadata": {"name": "c"}, "n": 3, "float": 1.5, "none": null},
        ],
        "text": "<t>",
    })
}

fn printed_by(template: &str) -> String {
    JsonPath::parse(template).and_then(|path| path.print(&object())).unwrap_or_else(|error| format!("!{error}"))
}

#[test]
fn fields_and_lists() {
    for (template, text) in [
        ("{.kind}", "List"),
        ("{$.kind}", "List"),
        ("{@.kind}", "List"),
        ("kind: {.kind}!", "kind: List!"),
        ("{.items[*].metadata.name}", "a b c"),
        ("{.items[0].metadata.name}", "a"),
        ("{.items[-1].metadata.name}", "c"),
        ("{.items[-1:].metadata.name}", "c"),
        ("{.items[0:2].metadata.name}", "a b"),
        ("{.items[1:].metadata.name}", "b c"),
        ("{.items[:2].n}", "1 2"),
        ("{.items[::2].n}", "1 3"),
        ("{.items[0,2].n}", "1 3"),
        ("{.items[*]['n','ready']}", "1 2 3 true false"),
        ("{.items[*].float}", "1.5"),
        ("{.items[2].none}", "<nil>"),
        ("{.items[0].metadata.labels}", r#"{"app.kubernetes.io/name":"x","tier":"1"}"#),
        ("{.items[*].conditions[*].type}", "Ready Other"),
        ("{.items[1].conditions}", "[]"),
        ("{.missing}", ""),
        ("{.missing.more[0]}", ""),
        ("{.text}", "<t>"),
        ("{..name}", "a b c"),
        ("{.items[0].metadata.*}", r#"{"app.kubernetes.io/name":"x","tier":"1"} a"#),
    ] {
        assert_eq!(printed_by(template), text, "{template}");
    }
}

#[test]
fn keys_with_dots_are_escaped() {
    assert_eq!(printed_by(r"{.items[0].metadata.labels['app\.kubernetes\.io/name']}"), "x");
    assert_eq!(printed_by(r"{.items[0].metadata.labels.app\.kubernetes\.io/name}"), "x");
    assert_eq!(printed_by("{.items[0]['metadata'].labels['tier']}"), "1");
}

#[test]
fn ranges_repeat_what_they_enclose() {
    for (template, text) in [
        (r#"{range .items[*]}{.metadata.name}{"\t"}{.n}{"\n"}{end}"#, "a\t1\nb\t2\nc\t3\n"),
        ("{range .items[*]}[{.n}]{end} of {.kind}", "[1][2][3] of List"),
        ("{range .items[*]}{.n}:{range .conditions[*]}{.type},{end};{end}", "1:Ready,Other,;2:;3:;"),
        ("{range .missing[*]}x{end}y", "y"),
        ("{range .items[*]}{.n}", "123"),
    ] {
        assert_eq!(printed_by(template), text, "{template}");
    }
}

#[test]
fn filters_pick_items() {
    for (template, text) in [
        (r#"{.items[?(@.metadata.name=="b")].n}"#, "2"),
        (r#"{.items[?(@.metadata.name == "b")].n}"#, "2"),
        ("{.items[?(@.metadata.name!='b')].n}", "1 3"),
        ("{.items[?(@.n>1)].metadata.name}", "b c"),
        ("{.items[?(@.n>=2)].n}", "2 3"),
        ("{.items[?(@.n<2)].n}", "1"),
        ("{.items[?(@.n<=2)].n}", "1 2"),
        ("{.items[?(@.ready==true)].n}", "1"),
        ("{.items[?(@.ready)].n}", "1 2"),
        ("{.items[?(@.missing)].n}", ""),
        (r#"{.items[0].conditions[?(@.type=="Ready")].status}"#, "True"),
        (r#"{.items[?(@.metadata.name==")")].n}"#, ""),
    ] {
        assert_eq!(printed_by(template), text, "{template}");
    }
}

#[test]
fn literals_are_unquoted() {
    assert_eq!(printed_by(r#"{"a\n\"b\""}"#), "a\n\"b\"");
    assert_eq!(printed_by("{'it'}{1}{2.5}{true}"), "it12.5true");
}

#[test]
fn errors_are_in_kubectls_words() {
    for (template, error) in [
        ("{.items[*].x", "unclosed action"),
        ("{.items[0", "unterminated array"),
        ("{.items[x]}", "invalid array index x"),
        ("{.items[?(@.n==1]}", "unterminated filter"),
        ("{\"a}", "unterminated quoted string"),
        ("{foo}", "unrecognized identifier foo"),
        ("{.a,.b}", "unrecognized character in action: U+002C ','"),
        ("{end}", "not in range, nothing to end"),
        ("{.items[5]}", "array index out of bounds: index 5, length 3"),
        ("{.kind[0]}", "string is not array or slice"),
        ("{.items[?(@.n==\"1\")]}", "incompatible types for comparison"),
        ("{.kind[?(@.n==1)]}", "string is not array or slice and cannot be filtered"),
    ] {
        assert_eq!(printed_by(template), format!("!{error}"), "{template}");
    }
    let strict = JsonPath::parse("{.missing}").unwrap().strict();
    assert_eq!(strict.print(&object()).unwrap_err(), "missing is not found");
}

#[test]
fn relaxed_paths_go_without_braces() {
    for path in ["kind", ".kind", "{kind}", "{.kind}"] {
        assert_eq!(JsonPath::relaxed(path).unwrap().print(&object()).unwrap(), "List", "{path}");
    }
    assert_eq!(JsonPath::relaxed("items[1].n").unwrap().find(&object()).unwrap(), [[json!(2)]]);
    assert!(JsonPath::relaxed("{.a}{.b}").is_err());
    assert!(JsonPath::relaxed("{.a").is_err());
}

#[test]
fn json_output_is_one_list_a_part() {
    let path = JsonPath::parse("{.items[*].n}").unwrap();
    assert_eq!(path.print_json(&object()).unwrap(), "[\n    1,\n    2,\n    3\n]\n");
}

#[test]
fn what_would_take_for_ever_is_an_error() {
    let deep = (0..100).fold(json!(1), |inner, _| json!({"a": [inner, 2, 3]}));
    let ranges = format!("{}x{}", "{range ..a}".repeat(20), "{end}".repeat(20));
    for template in ["{..a..a..a..a..a..a..a..a..a..a}", ranges.as_str()] {
        let error = JsonPath::parse(template).unwrap().print(&deep).unwrap_err();
        assert_eq!(error, "the template finds more than 1000000 values", "{template}");
    }
    let nested = |depth: usize| format!("{}{}", "{range .a}".repeat(depth), "{end}".repeat(depth));
    assert!(JsonPath::parse(&nested(64)).is_ok());
    assert_eq!(JsonPath::parse(&nested(65)).unwrap_err(), "too many ranges in each other");
    let nested = |depth: usize| format!("{{.a{}@.b{}}}", "[?(".repeat(depth), ")]".repeat(depth));
    assert!(JsonPath::parse(&nested(64)).is_ok());
    assert_eq!(JsonPath::parse(&nested(65)).unwrap_err(), "too many filters in each other");
}

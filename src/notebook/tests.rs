//! What is read from a notebook, and what is said of a broken one.

use std::time::Duration;

use super::{Check, Layer, Mark, Nodes, Severity, Timeouts, clean, lint, parse};

/// The diagnostics of a text, as `line:column: message`.
fn said(text: &str) -> Vec<String> {
    let line =
        |diagnostic: super::Diagnostic| format!("{}:{}: {}", diagnostic.line, diagnostic.column, diagnostic.message);
    lint(&parse("n.md", text)).into_iter().map(line).collect()
}

/// The one hint that a text gets.
fn hint(text: &str) -> String {
    let found = lint(&parse("n.md", text));
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].hint.clone().unwrap_or_default()
}

#[test]
fn reads_cells() {
    let text = "# t\n\n```rhai {name=delete-namespace timeout=1m30s expect=error check=exact match}\nlet a = 1;\n\n a\n```\n\n\
                ```text\nprose\n```\n\n- one\n\n  ~~~~rhai {cleanup hide skip}\r\n  x\r\n  ~~~~\r\n\n> ```rhai\n> y\n>\n> > z\n> ```\n";
    let notebook = parse("n.md", text);
    assert_eq!(notebook.diagnostics, []);
    let [first, second, third] = &notebook.cells[..] else { panic!("{:?}", notebook.cells) };

    assert_eq!(first.source, "let a = 1;\n\n a\n");
    assert_eq!((first.fence_line, first.first_line, first.place), (3, 4, 1));
    assert_eq!(&text[first.body.clone()], "let a = 1;\n\n a\n");
    assert!(text[first.range.clone()].starts_with("```rhai") && text[first.range.clone()].ends_with("a\n```"));
    let attributes = &first.attributes;
    assert_eq!(attributes.name.as_deref(), Some("delete-namespace"));
    assert_eq!(attributes.timeout, Some(Duration::from_secs(90)));
    assert_eq!(attributes.check, Check::Exact);
    assert!(attributes.expect_error && attributes.pattern && !attributes.cleanup && !attributes.hide);

    assert_eq!((second.source.as_str(), second.prefix.as_str(), second.line_end), ("x\n", "  ", "\r\n"));
    assert!(second.contained && second.attributes.cleanup && second.attributes.hide && second.attributes.skip);
    assert_eq!((third.source.as_str(), third.prefix.as_str(), third.line_end), ("y\n\n> z\n", "> ", "\n"));
    assert_eq!(third.reference().to_string(), "#3");
    assert_eq!((notebook.find("delete-namespace"), notebook.find("#3"), notebook.find("#1")), (Some(0), Some(2), None));
}

#[test]
fn other_fences_are_prose() {
    for info in ["", "text", "rust", "rhai-script", "rhaix", "{rhai}", "Rhai"] {
        let notebook = parse("n.md", format!("```{info}\n1\n```\n"));
        assert_eq!((notebook.cells.len(), notebook.diagnostics.len()), (0, 0), "{info}");
    }
    // In indented code, HTML and longer fences neither.
    for text in ["    ```rhai\n    1\n    ```\n", "<pre>\n```rhai\n1\n```\n</pre>\n", "````\n```rhai\n1\n```\n````\n"] {
        assert_eq!(parse("n.md", text).cells.len(), 0, "{text}");
    }
}

#[test]
fn says_what_is_wrong_with_attributes() {
    let cell = |info: &str| said(&format!("ä\n\n```{info}\n1\n```\n"));
    assert_eq!(cell("rhai {name=a timeot=3s}"), ["3:17: unknown attribute `timeot`"]);
    assert_eq!(cell("rhai {name=A}"), ["3:15: `A` is no name for a cell"]);
    assert_eq!(cell("rhai {name=\"a b\"}"), ["3:15: `a b` is no name for a cell"]);
    assert_eq!(cell("rhai {name}"), ["3:10: `name` needs a value"]);
    assert_eq!(cell("rhai {timeout=3}"), ["3:18: `3` is no duration"]);
    assert_eq!(cell("rhai {expect=ok}"), ["3:17: `expect` cannot be `ok`"]);
    assert_eq!(cell("rhai {check=nrom}"), ["3:16: `check` cannot be `nrom`"]);
    assert_eq!(cell("rhai {skip=yes}"), ["3:15: `skip` takes no value"]);
    assert_eq!(cell("rhai {skip skip}"), ["3:15: attribute `skip` stands twice"]);
    assert_eq!(cell("rhai {skip"), ["3:9: unclosed `{`"]);
    assert_eq!(cell("rhai {name=\"a}"), ["3:15: unclosed `\"`"]);
    assert_eq!(cell("rhai {skip} more"), ["3:16: unexpected `more` after `}`"]);
    assert_eq!(cell("rhai skip"), ["3:9: unexpected `skip` after `rhai`"]);
    assert_eq!(cell("rhai{skip}"), ["3:8: no space before `{`"]);
    assert_eq!(cell("rhai {skip, hide}"), ["3:10: unknown attribute `skip,`"]);
    assert_eq!(cell("rhai {=x}"), ["3:10: unknown attribute ``"]);
    assert_eq!(cell("rhai {\"x\"}"), ["3:10: unexpected `\"x\"}`"]);
    assert_eq!(cell("rhai {}"), Vec::<String>::new());
    assert!(hint("```rhai {timeot=3s}\n```\n").starts_with("did you mean `timeout`?"));
    assert!(hint("```rhai {check=nrom}\n```\n").starts_with("did you mean `norm`?"));
}

#[test]
fn says_what_is_wrong_with_fences_and_names() {
    assert_eq!(said("```rhai {name=a}\n```\n\n```rhai {name=a}\n```\n"), ["4:15: duplicate name `a`"]);
    assert_eq!(said("text\n\n```rhai\n1\n"), ["3:1: unclosed cell"]);
    assert_eq!(said("- ```rhai\n  1\n\nnot in the list\n"), ["1:3: unclosed cell"]);
    assert_eq!(said("```text\n1\n\n```rhai\n2\n```rhai\n"), ["1:1: unclosed fence"]);
    // Markdown allows it, and it swallows nothing.
    assert_eq!(said("```text\n1\n"), Vec::<String>::new());
}

#[test]
fn says_what_is_wrong_with_markers_and_deletes_nothing() {
    const CELL: &str = "```rhai {name=a}\n```\n\n";
    const MARKER: &str = "<!-- kpnb:output cell=a src=e3b0c442 status=ok on=x -->";
    let broken = [
        (format!("{CELL}{MARKER}\n\nprose\n"), "4:1: no output follows this marker of cell `a`"),
        (format!("{CELL}{MARKER}\n"), "4:1: no output follows this marker of cell `a`"),
        (format!("{CELL}{MARKER}\n\n\n\n```text\n```\n"), "4:1: no output follows this marker of cell `a`"),
        (format!("{CELL}{MARKER}\n\n```text\n"), "4:1: no output follows this marker of cell `a`"),
        (format!("{CELL}{MARKER}\n\n```rhai\n1\n```\n"), "4:1: no output follows this marker of cell `a`"),
        (format!("{CELL}> {MARKER}\n\n```text\n```\n"), "4:3: no output follows this marker of cell `a`"),
        (
            format!("{CELL}{}\n\n```text\n```\n", MARKER.replace("=ok", "=okay")),
            "4:1: malformed output marker: unknown status `okay`",
        ),
        (
            format!("{CELL}{}\n\n```text\n```\n", MARKER.replace("cell=a src=e3", "cell=b src=00")),
            "4:1: the cell `b` of this output is gone",
        ),
    ];
    for (text, message) in &broken {
        assert_eq!(said(text), [*message], "{text}");
        assert_eq!(clean(&parse("n.md", text.as_str())), *text);
    }
}

#[test]
fn a_marker_does_not_end_a_persons_comment() {
    let text =
        "<!-- not now:\n\n<!-- kpnb:output cell=#1 src=0 status=ok on=x -->\n\n```text\n1\n```\n\n```rhai\n1\n```\n";
    let notebook = parse("n.md", text);
    assert_eq!(notebook.outputs, []);
    assert_eq!(said(text), ["3:1: the marker of cell `#1` stands inside a comment"]);
    assert_eq!(hint(text), "close the comment of line 1 above it");
    assert_eq!(super::clean(&notebook), text);
}

#[test]
fn outputs_are_found_where_formatters_and_people_put_them() {
    const MARKER: &str = "<!-- kpnb:output cell=a src=e3b0c442 status=ok on=x -->";
    let found = |text: &str| {
        let notebook = parse("n.md", text);
        assert_eq!(notebook.diagnostics, [], "{text}");
        notebook.outputs.iter().map(|output| output.text.clone()).collect::<Vec<_>>()
    };
    let cell = "```rhai {name=a}\n```\n";
    for gap in ["\n", "\n\n", "\n\n\n"] {
        assert_eq!(found(&format!("{cell}{MARKER}{gap}```text\nx\n```\n")), ["x\n"]);
    }
    assert_eq!(found(&format!("{cell}\n<details>\n{MARKER}\n\n```text\nx\n```\n\n</details>\n")), ["x\n"]);
    assert_eq!(found(&format!("{cell}\nprose\n\n- {MARKER}\n  ~~~\n  x\n  ~~~\n")), ["x\n"]);
}

#[test]
fn a_renamed_or_moved_cell_keeps_its_output() {
    let output = |cell: &str, src: &str| {
        format!("\n<!-- kpnb:output cell={cell} src={src} status=ok on=x -->\n\n```text\nx\n```\n")
    };
    let owner = |text: &str| parse("n.md", text).outputs[0].cell;
    let src = parse("n.md", "```rhai\n1\n```\n").cells[0].src();
    // Renamed, nothing else changed.
    assert_eq!(owner(&format!("```rhai {{name=new}}\n1\n```\n{}", output("old", &src))), Some(0));
    // Another cell was put in before it, so it has another place.
    assert_eq!(owner(&format!("```rhai\n0\n```\n\n```rhai\n1\n```\n{}", output("#1", &src))), Some(1));
    // Named ones are found wherever they are.
    assert_eq!(owner(&format!("```rhai\n0\n```\n{}\n```rhai {{name=b}}\n1\n```\n", output("b", "00000000"))), Some(1));
}

#[test]
fn reads_front_matter() {
    let text = "---\ntitle: Finalizers\ndescription: What they keep\nlayout: page\ntimeout: 5m\nmanifests: ../m\ntags: [a, b]\n\
                requires:\n  nodes: 3\n  labels: {mock-server: true}\n  taints: [\"a=b:NoSchedule\"]\n  layers: [k8s, docker]\n---\n\n```rhai\n1\n```\n";
    let notebook = parse("n.md", text);
    assert_eq!(notebook.diagnostics, []);
    let front = &notebook.front_matter;
    assert_eq!((front.title.as_deref(), front.description.as_deref()), (Some("Finalizers"), Some("What they keep")));
    assert_eq!(front.timeouts.cell, Some(Duration::from_secs(300)));
    assert_eq!((front.manifests.clone(), front.tags.clone()), (vec!["../m".to_owned()], vec!["a".into(), "b".into()]));
    assert_eq!(front.requires.nodes, Some(Nodes::Count(3)));
    let any = |text: &str| vec![Mark { node: None, text: text.to_owned() }];
    assert_eq!(front.requires.labels, any("mock-server=true"));
    assert_eq!(front.requires.taints, any("a=b:NoSchedule"));
    assert_eq!(front.requires.layers, [Layer::K8s, Layer::Docker]);
    assert_eq!(notebook.cells[0].fence_line, 15);
}

#[test]
fn a_timeout_is_each_cells_or_each_has_its_own() {
    let timeouts = |yaml: &str| parse("n.md", format!("---\ntimeout: {yaml}\n---\n")).front_matter.timeouts;
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(timeouts("90s"), Timeouts { cell: seconds(90), cleanup: seconds(90), notebook: None });
    let each = timeouts("{cell: 5m, cleanup: 30, notebook: 1h}");
    assert_eq!(each, Timeouts { cell: seconds(300), cleanup: seconds(30), notebook: seconds(3600) });
    let wrong = said("---\ntimeout: {cell: 5m, undo: 1m}\n---\n");
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].starts_with("2:1: front matter: `timeout` must be a duration, or a mapping"), "{wrong:?}");
    assert_eq!(said("---\ntimeout: {cell: soon}\n---\n").len(), 1);
}

#[test]
fn says_what_is_wrong_with_front_matter() {
    let front = |yaml: &str| said(&format!("---\n{yaml}\n---\n"));
    assert_eq!(
        front("title: a\ntimeout: soon"),
        ["3:1: front matter: `timeout` must be a duration, as 90s, 5m or 1m30s"]
    );
    assert_eq!(front("title: [a]"), ["2:1: front matter: `title` must be a text"]);
    assert_eq!(front("requires: {node: 3}"), ["2:12: front matter: unknown key `node` in `requires`"]);
    assert_eq!(front("requires:\n  layers: [k8s, dokcer]"), ["3:3: front matter: unknown layer `dokcer`"]);
    assert_eq!(front("requires:\n  nodes: many\n  labels: {a: {b: {c: d}}}").len(), 1);
    assert_eq!(
        front("requires: {taints: [\"a=b:NoSchedul\"]}"),
        ["2:12: front matter: the taint `a=b:NoSchedul` has no known effect"]
    );
    assert_eq!(front("titel: a"), ["2:1: front matter: unknown key `titel`"]);
    let yaml = front("title: a\ntags: [a\nx: y");
    assert_eq!(yaml.len(), 1);
    assert!(yaml[0].starts_with("4:") || yaml[0].starts_with("3:"), "{yaml:?}");
    // What other tools read is theirs.
    assert_eq!(front("layout: page\nslug: x"), Vec::<String>::new());
}

#[test]
fn an_error_in_front_matter_spans_whole_letters() {
    let text = "---\ntitle: A\nd\u{2028}äx: >\n  b\nc: d\n---\n";
    for diagnostic in parse("n.md", text).diagnostics {
        assert!(text.get(diagnostic.span.clone()).is_some(), "{diagnostic:?}");
    }
}

#[test]
fn a_rule_is_no_front_matter() {
    for text in ["---\n\ntitle: [\n\n---\n", "---\ntitle\n---\n", "---\n", "text\n---\ntitle: [\n---\n"] {
        let notebook = parse("n.md", text);
        assert_eq!((notebook.diagnostics.len(), notebook.front_matter.title), (0, None), "{text}");
    }
    let after_bom = parse("n.md", "\u{feff}---\ntitle: a\n---\n");
    assert_eq!(after_bom.front_matter.title.as_deref(), Some("a"));
}

#[test]
fn a_stale_output_is_told_and_keeps_a_notebook_running() {
    let text =
        "```rhai {name=a}\n2\n```\n\n<!-- kpnb:output cell=a src=00000000 status=ok on=x -->\n\n```text\n1\n```\n";
    assert_eq!(said(text), ["5:1: stale output: cell `a` on line 1 has changed"]);
    assert!(!parse("n.md", text).has_errors());
    assert!(parse("n.md", "```rhai {x}\n```\n").has_errors());
    assert_eq!(lint(&parse("n.md", text))[0].severity, Severity::Warning);
}

//! What `check` says of a notebook: in which ways it drifts, and the difference that it shows.

use std::time::Duration;

use kpnb::notebook::{
    CellOutput, Checked, Drift, MaskedClass, Notebook, OutputPiece, Run, Status, TokenClass, check, count_masked,
    parse, update,
};
use kpnb::report::{Style, describe_drift, describe_masked};

fn output(cell: usize, texts: &[&str]) -> CellOutput {
    CellOutput {
        cell,
        status: Status::Ok,
        on: "kind-k8splayground/v1.20.2".into(),
        pieces: texts.iter().map(|text| OutputPiece::new("text", text, None)).collect(),
        elapsed: Duration::from_secs(400),
    }
}

fn run(texts: &[&[&str]]) -> Run {
    let names = ["deployment-65cd5869f-x2vkq", "deployment-65cd5869f-fqns6", "deployment-65cd5869f-4jw7c"];
    Run {
        outputs: texts.iter().enumerate().map(|(cell, texts)| output(cell, texts)).collect(),
        tokens: names.map(|name| (name.to_owned(), TokenClass::GeneratedName)).to_vec(),
        refresh: false,
    }
}

/// A notebook with a cell for each of these attributes, recorded with these outputs.
fn recorded(attributes: &[&str], texts: &[&[&str]]) -> Notebook {
    let cells = attributes.iter().enumerate();
    let text: String = cells.map(|(cell, more)| format!("```rhai {{name=c{cell} {more}}}\n1\n```\n\n")).collect();
    let notebook = parse("n.md", text);
    assert_eq!(notebook.diagnostics, []);
    parse("n.md", update(&notebook, &run(texts)).text)
}

fn of_one(attributes: &str, old: &str, new: &str) -> Checked {
    check(&recorded(&[attributes], &[&[old]]), &run(&[&[new]]))
}

#[test]
fn each_way_of_comparing_does_what_it_says() {
    let drifts = |attributes, old, new| of_one(attributes, old, new).has_drifted();
    for (attributes, old, new, expected) in [
        ("", "after 3s", "after 4s", false),
        ("check=norm", "after 3s", "after 4s", false),
        ("check=exact", "after 3s", "after 4s", true),
        ("check=exact", "after 3s", "after 3s", false),
        ("", "a\nb", "b\na", true),
        ("check=unordered", "a\nb", "b\na", false),
        ("check=unordered", "a\na\nb", "b\nb\na", true),
        ("check=status", "a", "b", false),
        ("check=off", "a", "b", false),
        ("", "a [..]\n...\nz", "a b\nc\nd\nz", true),
        ("match", "a [..]\n...\nz", "a b\nc\nd\nz", false),
        ("match", "a [..]\n...\nz", "a b\nc\nd", true),
    ] {
        assert_eq!(drifts(attributes, old, new), expected, "{{{attributes}}} {old:?} {new:?}");
    }
}

#[test]
fn a_marker_that_no_longer_fits_is_drift() {
    let drift = |attributes: &str, change: &dyn Fn(&mut Run), edit: &dyn Fn(String) -> String| {
        let notebook = recorded(&[attributes], &[&["x"]]);
        let notebook = parse("n.md", edit(notebook.text));
        let mut run = run(&[&["x"]]);
        change(&mut run);
        check(&notebook, &run).cells[0].drifts.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (same, kept) = (&|_: &mut Run| {}, &|text: String| text);
    let edited = &|text: String| text.replace("\n1\n", "\n2\n");
    let stale = ["its source has changed since its output was recorded"];
    assert_eq!(drift("", same, kept), [""; 0]);
    assert_eq!(drift("", same, edited), stale);
    assert_eq!(drift("check=status", same, edited), stale);
    assert_eq!(drift("check=off", same, edited), [""; 0]);
    let failed = &|run: &mut Run| run.outputs[0].status = Status::Timeout;
    let ended = ["it ended otherwise: recorded is ok, now it is timeout"];
    assert_eq!(drift("", failed, kept), ended);
    assert_eq!(drift("check=status", failed, kept), ended);
    assert_eq!(drift("check=off", failed, kept), [""; 0]);
    let two = &|run: &mut Run| run.outputs[0].pieces.push(OutputPiece::new("yaml", "a: 1", None));
    assert_eq!(drift("", two, kept), ["output 2 is not recorded"]);
    let none = &|run: &mut Run| run.outputs[0].pieces.clear();
    assert_eq!(drift("", none, kept), ["output 1 is recorded, and did not come"]);
    let yaml = &|run: &mut Run| run.outputs[0].pieces[0].language = "yaml".into();
    assert_eq!(drift("", yaml, kept), ["output 1 is `yaml`, recorded is `text`"]);
}

#[test]
fn a_cell_that_did_not_run_is_not_compared() {
    let notebook = recorded(&["", ""], &[&["a"], &["b"]]);
    let checked = check(&notebook, &run(&[&["a"]]));
    assert_eq!((checked.cells.len(), checked.has_drifted()), (1, false));
}

const OLD: &str = "\
$ kubectl get pods
NAME                         READY   STATUS    RESTARTS   AGE   IP           NODE
deployment-65cd5869f-hkffm   1/1     Running   0          2s    10.244.1.7   k8splayground-worker
deployment-65cd5869f-sqv98   1/1     Running   0          2s    10.244.2.7   k8splayground-worker2
✓ it took 35s";

#[test]
fn the_difference_shows_only_what_differs() {
    let new = "\
$ kubectl get pods
NAME                         READY   STATUS    RESTARTS   AGE   IP             NODE
deployment-65cd5869f-fqns6   0/1     Pending   0          4s    <none>         k8splayground-worker2
deployment-65cd5869f-x2vkq   1/1     Running   0          4s    10.244.1.140   k8splayground-worker
✓ it took 39s";
    let notebook = recorded(&["", ""], &[&["deployment-65cd5869f-hkffm"], &[OLD]]);
    let checked = check(&notebook, &run(&[&["deployment-65cd5869f-x2vkq"], &[new]]));
    assert_eq!(
        describe_drift(&notebook, &checked, Style::default()),
        "\
n.md:21: cell c1: its output says something else
@@ -18,5 +18,5 @@
 $ kubectl get pods
 NAME                         READY   STATUS    RESTARTS   AGE   IP           NODE
 deployment-65cd5869f-hkffm   1/1     Running   0          2s    10.244.1.7   k8splayground-worker
-deployment-65cd5869f-sqv98   1/1     Running   0          2s    10.244.2.7   k8splayground-worker2
+deployment-65cd5869f-sqv98   0/1     Pending   0          2s    <none>       k8splayground-worker2
 ✓ it took 35s
"
    );
    let masked = count_masked(checked.cells.iter().flat_map(|cell| &cell.masked));
    let expected = [(MaskedClass::Name, 2), (MaskedClass::Address, 1), (MaskedClass::Duration, 2)];
    assert_eq!(masked.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn what_was_masked_is_told() {
    let notebook = recorded(&[""], &[&[OLD]]);
    let new = OLD.replace("hkffm", "x2vkq").replace("sqv98", "fqns6").replace("35s", "41s");
    let checked = check(&notebook, &run(&[&[&new]]));
    assert!(!checked.has_drifted());
    assert_eq!(
        describe_masked(&notebook, &checked, false, Style::default()),
        "n.md: masked 2 names, 1 duration (-v shows each)\n"
    );
    let each = describe_masked(&notebook, &checked, true, Style::default());
    assert!(each.contains("\n  line 12: duration 35s → 41s\n"), "{each}");
    assert!(each.contains(": name hkffm → "), "{each}");
    let same = check(&notebook, &run(&[&[OLD]]));
    assert_eq!(describe_masked(&notebook, &same, true, Style::default()), "n.md: nothing masked\n");
}

#[test]
fn a_broken_name_is_shown_where_it_breaks() {
    let (a, b) = ("deployment-65cd5869f-hkffm", "deployment-65cd5869f-x2vkq");
    let notebook = recorded(&["", ""], &[&[a], &[a]]);
    let checked = check(&notebook, &run(&[&[b], &["deployment-65cd5869f-fqns6"]]));
    assert_eq!(
        describe_drift(&notebook, &checked, Style::default()),
        "\
n.md:18: cell c1: its output says something else
@@ -18 +18 @@
-deployment-65cd5869f-hkffm
+deployment-65cd5869f-fqns6
n.md:18: deployment-65cd5869f-hkffm was one (cell c0, line 8; cell c1, line 18), and is now two: \
deployment-65cd5869f-x2vkq and deployment-65cd5869f-fqns6
"
    );
}

#[test]
fn accepted_outputs_keep_patterns_that_still_match() {
    let keeps = |old: &str, new: &str| {
        let notebook = recorded(&["match"], &[&[old]]);
        let text = update(&notebook, &run(&[&[new]])).text;
        parse("n.md", text).outputs[0].text.clone()
    };
    assert_eq!(keeps("took [..]\nRunning", "took 5 units\nPending"), "took [..]\nPending\n");
    assert_eq!(keeps("took [..]\nRunning", "lasted 5 units\nRunning"), "lasted 5 units\nRunning\n");
    assert_eq!(keeps("a\n...\nz\nRunning", "a\nb\nc\nz\nPending"), "a\n...\nz\nPending\n");
    assert_eq!(keeps("a\n...\nz", "a\nb\nc\ny"), "a\n...\ny\n");
    // Nothing that it would stand for.
    assert_eq!(keeps("a\n...\nz\nRunning", "a\nz\nPending"), "a\n...\nz\nPending\n");
}

#[test]
fn a_table_of_many_rows_ends_in_bounded_time() {
    let letters = b"bcdfghjklmnpqrstvwxz2456789";
    let suffix = |number: usize| -> String {
        let digit = |place: u32| letters[number / 27_usize.pow(place) % 27] as char;
        (0..5).rev().map(digit).collect()
    };
    let table = |from: usize, last: &str| -> String {
        let mut rows: Vec<String> =
            (0..500).map(|row| format!("x-65cd5869f-{}   1/1   Running", suffix(from + row * 7))).collect();
        rows.sort();
        rows.push(last.to_owned());
        rows.join("\n")
    };
    let begin = std::time::Instant::now();
    let old = table(3, "✓ 500 Pods");
    assert!(!of_one("", &old, &table(90_000, "✓ 500 Pods")).has_drifted());
    let checked = of_one("", &old, &table(90_000, "✓ 499 Pods"));
    let Drift::Text { diff, .. } = &checked.cells[0].drifts[0] else { panic!("{checked:?}") };
    assert_eq!(diff.lines().filter(|line| line.starts_with(['-', '+'])).count(), 2, "{diff}");
    // Each row says another one, and no two of them fit together.
    let crossed = |from: usize, by: usize| -> String {
        (0..500)
            .map(|row| format!("x-65cd5869f-{} {}\n", suffix(from + row), suffix(from + (row + by) % 500)))
            .collect()
    };
    assert!(of_one("", &crossed(3, 1), &crossed(90_000, 250)).has_drifted());
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

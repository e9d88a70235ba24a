//! Stable write over whole notebooks: what keeps its bytes, what is written, and what a partial run says.

use std::time::Duration;

use kpnb::notebook::{
    CellOutput, CellRef, Change, Notebook, OutputPiece, Run, Status, TokenClass, Why, clean, lint, merge, parse, update,
};

const NOTEBOOK: &str = "\
# Pods

```rhai {name=list}
show(\"kubectl get pods\")
```

```rhai {name=keys}
etcd::keys(\"/registry/pods/default\")
```

```rhai {name=count}
etcd::keys(\"/registry/pods/default\").len
```

```rhai
node::ready(\"k8splayground-worker\")
```
";

/// A run of the whole notebook in which the Pod has this suffix and this phase.
fn run(notebook: &Notebook, suffix: &str, phase: &str, node: &str) -> Run {
    let pod = format!("deployment-65cd5869f-{suffix}");
    let table = format!(
        "$ kubectl get pods\nNAME                         READY   STATUS    AGE\n{pod}   1/1     {phase}   5s\n"
    );
    let texts = [table, format!("/registry/pods/default/{pod}\n"), "1\n".to_owned(), format!("{node}\n")];
    let outputs = texts.iter().enumerate().map(|(cell, text)| output(cell, text)).collect();
    assert_eq!(notebook.cells.len(), 4);
    Run { outputs, tokens: vec![(pod, TokenClass::GeneratedName)], refresh: false }
}

fn output(cell: usize, text: &str) -> CellOutput {
    CellOutput {
        cell,
        status: Status::Ok,
        on: "kind-k8splayground/v1.20.2".into(),
        pieces: vec![OutputPiece::new("text", text, None)],
        elapsed: Duration::from_secs(10),
    }
}

fn recorded() -> Notebook {
    let notebook = parse("n.md", NOTEBOOK);
    let first = update(&notebook, &run(&notebook, "rwzjn", "Running", "true"));
    assert!(first.changes.iter().all(|(_, change)| *change == Change::Changed));
    parse("n.md", first.text)
}

#[test]
fn a_run_that_says_the_same_changes_no_byte() {
    let notebook = recorded();
    let again = update(&notebook, &run(&notebook, "fqns6", "Running", "true"));
    assert_eq!(again.text, notebook.text);
    assert!(again.changes.iter().all(|(_, change)| *change == Change::Kept));
    assert_eq!(clean(&notebook), NOTEBOOK);
    assert_eq!(lint(&notebook), []);
}

#[test]
fn what_shares_a_name_with_a_changed_output_is_written_too() {
    let notebook = recorded();
    let again = update(&notebook, &run(&notebook, "fqns6", "Pending", "true"));
    let changes: Vec<Change> = again.changes.iter().map(|(_, change)| *change).collect();
    assert_eq!(changes, [Change::Changed, Change::Renamed, Change::Kept, Change::Kept]);
    assert!(!again.text.contains("rwzjn"), "{}", again.text);
    assert_eq!(again.text.matches("deployment-65cd5869f-fqns6").count(), 2);
}

#[test]
fn a_change_elsewhere_leaves_names_alone() {
    let notebook = recorded();
    let again = update(&notebook, &run(&notebook, "fqns6", "Running", "false"));
    let changes: Vec<Change> = again.changes.iter().map(|(_, change)| *change).collect();
    assert_eq!(changes, [Change::Kept, Change::Kept, Change::Kept, Change::Changed]);
    assert!(!again.text.contains("fqns6"));
    assert_eq!(again.text, notebook.text.replace("true\n", "false\n"));
}

#[test]
fn a_partial_run_says_what_it_leaves() {
    let notebook = recorded();
    let mut only = run(&notebook, "fqns6", "Pending", "true");
    only.outputs.truncate(1);
    let again = update(&notebook, &only);
    assert_eq!(again.partial, [1]);
    assert!(again.text.contains("/registry/pods/default/deployment-65cd5869f-rwzjn"));
    // One that says the same leaves nothing.
    let mut only = run(&notebook, "fqns6", "Running", "true");
    only.outputs.truncate(1);
    let again = update(&notebook, &only);
    assert_eq!((again.partial, again.text), (vec![], notebook.text));
}

#[test]
fn refresh_writes_all() {
    let notebook = recorded();
    let run = Run { refresh: true, ..run(&notebook, "fqns6", "Running", "true") };
    let again = update(&notebook, &run);
    assert!(!again.text.contains("rwzjn"));
}

#[test]
fn on_changes_only_with_the_bytes() {
    let notebook = recorded();
    let mut elsewhere = run(&notebook, "fqns6", "Running", "false");
    for output in &mut elsewhere.outputs {
        output.on = "sandbox/v1.20.2".into();
    }
    let again = update(&notebook, &elsewhere);
    assert_eq!(again.text.matches("on=sandbox/v1.20.2").count(), 1);
    assert_eq!(again.text.matches("on=kind-k8splayground/v1.20.2").count(), 3);
}

#[test]
fn a_new_source_with_the_same_output_changes_the_marker_alone() {
    let notebook = recorded();
    let edited = parse("n.md", notebook.text.replace("default\").len", "default\").len // of one"));
    assert_eq!(lint(&edited).len(), 1);
    let mut run = run(&edited, "fqns6", "Running", "true");
    run.outputs[2].on = "sandbox/v1.20.2".into();
    let again = update(&edited, &run);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(&edited.text), lines(&again.text));
    let different: Vec<_> = before.iter().zip(&after).filter(|(before, after)| before != after).collect();
    assert_eq!((before.len(), different.len()), (after.len(), 1), "{different:?}");
    assert!(different[0].1.contains("cell=count") && different[0].1.contains("on=kind-k8splayground/v1.20.2"));
    assert_eq!(lint(&parse("n.md", again.text)), []);
}

#[test]
fn check_decides_what_is_compared() {
    let compare = |attributes: &str, old: &str, new: &str| {
        let notebook = parse("n.md", format!("```rhai {{{attributes}}}\n1\n```\n"));
        assert_eq!(notebook.diagnostics, []);
        let written = |text: &str| Run { outputs: vec![output(0, text)], ..Run::default() };
        let notebook = parse("n.md", update(&notebook, &written(old)).text);
        update(&notebook, &written(new)).changes[0].1
    };
    assert_eq!(compare("", "after 3s", "after 4s"), Change::Kept);
    assert_eq!(compare("check=exact", "after 3s", "after 4s"), Change::Changed);
    assert_eq!(compare("", "a\nb", "b\na"), Change::Changed);
    assert_eq!(compare("check=unordered", "a\nb", "b\na"), Change::Kept);
    assert_eq!(compare("check=status", "a", "b"), Change::Kept);
    assert_eq!(compare("check=off", "a", "b"), Change::Kept);
    assert_eq!(compare("", "a [..]\n...", "a b\nc\nd"), Change::Changed);
    assert_eq!(compare("match", "a [..]\n...", "a b\nc\nd"), Change::Kept);
}

#[test]
fn another_status_writes_the_marker() {
    let notebook = recorded();
    let mut failed = run(&notebook, "fqns6", "Running", "true");
    failed.outputs[2].status = Status::Failed;
    let again = update(&notebook, &failed);
    assert_eq!(again.changes[2].1, Change::Changed);
    let marker = marker_of(&notebook, 2);
    assert_eq!(again.text, notebook.text.replace(&marker, &marker.replace("status=ok", "status=failed")));
}

fn marker_of(notebook: &Notebook, cell: usize) -> String {
    notebook.outputs_of(cell).next().unwrap().marker.to_string()
}

#[test]
fn merges_into_what_a_person_wrote_meanwhile() {
    let ran = recorded();
    let theirs = ran
        .text
        .replace("# Pods", "# Pods, all of them\n\n```rhai\nnew\n```")
        .replace("default\").len", "kube-system\").len")
        .replace("{name=keys}", "{name=keys timeout=5s}");
    let merged = merge(&ran, &parse("n.md", theirs.as_str()), &run(&ran, "fqns6", "Pending", "false"));
    let conflicts: Vec<(CellRef, Why)> =
        merged.conflicts.iter().map(|conflict| (conflict.cell.clone(), conflict.why)).collect();
    assert_eq!(conflicts, [(CellRef::Name("count".into()), Why::Changed)]);
    let text = &merged.update.text;
    assert!(text.starts_with("# Pods, all of them\n\n```rhai\nnew\n```\n"));
    assert!(text.contains("Pending") && text.contains("false") && text.contains("kube-system\").len"));
    assert!(!text.contains("rwzjn"));
    // Without outputs it is what the person wrote.
    assert_eq!(clean(&parse("n.md", text.as_str())), clean(&parse("n.md", theirs)));
}

#[test]
fn says_which_cells_are_gone() {
    let ran = recorded();
    let theirs = ran.text.replace("{name=keys}", "{name=paths}");
    let merged = merge(&ran, &parse("n.md", theirs), &run(&ran, "fqns6", "Running", "true"));
    assert_eq!(merged.conflicts.len(), 1);
    assert_eq!(merged.conflicts[0].to_string(), "cell `keys` was removed while it ran; its output is not written");
    let merged = merge(&ran, &parse("n.md", ""), &run(&ran, "fqns6", "Running", "true"));
    assert_eq!((merged.conflicts.len(), merged.update.text.as_str()), (4, ""));
}

#[test]
fn outputs_stay_where_a_person_has_put_them() {
    let text = "\
```rhai {name=a}
1
```

<details><summary>What came out</summary>

<!-- kpnb:output cell=a src=00000000 status=ok on=x -->
```text
old
```

</details>

```rhai {name=b}
2
```
";
    let notebook = parse("n.md", text);
    let mut both = output(0, "new");
    both.pieces.push(OutputPiece::new("yaml", "a: 1", None));
    let again = update(&notebook, &Run { outputs: vec![both.clone()], ..Run::default() });
    let inside = &again.text[again.text.find("<details>").unwrap()..again.text.find("</details>").unwrap()];
    assert!(inside.contains("```text\nnew\n```\n") && inside.contains("```yaml\na: 1\n```\n"), "{}", again.text);
    let twice = update(&parse("n.md", again.text.as_str()), &Run { outputs: vec![both], ..Run::default() });
    assert_eq!(twice.text, again.text);
}

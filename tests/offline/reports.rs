//! `--report` where nothing runs: reports are written all the same, or the command is refused before.

use std::path::Path;
use std::time::Duration;

use kpnb::report::{self, Captured, CellReport, Exit, Fault, FaultPlace, NotebookReport, Outcome, RunReport, Skipped};
use kpnb::script::Claim;

use crate::cli::{kpnb, with_notebook};
use crate::forms;

const PLAIN: &str = "```rhai {name=one}\n1\n```\n";

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_run_that_reaches_no_cluster_is_reported() {
    let folder = with_notebook(PLAIN);
    let args = ["run", "a.md", "--cluster", "kind-none", "--report", "json=r.json", "--report", "junit=r.xml"];
    let (code, _, stderr) = kpnb(folder.path(), &args);
    assert_eq!(code, 4, "{stderr}");
    let json = forms::json(&read(folder.path(), "r.json"));
    assert_eq!((json["status"].as_str(), json["exit_code"].as_i64()), (Some("cluster"), Some(4)));
    assert!(json["errors"][0]["message"].as_str().unwrap().contains("kind-none"), "{json}");
    let junit = forms::junit(&read(folder.path(), "r.xml"));
    assert_eq!((junit.tests, junit.errors), (1, 1));
}

#[test]
fn a_mistake_in_a_notebook_is_reported_with_its_place() {
    let folder = with_notebook("# x\n\n```rhai {nme=one}\n1\n```\n");
    let (code, stdout, stderr) = kpnb(folder.path(), &["run", "a.md", "--cluster", "kind-none", "--report", "json=-"]);
    assert_eq!(code, 2, "{stderr}");
    let json = forms::json(&stdout);
    let error = &json["errors"][0];
    assert_eq!((error["file"].as_str(), error["line"].as_u64()), (Some("a.md"), Some(3)), "{json}");
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_runs() {
    let folder = with_notebook(PLAIN);
    for (report, why) in [
        ("json=none/r.json", "No such file"),
        ("json=a.md", "it is a notebook of this run"),
        ("xml=r.xml", "json=FILE or junit=FILE"),
        ("json=.", "it is a folder"),
    ] {
        let (code, _, stderr) = kpnb(folder.path(), &["run", "a.md", "--cluster", "kind-none", "--report", report]);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(why), "{stderr}");
    }
    assert_eq!(read(folder.path(), "a.md"), PLAIN);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_report_replaces_the_one_before_and_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = with_notebook(PLAIN);
    let file = folder.path().join("r.json");
    std::fs::write(&file, "old").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    kpnb(folder.path(), &["run", "a.md", "--cluster", "kind-none", "--report", "json=r.json"]);
    forms::json(&read(folder.path(), "r.json"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}

/// A run in which everything happened that can, with texts that XML and JSON cannot hold as they are.
fn all_that_can_happen() -> RunReport {
    let notebook = kpnb::notebook::parse("books/a.md", "```rhai {name=a}\n1\n```\n\n```rhai {cleanup}\n2\n```\n");
    let skipped = |place: usize, why| CellReport::skipped(&notebook.cells[place], why);
    let odd = "\u{1b}[31mred\u{1b}[0m \u{0} ]]> <&\"' \u{ffff} ü\r\n";
    let ran = |outcome, kind: Option<&'static str>| CellReport {
        outcome,
        skipped: None,
        started: Some(jiff::Timestamp::now()),
        took: Duration::from_millis(1234),
        claims: vec![
            Claim { text: format!("holds {odd}"), proved: true, evidence: None },
            Claim { text: "does not".to_owned(), proved: false, evidence: Some(odd.to_owned()) },
        ],
        error: kind.map(|kind| Fault {
            kind,
            message: format!("error: {odd}more"),
            place: Some(FaultPlace { file: "books/a.md".to_owned(), line: 2, column: 1 }),
            calls: vec!["f, called at books/a.md:2".to_owned()],
            hint: Some(odd.to_owned()),
        }),
        outputs: vec![kpnb::notebook::OutputPiece::new("text", odd, None)],
        captured: vec![
            Captured { kind: "events", of: "namespace default".to_owned(), text: Ok(odd.to_owned()) },
            Captured { kind: "logs", of: "pods default/a".to_owned(), text: Err(odd.to_owned()) },
        ],
        ..skipped(0, Skipped::NotChosen)
    };
    let mut run = RunReport::begin("check");
    run.cluster = Some(("kind-x".to_owned(), "v1.20.2".to_owned()));
    run.exit = Exit::Interrupted;
    run.errors = vec![Fault { kind: "usage", message: odd.to_owned(), ..Fault::default() }];
    run.notebooks = vec![NotebookReport {
        checked: None,
        file: "books/a.md".to_owned(),
        cells: vec![
            ran(Outcome::Ok, None),
            ran(Outcome::Failed, Some("claim")),
            ran(Outcome::Failed, Some("expected-error-missing")),
            ran(Outcome::Failed, Some("syntax")),
            ran(Outcome::TimedOut, Some("timeout")),
            ran(Outcome::Interrupted, Some("interrupted")),
            skipped(0, Skipped::NotChosen),
            skipped(1, Skipped::AfterFailure),
        ],
        started: jiff::Timestamp::now(),
        took: Duration::from_secs(9),
        exit: Exit::Failed,
        errors: vec![Fault { kind: "failed", message: "undo failed".to_owned(), ..Fault::default() }],
    }];
    run
}

#[test]
fn what_drifts_and_what_was_masked_is_reported() {
    let recorded = "```rhai {name=a}\n1\n```\n\n<!-- kpnb:output cell=a src=6b86b273 status=ok on=here -->\n\n```text\nuid one after 3s\n```\n";
    let notebook = kpnb::notebook::parse("books/a.md", recorded);
    let output = |text: &str| kpnb::notebook::CellOutput {
        cell: 0,
        status: kpnb::notebook::Status::Ok,
        on: "here".to_owned(),
        pieces: vec![kpnb::notebook::OutputPiece::new("text", text, None)],
        elapsed: Duration::ZERO,
    };
    let report = |text: &str| {
        let run = kpnb::notebook::Run { outputs: vec![output(text)], ..Default::default() };
        let mut all = all_that_can_happen();
        let book = &mut all.notebooks[0];
        book.cells.truncate(1);
        book.errors.clear();
        book.checked = Some(kpnb::notebook::check(&notebook, &run));
        (forms::json(&report::json(&all)), forms::junit(&report::junit(&all).unwrap()))
    };
    let (json, junit) = report("uid two after 3s");
    let check = &json["notebooks"][0]["cells"][0]["check"];
    assert!(
        check["drifts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|drift| drift["diff"].as_str().is_some_and(|diff| diff.contains("+uid two"))),
        "{check}"
    );
    assert_eq!(junit.test_suites[0].failures, 1);
    let (json, _) = report("uid one after 4s");
    let masked = &json["notebooks"][0]["cells"][0]["check"]["masked"][0];
    assert_eq!(
        (&masked["class"], &masked["recorded"], &masked["now"]),
        (&"duration".into(), &"3s".into(), &"4s".into())
    );
}

#[test]
fn all_that_can_happen_is_json_of_the_schema() {
    let json = forms::json(&report::json(&all_that_can_happen()));
    assert_eq!(json["counts"]["failed"], 3);
    assert_eq!(json["counts"]["claims_failed"], 6);
    assert_eq!(json["notebooks"][0]["cells"][4]["status"], "timeout");
    assert_eq!(json["notebooks"][0]["cells"][7]["skipped"], "after a failure");
}

#[test]
fn all_that_can_happen_is_junit() {
    let junit = forms::junit(&report::junit(&all_that_can_happen()).unwrap());
    // Besides the cells one case for what is wrong with the notebook, and one for what is wrong with the run.
    assert_eq!((junit.tests, junit.failures, junit.errors, junit.skipped), (10, 2, 5, 2));
    let case = &junit.test_suites[0].test_cases[1];
    assert_eq!(case.classname.as_ref().unwrap().as_str(), "books.a");
    assert_eq!(
        case.extra.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>(),
        [("file", "books/a.md"), ("line", "1")]
    );
    assert!(case.system_out.as_ref().unwrap().contains("red  ]]> <&\"' "), "{case:?}");
    assert!(case.system_err.as_ref().unwrap().contains("== logs of pods default/a"), "{case:?}");
}

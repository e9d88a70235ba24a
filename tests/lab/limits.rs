//! Limits of time on a real cluster: each error says which it was, and who set it; cells that clean up have their own.

use libtest_mimic::Trial;

use crate::lab;

/// Runs a notebook; returns exit code, its text afterwards, and stderr.
fn run(text: &str, args: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.md"), text).unwrap();
    let output = lab::kpnb()
        .args(["run", "a.md", "--cluster", &lab::name().unwrap()])
        .args(args)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let after = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
    (output.status.code().unwrap_or(-1), after, String::from_utf8(output.stderr).unwrap())
}

const SLOW: &str = "sleep(\"100s\");";
const CLEANED: &str = "```rhai {cleanup}\nprint(\"cleaned \" + \"up\");\n```\n";

/// That the first cell is ended by this limit, and cleaned up after.
fn limited(front: &str, attributes: &str, args: &[&str], told: &str) {
    let text = format!("{front}```rhai {{{attributes}}}\n{SLOW}\n```\n\n{CLEANED}");
    let (code, after, stderr) = run(&text, args);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains(told), "{told}: {stderr}");
    assert!(after.contains("status=timeout") && after.contains("\ncleaned up\n"), "{after}");
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        lab::shared("limits::an_error_says_which_it_was_and_who_set_it", || {
            let of_cell = "timed out after 300ms: the limit of this cell, ";
            limited("", "timeout=300ms", &["--timeout", "1h"], &format!("{of_cell}set by its attribute timeout"));
            limited(
                "---\ntimeout: 300ms\n---\n",
                "",
                &["--timeout", "1h"],
                &format!("{of_cell}set in the front matter"),
            );
            limited("", "", &["--timeout", "300ms"], &format!("{of_cell}set by --timeout"));
            let of_notebook = "timed out after 300ms: the limit of the whole notebook, ";
            limited(
                "",
                "timeout=1h",
                &["--notebook-timeout", "300ms"],
                &format!("{of_notebook}set by --notebook-timeout"),
            );
            let front = "---\ntimeout: {notebook: 300ms}\n---\n";
            limited(front, "", &[], &format!("{of_notebook}set in its front matter"));
            // The person's word goes before the notebook's.
            limited(
                front,
                "",
                &["--notebook-timeout", "600ms"],
                "timed out after 600ms: the limit of the whole notebook",
            );
            Ok(())
        }),
        lab::shared("limits::a_cleanup_cell_has_its_own_and_does_not_keep_the_next_from_running", || {
            let text = format!("```rhai {{cleanup}}\n{SLOW}\n```\n\n{CLEANED}");
            let (code, after, stderr) = run(&text, &["--cleanup-timeout", "300ms", "--notebook-timeout", "1ms"]);
            assert_eq!(code, 1, "{stderr}");
            let told = "timed out after 300ms: the limit of this cleanup cell, set by --cleanup-timeout";
            assert!(stderr.contains(told), "{stderr}");
            assert!(after.contains("status=timeout") && after.contains("\ncleaned up\n"), "{after}");
            Ok(())
        }),
        lab::shared("limits::a_wait_says_that_it_was_its_own", || {
            let (code, _, stderr) = run("```rhai\nwait_until(|| 1 > 2, \"200ms\");\n```\n", &[]);
            assert_eq!(code, 1, "{stderr}");
            assert!(stderr.contains("a.md:2:1: error: timed out after 200ms waiting until || 1 > 2"), "{stderr}");
            Ok(())
        }),
    ]
}

//! What `kpnb new` makes, and what `:save` writes, runs at once.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use crate::lab;

/// Runs kpnb in a folder; returns exit code and what it printed.
fn kpnb(folder: &Path, args: &[&str], stdin: &str) -> (i32, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kpnb"))
        .args(args)
        .env("KPNB_CLUSTER", lab::name().unwrap())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), format!("{}{}", text(&output.stdout), text(&output.stderr)))
}

fn succeeds(folder: &Path, args: &[&str]) {
    let (code, printed) = kpnb(folder, args, "");
    assert_eq!(code, 0, "{args:?}: {printed}");
}

pub fn trials() -> Vec<Trial> {
    vec![
        lab::shared("authoring::a_new_notebook_runs_and_is_clean_again_afterwards", || {
            let folder = tempfile::tempdir()?;
            succeeds(folder.path(), &["new", "kpnb-test-new"]);
            let file = folder.path().join("notebooks/kpnb-test-new.md");
            let path = file.to_str().unwrap();
            let new = std::fs::read_to_string(&file)?;
            succeeds(folder.path(), &["lint", path]);
            succeeds(folder.path(), &["clean", path]);
            assert_eq!(std::fs::read_to_string(&file)?, new);
            succeeds(folder.path(), &["run", path]);
            let ran = std::fs::read_to_string(&file)?;
            assert!(ran.contains("✓ the Pod runs\n") && ran.contains("✓ nothing is left of it\n"), "{ran}");
            succeeds(folder.path(), &["lint", path]);
            succeeds(folder.path(), &["run", path]);
            assert_eq!(std::fs::read_to_string(&file)?, ran, "a second run changes nothing");
            succeeds(folder.path(), &["clean", path]);
            assert_eq!(std::fs::read_to_string(&file)?, new);
            Ok(())
        }),
        lab::shared("authoring::what_the_repl_saved_runs_as_a_notebook", || {
            let folder = tempfile::tempdir()?;
            let input = "let nodes = k8s::list(\"nodes\");\nfn many(n) {\n    n > 0\n}\n\
                         expect(many(nodes.len()), \"there are nodes\");\n:save saved.md\n";
            let (code, printed) = kpnb(folder.path(), &["repl"], input);
            assert_eq!(code, 0, "{printed}");
            assert!(printed.contains("3 cells in saved.md"), "{printed}");
            succeeds(folder.path(), &["run", "saved.md"]);
            assert!(std::fs::read_to_string(folder.path().join("saved.md"))?.contains("✓ there are nodes\n"));
            let (code, printed) = kpnb(folder.path(), &["repl"], "1 + 1\n:save saved.md\n");
            assert_eq!(code, 2, "{printed}");
            assert!(printed.contains("saved.md is there already\nhint: "), "{printed}");
            Ok(())
        }),
    ]
}

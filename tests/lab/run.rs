//! `kpnb run` on a real cluster: outcomes, exit codes, and what Ctrl-C leaves.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use crate::lab;

fn kpnb(args: &[&str]) -> Command {
    let mut command = lab::kpnb();
    command.args(args).args(["--cluster", &lab::name().unwrap()]).stderr(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Runs a notebook; returns exit code, its text afterwards, and stderr.
fn run(text: &str, args: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.md");
    std::fs::write(&file, text).unwrap();
    let output = kpnb(&[&["run", file.to_str().unwrap()], args].concat()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap_or(-1), std::fs::read_to_string(&file).unwrap(), stderr)
}

pub fn trials() -> Vec<Trial> {
    vec![
        lab::shared("run::after_a_failure_only_cleanup_cells_run", || {
            let text = "```rhai\nexpect(1 == 2, \"one is two\");\n```\n\n```rhai\nprint(\"never\");\n```\n\n\
                        ```rhai {cleanup}\nprint(\"cleaned \" + \"up\");\n```\n";
            let (code, after, stderr) = run(text, &[]);
            assert_eq!(code, 1, "{stderr}");
            assert!(after.contains("✗ one is two") && after.contains("\ncleaned up\n"), "{after}");
            assert!(!after.contains("\nnever\n"), "{after}");
            Ok(())
        }),
        lab::shared("run::a_second_run_changes_no_byte", || {
            let text = "```rhai {name=a}\nprint(k8s::get(\"node\", k8s::list(\"nodes\")[0].metadata.name).metadata.uid);\n```\n";
            let (code, once, stderr) = run(text, &[]);
            assert_eq!(code, 0, "{stderr}");
            assert_ne!(once, text);
            assert_eq!(run(&once, &[]).1, once);
            Ok(())
        }),
        lab::shared("run::a_loop_ends_at_its_timeout", || {
            let begin = Instant::now();
            let (code, after, stderr) = run("```rhai\nloop { }\n```\n", &["--timeout", "500ms"]);
            assert_eq!(code, 1, "{stderr}");
            assert!(after.contains("status=timeout"), "{after}");
            assert!(begin.elapsed() < Duration::from_secs(10));
            Ok(())
        }),
        lab::shared("run::ctrl_c_cleans_up_and_writes_what_there_is", || {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("a.md");
            let text = "```rhai\nprint(\"beg\" + \"un\");\nsleep(\"100s\");\n```\n\n```rhai {cleanup}\nprint(\"cleaned \" + \"up\");\n```\n";
            std::fs::write(&file, text).unwrap();
            let child = kpnb(&["run", file.to_str().unwrap()]).spawn().unwrap();
            std::thread::sleep(Duration::from_secs(2));
            assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
            let begin = Instant::now();
            let output = child.wait_with_output().unwrap();
            assert!(begin.elapsed() < Duration::from_secs(5));
            assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
            let after = std::fs::read_to_string(&file).unwrap();
            assert!(after.contains("status=interrupted") && after.contains("\nbegun\n"), "{after}");
            assert!(after.contains("\ncleaned up\n"), "{after}");
            Ok(())
        }),
    ]
}

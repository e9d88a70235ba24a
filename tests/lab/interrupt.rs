//! Ctrl-C wherever a run may be: it ends soon, with exit code 130, after cleaning up.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use crate::lab;

/// A run of one notebook that is interrupted.
struct Run {
    folder: tempfile::TempDir,
    child: Child,
}

impl Run {
    fn start(text: &str, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.md"), text).unwrap();
        let child = lab::kpnb()
            .args(["run", "a.md", "--cluster", &lab::name().unwrap()])
            .envs(settings.iter().copied())
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, child }
    }

    fn press(&self, after: Duration) {
        self.send("-INT", after);
    }

    fn send(&self, signal: &str, after: Duration) {
        std::thread::sleep(after);
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Waits for the end, which comes within `limit`; returns the notebook's text and stderr.
    fn ends(self, limit: Duration) -> (String, String) {
        let begin = Instant::now();
        let Output { status, stderr, .. } = self.child.wait_with_output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert!(begin.elapsed() < limit, "{:?}: {stderr}", begin.elapsed());
        assert_eq!(status.code(), Some(130), "{stderr}");
        (std::fs::read_to_string(self.folder.path().join("a.md")).unwrap(), stderr)
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// A cell, and one that cleans up after it.
fn notebook(code: &str) -> String {
    format!("```rhai\n{code}\n```\n\n```rhai {{cleanup}}\nprint(\"cleaned \" + \"up\");\n```\n")
}

/// That a cell is interrupted within a second, and cleaned up after.
fn interrupted(code: &str) {
    let run = Run::start(&notebook(code), &[]);
    run.press(2 * SECOND);
    let (after, stderr) = run.ends(2 * SECOND);
    assert!(after.contains("status=interrupted") && after.contains("\ncleaned up\n"), "{after}\n{stderr}");
}

pub fn trials() -> Vec<Trial> {
    vec![
        lab::shared("interrupt::while_connecting", || {
            // It takes connections, and never answers.
            let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let docker = format!("tcp://{}", silent.local_addr().unwrap());
            let text = notebook("1");
            let run = Run::start(&text, &[("DOCKER_HOST", &docker)]);
            run.press(SECOND);
            let (after, _) = run.ends(SECOND);
            assert_eq!(after, text);
            Ok(())
        }),
        lab::shared("interrupt::in_a_sleep", || {
            interrupted("sleep(\"100s\")");
            Ok(())
        }),
        lab::shared("interrupt::in_a_wait", || {
            interrupted("wait_until(|| k8s::find(\"pod\", \"never\") != (), \"100s\")");
            Ok(())
        }),
        lab::shared("interrupt::in_the_wait_of_a_deletion", || {
            let made = "k8s::create(#{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"cli-interrupt\", \
                        finalizers: [\"kpnb.test/keep\"]}});";
            let free = "k8s::patch(\"configmap\", \"cli-interrupt\", #{metadata: #{finalizers: ()}});";
            let text = format!(
                "```rhai\n{made}\nkubectl(\"delete configmap cli-interrupt\");\n```\n\n\
                 ```rhai {{cleanup}}\n{free}\nk8s::wait(\"configmap\", \"cli-interrupt\", \"deleted\", \"10s\");\n\
                 print(\"cleaned \" + \"up\");\n```\n"
            );
            let run = Run::start(&text, &[]);
            run.press(2 * SECOND);
            let (after, stderr) = run.ends(3 * SECOND);
            assert!(after.contains("status=interrupted") && after.contains("\ncleaned up\n"), "{after}\n{stderr}");
            Ok(())
        }),
        lab::shared("interrupt::sigterm_and_sighup_are_as_ctrl_c", || {
            for signal in ["-TERM", "-HUP"] {
                let run = Run::start(&notebook("sleep(\"100s\")"), &[]);
                run.send(signal, 2 * SECOND);
                let (after, stderr) = run.ends(2 * SECOND);
                assert!(after.contains("status=interrupted") && after.contains("\ncleaned up\n"), "{after}\n{stderr}");
            }
            Ok(())
        }),
        lab::shared("interrupt::in_a_cleanup_cell", || {
            let text = "```rhai\nundo(\"kubectl get namespace default\");\n```\n\n\
                        ```rhai {cleanup}\nsleep(\"100s\");\n```\n\n\
                        ```rhai {cleanup}\nprint(\"cleaned \" + \"up\");\n```\n";
            let run = Run::start(text, &[]);
            run.press(2 * SECOND);
            let (after, stderr) = run.ends(3 * SECOND);
            assert!(after.contains("status=interrupted") && after.contains("\ncleaned up\n"), "{after}");
            assert!(stderr.contains("undo: kubectl get namespace default"), "{stderr}");
            Ok(())
        }),
        lab::shared("interrupt::what_undoes_is_not_cut_short", || {
            let text = "```rhai\nundo(\"docker exec k8splayground-worker sleep 3\");\nprint(\"do\" + \"ne\");\n```\n";
            let text = text.replace("k8splayground", lab::name().unwrap().trim_start_matches("kind-"));
            let run = Run::start(&text, &[]);
            run.press(2 * SECOND);
            let (after, stderr) = run.ends(5 * SECOND);
            assert!(after.contains("\ndone\n"), "{after}");
            assert!(!stderr.contains("undo failed"), "{stderr}");
            Ok(())
        }),
        lab::shared("interrupt::the_second_leaves_at_once", || {
            let text = "```rhai\nsleep(\"100s\");\n```\n\n```rhai {cleanup}\nsleep(\"100s\");\n```\n";
            let run = Run::start(text, &[]);
            run.press(2 * SECOND);
            run.press(SECOND);
            let (after, stderr) = run.ends(SECOND);
            assert_eq!(after, text, "nothing half-written");
            assert!(stderr.contains("left at once: cells marked cleanup and undo may not have run"), "{stderr}");
            Ok(())
        }),
    ]
}

//! Broken input on a real cluster: the message with its place, the exit code, and a file that is whole.

use std::path::Path;

use libtest_mimic::Trial;

use crate::lab;

const CELL: &str = "```rhai\nkubectl(\"get namespace default -o name\");\n```\n";

/// Runs `a.md` with these settings, in a folder that has `bad.yaml` too; returns exit code, the text afterwards and
/// stderr.
fn run(text: &str, args: &[&str], settings: &[(&str, &str)]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.md", text);
    write(folder.path(), "bad.yaml", "kind: Pod\nmetadata:\n  name: a\n bad: [1\n");
    let output = lab::kpnb()
        .args(["run", "a.md", "--cluster", &lab::name().unwrap()])
        .args(args)
        .envs(settings.iter().copied())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let after = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
    (output.status.code().unwrap_or(-1), after, String::from_utf8(output.stderr).unwrap())
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// That one cell fails with each of these in what is told, and that the file has its output and all else as before.
fn fails(code: &str, args: &[&str], settings: &[(&str, &str)], told: &[&str]) {
    let text = format!("before\n\n```rhai\n{code}\n```\n\nafter  \n");
    let (exit, after, stderr) = run(&text, args, settings);
    assert_eq!(exit, 1, "{stderr}");
    for told in told {
        assert!(stderr.contains(told), "{told}: {stderr}");
    }
    assert!(after.starts_with("before\n\n```rhai\n") && after.ends_with("\n\nafter  \n"), "{after}");
    let status = if stderr.contains("timed out") { "timeout" } else { "failed" };
    assert!(after.contains(&format!("status={status}")), "{after}");
    assert_eq!(kpnb::notebook::clean(&kpnb::notebook::parse("a.md", after)), text);
}

pub fn trials() -> Vec<Trial> {
    vec![
        lab::shared("broken::a_missing_manifest_is_named_with_where_it_was_looked_for", || {
            let told = ["a.md:4:6: error: the path \"nope.yaml\" does not exist", "hint: looked in "];
            fails("k8s::apply(\"nope.yaml\")", &[], &[], &told);
            Ok(())
        }),
        lab::shared("broken::a_yaml_error_has_line_and_column", || {
            let told = ["a.md:4:6: error: error parsing bad.yaml: ", "hint: see bad.yaml:4:2"];
            fails("k8s::apply(\"bad.yaml\")", &[], &[], &told);
            Ok(())
        }),
        lab::shared("broken::a_container_that_does_not_exist", || {
            let told = ["a.md:4:9: error: Error response from daemon: No such container: nope"];
            fails("docker::exec(\"nope\", \"ls\")", &[], &[], &told);
            Ok(())
        }),
        lab::shared("broken::an_endless_loop_is_told_with_its_place", || {
            fails("loop { }", &["--timeout", "500ms"], &[], &["a.md:4:6: error: timed out after 500ms"]);
            Ok(())
        }),
        lab::shared("broken::an_endless_recursion_ends", || {
            let told = ["a.md:5:1: error: too many nested calls", "hint: functions may call each other"];
            fails("fn f(n) { f(n + 1) }\nf(1)", &[], &[], &told);
            Ok(())
        }),
        lab::shared("broken::a_wrong_certificate_of_etcd", || {
            // A CA that signed nothing here: an empty bundle is one too.
            let told = ["a.md:4:7: error: cannot reach etcd at ", "check ETCDCTL_CACERT"];
            fails("etcd::keys(\"/x\")", &[], &[("ETCDCTL_CACERT", "/dev/null")], &told);
            Ok(())
        }),
        lab::shared("broken::without_docker_no_cluster_is_a_playground", || {
            let (exit, after, stderr) = run(CELL, &[], &[("DOCKER_HOST", "unix:///nonexistent/docker.sock")]);
            assert_eq!(exit, 4, "{stderr}");
            assert!(
                stderr.contains("Cannot connect to the Docker daemon at unix:///nonexistent/docker.sock"),
                "{stderr}"
            );
            assert!(stderr.contains("hint: start Docker, or set DOCKER_HOST"), "{stderr}");
            assert_eq!(after, CELL);
            Ok(())
        }),
        lab::shared("broken::a_notebook_changed_meanwhile_keeps_the_persons_text", || {
            let folder = tempfile::tempdir().unwrap();
            let text = "# Old\n\n```rhai {name=a}\nprint(\"o\" + \"ne\");\nsleep(\"3s\");\n```\n\n\
                        ```rhai {name=b}\nprint(\"t\" + \"wo\");\n```\n";
            write(folder.path(), "a.md", text);
            let child = lab::kpnb()
                .args(["run", "a.md", "--cluster", &lab::name().unwrap()])
                .current_dir(folder.path())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            std::thread::sleep(std::time::Duration::from_secs(1));
            write(folder.path(), "a.md", &text.replace("# Old", "# New").replace("\"t\" + \"wo\"", "\"three\""));
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            let after = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
            assert!(after.starts_with("# New\n") && after.contains("```text\none\n```"), "{after}");
            // The cell that was changed did not run as it stands now.
            assert!(after.contains("print(\"three\")") && !after.contains("\ntwo\n"), "{after}");
            assert!(stderr.contains("a.md:"), "{stderr}");
            assert_eq!(output.status.code(), Some(1), "{stderr}");
            Ok(())
        }),
    ]
}

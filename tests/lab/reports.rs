//! `--report` of real runs, and what is captured after a failure.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::{forms, lab};

/// A notebook that runs with both reports.
struct Reported {
    folder: tempfile::TempDir,
}

impl Reported {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.md"), text).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = lab::kpnb();
        command
            .current_dir(self.folder.path())
            .args(["run", "a.md", "--cluster", &lab::name().unwrap()])
            .args(["--report", "json=r.json", "--report", "junit=r.xml"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn json(&self) -> Value {
        forms::json(&std::fs::read_to_string(self.path("r.json")).unwrap())
    }

    fn junit(&self) -> quick_junit::Report {
        forms::junit(&std::fs::read_to_string(self.path("r.xml")).unwrap())
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Deletes a namespace in the end.
struct Space(&'static str);

impl Space {
    fn new(name: &'static str) -> Self {
        lab::real("kubectl", &["delete", "namespace", name, "--ignore-not-found"], "");
        lab::real("kubectl", &["create", "namespace", name], "");
        Self(name)
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        lab::real("kubectl", &["delete", "namespace", self.0, "--wait=false"], "");
    }
}

/// Unpauses a container in the end.
struct Paused(String);

impl Paused {
    fn new(container: String) -> Self {
        assert!(Command::new("docker").args(["pause", &container]).status().unwrap().success());
        Self(container)
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["unpause", &self.0]).status();
    }
}

/// The parts of a kind that were captured in a report's failed cell: of what, and the text or error.
fn captured(json: &Value, kind: &str) -> Vec<(String, String, bool)> {
    let cells = json["notebooks"][0]["cells"].as_array().unwrap();
    let parts = cells.iter().filter_map(|cell| cell["captured"].as_array()).flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    parts
        .filter(|part| part["kind"] == kind)
        .map(|part| {
            let good = part["text"].is_string();
            (text(&part["of"]), text(if good { &part["text"] } else { &part["error"] }), good)
        })
        .collect()
}

fn pod(space: &str, name: &str, rest: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {space}}}\nspec:\n  {rest}\n")
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        lab::shared("reports::tell_each_cell_with_its_claims_and_error", || {
            let text = "# t\n\n```rhai {name=good}\nexpect(1 + 1 == 2, \"it adds\", \"2\");\nprint(\"said\");\nsleep(\"200ms\");\n```\n\n\
                        ```rhai {name=throws expect=error}\nk8s::get(\"pod\", \"none\");\n```\n\n\
                        ```rhai {name=bad}\nlet x = 1;\nexpect(x == 2, \"one is two\");\n```\n\n\
                        ```rhai {name=never}\n1\n```\n\n```rhai {name=tidy cleanup}\nprint(\"tidied\");\n```\n";
            let notebook = Reported::new(text);
            let output = notebook.command().output().unwrap();
            assert_eq!(code(&output), 1, "{}", stderr(&output));
            let json = notebook.json();
            assert_eq!(json["status"], "failed");
            assert_eq!(json["cluster"]["name"], lab::name().unwrap().as_str());
            assert!(json["cluster"]["version"].as_str().unwrap().starts_with("v1."));
            let cells = json["notebooks"][0]["cells"].as_array().unwrap();
            let of = |field: &str| cells.iter().map(|cell| cell[field].as_str().unwrap_or("-")).collect::<Vec<_>>();
            assert_eq!(of("name"), ["good", "throws", "bad", "never", "tidy"]);
            assert_eq!(of("status"), ["ok", "ok", "failed", "skipped", "ok"]);
            assert_eq!(cells[0]["outputs"][0]["text"], "✓ it adds\nsaid\n");
            assert_eq!(cells[0]["claims"][0]["evidence"], "2");
            let (took, all) = (cells[0]["seconds"].as_f64().unwrap(), json["seconds"].as_f64().unwrap());
            assert!((0.2..60.0).contains(&took) && all >= took, "{took} of {all}");
            let error = &cells[2]["error"];
            assert_eq!((&error["kind"], &error["file"], &error["line"]), (&"claim".into(), &"a.md".into(), &15.into()));
            assert!(cells[2]["claims"][0]["evidence"].as_str().unwrap().contains("x"), "{json}");
            let junit = notebook.junit();
            assert_eq!((junit.tests, junit.failures, junit.errors, junit.skipped), (5, 1, 0, 1));
            Ok(())
        }),
        lab::shared("reports::are_written_after_a_timeout_and_after_ctrl_c", || {
            let notebook = Reported::new("```rhai {timeout=300ms}\nloop { }\n```\n");
            assert_eq!(code(&notebook.command().output().unwrap()), 1);
            assert_eq!(notebook.json()["notebooks"][0]["cells"][0]["status"], "timeout");
            assert_eq!(notebook.junit().errors, 1);
            let notebook =
                Reported::new("```rhai\nsleep(\"100s\");\n```\n\n```rhai {cleanup}\nprint(\"tidied\");\n```\n");
            let mut child = notebook.command().spawn().unwrap();
            // The line that says that the cell runs.
            let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
            assert!(said.any(|line| line.contains("[1/")), "the cell never began");
            std::thread::sleep(Duration::from_millis(300));
            assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
            let output = child.wait_with_output().unwrap();
            assert_eq!(code(&output), 130, "{:?}", said.collect::<Vec<_>>());
            let json = notebook.json();
            assert_eq!((&json["status"], &json["exit_code"]), (&"interrupted".into(), &130.into()));
            assert_eq!(json["notebooks"][0]["cells"][0]["status"], "interrupted");
            assert_eq!(json["notebooks"][0]["cells"][1]["outputs"][0]["text"], "tidied\n");
            notebook.junit();
            Ok(())
        }),
        lab::shared("reports::have_what_was_captured_before_cleanup", || {
            let space = Space::new("captured-on-failure");
            let talks = pod(
                space.0,
                "talks",
                "containers: [{name: c, image: busybox:1.31, command: [sh, -c, 'echo said by the Pod; sleep 1000']}]",
            );
            let stuck =
                pod(space.0, "stuck", "nodeSelector: {no: such-node}\n  containers: [{name: c, image: busybox:1.31}]");
            let text = format!(
                "```rhai {{name=make}}\nk8s::apply(`{talks}`);\nk8s::apply(`{stuck}`);\n\
                 wait_until(|| k8s::get(\"pod\", \"talks\", \"{0}\").status.phase == \"Running\", \"60s\");\n\
                 wait_until(|| k8s::events(\"{0}\").some(|e| e.reason == \"FailedScheduling\"), \"60s\");\n```\n\n\
                 ```rhai {{name=claim}}\nk8s::get(\"pod\", \"talks\", \"{0}\");\n\
                 expect(k8s::list(\"pods\", \"{0}\").all(|pod| pod.status.phase == \"Running\"), \"all run\");\n```\n\n\
                 ```rhai {{cleanup}}\nkubectl(\"delete pods --all --namespace {0} --grace-period=0 --force\");\n```\n",
                space.0
            );
            let notebook = Reported::new(&text);
            let output = notebook.command().output().unwrap();
            let said = stderr(&output);
            assert_eq!(code(&output), 1, "{said}");
            let json = notebook.json();
            assert_eq!(json["notebooks"][0]["cells"][1]["error"]["kind"], "claim", "{said}");
            let events = captured(&json, "events");
            assert!(
                events.iter().any(|(of, text, _)| of.ends_with(space.0) && text.contains("FailedScheduling")),
                "{events:?}"
            );
            let described = captured(&json, "describe");
            assert!(
                described.iter().any(|(of, text, _)| of.ends_with("/stuck") && text.contains("such-node")),
                "{described:?}"
            );
            let logs = captured(&json, "logs");
            assert!(
                logs.iter().any(|(of, text, _)| of.ends_with("/talks") && text.contains("said by the Pod")),
                "{logs:?}"
            );
            assert!(said.contains("FailedScheduling") && said.contains("captured: events of namespace"), "{said}");
            assert!(!std::fs::read_to_string(notebook.path("a.md")).unwrap().contains("FailedScheduling   "));
            Ok(())
        }),
        lab::exclusive("reports::capture_what_a_half_broken_cluster_still_tells", || {
            let space = Space::new("captured-half-broken");
            let worker = format!("{}-worker", lab::name().unwrap().trim_start_matches("kind-"));
            let talks = pod(
                space.0,
                "talks",
                &format!(
                    "nodeName: {worker}\n  tolerations: [{{operator: Exists}}]\n  containers: [{{name: c, image: busybox:1.31, command: [sleep, '1000']}}]"
                ),
            );
            assert_eq!(lab::real("kubectl", &["apply", "-f", "-"], &talks).code, 0);
            let ready = lab::real(
                "kubectl",
                &["wait", "pod/talks", "-n", space.0, "--for=condition=Ready", "--timeout=90s"],
                "",
            );
            assert_eq!(ready.code, 0, "{}", ready.stderr);
            let text = format!(
                "```rhai\nexpect(k8s::get(\"pod\", \"talks\", \"{}\").status.phase == \"None\", \"gone\");\n```\n",
                space.0
            );
            let notebook = Reported::new(&text);
            let paused = Paused::new(worker);
            let start = Instant::now();
            let output = notebook.command().output().unwrap();
            let took = start.elapsed();
            drop(paused);
            assert_eq!(code(&output), 1, "{}", stderr(&output));
            assert!(took < Duration::from_secs(25), "{took:?}");
            let json = notebook.json();
            assert!(captured(&json, "events")[0].2 && captured(&json, "describe")[0].2, "{json}");
            assert!(!captured(&json, "logs")[0].2, "{json}");
            assert!(stderr(&output).contains("could not be captured: logs of"), "{}", stderr(&output));
            Ok(())
        }),
    ]
}

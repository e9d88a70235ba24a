//! `kpnb check` and `kpnb accept` on a real cluster: what passes, what drifts, and what is written.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use libtest_mimic::Trial;

use crate::lab;

/// A notebook that asks for a Pod of a Deployment, and shows it in two cells.
const NOTEBOOK: &str = r#"
```rhai {name=ask}
kubectl("create namespace kpnb-check");
k8s::apply(#{apiVersion: "apps/v1", kind: "Deployment", metadata: #{name: "web", namespace: "kpnb-check"}, spec: #{
    replicas: 1, selector: #{matchLabels: #{app: "web"}}, template: #{metadata: #{labels: #{app: "web"}},
    spec: #{terminationGracePeriodSeconds: 0, containers: [#{name: "web", image: "busybox:1.31", command: ["sleep", "1000"]}]}}}});
k8s::rollout_status("deployment", "web", #{namespace: "kpnb-check", timeout: "60s"});
let pod = k8s::list("pods", "kpnb-check")[0];
```

```rhai {name=show}
show("kubectl get pods -n kpnb-check");
print(`uid ${pod.metadata.uid} revision ${pod.metadata.resourceVersion}`);
```

```rhai {name=still-there}
print(`the Pod ${k8s::list("pods", "kpnb-check")[0].metadata.name} is there`);
```

```rhai {name=clean cleanup hide timeout=2m}
if k8s::find("namespace", "kpnb-check") != () { kubectl("delete namespace kpnb-check"); }
```
"#;

/// The Pod is deleted, so that another one is shown in the last cell.
const REPLACED: &str = "k8s::delete(\"pod\", pod.metadata.name, \"kpnb-check\");\n\
                        wait_until(|| k8s::list(\"pods\", \"kpnb-check\").len() == 1, \"60s\");\nprint(`the Pod";

fn kpnb(subcommand: &str, file: &Path, args: &[&str]) -> (i32, String, String) {
    let output = lab::kpnb()
        .arg(subcommand)
        .arg(file)
        .args(args)
        .args(["--cluster", &lab::name().unwrap()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.md");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

fn state(file: &Path) -> (String, SystemTime) {
    (std::fs::read_to_string(file).unwrap(), std::fs::metadata(file).unwrap().modified().unwrap())
}

pub fn trials() -> Vec<Trial> {
    vec![
        lab::exclusive("check::passes_what_has_just_run_and_finds_what_changed", || {
            let (_folder, file) = written(NOTEBOOK);
            let (code, _, stderr) = kpnb("run", &file, &[]);
            assert_eq!(code, 0, "{stderr}");
            let recorded = state(&file);
            let (code, stdout, stderr) = kpnb("check", &file, &["-v"]);
            assert_eq!(code, 0, "{stdout}{stderr}");
            assert!(stdout.contains(": name ") && stdout.contains(": uid "), "{stdout}");
            assert_eq!(state(&file), recorded, "check writes nothing");

            // A Pod that stayed is replaced: nothing but names and the source differ.
            let changed = recorded.0.replace("print(`the Pod", REPLACED);
            std::fs::write(&file, &changed).unwrap();
            let before = state(&file);
            let (code, stdout, stderr) = kpnb("check", &file, &[]);
            assert_eq!(code, 3, "{stdout}{stderr}");
            assert!(stdout.contains("cell still-there: its source has changed"), "{stdout}");
            assert!(stdout.contains("cell still-there: its output says something else\n@@ "), "{stdout}");
            assert!(stdout.contains(" was one (cell show, line ") && stdout.contains("and is now two: "), "{stdout}");
            assert!(!stdout.contains("cell show: "), "{stdout}");
            assert!(stderr.contains("drifts "), "{stderr}");
            assert_eq!(state(&file), before, "check writes nothing");

            // What was shown is taken, with what shares the Pod's name; then it passes.
            let (code, stdout, stderr) = kpnb("accept", &file, &["--yes", "still-there"]);
            assert_eq!(code, 0, "{stdout}{stderr}");
            assert!(stdout.contains("\n+the Pod "), "{stdout}");
            let after = state(&file).0;
            assert!(after.matches("web-").count() >= 2 && after != changed, "{after}");
            let (code, stdout, stderr) = kpnb("check", &file, &[]);
            assert_eq!(code, 0, "{stdout}{stderr}");
            Ok(())
        }),
        lab::shared("check::a_failed_cell_weighs_more_than_drift", || {
            let (_folder, file) =
                written("```rhai {name=a}\nprint(1);\n```\n\n```rhai {name=b}\nexpect(1 == 2, \"x\");\n```\n");
            let (code, stdout, stderr) = kpnb("check", &file, &[]);
            assert_eq!(code, 1, "{stderr}");
            assert!(stdout.contains("cell a: output 1 is not recorded"), "{stdout}");
            // Nor is it taken.
            let (code, _, stderr) = kpnb("accept", &file, &["--yes"]);
            assert_eq!(code, 1, "{stderr}");
            let text = state(&file).0;
            assert!(text.contains("cell=a") && !text.contains("cell=b"), "{text}");
            assert!(stderr.contains("cell b failed: its output is not taken"), "{stderr}");
            Ok(())
        }),
        lab::shared("check::accept_takes_the_named_cell_alone_and_keeps_patterns", || {
            let (_folder, file) = written(
                "```rhai {name=a match}\nprint(\"took \" + 5);\nprint(\"one\");\n```\n\n```rhai {name=b}\nprint(\"b\");\n```\n",
            );
            assert_eq!(kpnb("run", &file, &[]).0, 0);
            let text = state(&file).0.replace("took 5\n", "took [..]\n").replace("\none\n", "\ntwo\n");
            std::fs::write(&file, text.replace("\nb\n", "\nc\n")).unwrap();
            let (code, stdout, stderr) = kpnb("accept", &file, &["--yes", "a"]);
            assert_eq!(code, 0, "{stdout}{stderr}");
            let text = state(&file).0;
            assert!(text.contains("took [..]\none\n") && text.contains("\nc\n"), "{text}");
            assert!(stderr.contains("cell b differs too, and was not named"), "{stderr}");
            assert_eq!(kpnb("check", &file, &["--only", "a"]).0, 0);
            assert_eq!(kpnb("check", &file, &[]).0, 3);
            Ok(())
        }),
    ]
}

//! Faults by name: each one really happens on the cluster, and the end of the run takes it back.

use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::lab::{self, real};

/// Runs a notebook of these cells; worker and worker2 are named so. It has to pass.
fn run(cells: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let prefix = lab::name().unwrap().trim_start_matches("kind-").to_owned();
    let begin = format!(
        "import \"node\" as node;\nimport \"workload\" as workload;\nimport \"finalizer\" as finalizer;\n\
         let worker = \"{prefix}-worker\";\nlet worker2 = \"{prefix}-worker2\";\n\
         fn lost(node) {{ let ready = node::condition(k8s::get(\"node\", node), \"Ready\"); ready.status == \"Unknown\" }}"
    );
    let cells: String = [begin.as_str()].iter().chain(cells).map(|cell| format!("```rhai\n{cell}\n```\n\n")).collect();
    std::fs::write(folder.path().join("a.md"), &cells).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_kpnb"))
        .args(["run", "a.md", "--cluster", &lab::name().unwrap()])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let after = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
    assert!(output.status.success(), "{}\n{after}", String::from_utf8_lossy(&output.stderr));
}

/// What the cluster's nodes are, but for what changes with time.
fn state() -> String {
    let nodes = "{range .items[*]}{.metadata.name} {.spec.unschedulable} {.spec.taints} {.status.addresses}\n{end}";
    let nodes = real("kubectl", &["get", "nodes", "-o", &format!("jsonpath={nodes}")], "").stdout;
    let format = "{{.Names}} {{.State}} {{.Networks}}";
    let containers = Command::new("docker").args(["ps", "-a", "--format", format]).output().unwrap();
    let mut containers: Vec<String> =
        String::from_utf8(containers.stdout).unwrap().lines().map(str::to_owned).collect();
    containers.sort();
    format!("{nodes}{}", containers.join("\n"))
}

/// Waits until all nodes are Ready, and the state is this again: the cluster takes its time to forget.
fn as_before(before: &str) -> Result<(), Failed> {
    let begin = Instant::now();
    loop {
        let ready = real("kubectl", &["wait", "node", "--all", "--for=condition=Ready", "--timeout=5s"], "").code == 0;
        let now = state();
        if ready && now == before {
            return Ok(());
        }
        if begin.elapsed() > Duration::from_secs(150) {
            return Err(format!("not as before:\n{before}\nbut:\n{now}").into());
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn with_state(cells: &[&str]) -> Result<(), Failed> {
    let before = state();
    run(cells);
    as_before(&before)
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        lab::exclusive("faults::a_paused_and_a_disconnected_node_become_not_ready", || {
            with_state(&[
                "node::pause(worker);\nnode::pause(worker);\nlet back = node::disconnect(worker2);\n\
                 expect(docker::inspect(worker).State.Paused, \"it is frozen\");\n\
                 expect(docker::inspect(worker2).NetworkSettings.Networks.is_empty(), \"it is on no network\", back);",
                "wait_until(|| lost(worker) && lost(worker2), \"120s\");",
                // What the script undoes itself does not keep the end of the run from undoing.
                "node::unpause(worker);\nnode::unpause(worker);\nnode::reconnect(back);",
            ])
        }),
        lab::exclusive("faults::a_stopped_node_and_one_without_kubelet_become_not_ready", || {
            with_state(&[
                "node::stop(worker2);\nnode::stop_kubelet(worker);\n\
                 expect(docker::inspect(worker2).State.Status == \"exited\", \"it is off\");",
                "wait_until(|| lost(worker) && lost(worker2), \"120s\");",
            ])
        }),
        lab::exclusive("faults::a_cordoned_and_a_drained_node_are_unschedulable", || {
            with_state(&[
                "node::cordon(worker);\nnode::cordon(worker);\nnode::drain(worker2);\n\
                 for name in [worker, worker2] {\n\
                   expect(k8s::get(\"node\", name).spec.unschedulable, \"no Pod comes to it\");\n\
                   expect(node::has_taint(k8s::get(\"node\", name), \"node.kubernetes.io/unschedulable\", \"NoSchedule\") ||\n\
                     wait_until(|| node::has_taint(k8s::get(\"node\", name), \"node.kubernetes.io/unschedulable\", \"NoSchedule\"), \"30s\") > 0.0,\n\
                     \"it has the taint\");\n}",
                "node::uncordon(worker);\nexpect(!(k8s::get(\"node\", worker).spec.unschedulable ?? false), \"it takes Pods\");",
            ])
        }),
        lab::exclusive("faults::a_node_that_was_cordoned_before_stays_so", || {
            let node = format!("{}-worker2", lab::name().unwrap().trim_start_matches("kind-"));
            real("kubectl", &["cordon", &node], "");
            let ran = std::panic::catch_unwind(|| run(&["node::drain(worker2);\nnode::cordon(worker2);"]));
            let after = real("kubectl", &["get", "node", &node, "-o", "jsonpath={.spec.unschedulable}"], "").stdout;
            real("kubectl", &["uncordon", &node], "");
            assert!(ran.is_ok() && after == "true", "{after}");
            Ok(())
        }),
        lab::shared("faults::tells_what_is_left_in_a_namespace", || {
            run(&[
                "let ns = \"kpnb-leftovers\";\nkubectl(`create namespace ${ns}`);\nundo(`kubectl delete namespace ${ns}`);\n\
                 expect(finalizer::leftovers(ns) == [], \"nothing but what every namespace has\", finalizer::leftovers(ns));\n\
                 k8s::create(#{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: #{name: \"a\"}}, #{namespace: ns});\n\
                 k8s::create(#{apiVersion: \"networking.k8s.io/v1\", kind: \"NetworkPolicy\", metadata: #{name: \"b\"},\n\
                   spec: #{podSelector: #{}}}, #{namespace: ns});\n\
                 expect(finalizer::leftovers(ns) == [\"configmaps/a\", \"networkpolicies/b\"], \"both\", finalizer::leftovers(ns));",
                "let name = \"node\";\nimport name + \"\" as again;",
                "expect(workload::is_true(k8s::get(\"node\", worker), \"Ready\"), \"any object has conditions\");\n\
                 expect(again::is_ready(k8s::get(\"node\", worker)), \"an import with a computed path lasts\");\n\
                 expect(workload::uids(k8s::list(\"nodes\")).len() == 3, \"each has a uid\");",
            ]);
            Ok(())
        }),
    ]
}

//! `k8s::` functions about Pods and what happens to them.

use std::time::Duration;

use libtest_mimic::Trial;

use crate::lab::{real, shared};
use crate::scripts::Scripts;

/// A Pod with two containers, and a Deployment.
pub(crate) const PODS: &str = r#"apiVersion: v1
kind: Pod
metadata: {name: two, labels: {app: two}}
spec:
  terminationGracePeriodSeconds: 0
  initContainers:
  - {name: first, image: "busybox:1.31", command: [sh, -c, "echo init"]}
  containers:
  - {name: a, image: "busybox:1.31", command: [sh, -c, "echo from a; echo more; sleep 3600"]}
  - {name: b, image: "busybox:1.31", command: [sh, -c, "echo from b; sleep 3600"]}
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec:
  restartPolicy: Never
  containers:
  - {name: a, image: "busybox:1.31", command: [sh, -c, "echo finished; exit 3"]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {name: c, image: "busybox:1.31", command: [sh, -c, "echo hello; sleep 3600"]}
"#;

/// Creates [`PODS`] and waits until they are as they stay.
pub(crate) fn with_pods(namespace: &str) -> Scripts {
    let mut scripts = Scripts::in_namespace(namespace);
    scripts.run(&format!(
        r##"k8s::apply("{}", #{{namespace: ns}});
        k8s::wait("pod", "two", "Ready", "60s", ns);
        k8s::wait("pod", "done", "jsonpath={{.status.phase}}=Failed", "60s", ns);
        k8s::wait("deploy", "web", "Available", "60s", ns);"##,
        PODS.replace('"', "\\\"").replace('\n', "\\n")
    ));
    scripts
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("k8s::runs_commands_and_reads_logs", || {
            let mut scripts = with_pods("kpnb-k8s-exec");
            let shown = scripts.run(
                r#"
                let in_b = #{namespace: ns, container: "b"};
                let ran = k8s::exec("two", "echo out; echo err >&2; exit 3", in_b);
                print(`${ran.stdout}${ran.stderr}${ran.exit_code}`);
                print(k8s::exec("two", ["echo", "a b", "$HOME"], in_b).stdout);
                print(k8s::exec("two", "head -c 300000 /dev/zero | tr '\\0' x", in_b).stdout.len);
                try { k8s::exec("two", "true", ns) } catch (e) { print(e.message) }
                try { k8s::exec("two", ["nope"], in_b) } catch (e) { print(e.message.contains("executable file not found")) }
                try { k8s::exec("two", "true", #{namespace: ns, container: "z"}) } catch (e) { print(e.message) }
                try { k8s::exec("missing", "true", ns) } catch (e) { print(`${e.reason} ${e.code}`) }
                print(k8s::logs("two", #{namespace: ns, container: "a"}));
                print(k8s::logs("two", #{namespace: ns, container: "a", tail: 1}));
                print(k8s::logs("done", ns));
                try { k8s::logs("two", #{namespace: ns, container: "a", previous: true}) } catch (e) { print(e.message) }
                "#,
            );
            assert_eq!(
                shown,
                "out\nerr\n3\na b $HOME\n300000\n\
                 Error from server (BadRequest): a container name must be specified for pod two, choose one of: \
                 [first a b]\ntrue\n\
                 Error from server (BadRequest): container z is not valid for pod two\nNotFound 404\n\
                 from a\nmore\nmore\nfinished\n\
                 Error from server (BadRequest): previous terminated container \"a\" in pod \"two\" not found\n"
            );
            Ok(())
        }),
        shared("k8s::waits_and_tells_events", || {
            let mut scripts = with_pods("kpnb-k8s-wait");
            let shown = scripts.run(
                r#"
                print(k8s::wait("pod", "two", "ready", 5, ns) < 1.0);
                print(k8s::wait("pod", "two", "condition=Ready=True", "1s", ns) < 1.0);
                print(k8s::wait("pod", "two", "created", 0, ns) < 1.0);
                try { k8s::wait("pod", "none", "Ready", "200ms", ns) } catch (e) { print(e.message) }
                k8s::delete("pod", "done", #{namespace: ns, wait: false});
                k8s::wait("pod", "done", "deleted", "30s", ns);
                let reasons = k8s::events(#{namespace: ns, "for": "pod/done"}).map(|e| e.reason);
                print(reasons.contains("Scheduled") && reasons.contains("Started"));
                let times = k8s::events(ns).map(|e| e.metadata.creationTimestamp);
                print(times.len > 3 && k8s::events().len >= 0);
                "#,
            );
            assert_eq!(
                shown,
                "true\ntrue\ntrue\nerror: timed out waiting for the condition on pods/none\ntrue\ntrue\n"
            );
            let hint =
                scripts.failure("k8s::wait(\"deploy\", \"web\", \"Progressing=False\", \"200ms\", ns)").hint.unwrap();
            assert!(
                hint.contains("last seen: Deployment kpnb-k8s-wait/web") && hint.contains("Progressing=True"),
                "{hint}"
            );
            Ok(())
        }),
        shared("k8s::watches_what_others_do", || {
            let mut scripts = Scripts::in_namespace("kpnb-k8s-watch");
            scripts.run(
                r#"for name in ["seen", "other"] {
                    k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: name, labels: #{app: name}}},
                        #{namespace: ns});
                }"#,
            );
            let namespace = scripts.namespace.clone();
            let others = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(1));
                for line in [["label", "x=y"], ["delete", "--wait=false"]] {
                    for name in ["seen", "other"] {
                        real("kubectl", &["-n", &namespace, line[0], "configmap", name, line[1]], "");
                    }
                }
            });
            let shown = scripts.run(
                r#"let seen = k8s::watch("cm", #{namespace: ns, labels: "app=seen"}, "5s");
                for event in seen { print(`${event.type} ${event.object.metadata.name} ${event.object.metadata.labels.keys().len}`) }"#,
            );
            others.join().unwrap();
            assert_eq!(shown, "ADDED seen 1\nMODIFIED seen 2\nDELETED seen 2\n");
            Ok(())
        }),
        shared("k8s::rolls_out_and_evicts", || {
            let mut scripts = with_pods("kpnb-k8s-roll");
            let shown = scripts.run(
                r#"
                let at = #{namespace: ns, timeout: "60s"};
                print(k8s::rollout_status("deploy", "web", at));
                k8s::rollout_restart("deploy", "web", ns);
                let lines = k8s::rollout_status("deploy", "web", at);
                print(lines.contains("Waiting for deployment") && lines.contains("successfully rolled out"));
                print(k8s::list("rs", #{namespace: ns, labels: "app=web"}).len);
                try { k8s::rollout_status("pod", "two", at) } catch (e) { print(e.message) }
                try { k8s::rollout_restart("pod", "two", ns) } catch (e) { print(e.message) }
                k8s::create(#{apiVersion: "policy/v1beta1", kind: "PodDisruptionBudget", metadata: #{name: "b"},
                    spec: #{minAvailable: 1, selector: #{matchLabels: #{app: "two"}}}}, #{namespace: ns});
                k8s::wait("pdb", "b", "jsonpath={.status.observedGeneration}=1", "30s", ns);
                try { k8s::evict("two", ns) } catch (e) { print(`${e.reason} ${e.code} ${e.causes[0].reason}`) }
                k8s::delete("pdb", "b", ns);
                print(k8s::evict("two", #{namespace: ns, grace: 0}).status);
                print(k8s::wait("pod", "two", "deleted", "30s", ns) < 30.0);
                "#,
            );
            assert_eq!(
                shown,
                "deployment \"web\" successfully rolled out\ntrue\n2\n\
                 error: no status viewer has been implemented for Pod\n\
                 error: pods \"two\" restarting is not supported\n\
                 TooManyRequests 429 DisruptionBudget\nSuccess\ntrue\n"
            );
            Ok(())
        }),
    ]
}

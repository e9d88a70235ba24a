//! `kubectl wait`, `logs`, `exec` and `rollout` beside the real kubectl.

use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use crate::k8s_pods::with_pods;
use crate::lab::shared;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("kubectl::waits_as_the_real_one", || {
            let scripts = with_pods("kpnb-kubectl-wait");
            for line in [
                "wait --for=condition=Ready pod/two",
                "wait --for=condition=ready=false pod/two pod/done --timeout=1s",
                "wait pod/two",
                "wait --for=delete pod/missing",
                "wait --for=delete pod/two --timeout=1s",
                "wait --for=condition=Ready",
                "wait --for=condition=Ready pods -l app=two",
                "wait --for=condition=Ready pods -l app=nope",
                "wait --for=condition=Ready pods",
                "wait --for=condition=Ready pods two done --timeout=0",
                "wait --for=condition=Ready pods two missing --timeout=1s",
                "wait --for=condition=Available deploy/web -o name",
                "wait --for=condition=Available=False deploy/web pod/done --timeout=1s",
                "wait --for=condition=Ready pod/two --timeout=x",
                "wait --for=delete ns/nope",
                "wait --for=condition=Ready nope/two",
            ] {
                scripts.same(&words(line));
            }
            // Conditions that kubectl has since 1.23.
            for (line, stdout, stderr) in [
                ("jsonpath={.status.phase}=Running pod/two", "pod/two condition met\n", ""),
                ("jsonpath='{.status.phase}'=Failed pod/done", "pod/done condition met\n", ""),
                ("create pod/two", "pod/two condition met\n", ""),
                (
                    "jsonpath={.status.phase}=Foo pod/two --timeout=1s",
                    "",
                    "error: timed out waiting for the condition on pods/two\n",
                ),
            ] {
                let printed = scripts.kubectl(&words(&format!("wait --for={line}")));
                assert_eq!((printed.stdout.as_str(), printed.stderr.as_str()), (stdout, stderr), "{line}");
            }
            Ok(())
        }),
        shared("kubectl::reads_logs_as_the_real_one", || {
            let scripts = with_pods("kpnb-kubectl-logs");
            for line in [
                "logs two",
                "logs two -c a",
                "logs two a --tail=1",
                "logs two --all-containers -c a",
                "logs pods/two -c b --prefix",
                "logs -l app=web --prefix",
                "logs -l app=nope",
                "logs -l app=two",
                "logs deploy/web",
                "logs two -c zz",
                "logs two -p -c a",
                "logs missing",
                "logs",
                "logs done --timestamps",
                "logs done --since=1h",
                "logs done --since-time=2020-01-01T00:00:00Z",
                "logs done --since=1s --since-time=2020-01-01T00:00:00Z",
                "logs done --tail=-5",
                "logs done --tail=x",
                "logs done --limit-bytes=3",
                "logs -f done",
                "logs two b a",
                "logs two -l app=x",
                "logs node/k8splayground-worker",
                "logs svc/nope",
            ] {
                scripts.same(&words(line));
            }
            let all = scripts.kubectl(&words("logs two --all-containers"));
            assert_eq!(all.stdout, "init\nfrom a\nmore\nfrom b\n");
            Ok(())
        }),
        shared("kubectl::follows_logs_until_the_container_ends", || {
            let mut scripts = with_pods("kpnb-kubectl-follow");
            scripts.run(
                r#"k8s::create(#{apiVersion: "v1", kind: "Pod", metadata: #{name: "talk"}, spec: #{restartPolicy: "Never",
                    containers: [#{name: "c", image: "busybox:1.31", command: ["sh", "-c", "echo 1; sleep 2; echo 2"]}]}},
                    #{namespace: ns});
                k8s::wait("pod", "talk", "Ready", "60s", ns);"#,
            );
            assert_eq!(scripts.kubectl(&words("logs -f talk")).stdout, "1\n2\n");
            // What goes on for ever ends with the deadline around it.
            let start = Instant::now();
            let failure = scripts.failure("within(\"500ms\", || kubectl(`logs -f two -c a -n ${ns}`))");
            assert!(start.elapsed() < Duration::from_secs(2), "{failure}");
            Ok(())
        }),
        shared("kubectl::runs_commands_as_the_real_one", || {
            let scripts = with_pods("kpnb-kubectl-exec");
            for line in [
                "exec two -- echo hi",
                "exec two ls /",
                "exec two -c b -- echo hi",
                "exec two -c b -- false",
                "exec done -- ls",
                "exec missing -- ls",
                "exec two -c zz -- ls",
                "exec deploy/web -- echo hi",
                "exec two",
                "exec",
                "exec deploy/nope -- ls",
                "exec node/k8splayground-worker -- ls",
                "exec two ls -l /",
            ] {
                scripts.same(&words(line));
            }
            let both = scripts.kubectl(&["exec", "two", "-c", "a", "--", "sh", "-c", "echo out; echo err >&2; exit 3"]);
            assert_eq!((both.stdout.as_str(), both.code), ("out\n", 3));
            assert_eq!(both.stderr, "err\ncommand terminated with exit code 3\n");
            let missing = scripts.kubectl(&["exec", "two", "-c", "a", "--", "nope"]);
            assert!(missing.stderr.starts_with("error: Internal error occurred: error executing command in container"));
            let refused = scripts.kubectl(&["exec", "-it", "two", "--", "sh"]);
            assert_eq!(refused.stderr, "error: exec -t needs a terminal, which a notebook does not have\n");
            Ok(())
        }),
        shared("kubectl::rolls_out_as_the_real_one", || {
            let mut scripts = with_pods("kpnb-kubectl-roll");
            let both = |scripts: &crate::scripts::Scripts| {
                for line in [
                    "rollout status deploy/web",
                    "rollout status deploy web -w=false",
                    "rollout status pod/two",
                    "rollout status deploy/nope",
                    "rollout status",
                    "rollout status deploy/web --revision=5",
                    "rollout history deploy/web",
                    "rollout history deploy/web --revision=1",
                    "rollout history deploy/web --revision=9",
                    "rollout history pod/two",
                    "rollout restart pod/two",
                    "rollout restart deploy/nope",
                    "rollout pause pod/two",
                    "rollout resume deploy/web",
                    "rollout undo pod/two",
                    "rollout undo deploy/web --to-revision=77",
                    "rollout foo",
                    "rollout undo",
                ] {
                    scripts.same(&words(line));
                }
            };
            both(&scripts);
            scripts.same(&words("rollout undo deploy/web"));
            for (line, said) in [
                ("rollout restart deploy/web", "deployment.apps/web restarted\n"),
                ("rollout pause deploy/web", "deployment.apps/web paused\n"),
                ("rollout pause deploy/web", "error: deployments.apps \"web\" is already paused\n"),
                (
                    "rollout restart deploy/web",
                    "error: deployments.apps \"web\" can't restart paused deployment (run rollout resume first)\n",
                ),
                (
                    "rollout undo deploy/web",
                    "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume \
                     deployment/web' and try again\n",
                ),
                ("rollout resume deploy/web", "deployment.apps/web resumed\n"),
            ] {
                let printed = scripts.kubectl(&words(line));
                assert_eq!(format!("{}{}", printed.stdout, printed.stderr), said, "{line}");
            }
            scripts.run("k8s::rollout_status(\"deploy\", \"web\", #{namespace: ns, timeout: \"60s\"});");
            both(&scripts);
            scripts.same(&words("rollout undo deploy/web --to-revision=1 --dry-run=client"));
            scripts.same(&words("rollout undo deploy/web --dry-run=server"));
            assert_eq!(scripts.kubectl(&words("rollout undo deploy/web")).stdout, "deployment.apps/web rolled back\n");
            scripts.run("k8s::rollout_status(\"deploy\", \"web\", #{namespace: ns, timeout: \"60s\"});");
            scripts.same(&words("rollout history deploy/web"));
            scripts.same(&words("rollout undo deploy/web --to-revision=3"));
            Ok(())
        }),
    ]
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

//! `k8s::` functions that read and change objects.

use libtest_mimic::Trial;

use crate::lab::{exclusive, real, shared};
use crate::scripts::Scripts;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("k8s::gets_finds_and_lists", || {
            let mut scripts = Scripts::in_namespace("kpnb-k8s-read");
            let shown = scripts.run(
                r#"
                for name in ["b", "a"] {
                    k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: name, labels: #{which: name}},
                        data: #{n: "1"}}, #{namespace: ns});
                }
                print(k8s::get("cm", "a", ns).data.n);
                print(k8s::get("ConfigMap", "a", #{namespace: ns}).kind);
                print(k8s::find("configmaps", "none", ns) == ());
                let all = k8s::list("cm", ns).filter(|c| c.metadata.name.len == 1);
                print(all.map(|c| `${c.kind}/${c.metadata.name}`).reduce(|all, one| `${all} ${one}`, ""));
                print(k8s::list("cm", #{namespace: ns, labels: "which=b"}).len);
                print(k8s::list("cm", #{namespace: ns, labels: #{which: "a"}})[0].metadata.name);
                print(k8s::list("cm", #{namespace: ns, fields: "metadata.name=b"})[0].metadata.name);
                print(k8s::list("cm", #{namespace: ns, limit: 1}).len);
                print(k8s::list("cm", #{all_namespaces: true}).some(|c| c.metadata.namespace != ns));
                print(k8s::get("node", "k8splayground-worker", "ignored").metadata.name);
                print(type_of(k8s::get("svc", "kubernetes", "default").spec.ports[0].port));
                "#,
            );
            assert_eq!(
                shown,
                "1\nConfigMap\ntrue\n ConfigMap/a ConfigMap/b\n1\na\nb\n1\ntrue\nk8splayground-worker\ni64\n"
            );
            Ok(())
        }),
        shared("k8s::throws_what_the_api_answers", || {
            let mut scripts = Scripts::in_namespace("kpnb-k8s-errors");
            let shown = scripts.run(
                r#"
                try { k8s::get("pod", "x", ns) } catch (e) { print(`${e.message}|${e.reason}|${e.code}|${e.causes.len}`) }
                try { k8s::get("nope", "x") } catch (e) { print(e.message) }
                let cm = k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "a"}}, #{namespace: ns});
                k8s::label("cm", "a", #{x: "y"}, ns);
                try { k8s::replace(cm) } catch (e) { print(`${e.reason} ${e.code}`) }
                try { k8s::create(cm) } catch (e) { print(e.message) }
                try { k8s::create(#{apiVersion: "v1", kind: "Pod", metadata: #{name: "p"}, spec: #{}}, #{namespace: ns}) }
                catch (e) { print(`${e.reason} ${e.causes[0].field}`) }
                "#,
            );
            assert_eq!(
                shown,
                "Error from server (NotFound): pods \"x\" not found|NotFound|404|0\n\
                 error: the server doesn't have a resource type \"nope\"\n\
                 Conflict 409\n\
                 Error from server: resourceVersion should not be set on objects to be created\n\
                 Invalid spec.containers\n"
            );
            for (wrong, said) in [
                ("k8s::list(\"pods\", #{namespac: ns})", "unknown option \"namespac\""),
                ("k8s::get(\"pod\", 3)", "name must be a string, not an integer"),
                ("k8s::patch(\"pod\", \"x\", \"y\")", "patch must be a map or an array, not a string"),
                ("k8s::taint(\"n\", \"x\")", "\"x\" is no taint"),
                ("k8s::raw(\"BREW\", \"/coffee\")", "unknown method \"BREW\""),
                ("k8s::wait(\"pod\", \"x\", \"Ready\", \"soon\", ns)", "soon is no duration"),
                ("k8s::delete(\"pod\", \"x\", #{cascade: \"up\"})", "unknown cascade \"up\""),
            ] {
                let error = scripts.failure(wrong);
                assert!(error.message.contains(said), "{wrong}: {}", error.message);
                assert!(error.hint.is_some_and(|hint| hint.contains("k8s::")), "{wrong}");
            }
            Ok(())
        }),
        shared("k8s::changes_objects", || {
            let mut scripts = Scripts::in_namespace("kpnb-k8s-change");
            let shown = scripts.run(
                r#"
                let text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: 'busybox:1.31'}]}
`;
                let at = #{namespace: ns};
                print(k8s::apply(text, at).metadata.generation);
                print(k8s::apply(text, at).metadata.generation);
                print(k8s::apply(text, #{namespace: ns, dry_run: true, field_manager: "x"}).kind);
                print(k8s::patch("deploy", "web", #{spec: #{paused: true}}, at).spec.paused);
                print(k8s::patch("deploy", "web", [#{op: "remove", path: "/spec/paused"}], at).spec.paused == ());
                print(k8s::patch("deploy", "web", #{spec: #{minReadySeconds: 1}},
                    #{namespace: ns, type: "strategic"}).spec.minReadySeconds);
                print(k8s::patch("deploy", "web", #{metadata: #{labels: #{by: "apply"}}},
                    #{namespace: ns, type: "apply"}).metadata.labels.by);
                print(k8s::label("deploy", "web", #{a: "b", n: 3}, ns).metadata.labels.n);
                print("a" in k8s::label("deploy", "web", #{a: ()}, ns).metadata.labels);
                print(k8s::annotate("deploy", "web", #{why: "x"}, at).metadata.annotations.why);
                print(k8s::scale("deploy", "web", 1, ns).spec.replicas);
                let two = k8s::create([
                    #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "a"}},
                    #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "b"}},
                ], at);
                print(two.len);
                let a = two[0];
                a.data = #{x: "1"};
                print(k8s::replace(a).data.x);
                k8s::delete("cm", "a", ns);
                print(k8s::find("cm", "a", ns) == ());
                try { k8s::delete("cm", "a", ns) } catch (e) { print(e.reason) }
                k8s::delete("deploy", "web", #{namespace: ns, cascade: "foreground"});
                print(k8s::list("rs", ns).len);
                "#,
            );
            assert_eq!(shown, "1\n1\nDeployment\ntrue\ntrue\n1\napply\n3\nfalse\nx\n1\n2\n1\ntrue\nNotFound\n0\n");
            Ok(())
        }),
        shared("k8s::finalizes_a_namespace", || {
            let mut scripts = Scripts::in_namespace("kpnb-k8s-final");
            let shown = scripts.run(
                r#"
                let held = #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "held", finalizers: ["kpnb.test/held"]}};
                k8s::create(held, #{namespace: ns});
                k8s::delete("ns", ns, #{wait: false});
                k8s::wait("ns", ns, "NamespaceContentRemaining", "30s");
                print(k8s::get("ns", ns).status.phase);
                try { k8s::wait("ns", ns, "deleted", "300ms") } catch (e) { print(e.message) }
                print(k8s::finalize(ns).spec.finalizers == ());
                print(k8s::wait("ns", ns, "deleted", "10s") < 1.0);
                print(k8s::get("cm", "held", ns).metadata.name);
                k8s::create(#{apiVersion: "v1", kind: "Namespace", metadata: #{name: ns}});
                k8s::patch("cm", "held", #{metadata: #{finalizers: ()}}, #{namespace: ns});
                print(k8s::find("cm", "held", ns) == ());
                "#,
            );
            let waited = "error: timed out waiting for the condition on namespaces/kpnb-k8s-final";
            assert_eq!(shown, format!("Terminating\n{waited}\ntrue\ntrue\nheld\ntrue\n"));
            Ok(())
        }),
        shared("k8s::tells_about_the_server", || {
            let mut scripts = Scripts::in_namespace("kpnb-k8s-server");
            let shown = scripts.run(
                r#"
                print(k8s::version().gitVersion);
                let pods = k8s::api_resources().filter(|r| r.name == "pods")[0];
                print(`${pods.kind} ${pods.shortNames[0]} ${pods.namespaced} ${pods.apiVersion}`);
                print(k8s::raw("GET", "/healthz"));
                print(k8s::raw("get", "/api/v1/nodes?limit=1").items.len);
                let path = `/api/v1/namespaces/${ns}/configmaps`;
                k8s::raw("POST", path, #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "raw"}});
                print(k8s::raw("PATCH", `${path}/raw`, #{data: #{a: "b"}}).data.a);
                print(k8s::raw("PATCH", `${path}/raw`, [#{op: "replace", path: "/data/a", value: "c"}]).data.a);
                print(k8s::raw("DELETE", `${path}/raw`).status);
                try { k8s::raw("GET", "/nope") } catch (e) { print(e.code) }
                "#,
            );
            assert_eq!(shown, "v1.20.2\nPod po true v1\nok\n1\nb\nc\nSuccess\n404\n");
            let described = scripts.run("print(k8s::describe(\"ns\", ns))");
            assert_eq!(
                described.trim_end(),
                scripts.real_kubectl(&["describe", "ns", &scripts.namespace]).stdout.trim_end()
            );
            Ok(())
        }),
        shared("k8s::taints_a_node", || {
            let mut scripts = Scripts::in_namespace("kpnb-k8s-taint");
            // PreferNoSchedule keeps nobody's Pods away.
            let shown = scripts.run(
                r#"
                let node = "k8splayground-worker2";
                let mine = |n| n.spec.taints.filter(|t| t.key == "kpnb-test").map(|t| t.value);
                print(mine.call(k8s::taint(node, "kpnb-test=a:PreferNoSchedule")));
                print(mine.call(k8s::taint(node, "kpnb-test=b:PreferNoSchedule")));
                print(mine.call(k8s::taint(node, "kpnb-test:PreferNoSchedule-")));
                try { k8s::taint(node, "kpnb-test:PreferNoSchedule-") } catch (e) { print(e.message) }
                "#,
            );
            assert_eq!(
                shown,
                "[\n  \"a\"\n]\n[\n  \"b\"\n]\n[]\nerror: taint \"kpnb-test:PreferNoSchedule\" not found\n"
            );
            Ok(())
        }),
        exclusive("k8s::cordons_and_drains_a_node", || {
            let mut scripts = Scripts::in_namespace("kpnb-k8s-drain");
            let shown = scripts.run(
                r#"
                let node = "k8splayground-worker2";
                print(k8s::cordon(node).spec.unschedulable);
                print(k8s::uncordon(node).spec.unschedulable == ());
                k8s::create(#{apiVersion: "v1", kind: "Pod", metadata: #{name: "p"}, spec: #{nodeName: node,
                    terminationGracePeriodSeconds: 0,
                    containers: [#{name: "c", image: "busybox:1.31", command: ["sleep", "3600"]}]}}, #{namespace: ns});
                k8s::wait("pod", "p", "Ready", "60s", ns);
                try { k8s::drain(node) } catch (e) { print(e.message.contains(`${ns}/p`)) }
                print(k8s::get("pod", "p", ns).status.phase);
                let words = k8s::drain(node, #{ignore_daemonsets: true, force: true, timeout: "60s"});
                print(words.split("\n").filter(|line| line.starts_with("evicting pod")).len);
                print(words.contains(`evicting pod ${ns}/p`));
                print(k8s::find("pod", "p", ns) == ());
                k8s::uncordon(node);
                "#,
            );
            assert_eq!(shown, "true\ntrue\ntrue\nRunning\n1\ntrue\ntrue\n");
            let left =
                ["get", "node", "k8splayground-worker2", "-o", "jsonpath={.spec.unschedulable}{.spec.taints[*].key}"];
            assert_eq!(real("kubectl", &left, "").stdout, "playground_test");
            Ok(())
        }),
    ]
}

//! What a run changes is undone, whatever way it came: at its end, and after it was killed by `kpnb recover`.
//!
//! Each run here compares the cluster with how it was before and fails where something differs; the tests compare once
//! more themselves.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kpnb::bindings::Workspace;
use kpnb::journal::{Inventory, Touched};
use libtest_mimic::{Failed, Trial};

use crate::lab;

/// A cluster that is compared, and the state of the runs on it.
pub struct Bench {
    folder: tempfile::TempDir,
    before: Inventory,
}

/// How a command ended.
pub struct Ended {
    pub code: i32,
    pub stderr: String,
}

fn touched() -> (tokio::runtime::Runtime, Touched) {
    let runtime = lab::runtime();
    let touched = runtime.block_on(async {
        let (cluster, journal) = (lab::cluster().await, Default::default());
        let output = std::env::temp_dir();
        Workspace { cluster, files: Vec::new(), stdlib: Vec::new(), journal, output }.touched()
    });
    (runtime, touched)
}

impl Bench {
    pub fn new() -> Self {
        let (runtime, touched) = touched();
        let before = runtime.block_on(Inventory::take(&touched)).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), before }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn kpnb(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kpnb"));
        command.args(args).env("KPNB_CLUSTER", lab::name().unwrap()).env("KPNB_STATE", self.path().join("state"));
        command.current_dir(self.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn write(&self, name: &str, cell: &str) {
        std::fs::write(self.path().join(name), format!("```rhai\n{cell}\n```\n")).unwrap();
    }

    /// Begins to run a notebook with one cell.
    fn start(&self, name: &str, cell: &str) -> Child {
        self.write(name, cell);
        self.kpnb(&["run", name]).spawn().unwrap()
    }

    pub fn ends(&self, mut command: Command) -> Ended {
        let output = command.output().unwrap();
        Ended { code: output.status.code().unwrap_or(-1), stderr: String::from_utf8(output.stderr).unwrap() }
    }

    /// Waits until a notebook that runs has come to where it sleeps.
    fn comes_to(&self, sign: &dyn Fn() -> bool) {
        let begun = Instant::now();
        while !sign() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not come that far");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// That the cluster is as it was, and that no journal is left.
    pub fn is_as_before(&self) -> Result<(), Failed> {
        let (runtime, touched) = touched();
        let differences = runtime.block_on(self.before.settled(&touched, &|_| {})).map_err(|error| error.message)?;
        if !differences.is_empty() {
            return Err(format!("{differences:#?}").into());
        }
        let left = kpnb::journal::folder::list(&self.path().join("state"));
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}").into()) }
    }

    /// Runs a cell that changes the cluster, and undoes it twice: at the end, and after `kill -9`.
    fn undone_both_ways(&self, cell: &str) -> Result<(), Failed> {
        self.write("a.md", cell);
        let ended = self.ends(self.kpnb(&["run", "a.md"]));
        if ended.code != 0 {
            return Err(format!("run: {}: {}", ended.code, ended.stderr).into());
        }
        self.is_as_before()?;
        let killed = self.start("b.md", &format!("{cell}\n{SIGN}\nsleep(\"300s\");"));
        self.killed(killed, &sign_is_there)?;
        self.is_as_before()
    }

    /// Kills a run when `sign` shows that it has come far enough, and recovers.
    fn killed(&self, mut run: Child, sign: &dyn Fn() -> bool) -> Result<(), Failed> {
        self.comes_to(sign);
        run.kill().unwrap();
        run.wait().unwrap();
        let ended = self.ends(self.kpnb(&["recover"]));
        if ended.code != 0 {
            return Err(format!("recover: {}: {}", ended.code, ended.stderr).into());
        }
        let again = self.ends(self.kpnb(&["recover"]));
        assert!(again.code == 0 && again.stderr.contains("no run has left anything"), "{}", again.stderr);
        Ok(())
    }
}

/// What a cell does last before it is killed, and whether it has.
const SIGN: &str = "etcd::put(\"/registry/kpnb-test/sign\", \"here\");";

fn sign_is_there() -> bool {
    !lab::real("etcdctl", &["get", "/registry/kpnb-test/sign"], "").stdout.is_empty()
}

fn kubectl(args: &str, stdin: &str) {
    let words: Vec<&str> = args.split(' ').collect();
    let ran = lab::real("kubectl", &words, stdin);
    assert_eq!(ran.code, 0, "{args}: {}", ran.stderr);
}

/// A namespace that is there before the run; deleted when dropped.
struct Before;

impl Before {
    fn new() -> Self {
        kubectl("create namespace journal-before", "");
        kubectl("create configmap kept -n journal-before --from-literal=x=1", "");
        kubectl("label configmap kept -n journal-before a=1", "");
        kubectl("create secret generic secret -n journal-before --from-literal=x=1", "");
        kubectl("create deployment idle -n journal-before --image=busybox:1.31 --replicas=0", "");
        let settled = || lab::real("kubectl", &["get", "secrets", "-n", "journal-before", "-o", "name"], "");
        while !settled().stdout.contains("default-token") {
            std::thread::sleep(Duration::from_millis(200));
        }
        Self
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        lab::real("kubectl", &["delete", "namespace", "journal-before", "--ignore-not-found"], "");
    }
}

fn kind() -> String {
    lab::name().unwrap().trim_start_matches("kind-").to_owned()
}

pub fn trials() -> Vec<Trial> {
    vec![
        lab::exclusive("journal::what_is_created", || {
            Bench::new().undone_both_ways(
                r#"kubectl("create namespace journal-a");
                k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "held", namespace: "journal-a", finalizers: ["kpnb.test/keep"]}});
                k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{generateName: "journal-", namespace: "default"}});
                k8s::raw("POST", "/api/v1/namespaces/default/configmaps", #{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "journal-raw"}});
                k8s::apply(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "journal-applied"}}, #{server_side: true});
                show("kubectl create configmap journal-shown");
                background("kubectl create configmap journal-background").wait("10s");
                k8s::patch("configmap", "journal-raw", #{metadata: #{finalizers: ["kpnb.test/later"]}});"#,
            )
        }),
        lab::exclusive("journal::what_dangles", || {
            Bench::new().undone_both_ways(
                r#"kubectl("create namespace journal-b");
                k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "held", namespace: "journal-b", finalizers: ["kpnb.test/keep"]}});
                k8s::delete("configmap", "held", #{namespace: "journal-b", wait: false});
                etcdctl("del /registry/namespaces/journal-b");"#,
            )
        }),
        lab::exclusive("journal::what_is_changed", || {
            let _before = Before::new();
            let node = format!("{}-worker", kind());
            Bench::new().undone_both_ways(
                &r#"let at = #{namespace: "journal-before"};
                k8s::label("node", "NODE", #{journal: "1"});
                k8s::taint("NODE", "journal=1:NoSchedule");
                kubectl("cordon NODE");
                kubectl("annotate node NODE journal=1");
                k8s::patch("configmap", "kept", #{data: #{x: "2", y: "3"}}, at);
                kubectl("label configmap kept -n journal-before a- b=2");
                k8s::scale("deployment", "idle", 2, "journal-before");"#
                    .replace("NODE", &node),
            )
        }),
        lab::exclusive("journal::what_is_deleted", || {
            let _before = Before::new();
            Bench::new().undone_both_ways(
                r#"k8s::delete("configmap", "kept", "journal-before");
                kubectl("delete deployment idle -n journal-before");
                kubectl("delete configmaps --all -n journal-before");"#,
            )
        }),
        lab::exclusive("journal::keys_of_etcd", || {
            let _before = Before::new();
            Bench::new().undone_both_ways(
                r#"etcd::put("/registry/kpnb-test/new", "1");
                etcdctl("del /registry/configmaps/journal-before/kept");
                let key = "/registry/deployments/journal-before/idle";
                let other = "/registry/serviceaccounts/journal-before/default";
                etcd::put(key, etcd::get(other)[0].value);
                etcd::txn(#{compare: [], success: [#{delete: key}], failure: [#{put: other, value: "never"}]});"#,
            )
        }),
        lab::exclusive("journal::nodes", || {
            let (one, two) = (format!("{}-worker", kind()), format!("{}-worker2", kind()));
            Bench::new().undone_both_ways(
                &r#"docker::exec("ONE", "chmod -x /usr/bin/kubelet");
                docker::pause("ONE");
                docker("stop -t 0 TWO");"#
                    .replace("ONE", &one)
                    .replace("TWO", &two),
            )
        }),
        lab::exclusive("journal::a_node_off_its_network", || {
            let cell = r#"let networks = docker::inspect("NODE").NetworkSettings.Networks.keys();
                docker::disconnect(networks[0], "NODE");"#;
            Bench::new().undone_both_ways(&cell.replace("NODE", &format!("{}-worker2", kind())))
        }),
        lab::exclusive("journal::secrets_of_others_are_not_deleted", || {
            let _before = Before::new();
            let bench = Bench::new();
            for (cell, words) in [
                (r#"kubectl("delete secret secret -n journal-before");"#, "was not created by this run"),
                (r#"kubectl("delete secrets --all -n journal-before");"#, "was not created by this run"),
                (
                    r#"etcd::delete("/registry/secrets/journal-before/", #{prefix: true});"#,
                    "was not created by this run",
                ),
                (r#"kubectl("delete namespace journal-before");"#, "was not created by this run"),
            ] {
                bench.write("a.md", cell);
                let ended = bench.ends(bench.kpnb(&["run", "a.md"]));
                assert!(ended.code == 1 && ended.stderr.contains(words), "{cell}: {}", ended.stderr);
                bench.is_as_before()?;
            }
            bench.write("a.md", r#"kubectl("create secret generic own"); kubectl("delete secret own");"#);
            let ended = bench.ends(bench.kpnb(&["run", "a.md"]));
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            bench.is_as_before()
        }),
        lab::exclusive("journal::what_is_kept_can_be_recovered", || {
            let bench = Bench::new();
            bench.write("a.md", r#"kubectl("create configmap journal-kept");"#);
            let ended = bench.ends(bench.kpnb(&["run", "--keep", "a.md"]));
            assert!(
                ended.code == 0 && ended.stderr.contains("to undo them: kpnb recover --cluster"),
                "{}",
                ended.stderr
            );
            assert_eq!(lab::real("kubectl", &["get", "configmap", "journal-kept"], "").code, 0);
            let listed = bench.kpnb(&["recover", "--list"]).output().unwrap().stdout;
            assert!(String::from_utf8_lossy(&listed).contains("left"), "{}", String::from_utf8_lossy(&listed));
            assert_eq!(bench.ends(bench.kpnb(&["recover"])).code, 0);
            bench.is_as_before()
        }),
        lab::exclusive("journal::a_difference_fails_the_run", || {
            let bench = Bench::new();
            let cell = r#"kubectl("create configmap journal-own"); sleep("8s");"#;
            let run = bench.start("a.md", cell);
            bench.comes_to(&|| lab::real("kubectl", &["get", "configmap", "journal-own"], "").code == 0);
            kubectl("label namespace kube-public journal-foreign=1", "");
            let output = run.wait_with_output().unwrap();
            kubectl("label namespace kube-public journal-foreign-", "");
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{stderr}");
            assert!(stderr.contains("is not as it was: namespaces/kube-public: metadata.labels"), "{stderr}");
            assert_eq!(bench.ends(bench.kpnb(&["recover"])).code, 0);
            bench.is_as_before()
        }),
        lab::exclusive("journal::a_run_that_lives_is_not_recovered_nor_joined", || {
            let bench = Bench::new();
            let mut run = bench.start("a.md", r#"kubectl("create configmap journal-lives"); sleep("300s");"#);
            bench.comes_to(&|| lab::real("kubectl", &["get", "configmap", "journal-lives"], "").code == 0);
            let process = format!("(process {})", run.id());
            let refused = bench.ends(bench.kpnb(&["recover"]));
            assert!(refused.code == 4 && refused.stderr.contains(&process), "{}", refused.stderr);
            bench.write("b.md", "1");
            let refused = bench.ends(bench.kpnb(&["run", "--no-wait", "b.md"]));
            assert!(refused.code == 4 && refused.stderr.contains("in use by a.md"), "{}", refused.stderr);
            let second = bench.kpnb(&["run", "b.md"]).spawn().unwrap();
            std::thread::sleep(Duration::from_secs(3));
            Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
            run.wait().unwrap();
            let output = second.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success() && stderr.contains("waiting for a.md (process "), "{stderr}");
            bench.is_as_before()
        }),
        lab::exclusive("journal::another_cluster_of_the_same_name_is_refused", || {
            let bench = Bench::new();
            bench.write("a.md", r#"kubectl("create configmap journal-other");"#);
            assert_eq!(bench.ends(bench.kpnb(&["run", "--keep", "a.md"])).code, 0);
            let found = kpnb::journal::folder::list(&bench.path().join("state"));
            let (path, uid) = (&found[0].path, &found[0].header.as_ref().unwrap().uid);
            let text = std::fs::read_to_string(path).unwrap();
            std::fs::write(path, text.replacen(uid.as_str(), "00000000-0000-0000-0000-000000000000", 1)).unwrap();
            let refused = bench.ends(bench.kpnb(&["recover"]));
            assert!(refused.code == 4 && refused.stderr.contains("is another cluster"), "{}", refused.stderr);
            assert_eq!(lab::real("kubectl", &["get", "configmap", "journal-other"], "").code, 0, "it was not touched");
            std::fs::write(path, text).unwrap();
            assert_eq!(bench.ends(bench.kpnb(&["recover"])).code, 0);
            bench.is_as_before()
        }),
    ]
}

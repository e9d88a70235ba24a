//! The cluster of the tests, the real tools on it, and who may use it when.

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kpnb::bindings::Workspace;
use kpnb::bindings::command::Streams;
use kpnb::cluster::{self, Cluster, ClusterOptions};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

/// The context that `KPNB_TEST_CLUSTER` names.
pub fn name() -> Option<String> {
    std::env::var("KPNB_TEST_CLUSTER").ok().filter(|name| !name.is_empty())
}

/// A multi-threaded runtime, as the program has.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The cluster; call it inside of a runtime.
pub async fn cluster() -> Arc<Cluster> {
    let options = ClusterOptions { name: name(), ..ClusterOptions::default() };
    Arc::new(cluster::connect(&options).await.unwrap())
}

/// A test that may run beside others: it touches only objects of its own, in a namespace of its own.
pub fn shared(name: &str, test: fn() -> Result<(), Failed>) -> Trial {
    Trial::test(name, move || {
        let lock = lock_file();
        lock.lock_shared()?;
        test()
    })
}

/// A test that has the cluster to itself: it breaks nodes, or counts all that there is.
pub fn exclusive(name: &str, test: fn() -> Result<(), Failed>) -> Trial {
    Trial::test(name, move || {
        let lock = lock_file();
        lock.lock()?;
        test()
    })
}

/// The program with a state of its own: runs of tests beside each other wait for nobody, and what others change does not
/// count.
pub fn kpnb() -> Command {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut command = Command::new(env!("CARGO_BIN_EXE_kpnb"));
    command.env("KPNB_STATE", std::env::temp_dir().join(format!("kpnb-state-{}-{count}", std::process::id())));
    command.env("KPNB_NO_INVENTORY", "true");
    command
}

fn lock_file() -> File {
    File::create(std::env::temp_dir().join("kpnb-test-cluster.lock")).unwrap()
}

/// What a real tool printed.
#[derive(Debug, PartialEq, Eq)]
pub struct Printed {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// Runs the real kubectl 1.20 or etcdctl, which the control plane's container has with credentials at hand; with
/// `KPNB_TEST_TOOLS=path` those on the PATH, with the variables that this process has, as for `kpnb sandbox`.
pub fn real(tool: &str, args: &[&str], stdin: &str) -> Printed {
    let from_path = std::env::var("KPNB_TEST_TOOLS").is_ok_and(|tools| tools == "path");
    let mut command = if from_path && matches!(tool, "kubectl" | "etcdctl") {
        Command::new(tool)
    } else {
        let control_plane = format!("{}-control-plane", name().unwrap().trim_start_matches("kind-"));
        let mut command = Command::new("docker");
        command
            .args(["exec", "-i", "-e", "ETCDCTL_API=3"])
            .args(["-e", "ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt"])
            .args(["-e", "ETCDCTL_CERT=/etc/kubernetes/pki/etcd/server.crt"])
            .args(["-e", "ETCDCTL_KEY=/etc/kubernetes/pki/etcd/server.key"])
            .args(["-e", "ETCDCTL_ENDPOINTS=https://127.0.0.1:2379"])
            .args([&control_plane, tool]);
        command
    };
    let mut child =
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Printed { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap_or(-1) }
}

/// Runs kpnb's own kubectl as [`real`] runs the real one.
pub fn native(args: &[&str], stdin: &str) -> Printed {
    runtime().block_on(async {
        let workspace = Workspace::new(cluster().await, std::env::temp_dir());
        let (streams, words) = (Streams::default(), args.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let code =
            kpnb::bindings::kubectl::run(&workspace, &words, Some(stdin), &streams).await.unwrap_or_else(|failure| {
                streams.err(&format!("{failure}\n"));
                1
            });
        let output = streams.output();
        Printed { stdout: output.stdout, stderr: output.stderr, code }
    })
}

/// The tests of this file: that the ground holds on which the others stand.
pub fn trials() -> Vec<Trial> {
    vec![shared("lab::lists_nodes_as_the_real_kubectl_does", || {
        let names = runtime().block_on(async {
            let cluster = cluster().await;
            let nodes = cluster.k8s.resource("no").await.unwrap();
            let list = cluster.k8s.list(&nodes, None, &Default::default(), Default::default()).await.unwrap();
            let items = list["items"].as_array().unwrap().clone();
            items
                .iter()
                .map(|node| format!("node/{}\n", node["metadata"]["name"].as_str().unwrap()))
                .collect::<String>()
        });
        assert_eq!(names, real("kubectl", &["get", "nodes", "-o", "name"], "").stdout);
        Ok(())
    })]
}

//! What it costs to ask a cluster in process, beside starting kubectl or etcdctl for the same, and what a script adds to
//! the client's own request.
//!
//! `KPNB_TEST_CLUSTER=kind-k8splayground cargo bench --bench bindings`; the ratios come at the end. The real kubectl is the
//! one that `KPNB_BENCH_KUBECTL` names, else the first on the PATH; etcdctl reads its own `ETCDCTL_*`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a benchmark may panic

use std::collections::HashMap;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, Criterion, SamplingMode, measurement::WallTime};
use kpnb::bindings::{Workspace, session};
use kpnb::client::etcd::RangeOptions;
use kpnb::cluster::{self, Cluster, ClusterOptions};
use kpnb::script::{Host, Session, with_stack};
use tokio::runtime::Runtime;

/// A key that every cluster has.
const KEY: &str = "/registry/namespaces/default";

/// On a stack of the program's size, as the program does.
fn main() -> ExitCode {
    with_stack(measure_all)
}

fn measure_all() -> ExitCode {
    let Some(context) = std::env::var("KPNB_TEST_CLUSTER").ok().filter(|name| !name.is_empty()) else {
        eprintln!("KPNB_TEST_CLUSTER names no cluster: the benchmarks of bindings are skipped");
        return ExitCode::SUCCESS;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let options = ClusterOptions { name: Some(context.clone()), ..ClusterOptions::default() };
    let cluster = Arc::new(runtime.block_on(cluster::connect(&options)).unwrap());
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("bindings");
    group.sample_size(20).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(4));
    let mut bench = Bench { session: scripts(&runtime, &cluster), group, medians: Medians::default() };

    let pods = runtime.block_on(cluster.k8s.resource("pods")).unwrap();
    bench.cell("list the Pods, one cell", "k8s::list(\"pods\", #{all_namespaces: true});");
    bench.cell("kubectl get pods, one cell", "kubectl(\"get pods -A\");");
    bench.calls("list the Pods, one call", "k8s::list(\"pods\", #{all_namespaces: true});");
    bench.client("list the Pods, bare client", || {
        let list = async { cluster.k8s.list(&pods, None, &Default::default(), Default::default()).await };
        runtime.block_on(list).unwrap();
    });
    let kubectl = std::env::var("KPNB_BENCH_KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    bench.program("start kubectl get pods", &kubectl, &["--context", &context, "get", "pods", "-A"]);

    bench.calls("get a namespace, one call", "k8s::get(\"ns\", \"default\");");
    let namespaces = runtime.block_on(cluster.k8s.resource("ns")).unwrap();
    bench.client("get a namespace, bare client", || {
        runtime.block_on(cluster.k8s.get(&namespaces, None, "default")).unwrap();
    });

    if let Ok(etcd) = &cluster.etcd {
        bench.cell("etcd get, one cell", &format!("etcd::get(\"{KEY}\");"));
        bench.cell("etcdctl get, one cell", &format!("etcdctl(\"get {KEY}\");"));
        bench.calls("etcd get, one call", &format!("etcd::get(\"{KEY}\");"));
        let wanted = RangeOptions { key: KEY.into(), ..RangeOptions::default() };
        bench.client("etcd get, bare client", || {
            runtime.block_on(etcd.get(&wanted)).unwrap();
        });
        bench.program("start etcdctl get", "etcdctl", &["get", KEY]);
    }
    bench.group.finish();

    let medians = bench.medians;
    println!("\nmedians:");
    medians.ratio("start kubectl get pods", "list the Pods, one cell");
    medians.ratio("start kubectl get pods", "kubectl get pods, one cell");
    medians.ratio("start etcdctl get", "etcd get, one cell");
    medians.ratio("start etcdctl get", "etcdctl get, one cell");
    medians.ratio("start kubectl get pods", "list the Pods, one call");
    medians.ratio("start etcdctl get", "etcd get, one call");
    medians.overhead("list the Pods, one call", "list the Pods, bare client");
    medians.overhead("get a namespace, one call", "get a namespace, bare client");
    medians.overhead("etcd get, one call", "etcd get, bare client");
    ExitCode::SUCCESS
}

fn scripts(runtime: &Runtime, cluster: &Arc<Cluster>) -> Session {
    let host = Host::new(runtime.handle().clone(), Arc::clone(&cluster.clock));
    let workspace = Workspace::new(Arc::clone(cluster), std::env::temp_dir());
    session(host, Arc::new(workspace))
}

/// What one turn of each benchmark took, by the benchmark's name. Criterion keeps its samples to itself.
#[derive(Default)]
struct Medians(HashMap<&'static str, Duration>);

impl Medians {
    /// How many times as long `slow` takes as `fast`; nothing where one was not run.
    fn ratio(&self, slow: &str, fast: &str) {
        if let (Some(slow_took), Some(fast_took)) = (self.0.get(slow), self.0.get(fast)) {
            let ratio = slow_took.as_secs_f64() / fast_took.as_secs_f64();
            println!("{ratio:6.1} times: {slow} ({slow_took:.2?}) / {fast} ({fast_took:.2?})");
        }
    }

    /// What `binding` takes beyond `client`; nothing where one was not run.
    fn overhead(&self, binding: &str, client: &str) {
        if let (Some(binding_took), Some(client_took)) = (self.0.get(binding), self.0.get(client)) {
            let micros = (binding_took.as_secs_f64() - client_took.as_secs_f64()) * 1e6;
            println!("{micros:6.0} µs: {binding} ({binding_took:.2?}) - {client} ({client_took:.2?})");
        }
    }
}

/// The benchmarks, run one by one.
struct Bench<'a> {
    session: Session,
    group: BenchmarkGroup<'a, WallTime>,
    medians: Medians,
}

impl Bench<'_> {
    /// The text as a cell of a notebook, parsed and run each time.
    fn cell(&mut self, name: &'static str, text: &str) {
        let session = &mut self.session;
        let run = |times| {
            for _ in 0..times {
                session.eval(text, "bench.md", 1).unwrap();
            }
        };
        measure(&mut self.group, &mut self.medians, name, run);
    }

    /// The text again and again within one cell.
    fn calls(&mut self, name: &'static str, text: &str) {
        let session = &mut self.session;
        let run = |times| session.eval(&format!("for n in 0..{times} {{ {text} }}"), "bench.md", 1).unwrap();
        measure(&mut self.group, &mut self.medians, name, run);
    }

    /// The client's request alone.
    fn client(&mut self, name: &'static str, mut request: impl FnMut()) {
        measure(&mut self.group, &mut self.medians, name, |times| (0..times).for_each(|_| request()));
    }

    /// A program from its start to its end.
    fn program(&mut self, name: &'static str, program: &str, args: &[&str]) {
        let run = |times| {
            for _ in 0..times {
                let output = Command::new(program).args(args).stdin(Stdio::null()).output().expect(program);
                assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
            }
        };
        measure(&mut self.group, &mut self.medians, name, run);
    }
}

/// `run` does the same thing so many times.
fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    medians: &mut Medians,
    name: &'static str,
    mut run: impl FnMut(u64),
) {
    let mut samples = Vec::new();
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|times| {
            let start = Instant::now();
            run(times);
            let took = start.elapsed();
            samples.push(took.div_f64(times as f64));
            took
        });
    });
    samples.sort();
    if let Some(median) = samples.get(samples.len() / 2) {
        medians.0.insert(name, *median);
    }
}

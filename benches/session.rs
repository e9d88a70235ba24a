//! What a session costs by itself, without a cluster: to set one up, and to run a cell that does next to nothing.
//!
//! `cargo bench --bench session`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a benchmark may panic

use std::path::PathBuf;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_main};
use kpnb::bindings::{Workspace, session};
use kpnb::client::k8s::K8s;
use kpnb::client::{Failure, Reads, Seen};
use kpnb::clock::{Clock, SystemClock};
use kpnb::cluster::Cluster;
use kpnb::journal::Journal;
use kpnb::script::{Host, Session};
use tokio::runtime::Runtime;

const SMALL: &str = r#"
let pods = [#{name: "a", phase: "Running"}, #{name: "b", phase: "Pending"}];
let running = pods.filter(|pod| pod.phase == "Running").map(|pod| pod.name);
print(`${running.len} of ${pods.len}`);
expect(running.len == 1, "one of two Pods runs");
"#;

/// A workspace whose cluster does not answer, and is not asked.
fn workspace(runtime: &Runtime) -> Arc<Workspace> {
    let (reads, seen) = (Arc::new(Reads::default()), Arc::new(Seen::default()));
    let config = kube::Config::new("http://127.0.0.1:1".parse().unwrap());
    let k8s = runtime.block_on(async { K8s::connect(config, Arc::clone(&reads), Arc::clone(&seen)) }).unwrap();
    let cluster = Cluster {
        name: "none".to_owned(),
        uid: String::new(),
        version: "v1.20.2".to_owned(),
        k8s,
        docker: Err(Failure::unreachable("no Docker")),
        etcd: Err(Failure::unreachable("no etcd")),
        clock: Arc::new(SystemClock::default()),
        reads,
        seen,
    };
    Arc::new(Workspace {
        cluster: Arc::new(cluster),
        files: Vec::new(),
        stdlib: Vec::new(),
        journal: Journal::default(),
        output: PathBuf::new(),
    })
}

fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let workspace = workspace(&runtime);
    let clock: Arc<dyn Clock> = Arc::clone(&workspace.cluster.clock);
    let start = || session(Host::new(runtime.handle().clone(), Arc::clone(&clock)), Arc::clone(&workspace));
    let eval = |session: &mut Session, text: &str| {
        session.eval(text, "bench.md", 1).unwrap();
        session.host().take_output()
    };

    let mut group = criterion.benchmark_group("session");
    group.bench_function("set up", |bencher| bencher.iter_with_large_drop(start));
    for (name, text) in [("empty cell", ""), ("small cell", SMALL), ("import", "import \"node\" as node;")] {
        // Each time in a session of its own: later cells stand behind more lines.
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(start, |session| eval(session, text), BatchSize::SmallInput);
        });
    }
    let mut long = start();
    group.bench_function("small cell of a long session", |bencher| bencher.iter(|| eval(&mut long, SMALL)));
    group.finish();
}

#[allow(missing_docs)] // the macro writes a public function
mod group {
    criterion::criterion_group!(all, super::benches);
}
criterion_main!(group::all);

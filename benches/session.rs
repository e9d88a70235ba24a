//! What a session costs by itself, without a cluster: to set one up, and to run a cell that does next to nothing.
//!
//! `cargo bench --bench session`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a benchmark may panic

use std::path::PathBuf;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_main};
use kpnb::bindings::{Workspace, session};
use kpnb::cluster::Cluster;
use kpnb::script::{Host, Session, with_stack};
use tokio::runtime::Runtime;

const SMALL: &str = r#"
let pods = [#{name: "a", phase: "Running"}, #{name: "b", phase: "Pending"}];
let running = pods.filter(|pod| pod.phase == "Running").map(|pod| pod.name);
print(`${running.len} of ${pods.len}`);
expect(running.len == 1, "one of two Pods runs");
"#;

fn measure(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let cluster = Arc::new(runtime.block_on(async { Cluster::none() }).unwrap());
    let clock = Arc::clone(&cluster.clock);
    let workspace = Arc::new(Workspace::new(cluster, PathBuf::new()));
    let start = || session(Host::new(runtime.handle().clone(), Arc::clone(&clock)), Arc::clone(&workspace));
    let eval = |session: &mut Session, text: &str| {
        session.eval(text, "bench.md", 1).unwrap();
        session.host().take_output()
    };

    let mut group = criterion.benchmark_group("session");
    group.bench_function("set up", |bencher| bencher.iter_with_large_drop(start));
    for (name, text) in [("empty cell", ""), ("small cell", SMALL), ("import", "import \"node\" as node;")] {
        // Each time in a session of its own: it remembers what it ran.
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(start, |session| eval(session, text), BatchSize::SmallInput);
        });
    }
    let mut long = start();
    group.bench_function("small cell of a long session", |bencher| bencher.iter(|| eval(&mut long, SMALL)));
    group.finish();
}

/// On a stack of the program's size, as the program does.
fn benches(criterion: &mut Criterion) {
    with_stack(|| measure(criterion));
}

#[allow(missing_docs)] // the macro writes a public function
mod group {
    criterion::criterion_group!(all, super::benches);
}
criterion_main!(group::all);

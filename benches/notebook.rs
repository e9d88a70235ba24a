//! What a notebook costs: reading it, comparing its outputs with recorded ones, writing them.
//!
//! `cargo bench --bench notebook`; throughput is that of the notebook's text. The cost must be linear: a notebook of
//! ten times the size takes ten times as long.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_main};
use kpnb::notebook::{CellOutput, OutputPiece, Run, Status, TokenClass, clean, parse, splice, update};

/// A notebook of so many bytes: prose, a cell, and so on.
fn notebook(bytes: usize) -> String {
    let mut text = String::from("---\ntitle: A long one\n---\n\n");
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        text += &format!(
            "## Step {number}\n\nThe Pod is *asked for* once, and `kubectl` shows [what is](https://kubernetes.io) there. \
             Its node keeps it until somebody says otherwise.\n\n- one\n- two\n\n\
             ```rhai {{name=step-{number} timeout=30s}}\nlet pods = k8s::list(\"pods\");\n\
             expect(pods.len == {number}, \"as many Pods as steps\");\n```\n\n"
        );
    }
    text
}

/// What a run leaves in it.
fn run(text: &str, suffix: &str) -> Run {
    let pod = format!("deployment-65cd5869f-{suffix}");
    let table = format!(
        "NAME                         READY   STATUS    RESTARTS   AGE   IP           NODE\n\
         {pod}   1/1     Running   0          5s    10.244.1.7   k8splayground-worker\n✓ as many Pods as steps\n"
    );
    let outputs = (0..parse("n.md", text).cells.len()).map(|cell| CellOutput {
        cell,
        status: Status::Ok,
        on: "kind-k8splayground/v1.20.2".into(),
        pieces: vec![OutputPiece::new("text", &table, None)],
        elapsed: Duration::from_secs(10),
    });
    Run { outputs: outputs.collect(), tokens: vec![(pod, TokenClass::GeneratedName)], refresh: false }
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("notebook");
    group.sample_size(10);
    for bytes in [50_000, 500_000, 5_000_000] {
        let blank = notebook(bytes);
        let first = run(&blank, "rwzjn");
        let again = run(&blank, "fqns6");
        let parsed = parse("n.md", blank.as_str());
        let ran = parse("n.md", splice(&parsed, &first.outputs));
        group.throughput(Throughput::Bytes(blank.len() as u64));
        group
            .bench_function(BenchmarkId::new("parse", bytes), |bench| bench.iter(|| parse("n.md", black_box(&*blank))));
        group.bench_function(BenchmarkId::new("splice", bytes), |bench| {
            bench.iter(|| splice(black_box(&parsed), &first.outputs));
        });
        group.throughput(Throughput::Bytes(ran.text.len() as u64));
        group.bench_function(BenchmarkId::new("parse with outputs", bytes), |bench| {
            bench.iter(|| parse("n.md", black_box(&*ran.text)));
        });
        group.bench_function(BenchmarkId::new("update, nothing changed", bytes), |bench| {
            bench.iter(|| update(black_box(&ran), &again));
        });
        group.bench_function(BenchmarkId::new("clean", bytes), |bench| bench.iter(|| clean(black_box(&ran))));
    }
    group.finish();
}

#[allow(missing_docs)] // the macro writes a public function
mod group {
    criterion::criterion_group!(all, super::benches);
}
criterion_main!(group::all);

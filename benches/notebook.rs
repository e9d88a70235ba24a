//! What a notebook costs: reading it, comparing its outputs with recorded ones, writing them.
//!
//! `cargo bench --bench notebook`; throughput is that of the notebook's text. The cost must be linear: a notebook of
//! ten times the size takes ten times as long.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_main};
use kpnb::notebook::{CellOutput, OutputPiece, Run, Status, TokenClass, check, clean, parse, splice, update};

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
        group.bench_function(BenchmarkId::new("check, nothing changed", bytes), |bench| {
            bench.iter(|| check(black_box(&ran), &again));
        });
        group.bench_function(BenchmarkId::new("clean", bytes), |bench| bench.iter(|| clean(black_box(&ran))));
    }
    group.finish();
    tables(criterion);
}

/// A table of so many Pods that are alike but for their generated names, `step` apart.
fn table(rows: usize, step: usize, end: &str) -> String {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let suffix = |number: usize| -> String {
        (0..5).rev().map(|place| LETTERS[number / 27_usize.pow(place) % 27] as char).collect()
    };
    let mut names: Vec<String> = (0..rows).map(|row| format!("web-65cd5869f-{}", suffix(1 + row * step))).collect();
    names.sort();
    names.iter().map(|name| format!("{name}   1/1   Running   0   5s\n")).chain([end.to_owned()]).collect()
}

/// Rows that can be each other's, which is what a comparison could lose itself in.
fn tables(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("table of Pods that are alike");
    group.sample_size(10);
    for rows in [50, 500, 5_000] {
        let cell = parse("n.md", "```rhai {name=a}\n1\n```\n");
        let brought = |text: &str| {
            let piece = OutputPiece::new("text", text, None);
            let output = CellOutput {
                cell: 0,
                status: Status::Ok,
                on: "kind-k8splayground/v1.20.2".into(),
                pieces: vec![piece],
                elapsed: Duration::from_secs(10),
            };
            Run { outputs: vec![output], ..Run::default() }
        };
        let recorded = parse("n.md", splice(&cell, &brought(&table(rows, 7, "all are there")).outputs));
        let (same, other) = (brought(&table(rows, 11, "all are there")), brought(&table(rows, 11, "one is gone")));
        group.throughput(Throughput::Elements(rows as u64));
        group
            .bench_function(BenchmarkId::new("equal", rows), |bench| bench.iter(|| check(black_box(&recorded), &same)));
        group.bench_function(BenchmarkId::new("other", rows), |bench| {
            bench.iter(|| check(black_box(&recorded), &other))
        });
    }
    group.finish();
}

#[allow(missing_docs)] // the macro writes a public function
mod group {
    criterion::criterion_group!(all, super::benches);
}
criterion_main!(group::all);

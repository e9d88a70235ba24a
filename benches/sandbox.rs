//! What the sandbox costs: a small cluster by itself, then growing ones, with the time and memory of each object, and watchers.
//!
//! `cargo bench --bench sandbox`. The tables tell by how much the time of one object grows from one size to the next: 1.0 is
//! linear growth of the whole.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a benchmark may panic

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_main};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use kpnb::sandbox::apiserver::{User, serve};
use kpnb::sandbox::{Profile, Shared, World, boot, host};
use serde_json::{Value, json};

fn cluster(nodes: usize) -> World {
    let mut world = World::new(1, Timestamp::UNIX_EPOCH);
    boot::boot_with(&mut world, Profile::Lab, "ca", nodes - 1).unwrap();
    world
}

fn pass(world: &mut World, seconds: u64) {
    let until = world.now() + Duration::from_secs(seconds);
    world.tell();
    world.run_until(until);
}

/// A Deployment of so many Pods that do nothing.
fn deploy(world: &mut World, pods: usize) {
    let labels = json!({"app": "idle"});
    let container = json!({"name": "main", "image": "busybox:1.31", "command": ["sleep", "1000000"]});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "idle"},
        "spec": {"replicas": pods, "selector": {"matchLabels": labels},
                 "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
    });
    world.api("kubectl").create("deployments", Some("default"), deployment).unwrap();
}

fn running(world: &World) -> usize {
    world.informers.list("pods").filter(|pod| pod["status"]["phase"] == "Running").count()
}

/// Memory of this process in KiB.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0)
}

/// Prints a row, with the time of one object and by how much that grew since the row before.
fn row(what: &str, count: usize, took: Duration, before: &mut f64) {
    // Counts are far below 2^52.
    #[allow(clippy::cast_precision_loss)]
    let each = took.as_secs_f64() * 1e6 / count.max(1) as f64;
    let growth = if *before > 0.0 { format!("{:.2}", each / *before) } else { "-".to_owned() };
    println!("{what:<44} {count:>8} {took:>12.2?} {each:>10.2} us each, growth {growth}");
    *before = each;
}

fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    (act(), begin.elapsed())
}

/// Clusters of growing size: to boot, to run Pods, to list them, to lose a node.
fn growing() {
    let mut before = [0.0; 5];
    for (nodes, pods) in [(10, 100), (100, 1_000), (1_000, 10_000)] {
        let empty = memory();
        let (mut world, took) = timed(|| cluster(nodes));
        row("nodes booted", nodes, took, &mut before[0]);
        let booted = memory();
        let (_, took) = timed(|| pass(&mut world, 600));
        row("nodes idle for 10 min", nodes, took, &mut before[1]);
        deploy(&mut world, pods);
        let (_, took) = timed(|| {
            while running(&world) < pods {
                pass(&mut world, 5)
            }
        });
        row("Pods made, scheduled and run", pods, took, &mut before[2]);
        let all = memory();
        #[allow(clippy::cast_precision_loss)] // far below 2^52
        let (each_node, each_pod) = ((booted - empty) / nodes as f64, (all - booted) / pods as f64);
        println!(
            "{:<44} {each_node:>8.1} KiB a node, {each_pod:.1} KiB a Pod, {:.0} MiB in all",
            "memory",
            all / 1024.0
        );
        let (_, took) = timed(|| black_box(world.api("kubectl").list("pods", None).unwrap()));
        row("Pods listed", pods, took, &mut before[3]);
        let lost = format!("{}{}", boot::NODES[1], nodes - 1);
        let there = world.informers.pods_count(&lost);
        host::pause(&mut world, &lost);
        let (minutes, took) = timed(|| {
            let alive = |world: &World| {
                let gone = |pod: &Value| pod["metadata"]["deletionTimestamp"].is_string();
                world.informers.pods_on(&lost).iter().all(|pod| gone(pod)) && running(world) >= pods
            };
            (1..60).find(|_| {
                pass(&mut world, 60);
                alive(&world)
            })
        });
        let minutes = minutes.expect("the Pods of a lost node are replaced");
        row(&format!("nodes of which one is lost, {there} Pods, {minutes} min"), nodes, took, &mut before[4]);
    }
}

/// Watchers of one namespace, each on a connection of its own, while objects are made there; others hear nothing.
fn watching() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut before = [0.0; 2];
    for (watchers, others, events) in [(1, 0, 1_000), (10, 0, 1_000), (100, 0, 1_000), (10, 1_000, 1_000)] {
        let shared = Shared::new(cluster(3));
        let took = runtime.block_on(async {
            let mut bodies = Vec::new();
            for at in 0..watchers + others {
                let (near, far) = tokio::io::duplex(1 << 20);
                tokio::spawn(serve(far, shared.clone(), User::admin()));
                let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(near)).await.unwrap();
                tokio::spawn(connection);
                let namespace = if at < watchers { "default" } else { "kube-public" };
                let path = format!("/api/v1/namespaces/{namespace}/configmaps?watch=1");
                let request = http::Request::get(path).body(Empty::<Bytes>::new()).unwrap();
                let body = sender.send_request(request).await.unwrap().into_body();
                bodies.push((body, sender));
            }
            let begin = Instant::now();
            for at in 0..events {
                let made = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("made-{at}")}});
                shared.with(|world| world.api("kubectl").create("configmaps", Some("default"), made).unwrap());
                tokio::task::yield_now().await;
            }
            for (body, _) in &mut bodies[..watchers] {
                let mut lines = 0;
                while lines < events {
                    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
                    lines += frame.iter().filter(|byte| **byte == b'\n').count();
                }
            }
            begin.elapsed()
        });
        let what = format!("events heard by {watchers} watchers, not by {others}");
        row(&what, watchers * events, took, &mut before[usize::from(others > 0)]);
    }
}

fn measure(criterion: &mut Criterion) {
    growing();
    watching();
    let mut group = criterion.benchmark_group("sandbox");
    group.sample_size(20);
    group.bench_function("boot", |bencher| bencher.iter_with_large_drop(|| cluster(3)));
    group.bench_function("10 idle minutes", |bencher| {
        bencher.iter_batched_ref(|| cluster(3), |world| pass(world, 600), BatchSize::LargeInput);
    });
    group.bench_function("a Pod from its creation until it is gone", |bencher| {
        let mut world = cluster(3);
        bencher.iter(|| {
            let container = json!({"name": "main", "image": "busybox:1.31", "command": ["sleep", "1000000"]});
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}});
            world.api("kubectl").create("pods", Some("default"), pod).unwrap();
            pass(&mut world, 5);
            world.api("kubectl").delete("pods", Some("default"), "one", &Default::default()).unwrap();
            pass(&mut world, 25);
            assert!(world.informers.get("pods", "default", "one").is_none());
        });
    });
    group.finish();
}

#[allow(missing_docs)] // the macro writes a public function
mod group {
    criterion::criterion_group!(all, super::measure);
}
criterion_main!(group::all);

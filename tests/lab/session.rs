//! Waits of a session.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kpnb::bindings::{Workspace, session};
use kpnb::journal::Journal;
use kpnb::script::Host;
use libtest_mimic::{Failed, Trial};

use super::lab;

/// A wait that no watch wakes would look again after 5 s only.
const WITHOUT_WATCH: Duration = Duration::from_secs(3);

/// Waits for a ConfigMap that another thread creates, and tells how long after that the wait returned.
fn a_wait_returns_with_the_event() -> Result<(), Failed> {
    let runtime = lab::runtime();
    let cluster = runtime.block_on(lab::cluster());
    let host = Host::new(runtime.handle().clone(), Arc::clone(&cluster.clock));
    let workspace = Workspace {
        cluster: Arc::clone(&cluster),
        files: Vec::new(),
        stdlib: Vec::new(),
        journal: Journal::default(),
        output: std::env::temp_dir(),
    };
    let mut session = session(host, Arc::new(workspace));
    let maps = runtime.block_on(cluster.k8s.resource("configmaps"))?;
    let name = format!("kpnb-wait-{}", std::process::id());
    let body = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    let creator = {
        let (cluster, maps, handle) = (Arc::clone(&cluster), maps.clone(), runtime.handle().clone());
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            let created = handle.block_on(cluster.k8s.create(&maps, Some("default"), &body, &[]));
            (created, Instant::now())
        })
    };
    let cell = format!("wait_until(|| k8s::find(\"configmap\", \"{name}\", \"default\") != (), \"20s\");");
    let result = session.eval(&cell, "test.md", 1);
    let returned = Instant::now();
    let (created, at) = creator.join().map_err(|_| "the creating thread panicked")?;
    let deleted = runtime.block_on(cluster.k8s.delete(&maps, Some("default"), &name, &Default::default()));
    created?;
    result?;
    deleted?;
    let late = returned.saturating_duration_since(at);
    eprintln!("wait_until returned {late:?} after the create was answered");
    assert!(late < WITHOUT_WATCH, "{late:?}");
    Ok(())
}

pub fn trials() -> Vec<Trial> {
    vec![lab::shared("session::a_wait_returns_with_the_event", a_wait_returns_with_the_event)]
}

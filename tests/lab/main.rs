//! Tests against a real cluster, which `KPNB_TEST_CLUSTER` names (a kubeconfig context). Without it they
//! count as ignored. One file an area; each has its trials in one list.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may panic

mod authoring;
mod broken;
mod check;
mod claims;
mod describe;
mod docker;
mod etcd;
mod faults;
#[path = "../forms/mod.rs"]
mod forms;
mod generators;
mod get;
mod guard;
mod interrupt;
mod journal;
mod k8s_objects;
mod k8s_pods;
mod killed;
mod kubeconfig;
mod kubectl_pods;
mod lab;
mod limits;
mod manifests;
mod nodes;
mod outage;
mod proxy;
mod reports;
mod run;
mod scripts;
mod secrets;
mod session;
mod set;
mod stranger;
mod twins;
mod weather;
mod write;

use libtest_mimic::{Arguments, Trial};

fn main() -> std::process::ExitCode {
    let trials = [
        lab::trials(),
        kubeconfig::trials(),
        guard::trials(),
        write::trials(),
        manifests::trials(),
        set::trials(),
        generators::trials(),
        nodes::trials(),
        kubectl_pods::trials(),
        k8s_pods::trials(),
        k8s_objects::trials(),
        session::trials(),
        get::trials(),
        describe::trials(),
        etcd::trials(),
        docker::trials(),
        run::trials(),
        reports::trials(),
        secrets::trials(),
        check::trials(),
        outage::trials(),
        broken::trials(),
        authoring::trials(),
        interrupt::trials(),
        limits::trials(),
        faults::trials(),
        stranger::trials(),
        weather::trials(),
        claims::trials(),
        journal::trials(),
        killed::trials(),
    ];
    let trials: Vec<Trial> = trials.into_iter().flatten().collect();
    let missing = lab::name().is_none();
    if missing {
        eprintln!("KPNB_TEST_CLUSTER names no cluster: the real-cluster tests are skipped");
    }
    let trials = trials.into_iter().map(|trial| trial.with_ignored_flag(missing)).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

//! Each notebook, ended at random moments: by `kill -9`, after which `kpnb recover` brings the cluster back, and by
//! Ctrl-C, after which the run has done so itself. No notebook file is ever damaged.
//!
//! `KPNB_TEST_LOOPS` says how often each (default 1), `KPNB_TEST_SEED` which moments (default 1),
//! `KPNB_TEST_NOTEBOOKS` which notebooks (a part of the name, default all), and `KPNB_TEST_KUBELET_SECONDS` how far into
//! the notebook that waits five minutes for an eviction (default 90). `KPNB_TEST_SPEED` is the speed of a served sandbox,
//! whose moments are as much nearer.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::journal::Bench;
use crate::lab;

/// Notebooks, and how many milliseconds into them the last moment is.
const NOTEBOOKS: [(&str, u64); 3] =
    [("finalizers.md", 75_000), ("etcd-internals.md", 45_000), ("kubelet-failure.md", 90_000)];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Moments that the same seed gives again. Constants of Knuth's MMIX generator.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below.max(1)
    }
}

/// A copy of the notebooks, their manifests and nothing else.
fn copies(folder: &Path) {
    for part in ["notebooks", "manifests"] {
        let from = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(part);
        std::fs::create_dir(folder.join(part)).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(part).join(entry.file_name())).unwrap();
        }
    }
}

/// Lets a run go on for so long, unless it ends before.
fn after(run: &mut Child, moment: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < moment && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// That a notebook has all its cells and prose: without outputs it is the same text as before.
fn is_whole(bench: &Bench, notebook: &str, before: &str) -> Result<(), Failed> {
    let clean = |text: &str| {
        let path = bench.path().join("clean.md");
        std::fs::write(&path, text).unwrap();
        let ended = bench.ends(bench.kpnb(&["clean", "clean.md"]));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        std::fs::read_to_string(&path).unwrap()
    };
    let after = std::fs::read_to_string(bench.path().join(notebook)).unwrap();
    if clean(&after) == clean(before) { Ok(()) } else { Err(format!("damaged: {after}").into()) }
}

fn killed(bench: &Bench, notebook: &str, moment: Duration) -> Result<(), Failed> {
    let mut run = bench.kpnb(&["run", notebook]).stderr(std::process::Stdio::null()).spawn()?;
    after(&mut run, moment);
    run.kill()?;
    run.wait()?;
    let recovered = bench.ends(bench.kpnb(&["recover"]));
    if recovered.code == 0 { Ok(()) } else { Err(format!("recover: {}: {}", recovered.code, recovered.stderr).into()) }
}

fn interrupted(bench: &Bench, notebook: &str, moment: Duration) -> Result<(), Failed> {
    let log = bench.path().join("stderr");
    let mut run = bench.kpnb(&["run", notebook]).stderr(std::fs::File::create(&log)?).spawn()?;
    after(&mut run, moment);
    Command::new("kill").args(["-INT", &run.id().to_string()]).status()?;
    let code = run.wait()?.code();
    // One that has just ended, or could not yet hear, ends in its own way.
    if matches!(code, Some(130 | 0) | None) { Ok(()) } else { Err(std::fs::read_to_string(log)?.into()) }
}

fn each(how: fn(&Bench, &str, Duration) -> Result<(), Failed>, seed: u64) -> Result<(), Failed> {
    let mut moments = Moments(number("KPNB_TEST_SEED", 1).wrapping_add(seed));
    let chosen = std::env::var("KPNB_TEST_NOTEBOOKS").unwrap_or_default();
    for (name, last) in NOTEBOOKS.into_iter().filter(|(name, _)| name.contains(&chosen)) {
        let last = if name == "kubelet-failure.md" { number("KPNB_TEST_KUBELET_SECONDS", 90) * 1000 } else { last };
        for _ in 0..number("KPNB_TEST_LOOPS", 1) {
            let moment = Duration::from_millis(moments.next(last) / number("KPNB_TEST_SPEED", 1));
            let bench = Bench::new();
            copies(bench.path());
            let notebook = format!("notebooks/{name}");
            let before = std::fs::read_to_string(bench.path().join(&notebook)).unwrap();
            let told = |failed: Failed| format!("{name} at {moment:?}: {}", failed.message().unwrap_or_default());
            let begun = Instant::now();
            how(&bench, &notebook, moment).map_err(told)?;
            let ended = begun.elapsed().saturating_sub(moment);
            bench.is_as_before().map_err(told)?;
            is_whole(&bench, &notebook, &before).map_err(told)?;
            eprintln!("{name} at {moment:?}: as before after {ended:?}");
        }
    }
    Ok(())
}

pub fn trials() -> Vec<Trial> {
    vec![
        lab::exclusive("killed::at_random_moments_and_recovered", || each(killed, 0)),
        lab::exclusive("killed::by_ctrl_c_at_random_moments", || each(interrupted, 1)),
    ]
}

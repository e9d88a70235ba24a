//! The notebooks, whose outputs a real cluster gave, in the sandbox.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::kpnb;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A copy of the notebooks and their manifests.
fn copies() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["notebooks", "manifests"] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
        for entry in std::fs::read_dir(root().join(part)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(part).join(entry.file_name())).unwrap();
        }
    }
    folder
}

const NOTEBOOKS: [&str; 3] = ["notebooks/etcd-internals.md", "notebooks/finalizers.md", "notebooks/kubelet-failure.md"];

/// How many seeds are tried: `KPNB_TEST_SEEDS`, else 2.
fn seeds() -> u64 {
    std::env::var("KPNB_TEST_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

#[test]
fn what_a_real_cluster_said_is_said_again() {
    let folder = copies();
    for seed in 1..=seeds() {
        let seed = seed.to_string();
        let (code, stdout, stderr) = kpnb(folder.path(), &[&["check", "--seed", &seed], &NOTEBOOKS[..]].concat());
        assert_eq!(code, 0, "kpnb check --seed {seed}: {stdout}{stderr}");
    }
}

#[test]
fn one_seed_gives_the_same_bytes() {
    let run = || {
        let folder = copies();
        let (code, _, stderr) = kpnb(folder.path(), &[&["run", "--refresh"], &NOTEBOOKS[..]].concat());
        assert_eq!(code, 0, "{stderr}");
        NOTEBOOKS.map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap())
    };
    let (first, second) = (run(), run());
    for (first, second) in first.iter().zip(&second) {
        let mut lines = first.lines().zip(second.lines()).filter(|(first, second)| first != second);
        assert_eq!(lines.next(), None, "the first line that differs");
        assert_eq!(first.len(), second.len());
    }
}

#[test]
fn the_claims_hold_on_nodes_as_kind_makes_them() {
    let folder = copies();
    let args = [&["run", "--profile", "kind", "--refresh"], &NOTEBOOKS[..]].concat();
    let (code, stdout, stderr) = kpnb(folder.path(), &args);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let text = std::fs::read_to_string(folder.path().join(NOTEBOOKS[2])).unwrap();
    assert!(text.contains("status=ok on=sandbox-kind/v1.20.2 -->") && !text.contains("on=kind-"), "{text}");
    let (code, _, stderr) = kpnb(folder.path(), &["run", "--profile", "kwok", NOTEBOOKS[0]]);
    assert!(code == 2 && stderr.contains("[possible values: lab, kind]"), "{code} {stderr}");
}

#[test]
fn other_programs_reach_it_and_its_clock() {
    let folder = copies();
    let kpnb_itself = env!("CARGO_BIN_EXE_kpnb");
    let served = ["sandbox", "--speed", "10", "--", kpnb_itself, "check", "--cluster", "kind-k8splayground"];
    let (code, stdout, stderr) = kpnb(folder.path(), &[&served[..], &["notebooks/finalizers.md"]].concat());
    assert_eq!(code, 0, "{stdout}{stderr}");
    let left: Vec<_> = std::fs::read_dir(folder.path().join(".local/state/kpnb/sandbox")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn it_is_served_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_kpnb"))
        .arg("sandbox")
        .env_clear()
        .env("HOME", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut exports = BufReader::new(server.stdout.take().unwrap()).lines().map(Result::unwrap);
    let config = exports.find_map(|line| Some(line.strip_prefix("export KUBECONFIG=")?.to_owned())).unwrap();
    assert!(exports.any(|line| line.starts_with("export ETCDCTL_KEY=")));
    assert!(Path::new(&config).exists());
    assert!(Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap().success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert!(!Path::new(&config).exists());
}

#[test]
fn side_by_side_they_say_what_they_say_one_by_one() {
    let said = |jobs: &str| {
        let folder = copies();
        let (code, stdout, stderr) = kpnb(folder.path(), &[&["check", "--jobs", jobs], &NOTEBOOKS[..]].concat());
        assert_eq!(code, 0, "{stdout}{stderr}");
        // How long it took is another thing.
        let lines = stderr.lines().filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned()));
        (stdout, lines.collect::<Vec<_>>())
    };
    assert_eq!(said("3"), said("1"));
}

#[test]
fn a_real_cluster_has_one_run_at_a_time() {
    let folder = copies();
    let args = ["check", "--cluster", "kind-nowhere", "--jobs", "2"];
    let (code, _, stderr) = kpnb(folder.path(), &[&args[..], &NOTEBOOKS[..]].concat());
    assert!(code == 2 && stderr.contains("only in the sandbox"), "{code} {stderr}");
}

#[test]
fn nothing_of_a_notebook_is_known_to_it() {
    let names = ["collected-resources", "dangling-resources", "playground_test", "mock-server", "kubelet-failure"];
    let mut folders = vec![root().join("src/sandbox")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                for name in names {
                    assert!(!code.contains(name), "{} mentions {name}", path.display());
                }
            }
        }
    }
}

fn is_test(path: &Path) -> bool {
    let name = path.file_name().map(PathBuf::from);
    name.is_some_and(|name| name == Path::new("tests.rs") || name == Path::new("stand_in.rs"))
}

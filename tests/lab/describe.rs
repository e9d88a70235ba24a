//! `kubectl describe`, byte for byte as the real kubectl prints it.

use std::str::FromStr as _;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::lab::{Printed, native, real, shared};

/// Objects with as many fields as describe shows; `NAME` stands for the namespace.
const OBJECTS: &str = include_str!("describe.yaml");

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("describe::prints_objects_as_the_real_kubectl_does", objects),
        shared("describe::prints_nodes_and_system_namespaces_as_the_real_kubectl_does", nodes_and_namespaces),
        shared("describe::fails_in_the_words_of_the_real_kubectl", failures),
    ]
}

/// The test's own objects; they go when it ends, also by a panic.
struct Objects {
    name: String,
    manifest: String,
}

impl Objects {
    fn create() -> Self {
        let name = format!("describe-{}", std::process::id());
        let manifest = OBJECTS.replace("NAME", &name);
        let objects = Self { name, manifest };
        for revision in ["first", "second"] {
            let applied = real("kubectl", &["apply", "-f", "-"], &objects.manifest.replace("REVISION", revision));
            assert_eq!(applied.code, 0, "{}", applied.stderr);
        }
        objects
    }

    /// Waits until a jsonpath of a Pod says so.
    fn wait(&self, pod: &str, path: &str, is: impl Fn(&str) -> bool) {
        let start = Instant::now();
        loop {
            let seen = real("kubectl", &["get", "pod", "-n", &self.name, pod, "-o", &format!("jsonpath={path}")], "");
            if is(&seen.stdout) {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(180), "{pod}: {path} is still {:?}", seen.stdout);
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        real("kubectl", &["delete", "-f", "-", "--wait=false"], &self.manifest);
    }
}

/// Compares until both tools have seen the same second and the same state.
fn difference(args: &[&str], code: i32) -> Option<String> {
    let (mut last, mut pair) = (String::new(), None);
    for _ in 0..12 {
        let (ours, theirs) = (native(args, ""), real("kubectl", args, ""));
        if ours == theirs || (ours.stderr == theirs.stderr && settled(&ours.stdout) == settled(&theirs.stdout)) {
            assert_eq!(theirs.code, code, "kubectl {}: {}", args.join(" "), theirs.stderr);
            return None;
        }
        last = report(&ours, &theirs);
        pair = Some((ours, theirs));
    }
    // On a machine so busy that both never meet one second, ages may differ by what it took, and they alone.
    let (ours, theirs) = pair?;
    let is_close = ours.code == theirs.code
        && ours.stderr == theirs.stderr
        && differ_by_age(&settled(&ours.stdout), &settled(&theirs.stdout));
    (!is_close).then(|| format!("kubectl {}\n{last}", args.join(" ")))
}

/// Whether two texts have the same words but for ages, which are at most 10 s apart.
fn differ_by_age(ours: &str, theirs: &str) -> bool {
    let (ours, theirs): (Vec<_>, Vec<_>) = (ours.split_whitespace().collect(), theirs.split_whitespace().collect());
    let seconds = |age: &str| {
        let age = age.trim_matches(['(', ')']);
        jiff::SignedDuration::from_str(age).ok().map(|age| age.as_secs())
    };
    let same = |(ours, theirs): (&&str, &&str)| {
        ours == theirs || seconds(ours).zip(seconds(theirs)).is_some_and(|(ours, theirs)| ours.abs_diff(theirs) <= 10)
    };
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same)
}

/// A text whose long tables of events are sorted by line. Up to 12 events their order is one; beyond that events of one
/// second come in an order that depends on the sort of the Go version that kubectl was built with.
fn settled(text: &str) -> String {
    let mut settled = Vec::new();
    for part in text.split_inclusive("\n\n") {
        let (before, events) = part.split_once("\nEvents:\n").unwrap_or((part, ""));
        let mut events: Vec<&str> = events.lines().collect();
        if events.len() > 2 + 12 {
            events.sort_unstable();
        }
        settled.push(format!("{before}\n{}", events.join("\n")));
    }
    settled.concat()
}

fn report(ours: &Printed, theirs: &Printed) -> String {
    let differing = |ours: &str, theirs: &str| {
        let mut lines = theirs.lines().zip(ours.lines()).filter(|(theirs, ours)| theirs != ours);
        match lines.next() {
            Some((theirs, ours)) => format!("  real {theirs:?}\n  ours {ours:?}\n"),
            None => format!("  {} real lines, {} of ours\n", theirs.lines().count(), ours.lines().count()),
        }
    };
    let codes = format!("  codes {} and {}\n", theirs.code, ours.code);
    [codes, differing(&ours.stdout, &theirs.stdout), differing(&ours.stderr, &theirs.stderr)].concat()
}

/// Both tools print the same and end with this exit code.
fn all_equal(lines: &[String], code: i32) -> Result<(), Failed> {
    let differences: Vec<String> =
        lines.iter().filter_map(|line| difference(&line.split(' ').collect::<Vec<_>>(), code)).collect();
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

fn objects() -> Result<(), Failed> {
    let objects = Objects::create();
    let name = objects.name.as_str();
    objects.wait("failing", "{.status.containerStatuses[0].lastState.terminated.exitCode}", |code| code == "3");
    objects.wait("rich", "{.status.containerStatuses[0].state.running.startedAt}", |start| !start.is_empty());
    let mut lines: Vec<String> = [
        "pod rich",
        "pod failing",
        "pods/pending",
        "pods",
        "po -l app=web",
        "pod web",
        "deployment",
        "deployments web --show-events=false",
        "replicaset",
        "daemonset",
        "statefulset",
        "job",
        "cronjob",
        "service",
        "endpoints",
        "endpointslices",
        "configmap config",
        "secret secret",
        "serviceaccount robot",
        "pvc",
        "poddisruptionbudget",
        "networkpolicy",
        "role",
        "rolebinding",
        "ingress",
        "hpa",
        "lease",
        "events",
        "resourcequota",
    ]
    .map(|what| format!("describe {what} -n {name}"))
    .into();
    for kind in ["namespace", "priorityclass", "pv", "storageclass", "ingressclass"] {
        lines.push(format!("describe {kind} {name}"));
    }
    lines.push(format!("describe namespace {name}-limited"));
    lines.push(format!("describe quota,limits -n {name}-limited"));
    lines.push("describe pod -A -l app=rich".to_owned());
    all_equal(&lines, 0)
}

fn nodes_and_namespaces() -> Result<(), Failed> {
    let lines = [
        "describe nodes",
        "describe node -l mock-server=true",
        "describe ns kube-system kube-public",
        "describe svc,ep -n default",
        "describe clusterrole admin",
        "describe clusterrole system:discovery",
        "describe clusterrolebinding cluster-admin",
        "describe apiservice v1.apps",
        "describe priorityclasses",
        "describe csinodes",
        "describe lease -n kube-node-lease --show-events=false",
    ];
    all_equal(&lines.map(str::to_owned), 0)
}

fn failures() -> Result<(), Failed> {
    let lines = [
        "describe",
        "describe pod no-such-pod",
        "describe pod/no-such-pod",
        "describe pod no-such-pod another",
        "describe nonsense",
        "describe pod x -A",
        "describe pod x -l a=b",
    ];
    all_equal(&lines.map(str::to_owned), 1)?;
    let nothing = ["describe pods -n no-such-namespace", "describe pods -A -l no=such"];
    all_equal(&nothing.map(str::to_owned), 0)
}

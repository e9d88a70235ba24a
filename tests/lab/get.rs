//! What the verbs that read (`get`, `explain`, `api-resources`, …) and wrong command lines print, byte for byte as the real kubectl.

use libtest_mimic::{Failed, Trial};

use crate::lab::{Printed, native, real, shared};

/// Lines without ages, or with such as both print within the same second or minute.
const LINES: &[&str] = &[
    "foo",
    "gett",
    "get",
    "get --foo",
    "get foos",
    "get pods x",
    "get pods/x po/y",
    "get pods x/y",
    "get pods/x svc",
    "get cm,secret x",
    "get cm/a/b",
    "get cm,sa/a",
    "get configmaps/",
    "get pods",
    "get pods,deploy",
    "get pods -A -l a=nothing-has-this",
    "get po x -l a=b",
    "get po x -A",
    "get po --field-selector=spec.foo=bar",
    "get pods.v1 x",
    "get pods.v1. x",
    "get deployments.apps",
    "get events.foo",
    "get bindings",
    "get po/nope --ignore-not-found",
    "get cm a nope -o name",
    "get cm nope -o yaml",
    "get cm nope nada -o yaml",
    "get cm nope nada -o yaml --ignore-not-found",
    "get cs -o name",
    "get ingresses.v1beta1.extensions -o name",
    "get nodes -o name",
    "get cm -o name",
    "get cm,sa -o name",
    "get cm a -o yaml",
    "get cm a -o json",
    "get cm -o yaml",
    "get cm -o json",
    "get cm a b -o yaml",
    "get nodes -o yaml",
    "get nodes -o json",
    "get sa default -o yaml",
    "get pods -o yaml",
    "get pods -o json",
    "get pods -o foo",
    "get cm a -o jsonpath={.data}",
    "get cm a -o jsonpath={.missing}",
    "get cm -o jsonpath={.items[*].metadata.name}",
    "get cm -o jsonpath={range.items[*]}{.metadata.name}{\"\\n\"}{end}",
    "get cm -o jsonpath={.items[?(@.data.x==\"y\")].metadata.name}",
    "get cm -o jsonpath={.items[*",
    "get cm a -o jsonpath-as-json={.data}",
    "get pods -o jsonpath",
    "get cm -o custom-columns",
    "get cm -o custom-columns=A",
    "get cm -o custom-columns=N:metadata.name,D:.data.x,E:{.kind}",
    "get cm,sa -o custom-columns=K:.kind,N:metadata.name",
    "get cm -o custom-columns=N:metadata.name,D:.data --no-headers",
    "get nodes -o custom-columns=A:.metadata.name,L:.metadata.labels",
    "get cm --sort-by=.data.x -o name",
    "get cm --sort-by=.metadata.foo -o name",
    "get --raw /healthz",
    "get --raw /version",
    "get --raw healthz",
    "get --raw /nope",
    "api-resources",
    "api-resources -o wide",
    "api-resources -o name",
    "api-resources --namespaced=false",
    "api-resources --api-group=apps --no-headers --sort-by=kind",
    "api-resources --verbs=list,create --namespaced=false",
    "api-resources -o yaml",
    "api-resources foo",
    "api-versions",
    "api-versions x",
    "version -o foo",
    "explain",
    "explain foo",
    "explain pods",
    "explain pods.spec",
    "explain pods.spec.nope",
    "explain pods.spec.containers.resources",
    "explain pods.metadata.labels",
    "explain pod.spec.containers.ports.protocol",
    "explain pods.spec.tolerations",
    "explain nodes.spec.taints.effect",
    "explain ns --recursive",
    "explain pods --recursive",
    "explain crd --recursive",
    "explain deployment.spec.strategy --recursive",
    "explain hpa --api-version=autoscaling/v2beta2",
    "explain pods x",
    "top nodes",
    "top pods",
    "auth can-i create pods",
    "auth can-i create foos",
    "auth can-i create foos.x.y",
    "auth can-i shout deploy",
    "auth can-i list",
    "auth can-i list pods/log -q",
    "auth can-i get pods --subresource=log",
    "auth can-i get pv",
    "auth can-i get /logs/",
];

/// Tables with ages.
const TABLES: &[&str] = &[
    "get cm",
    "get cm a",
    "get cm b a",
    "get cm/a sa/default cm/b",
    "get cm,sa",
    "get cm --show-kind",
    "get cm --show-labels -L x,y/z",
    "get cm --no-headers",
    "get cm --sort-by=.data.x",
    "get nodes -o wide",
    "get nodes -L mock-server,beta.kubernetes.io/os",
    "get cm,ns -l kubernetes.io/nothing",
    "get cm a nope",
];

/// A namespace with two ConfigMaps; goes when dropped.
struct Namespace(&'static str);

impl Namespace {
    fn make(name: &'static str) -> Self {
        let made = Self(name);
        for line in [
            format!("create ns {name}"),
            format!("-n {name} create cm a --from-literal=x=y --from-literal=m=<&>: --from-literal=n=12"),
            format!("-n {name} create cm b"),
        ] {
            real("kubectl", &line.split(' ').collect::<Vec<_>>(), "");
        }
        // The namespace's own objects come a moment later.
        for own in ["cm/kube-root-ca.crt", "sa/default"] {
            while real("kubectl", &["-n", name, "get", own], "").code != 0 {}
        }
        made
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        real("kubectl", &["delete", "ns", self.0, "--wait=false"], "");
    }
}

/// Compares a few times: what others change meanwhile, or a second that passes, makes a difference once.
fn compare(namespace: &'static str, lines: &[&str]) -> Result<(), Failed> {
    let _namespace = Namespace::make(namespace);
    let mut differences = Vec::new();
    for line in lines {
        let mut args: Vec<&str> = line.split(' ').collect();
        if !line.contains("-A") && line.starts_with("get ") && !line.contains("--raw") {
            args.extend(["-n", namespace]);
        }
        let both = || -> (Printed, Printed) { (native(&args, ""), real("kubectl", &args, "")) };
        let (mut ours, mut theirs) = both();
        for _ in 0..10 {
            if ours == theirs {
                break;
            }
            (ours, theirs) = both();
        }
        if ours != theirs {
            differences.push(format!("kubectl {line}\nours: {ours:#?}\nreal: {theirs:#?}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n\n").into()) }
}

/// The addresses differ: the real kubectl runs inside of the control plane's container.
fn cluster_info() -> Result<(), Failed> {
    let without_address = |printed: Printed| -> Printed {
        let mut parts = printed.stdout.split("https://");
        let mut stdout = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            stdout.push_str(part.find(['/', '\x1b']).map_or("", |end| &part[end..]));
        }
        Printed { stdout, ..printed }
    };
    assert_eq!(without_address(native(&["cluster-info"], "")), without_address(real("kubectl", &["cluster-info"], "")));
    Ok(())
}

/// kubectl 1.20 has no such verb; the words are those of newer ones.
fn events() -> Result<(), Failed> {
    let name = "kpnb-events";
    let _namespace = Namespace::make(name);
    let event = serde_json::json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "seen", "namespace": name},
        "involvedObject": {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "namespace": name},
        "type": "Warning", "reason": "Odd", "message": "as told", "count": 3,
        "firstTimestamp": "2020-01-01T00:00:00Z", "lastTimestamp": "2020-01-02T00:00:00Z",
    });
    assert_eq!(real("kubectl", &["create", "-f", "-"], &event.to_string()).code, 0);
    let printed = native(&["events", "-n", name, "--for", "cm/a", "--types", "warning"], "");
    let lines: Vec<&str> = printed.stdout.lines().collect();
    let [header, row] = lines.as_slice() else { return Err(format!("{printed:#?}").into()) };
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(header), ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]);
    assert!(row.contains(" (x3 over ") && row.ends_with("Warning   Odd      ConfigMap/a   as told"), "{row}");
    for none in [vec!["--for", "cm/b"], vec!["--for", "cm/a", "--types", "Normal"]] {
        let printed = native(&[vec!["events", "-n", name], none].concat(), "");
        assert_eq!(printed.stderr, format!("No events found in {name} namespace.\n"));
        assert_eq!((printed.stdout.as_str(), printed.code), ("", 0));
    }
    Ok(())
}

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("get::prints_what_the_real_kubectl_prints", || compare("kpnb-get", LINES)),
        shared("get::prints_the_real_kubectls_tables", || compare("kpnb-get-tables", TABLES)),
        shared("get::tells_the_cluster_as_the_real_kubectl_does", cluster_info),
        shared("get::lists_the_events_of_an_object", events),
    ]
}

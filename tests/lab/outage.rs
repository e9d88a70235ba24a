//! Waits ride through an API server in trouble, and say what they saw when they were in vain.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kpnb::bindings::{Workspace, session};
use kpnb::client::k8s::K8s;
use kpnb::cluster::Cluster;
use kpnb::script::{Host, Session};
use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use crate::lab::{self, shared};
use crate::proxy::api::Proxy;
use crate::proxy::trouble::Trouble;
use crate::scripts::Scripts;

/// How long each trouble lasts.
const LASTS: Duration = Duration::from_millis(1500);

/// How long after it a wait may still rest before it asks again, with what the machine takes.
const LATE: Duration = Duration::from_secs(5);

/// Waits for what `mend` does in the middle of the trouble.
const WAITS: &[(&str, &str)] = &[
    (
        r#"wait_until(|| k8s::find("cm", "late", ns) != (), "30s");"#,
        r#"k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "late"}}, #{namespace: ns});"#,
    ),
    (
        r#"k8s::wait("cm", "held", "jsonpath={.data.a}=b", "30s", ns);"#,
        r#"k8s::patch("cm", "held", #{data: #{a: "b"}}, #{namespace: ns});"#,
    ),
    (
        r#"k8s::delete("cm", "held", ns);"#,
        r#"k8s::patch("cm", "held", #{metadata: #{finalizers: ()}}, #{namespace: ns});"#,
    ),
];

const HELD: &str = r#"k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "held",
    finalizers: ["kpnb.test/held"]}}, #{namespace: ns});"#;

/// Lets go of all that a case has left.
const LET_GO: &str = r#"for name in ["held", "late"] {
    if k8s::find("cm", name, ns) != () { k8s::patch("cm", name, #{metadata: #{finalizers: ()}}, #{namespace: ns}); }
    if k8s::find("cm", name, ns) != () { k8s::delete("cm", name, ns); }
}"#;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("outage::waits_ride_through_429", || {
            rides_through("kpnb-outage-429", Trouble::Refused(429));
            Ok(())
        }),
        shared("outage::waits_ride_through_503", || {
            rides_through("kpnb-outage-503", Trouble::Refused(503));
            Ok(())
        }),
        shared("outage::waits_ride_through_a_server_that_says_when_to_come_back", || {
            rides_through("kpnb-outage-back", Trouble::ComeBack(503));
            Ok(())
        }),
        shared("outage::waits_ride_through_broken_connections", || {
            rides_through("kpnb-outage-cut", Trouble::Cut);
            Ok(())
        }),
        shared("outage::waits_ride_through_an_expired_watch", || {
            rides_through("kpnb-outage-410", Trouble::Expired);
            Ok(())
        }),
        shared("outage::a_wait_in_vain_tells_the_last_error_and_object", || {
            in_vain("kpnb-outage-vain");
            Ok(())
        }),
    ]
}

/// Each wait begins in peace; then trouble comes, in which others do what is waited for, unseen; then peace.
fn rides_through(namespace: &str, trouble: Trouble) {
    let mut direct = Scripts::in_namespace(namespace);
    let mut behind = Behind::new(namespace);
    for (wait, mend) in WAITS {
        direct.run(HELD);
        let met = behind.proxy.met();
        let proxy = behind.proxy.clone();
        let (outcome, returned, calm) = std::thread::scope(|threads| {
            let waiting = threads.spawn(|| (behind.session.eval(wait, "wait.md", 1), Instant::now()));
            std::thread::sleep(Duration::from_millis(700));
            proxy.trouble(Some(trouble));
            std::thread::sleep(LASTS / 2);
            direct.run(mend);
            std::thread::sleep(LASTS / 2);
            proxy.trouble(None);
            let calm = Instant::now();
            let (outcome, returned) = waiting.join().unwrap();
            (outcome, returned, calm)
        });
        direct.run(LET_GO);
        assert!(outcome.is_ok(), "{trouble:?}: {wait}: {:?}", outcome.err().map(|error| error.plain()));
        assert!(behind.proxy.met() > met, "{trouble:?}: {wait} met no trouble");
        let late = returned.saturating_duration_since(calm);
        assert!(late < LATE, "{trouble:?}: {wait} returned {late:?} after the trouble");
    }
}

/// The trouble outlasts the waits.
fn in_vain(namespace: &str) {
    let mut direct = Scripts::in_namespace(namespace);
    let mut behind = Behind::new(namespace);
    direct.run(HELD);
    for wait in [
        r#"wait_until(|| k8s::get("cm", "held", ns).data.a == "b", "3s");"#,
        r#"k8s::wait("cm", "held", "jsonpath={.data.a}=b", "3s", ns);"#,
        r#"k8s::delete("cm", "held", #{namespace: ns, timeout: "3s"});"#,
    ] {
        let proxy = behind.proxy.clone();
        let outcome = std::thread::scope(|threads| {
            let waiting = threads.spawn(|| behind.session.eval(wait, "wait.md", 1));
            std::thread::sleep(Duration::from_millis(700));
            proxy.trouble(Some(Trouble::Refused(503)));
            waiting.join().unwrap()
        });
        behind.proxy.trouble(None);
        let error = outcome.expect_err(wait);
        let said = format!("{}\n{}", error.message, error.hint.unwrap_or_default());
        for part in [
            "last error: Error from server (ServiceUnavailable): in trouble",
            "last seen: ConfigMap kpnb-outage-vain/held",
        ] {
            assert!(said.contains(part), "{wait} says nothing of {part:?}: {said}");
        }
    }
    direct.run(LET_GO);
}

/// A session behind a proxy.
struct Behind {
    proxy: Proxy,
    session: Session,
    // Last, so that it outlives what runs on it.
    _runtime: Runtime,
}

impl Behind {
    fn new(namespace: &str) -> Self {
        let runtime = lab::runtime();
        let real = Arc::into_inner(runtime.block_on(lab::cluster())).unwrap();
        let proxy = runtime.block_on(Proxy::start(real.k8s.clone()));
        let (reads, seen) = (Arc::clone(&real.reads), Arc::clone(&real.seen));
        let k8s = runtime.block_on(async { K8s::connect(proxy.config(), reads, seen) });
        let workspace = Workspace {
            cluster: Arc::new(Cluster { k8s: k8s.unwrap(), ..real }),
            files: Vec::new(),
            stdlib: Vec::new(),
            journal: Default::default(),
            output: std::env::temp_dir().join(namespace),
        };
        let host = Host::new(runtime.handle().clone(), Arc::clone(&workspace.cluster.clock));
        let mut session = session(host, Arc::new(workspace));
        // Reads the resources, too, which a script in trouble could not.
        session.eval(&format!("let ns = \"{namespace}\"; k8s::list(\"cm\", ns);"), "begin.md", 1).unwrap();
        Self { proxy, session, _runtime: runtime }
    }
}

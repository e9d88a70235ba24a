//! A notebook whose experiment succeeds passes in bad weather between kpnb and the layers too; otherwise it ends with a
//! clear error, and what cleans up leaves nothing. `KPNB_TEST_LOOPS` repeats it from other moments on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use kpnb::bindings::{Workspace, session};
use kpnb::client::docker::{Docker, DockerHost};
use kpnb::client::etcd::{Credentials, Etcd};
use kpnb::client::k8s::K8s;
use kpnb::clock::{Clock, SystemClock};
use kpnb::cluster::Cluster;
use kpnb::script::{Host, ScriptErrorKind, Session};
use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use crate::lab;
use crate::proxy::wire::{Weather, Wire};
use crate::proxy::{Substitution, api, docker, etcd};
use crate::scripts::Scripts;

/// A short experiment that uses all three layers. What changes something is tried until it has: whether the answer to a
/// change was lost, or the change, cannot be told.
const CELLS: &[&str] = &[
    r#"wait_until(|| {
        if k8s::find("cm", "weather", ns) == () {
            k8s::create(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "weather"}, data: #{a: "1"}}, ns_of);
        }
        true
    }, "60s");
    expect(within("60s", || { let n = 0; wait_until(|| { n = k8s::list("cm", ns).filter(|c| c.metadata.name == "weather").len(); true }, "50s"); n }) == 1, "the API has it");"#,
    r#"let kept = ();
    wait_until(|| { let found = etcd::get(key); kept = etcd::decode(found[0]); kept.data.a == "1" }, "60s");
    expect(kept.metadata.name == "weather", "etcd has it");"#,
    r#"let said = "";
    wait_until(|| { said = docker::exec(worker, ["cat", "/etc/hostname"]).stdout; said.len() > 0 }, "60s");
    expect(said.contains(worker), "the node's host answers");
    hold(|| docker::exec(worker, ["cat", "/etc/hostname"]).stdout.contains(worker), "2s");"#,
    r#"wait_until(|| { k8s::patch("cm", "weather", #{data: #{a: "2"}}, ns_of); true }, "60s");
    wait_until(|| k8s::get("cm", "weather", ns).data.a == "2" && etcd::decode(etcd::get(key)[0]).data.a == "2", "60s");
    expect(true, "both have the change");"#,
];

/// What makes a mess without looking where it goes: it may fail.
const CARELESS: &str = r#"k8s::apply(#{apiVersion: "v1", kind: "ConfigMap", metadata: #{name: "careless"}}, ns_of);
    etcd::get(key); docker::exec(worker, "true"); k8s::delete("cm", "careless", ns);"#;

/// Cleans up when the weather is over, and says what is left.
const CLEAN_UP: &str = r#"for name in ["weather", "careless"] {
        if k8s::find("cm", name, ns) != () { k8s::delete("cm", name, ns); }
    }
    k8s::list("cm", ns).filter(|c| c.metadata.name != "kube-root-ca.crt").len()"#;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        lab::shared("weather::a_notebook_passes_in_bad_weather_at_the_api_server", || {
            passes("kpnb-weather-api", |world| &world.api);
            Ok(())
        }),
        lab::shared("weather::a_notebook_passes_in_bad_weather_at_etcd", || {
            passes("kpnb-weather-etcd", |world| &world.etcd);
            Ok(())
        }),
        lab::shared("weather::a_notebook_passes_in_bad_weather_at_docker", || {
            passes("kpnb-weather-docker", |world| &world.docker);
            Ok(())
        }),
        lab::shared("weather::waits_keep_their_time_when_the_clock_jumps", || {
            clock_jumps("kpnb-weather-clock");
            Ok(())
        }),
    ]
}

fn loops() -> u64 {
    std::env::var("KPNB_TEST_LOOPS").ok().and_then(|loops| loops.parse().ok()).unwrap_or(1)
}

/// A number that looks like chance and is the same each time (an LCG of Knuth's).
fn chance(seed: u64, below: u64) -> u64 {
    let mixed = seed.wrapping_add(1).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (mixed >> 33) % below
}

fn passes(namespace: &str, layer: fn(&World) -> &Wire) {
    let _namespace = Scripts::in_namespace(namespace);
    for round in 0..loops() {
        for (place, weather) in Weather::ALL.into_iter().enumerate() {
            let seed = round * 100 + place as u64;
            let mut world = World::new(namespace, Arc::new(SystemClock::default()));
            let wire = layer(&world).clone();
            let (before, lasts) = (chance(seed, 120), 300 + chance(seed + 50, 500));
            let failures = std::thread::scope(|threads| {
                let changing = threads.spawn(|| {
                    // Again and again, so that no cell is spared.
                    for _ in 0..4 {
                        std::thread::sleep(Duration::from_millis(before));
                        wire.set(Some(weather));
                        std::thread::sleep(Duration::from_millis(lasts));
                        wire.set(None);
                    }
                });
                let mut failures: Vec<String> = CELLS.iter().filter_map(|cell| world.fails(cell)).collect();
                let careless = world.session.eval(CARELESS, "careless.md", 1);
                if let Err(error) = careless {
                    let clear = [
                        "nable to connect",
                        "rror from server",
                        "rror during connect",
                        "rror response",
                        "etcd",
                        "timed out",
                    ];
                    let is_clear =
                        error.kind == ScriptErrorKind::Failed && clear.iter().any(|text| error.message.contains(text));
                    if !is_clear {
                        failures.push(format!("not clear: {:?} {}", error.kind, error.plain()));
                    }
                }
                changing.join().unwrap();
                failures
            });
            assert!(failures.is_empty(), "{weather:?}, seed {seed}: {failures:#?}");
            assert!(wire.met() > 0, "{weather:?}, seed {seed}: met nothing");
            assert_eq!(world.output(CLEAN_UP), "0\n", "{weather:?}, seed {seed}");
        }
    }
}

/// The time of day goes back and forth by hours while a notebook runs; what it waits for comes in time all the same.
fn clock_jumps(namespace: &str) {
    let _namespace = Scripts::in_namespace(namespace);
    let clock = Arc::new(Jumping::default());
    let mut world = World::new(namespace, Arc::clone(&clock) as Arc<dyn Clock>);
    let begin = Instant::now();
    let jumping = Arc::clone(&clock);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for hours in [5, -7, 100, -1000, 0].into_iter().cycle() {
                jumping.0.store(hours * 3600, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let failures: Vec<String> = CELLS.iter().filter_map(|cell| world.fails(cell)).collect();
        let slept =
            world.output("let start = timestamp(); sleep(\"300ms\"); start.elapsed > 0.25 && start.elapsed < 30.0");
        let vain = world.fails("wait_until(|| 1 > 2, \"300ms\")");
        done.store(true, Ordering::Relaxed);
        assert!(failures.is_empty(), "{failures:#?}");
        assert_eq!(slept, "true\n");
        assert!(vain.is_some_and(|error| error.contains("timed out after 300ms")));
    });
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(world.output(CLEAN_UP), "0\n");
}

/// A clock whose time of day can be set.
#[derive(Debug, Default)]
struct Jumping(AtomicI64, SystemClock);

impl Clock for Jumping {
    fn now(&self) -> jiff::Timestamp {
        self.1.now() + jiff::SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        self.1.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.1.sleep(duration)
    }
}

/// A session whose three layers are behind wires.
struct World {
    api: Wire,
    etcd: Wire,
    docker: Wire,
    session: Session,
    // Last, so that it outlives what runs on it.
    _runtime: Runtime,
}

impl World {
    fn new(namespace: &str, clock: Arc<dyn Clock>) -> Self {
        let runtime = lab::runtime();
        let (cluster, api, etcd, docker) = runtime.block_on(async {
            let real = Arc::into_inner(lab::cluster().await).unwrap();
            let (reads, seen) = (Arc::clone(&real.reads), Arc::clone(&real.seen));
            let behind = api::Proxy::start(real.k8s.clone()).await;
            let api = Wire::start(behind.config().cluster_url.authority().unwrap().as_str()).await;
            let config = kube::Config::new(format!("http://{}", api.address).parse().unwrap());
            let k8s = K8s::connect(config, Arc::clone(&reads), Arc::clone(&seen)).unwrap();
            let behind = etcd::start(Substitution::default(), Default::default()).await;
            let etcd = Wire::start(behind.trim_start_matches("http://")).await;
            let bare = Credentials { ca: Vec::new(), cert: Vec::new(), key: Vec::new() };
            let endpoint = format!("http://{}", etcd.address);
            let etcd_client = Etcd::connect(&[endpoint], &bare, Arc::clone(&reads), Arc::clone(&seen)).await;
            let behind = docker::start(Substitution::default(), Default::default()).await;
            let docker = Wire::start(behind.trim_start_matches("tcp://")).await;
            let host = DockerHost { url: format!("tcp://{}", docker.address), tls: None };
            let label = format!("io.x-k8s.kind.cluster={}", real.name.trim_start_matches("kind-"));
            let docker_client = Docker::connect_to(host, &label, reads, seen).await;
            let cluster = Cluster { k8s, docker: docker_client, etcd: etcd_client, clock, ..real };
            (Arc::new(cluster), api, etcd, docker)
        });
        let host = Host::new(runtime.handle().clone(), Arc::clone(&cluster.clock));
        let workspace = Workspace {
            cluster,
            files: Vec::new(),
            stdlib: Vec::new(),
            journal: Default::default(),
            output: std::env::temp_dir().join(namespace),
        };
        let mut session = session(host, Arc::new(workspace));
        let worker = format!("{}-worker", lab::name().unwrap().trim_start_matches("kind-"));
        let begin = format!(
            "let ns = \"{namespace}\"; let ns_of = #{{namespace: ns}}; let worker = \"{worker}\";
            let key = `/registry/configmaps/${{ns}}/weather`; k8s::list(\"cm\", ns);"
        );
        session.eval(&begin, "begin.md", 1).unwrap();
        Self { api, etcd, docker, session, _runtime: runtime }
    }

    /// Runs a cell; none: it succeeded.
    fn fails(&mut self, cell: &str) -> Option<String> {
        self.session.eval(cell, "weather.md", 1).err().map(|error| error.plain())
    }

    fn output(&mut self, cell: &str) -> String {
        self.session.host().take_output();
        self.session.eval(cell, "weather.md", 1).unwrap_or_else(|error| panic!("{}", error.plain()));
        let pieces = self.session.host().take_output();
        let text = |piece| match piece {
            kpnb::script::Piece::Text(text) => text,
            kpnb::script::Piece::Block(block) => block.text,
        };
        pieces.into_iter().map(text).collect()
    }
}

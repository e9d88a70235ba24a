//! Each reason to refuse a cluster, made true; and that a refused cluster has got nothing but reads.

use kpnb::client::docker::{Docker, DockerHost};
use kpnb::client::etcd::{Credentials, Etcd};
use kpnb::client::k8s::K8s;
use kpnb::cluster::{self, ClusterOptions, Layers, guard};
use libtest_mimic::Trial;
use serde_json::json;

use crate::kubeconfig::Kubeconfig;
use crate::lab;
use crate::proxy::api::{Proxy, change};
use crate::proxy::{Log, Substitution, docker, etcd};

/// A certificate authority that signed nothing here.
const ANOTHER_CA: &str = include_str!("another-ca.crt");

pub fn trials() -> Vec<Trial> {
    vec![
        lab::shared("guard::another_name_is_refused", || {
            let kubeconfig = Kubeconfig::of_test_cluster();
            refused(&kubeconfig, "playground", "its name is not kind-NAME");
            refused(&kubeconfig, "kind-", "its name is not kind-NAME");
            Ok(())
        }),
        lab::shared("guard::an_engine_without_the_clusters_containers_is_refused", || {
            let said = "has no container with kind's label for the cluster \"elsewhere\"";
            refused(&Kubeconfig::of_test_cluster(), "kind-elsewhere", said);
            Ok(())
        }),
        lab::shared("guard::another_ca_is_refused", || {
            let mut kubeconfig = Kubeconfig::of_test_cluster();
            kubeconfig.cluster["certificate-authority-data"] = json!(crate::kubeconfig::base64(ANOTHER_CA));
            refused(&kubeconfig, &lab::name().unwrap(), "trusts another certificate authority");
            // One more than the cluster's own could vouch for another server.
            let both = format!("{}{ANOTHER_CA}", Kubeconfig::of_test_cluster().ca());
            kubeconfig.cluster["certificate-authority-data"] = json!(crate::kubeconfig::base64(&both));
            refused(&kubeconfig, &lab::name().unwrap(), "trusts another certificate authority");
            Ok(())
        }),
        lab::shared("guard::a_server_that_is_not_verified_is_refused", || {
            let said = "has no CA for its API server, or does not verify it";
            let mut kubeconfig = Kubeconfig::of_test_cluster();
            let server = kubeconfig.cluster["server"].as_str().unwrap().replace("https://", "http://");
            kubeconfig.cluster["server"] = json!(server);
            refused(&kubeconfig, &lab::name().unwrap(), said);
            kubeconfig.cluster = json!({"server": server.replace("http://", "https://"),
                "insecure-skip-tls-verify": true});
            refused(&kubeconfig, &lab::name().unwrap(), said);
            Ok(())
        }),
        lab::shared("guard::what_is_allowed_in_full_may_have_any_name", || {
            let kubeconfig = Kubeconfig::of_test_cluster();
            let (code, _, stderr) = kubeconfig.run("playground", &["--allow-cluster", "playground"]);
            assert_eq!(code, 0, "{stderr}");
            let (code, _, stderr) = kubeconfig.run("playground", &["--allow-cluster", "play"]);
            assert_eq!(code, 2, "{stderr}");
            assert!(stderr.contains("--allow-cluster play is not the cluster that is named"), "{stderr}");
            Ok(())
        }),
        lab::shared("guard::doctor_says_why_too", || {
            let kubeconfig = Kubeconfig::of_test_cluster();
            let folder = kubeconfig.written("kind-elsewhere");
            let output = lab::kpnb()
                .args(["doctor", "--cluster", "kind-elsewhere"])
                .env("KUBECONFIG", folder.path().join("config"))
                .output()?;
            let stdout = String::from_utf8(output.stdout)?;
            assert!(stdout.contains("-- playground: kind-elsewhere is not shown to be a playground"), "{stdout}");
            assert_eq!(output.status.code(), Some(4));
            Ok(())
        }),
        lab::shared("guard::the_same_cluster_behind_proxies_passes", || {
            let world = World::start();
            world.check().unwrap();
            world.has_only_been_read();
            Ok(())
        }),
        lab::shared("guard::a_node_elsewhere_is_refused", || {
            let world = World::start();
            world.api.set(Some(change("Node", "", |node| {
                for address in node["status"]["addresses"].as_array_mut().unwrap() {
                    if address["type"] == "InternalIP" {
                        address["address"] = json!("203.0.113.1");
                    }
                }
            })));
            let said = world.check().unwrap_err();
            assert!(said.contains("has the address 203.0.113.1, which none of kind's containers has"), "{said}");
            world.has_only_been_read();
            Ok(())
        }),
        lab::shared("guard::another_etcd_is_refused", || {
            let world = World::start();
            let uid = lab::real("kubectl", &["get", "ns", "kube-system", "-o", "jsonpath={.metadata.uid}"], "").stdout;
            world.etcd.set(&uid, "00000000-0000-0000-0000-000000000000");
            let said = world.check().unwrap_err();
            assert!(said.contains("is not that of"), "{said}");
            world.has_only_been_read();
            Ok(())
        }),
    ]
}

/// That a run on the cluster that this kubeconfig calls `name` ends so, and touches nothing.
fn refused(kubeconfig: &Kubeconfig, name: &str, said: &str) {
    let (code, after, stderr) = kubeconfig.run(name, &[]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains(&format!("{name} is not shown to be a playground: ")), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
    assert!(stderr.contains("hint: "), "{stderr}");
    assert_eq!(after, crate::kubeconfig::CELL, "the file is as it was");
}

/// The cluster's layers behind proxies that note what is asked.
struct World {
    runtime: tokio::runtime::Runtime,
    layers: Layers,
    api: Proxy,
    etcd: Substitution,
    docker_log: Log,
    etcd_log: Log,
}

impl World {
    fn start() -> Self {
        let runtime = lab::runtime();
        let (etcd_bytes, docker_log, etcd_log) = (Substitution::default(), Log::default(), Log::default());
        let (layers, api) = runtime.block_on(async {
            let name = lab::name().unwrap();
            let label = format!("io.x-k8s.kind.cluster={}", name.trim_start_matches("kind-"));
            let options = ClusterOptions { name: Some(name), ..ClusterOptions::default() };
            let mut layers = cluster::reach(&options).await.unwrap();
            let api = Proxy::start(layers.k8s.clone()).await;
            layers.k8s = K8s::connect(api.config(), Default::default(), Default::default()).unwrap();
            let host = DockerHost { url: docker::start(Substitution::default(), docker_log.clone()).await, tls: None };
            layers.docker = Docker::connect_to(host, &label, Default::default(), Default::default()).await;
            let endpoint = etcd::start(etcd_bytes.clone(), etcd_log.clone()).await;
            let bare = Credentials::default();
            layers.etcd = Etcd::connect(&[endpoint], &bare, Default::default(), Default::default()).await;
            (layers, api)
        });
        Self { runtime, layers, api, etcd: etcd_bytes, docker_log, etcd_log }
    }

    fn check(&self) -> Result<(), String> {
        self.runtime.block_on(guard::check(&self.layers)).map_err(|failure| failure.message)
    }

    fn has_only_been_read(&self) {
        let api = self.api.log().lines();
        let reads = ["GET /api/v1/nodes", "GET /api/v1/namespaces/kube-system"];
        assert!(api.iter().all(|line| reads.contains(&line.as_str())) && !api.is_empty(), "{api:?}");
        let docker = self.docker_log.lines();
        assert!(docker.iter().all(|line| line.starts_with("GET ")) && !docker.is_empty(), "{docker:?}");
        let etcd = self.etcd_log.lines();
        let reads = ["/etcdserverpb.Maintenance/Status", "/etcdserverpb.KV/Range"];
        assert!(etcd.iter().all(|line| reads.contains(&line.as_str())) && !etcd.is_empty(), "{etcd:?}");
    }
}

//! What the programs of a kind node write when they start, as far as that is the same for all clusters: v1.20.2's, etcd
//! 3.4.13's, CoreDNS 1.7.0's and local-path v0.0.14's own words.

use super::klog;
use crate::sandbox::host::sys::Sys;

const MUTATING: &str = "NamespaceLifecycle,LimitRanger,ServiceAccount,NodeRestriction,TaintNodesByCondition,Priority,\
DefaultTolerationSeconds,DefaultStorageClass,StorageObjectInUseProtection,RuntimeClass,DefaultIngressClass,\
MutatingAdmissionWebhook";
const VALIDATING: &str = "LimitRanger,ServiceAccount,Priority,PersistentVolumeClaimResize,RuntimeClass,\
CertificateApproval,CertificateSigning,CertificateSubjectRestriction,ValidatingAdmissionWebhook,ResourceQuota";

/// Writes it.
pub(super) async fn says(sys: &Sys, name: &str) {
    let (now, node, address) = sys
        .with(|world, me| {
            let spec = &world.hosts.nodes[me.node].spec;
            (world.now(), spec.name.clone(), spec.ip.clone())
        })
        .await;
    let pid = sys.process(|process| process.ns_pid).await;
    // A level, a place in the sources, a text.
    let lines = |lines: &[(char, &str, String)]| -> String {
        lines.iter().map(|(level, place, text)| format!("{} {text}\n", klog(now, *level, pid, place))).collect()
    };
    let text = match name {
        "kube-apiserver" => {
            let loaded = |count: u8, kind: &str, order: &str| {
                format!("Loaded {count} {kind} admission controller(s) successfully in the following order: {order}.")
            };
            let said = lines(&[
                ('I', "server.go:632", format!("external host was not specified, using {address}")),
                ('I', "server.go:182", "Version: v1.20.2".to_owned()),
                ('I', "shared_informer.go:240", "Waiting for caches to sync for node_authorizer".to_owned()),
                ('I', "plugins.go:158", loaded(12, "mutating", MUTATING)),
                ('I', "plugins.go:161", loaded(10, "validating", VALIDATING)),
                ('I', "instance.go:289", "Using reconciler: lease".to_owned()),
                ('I', "rest.go:131", "the default service ipfamily for this cluster is: IPv4".to_owned()),
                ('I', "secure_serving.go:197", "Serving securely on [::]:6443".to_owned()),
                ('I', "tlsconfig.go:240", "Starting DynamicServingCertificateController".to_owned()),
            ]);
            format!(
                "Flag --insecure-port has been deprecated, This flag has no effect now and will be removed in v1.24.\n{said}"
            )
        }
        "kube-controller-manager" | "kube-scheduler" => {
            let port = if name == "kube-scheduler" { 10259 } else { 10257 };
            let mut said = vec![('I', "serving.go:331", "Generated self-signed cert in-memory".to_owned())];
            if port == 10257 {
                said.push(('I', "controllermanager.go:176", "Version: v1.20.2".to_owned()));
            }
            said.push(('I', "secure_serving.go:197", format!("Serving securely on 127.0.0.1:{port}")));
            said.push(('I', "tlsconfig.go:240", "Starting DynamicServingCertificateController".to_owned()));
            let lease = format!("attempting to acquire leader lease kube-system/{name}...");
            said.push(('I', "leaderelection.go:243", lease));
            lines(&said)
        }
        "kube-proxy" => lines(&[
            ('I', "node.go:172", format!("Successfully retrieved node IP: {address}")),
            (
                'I',
                "server_others.go:142",
                format!("kube-proxy node IP is an IPv4 address ({address}), assume IPv4 operation"),
            ),
            ('I', "server_others.go:185", "Using iptables Proxier.".to_owned()),
            ('I', "server.go:650", "Version: v1.20.2".to_owned()),
            ('I', "config.go:315", "Starting service config controller".to_owned()),
            ('I', "shared_informer.go:240", "Waiting for caches to sync for service config".to_owned()),
            ('I', "config.go:224", "Starting endpoint slice config controller".to_owned()),
            ('I', "shared_informer.go:240", "Waiting for caches to sync for endpoint slice config".to_owned()),
            ('I', "shared_informer.go:247", "Caches are synced for endpoint slice config ".to_owned()),
            ('I', "shared_informer.go:247", "Caches are synced for service config ".to_owned()),
        ]),
        "etcd" => {
            const FLAG: &str =
                "[WARNING] Deprecated '--logger=capnslog' flag is set; use '--logger=zap' flag instead\n";
            let zoned = now.to_zoned(jiff::tz::TimeZone::UTC);
            let time = jiff::fmt::strtime::format("%Y-%m-%d %H:%M:%S.%6f", &zoned).unwrap_or_default();
            let said =
                |lines: &[String]| -> String { lines.iter().map(|line| format!("{time} I | {line}\n")).collect() };
            let main =
                ["etcd Version: 3.4.13", "Git SHA: ae9734ed2", "Go Version: go1.12.17", "Go OS/Arch: linux/amd64"];
            let main: Vec<String> = main.iter().map(|line| format!("etcdmain: {line}")).collect();
            let embed = [
                format!("name = {node}"),
                "data dir = /var/lib/etcd".to_owned(),
                "member dir = /var/lib/etcd/member".to_owned(),
                "heartbeat = 100ms".to_owned(),
                "election = 1000ms".to_owned(),
                "snapshot count = 10000".to_owned(),
                format!("advertise client URLs = https://{address}:2379"),
            ];
            let embed: Vec<String> = embed.iter().map(|line| format!("embed: {line}")).collect();
            let ready = [
                "embed: ready to serve client requests".to_owned(),
                format!("embed: serving client requests on {address}:2379"),
                "embed: serving client requests on 127.0.0.1:2379".to_owned(),
            ];
            format!("{FLAG}{}{FLAG}{}{}", said(&main), said(&embed), said(&ready))
        }
        "coredns" => {
            let text = ".:53\n[INFO] plugin/reload: Running configuration MD5 = db32ca3650231d74073ff4cf814959a7\nCoreDNS-1.7.0\n\
                        linux/amd64, go1.14.4, f59c03d\n";
            return sys.out(text).await;
        }
        "local-path-provisioner" => {
            let time = now.strftime("%Y-%m-%dT%H:%M:%SZ");
            let config = r#"{\"nodePathMap\":[{\"node\":\"DEFAULT_PATH_FOR_NON_LISTED_NODES\",\"paths\":[\"/var/local-path-provisioner\"]}]}"#;
            format!(
                "time=\"{time}\" level=debug msg=\"Applied config: {config}\"\ntime=\"{time}\" level=debug msg=\"Provisioner \
                 started\"\n"
            )
        }
        _ => return,
    };
    sys.err(text).await;
}

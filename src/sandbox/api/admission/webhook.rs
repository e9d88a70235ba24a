//! Webhooks: which of them a write is sent to, and what becomes of it there. Nothing in the sandbox speaks their protocol, so
//! no call succeeds, and what is seen is what a failure makes of the write: apiserver v0.20.2
//! `admission/plugin/webhook/{rules,namespace,object,mutating,validating}`, `util/webhook`.

use std::time::Duration;

use serde_json::Value;

use crate::sandbox::api::{Api, Resource, Status};
use crate::sandbox::{Profile, World, host, object};

/// Which webhooks are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox::api) enum Hooks {
    /// One after the other, before the object is validated.
    Mutating,
    /// At once, after that.
    Validating,
}

/// A write, as rules tell writes apart.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox::api) struct Write<'w> {
    pub resource: &'w Resource,
    pub subresource: &'w str,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: &'w str,
    pub namespace: Option<&'w str>,
    /// What is to be there, and what was.
    pub object: Option<&'w Value>,
    pub before: Option<&'w Value>,
}

impl<'w> Write<'w> {
    /// A new object.
    pub(in crate::sandbox::api) fn new(
        resource: &'w Resource,
        subresource: &'w str,
        namespace: Option<&'w str>,
        object: &'w Value,
    ) -> Self {
        Self { resource, subresource, operation: "CREATE", namespace, object: Some(object), before: None }
    }

    /// Another version of one that was there.
    pub(in crate::sandbox::api) fn over(self, before: &'w Value) -> Self {
        Self { operation: "UPDATE", before: Some(before), ..self }
    }

    /// The end of one.
    pub(in crate::sandbox::api) fn end(resource: &'w Resource, namespace: Option<&'w str>, before: &'w Value) -> Self {
        let (subresource, operation) = ("", "DELETE");
        Self { resource, subresource, operation, namespace, object: None, before: Some(before) }
    }
}

/// How long a call lasts beyond its time where nothing comes back, at the most.
const LATE: Duration = Duration::from_millis(20);

impl Api<'_> {
    /// Sends a write to the webhooks that are to see it.
    ///
    /// # Errors
    /// 400 of one that cannot be asked what it would do, 500 of one that does not answer, unless that is to be ignored.
    pub(in crate::sandbox::api) fn hook(
        &mut self,
        hooks: Hooks,
        write: Write<'_>,
        dry_run: bool,
    ) -> Result<(), Status> {
        // These are spared, so that a configuration can be taken back.
        if write.resource.group == "admissionregistration.k8s.io" {
            return Ok(());
        }
        let plural = match hooks {
            Hooks::Mutating => "mutatingwebhookconfigurations",
            Hooks::Validating => "validatingwebhookconfigurations",
        };
        let version = self.version(write.resource).to_owned();
        let (mut waited, mut outcome) = (Duration::ZERO, Ok(()));
        for configuration in self.world.read_all(Resource::named(plural)?, None) {
            for hook in object::items(&configuration["webhooks"]) {
                if !takes(self.world, hook, &write, &version) {
                    continue;
                }
                let (took, answered) = call(self.world, hook, dry_run);
                match hooks {
                    Hooks::Mutating => waited += took,
                    Hooks::Validating => waited = waited.max(took),
                }
                if outcome.is_ok() {
                    outcome = answered;
                }
                if outcome.is_err() && hooks == Hooks::Mutating {
                    self.world.awaited += waited;
                    return outcome;
                }
            }
        }
        self.world.awaited += waited;
        outcome
    }
}

/// Whether a webhook is to see a write.
fn takes(world: &World, hook: &Value, write: &Write<'_>, version: &str) -> bool {
    let equivalent = hook["matchPolicy"] != "Exact";
    object::items(&hook["rules"]).iter().any(|rule| follows(rule, write, version, equivalent))
        && in_namespace(world, &hook["namespaceSelector"], write)
        && [write.object, write.before].into_iter().flatten().any(|object| {
            let selector = &hook["objectSelector"];
            selector.is_null() || object::selects(selector, &object["metadata"]["labels"])
        })
}

fn follows(rule: &Value, write: &Write<'_>, version: &str, equivalent: bool) -> bool {
    let lists = |list: &str, wanted: &dyn Fn(&str) -> bool| {
        object::items(&rule[list]).iter().filter_map(Value::as_str).any(|one| one == "*" || wanted(one))
    };
    let Write { resource, subresource, operation, namespace, .. } = *write;
    let namespaced = namespace.is_some() && resource.plural != "namespaces";
    let in_scope = match rule["scope"].as_str() {
        Some("Namespaced") => namespaced,
        Some("Cluster") => !namespaced,
        _ => true,
    };
    in_scope
        && lists("operations", &|one| one == operation)
        && lists("apiGroups", &|one| one == resource.group)
        && lists("apiVersions", &|one| one == version || equivalent && resource.served.contains(&one))
        && object::items(&rule["resources"]).iter().filter_map(Value::as_str).any(|one| {
            let (wanted, part) = one.split_once('/').unwrap_or((one, ""));
            (wanted == "*" || wanted == resource.plural) && (part == subresource || part == "*")
        })
}

/// A namespace itself is told by its own labels; what has none is always within.
fn in_namespace(world: &World, selector: &Value, write: &Write<'_>) -> bool {
    if selector.as_object().is_none_or(serde_json::Map::is_empty) {
        return true;
    }
    if write.resource.plural == "namespaces" && write.resource.group.is_empty() {
        let own = if write.operation == "DELETE" { write.before } else { write.object };
        return own.is_some_and(|own| object::selects(selector, &own["metadata"]["labels"]));
    }
    let Some(namespace) = write.namespace.filter(|_| write.resource.namespaced) else { return true };
    let known = Resource::named("namespaces").ok().and_then(|namespaces| world.read(namespaces, None, namespace));
    known.is_some_and(|known| object::selects(selector, &known["metadata"]["labels"]))
}

/// Calls a webhook: how long that takes, and what becomes of the write.
fn call(world: &mut World, hook: &Value, dry_run: bool) -> (Duration, Result<(), Status>) {
    let name = hook["name"].as_str().unwrap_or_default();
    if dry_run && !matches!(hook["sideEffects"].as_str(), Some("None" | "NoneOnDryRun")) {
        let why = format!("admission webhook {name:?} does not support dry run");
        return (Duration::ZERO, Err(Status::bad_request(why)));
    }
    let seconds = object::int(&hook["timeoutSeconds"], 10);
    let config = &hook["clientConfig"];
    let (url, met) = match config["url"].as_str() {
        Some(url) => (url.to_owned(), at_url(world, url)),
        None => at_service(world, &config["service"]),
    };
    let (took, why) = match met {
        Met::Error(why) => (Duration::ZERO, why),
        Met::Silence => {
            let late = world.between((Duration::ZERO, LATE));
            (Duration::from_secs(seconds.unsigned_abs()) + late, "context deadline exceeded".to_owned())
        }
    };
    let failed = format!("failed calling webhook {name:?}: Post \"{url}?timeout={seconds}s\": {why}");
    let ignored = hook["failurePolicy"] == "Ignore";
    (took, if ignored { Ok(()) } else { Err(Status::internal(&failed)) })
}

/// What a call meets.
enum Met {
    /// An error, at once.
    Error(String),
    /// Nothing comes back.
    Silence,
}

impl Met {
    fn refused(address: &str, port: u16) -> Self {
        Self::Error(format!("dial tcp {address}:{port}: connect: connection refused"))
    }
}

/// At a Service, which is resolved by its ClusterIP: kube-aggregator v0.20.2 `pkg/apiserver/resolvers.go`.
fn at_service(world: &World, of: &Value) -> (String, Met) {
    let text = |field: &str| of[field].as_str().unwrap_or_default();
    let (name, namespace) = (text("name"), text("namespace"));
    let port = u16::try_from(object::int(&of["port"], 443)).unwrap_or_default();
    let path = if text("path").is_empty() { "/" } else { text("path") };
    let url = format!("https://{name}.{namespace}.svc:{port}{path}");
    let services = Resource::named("services").ok();
    let Some(service) = services.and_then(|services| world.read(services, Some(namespace), name)) else {
        return (url, Met::Error(format!("service {name:?} not found")));
    };
    if service["spec"]["type"] == "ExternalName" {
        let host = service["spec"]["externalName"].as_str().unwrap_or_default();
        return (url, at_host(world, host, port));
    }
    if !object::items(&service["spec"]["ports"]).iter().any(|own| own["port"] == port) {
        return (url, Met::Error(format!("no service port {port} found for service {name:?}")));
    }
    let address = service["spec"]["clusterIP"].as_str().unwrap_or_default();
    if matches!(address, "" | "None") {
        return (url, Met::Error(format!("cannot route to service with ClusterIP {address:?}")));
    }
    // Without kube-proxy the address is nobody's.
    let met = match world.hosts.profile() {
        Profile::Lab => Met::Silence,
        Profile::Kind => Met::refused(address, port),
    };
    (url, met)
}

fn at_url(world: &World, url: &str) -> Met {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    let host = rest.split('/').next().unwrap_or_default();
    match host.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?))) {
        Some((name, port)) => at_host(world, name, port),
        None => at_host(world, host, 443),
    }
}

/// At a host, as the node of the control plane reaches it.
fn at_host(world: &World, name: &str, port: u16) -> Met {
    let mut nodes = world.hosts.nodes().iter();
    let own = name == "localhost" || name.starts_with("127.");
    let node = nodes.find(|node| own || node.spec.ip == name || node.spec.name == name);
    let Some(node) = node else {
        if name.parse::<std::net::IpAddr>().is_ok() {
            return Met::Silence;
        }
        let resolver = if world.hosts.profile() == Profile::Lab { "127.0.0.11" } else { "172.18.0.1" };
        return Met::Error(format!("dial tcp: lookup {name} on {resolver}:53: no such host"));
    };
    let address = if own { "127.0.0.1" } else { &node.spec.ip };
    let up = own || node.connected && node.state == host::NodeState::Running;
    match port {
        _ if !up => Met::Silence,
        10250 if host::is_running(world, &node.spec.name, "kubelet") => {
            let why = "because it doesn't contain any IP SANs";
            Met::Error(format!("x509: cannot validate certificate for {address} {why}"))
        }
        _ => Met::refused(address, port),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn world(hooks: &Value) -> World {
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        crate::sandbox::boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "w", "labels": {"k": "yes"}}});
        world.api("kubectl").create("namespaces", None, namespace).unwrap();
        let configuration = json!({"apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "h"}, "webhooks": hooks});
        world.api("kubectl").create("validatingwebhookconfigurations", None, configuration).unwrap();
        let until = world.now() + Duration::from_secs(1);
        world.run_until(until);
        world
    }

    fn hook(config: Value, more: Value) -> Value {
        let mut hook = json!({"name": "a.k.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "timeoutSeconds": 2, "clientConfig": config, "namespaceSelector": {"matchLabels": {"k": "yes"}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}]});
        for (field, value) in more.as_object().unwrap() {
            hook[field] = value.clone();
        }
        hook
    }

    fn made(world: &mut World, namespace: &str, labels: Value) -> Result<(), String> {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "m", "labels": labels}});
        world.awaited = Duration::ZERO;
        world.api("kubectl").create("configmaps", Some(namespace), map).map(|_| ()).map_err(|status| status.message)
    }

    /// As a v1.20.2 server said it.
    #[test]
    fn calls_fail_in_the_servers_words() {
        let service = |name: &str, port: u16| json!({"service": {"namespace": "w", "name": name, "port": port}});
        for (config, url, why) in [
            (service("none", 443), "https://none.w.svc:443/", "service \"none\" not found"),
            (service("s", 77), "https://s.w.svc:77/", "no service port 77 found for service \"s\""),
            (service("h", 99), "https://h.w.svc:99/", "cannot route to service with ClusterIP \"None\""),
            (service("s", 99), "https://s.w.svc:99/", "context deadline exceeded"),
            (
                json!({"url": "https://127.0.0.1:1/x"}),
                "https://127.0.0.1:1/x",
                "dial tcp 127.0.0.1:1: connect: connection refused",
            ),
            (
                json!({"url": "https://a.example/x"}),
                "https://a.example/x",
                "dial tcp: lookup a.example on 127.0.0.11:53: no such host",
            ),
        ] {
            let mut world = world(&json!([hook(config, json!({}))]));
            for (name, address) in [("s", json!(null)), ("h", json!("None"))] {
                let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                    "spec": {"clusterIP": address, "ports": [{"port": 99}]}});
                world.api("kubectl").create("services", Some("w"), service).unwrap();
            }
            let told = made(&mut world, "w", json!({})).unwrap_err();
            let wanted = format!("failed calling webhook \"a.k.io\": Post \"{url}?timeout=2s\": {why}");
            assert_eq!(told, format!("Internal error occurred: {wanted}"));
            assert_eq!(world.awaited.as_secs(), if why.starts_with("context") { 2 } else { 0 });
            assert_eq!(made(&mut world, "default", json!({})), Ok(()));
        }
    }

    #[test]
    fn a_webhook_sees_what_its_rules_and_selectors_take() {
        let config = json!({"service": {"namespace": "w", "name": "none"}});
        let mut ignored = world(&json!([hook(config.clone(), json!({"failurePolicy": "Ignore"}))]));
        assert_eq!(made(&mut ignored, "w", json!({})), Ok(()));
        let selector = json!({"objectSelector": {"matchLabels": {"h": "yes"}}});
        let mut selected = world(&json!([hook(config.clone(), selector)]));
        assert_eq!(made(&mut selected, "w", json!({})), Ok(()));
        assert!(made(&mut selected, "w", json!({"h": "yes"})).is_err());
        let rules = json!({"rules": [{"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]},
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["configmaps"]}]});
        let mut ruled = world(&json!([hook(config.clone(), rules)]));
        assert_eq!(made(&mut ruled, "w", json!({})), Ok(()));
        let map = ruled.api("kubectl").list("configmaps", Some("w")).unwrap().remove(0);
        let gone = ruled.api("kubectl").delete("configmaps", Some("w"), object::name(&map), &Default::default());
        assert!(gone.unwrap_err().message.ends_with("service \"none\" not found"));
        let scope = json!({"rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"],
            "resources": ["configmaps"], "scope": "Cluster"}]});
        assert_eq!(made(&mut world(&json!([hook(config, scope)])), "w", json!({})), Ok(()));
    }

    #[test]
    fn one_with_side_effects_is_not_asked_what_it_would_do() {
        let config = json!({"service": {"namespace": "w", "name": "none"}});
        let mut world = world(&json!([]));
        let configuration = json!({"apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration", "metadata": {"name": "h"},
            "webhooks": [hook(config, json!({"sideEffects": "Some"}))]});
        let mut api = world.api("kubectl");
        api.in_version = "v1beta1".to_owned();
        api.create("mutatingwebhookconfigurations", None, configuration).unwrap();
        let mut api = world.api("kubectl");
        api.dry_run = true;
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}});
        let refused = api.create("configmaps", Some("w"), map).unwrap_err();
        assert_eq!(
            (refused.code, &refused.message[..]),
            (400, "admission webhook \"a.k.io\" does not support dry run")
        );
    }
}

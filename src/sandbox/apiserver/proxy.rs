//! `/proxy`: what Pods, Services and nodes answer to HTTP: v1.20 `pkg/registry/core/{pod,service}/rest.go` and
//! `strategy.go`, `ResourceLocation`. Only GET is modelled, of busybox's httpd and of kubelets.

use serde_json::Value;

use super::answer::Answer;
use super::request::{Request, Target};
use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::host;
use crate::sandbox::kubelet;
use crate::sandbox::object;

/// The port of a Pod that names none.
const HTTP: u16 = 80;

/// Answers in the name of what is behind.
///
/// # Errors
/// 404 of the object, 503 of a service without endpoints, 500 where nothing listens.
pub(super) fn answer(
    world: &mut World,
    resource: &Resource,
    target: &Target,
    name: &str,
    request: &Request,
) -> Result<Answer, Status> {
    let path = target.subresource.strip_prefix("proxy").unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    let namespace = target.namespace.as_deref();
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Err(Status::not_modelled(&format!("{} to {}/proxy", request.method, resource.plural)));
    }
    let (name, port) = parts(name);
    let object = world.api("apiserver").get(resource.name, namespace, name)?;
    match resource.plural {
        "pods" => {
            let first = object::items(&object["spec"]["containers"]).iter();
            let mut first = first.flat_map(|container| object::items(&container["ports"])).filter_map(port_of);
            let port = port.parse().ok().or_else(|| first.next()).unwrap_or(HTTP);
            ask(world, &object, port, path)
        }
        "services" => {
            let (pod, port) = endpoint(world, &object, port)?;
            ask(world, &pod, port, path)
        }
        _ => of_kubelet(world, &object, path),
    }
}

/// `scheme:name:port`, of which the first and the last may be missing.
fn parts(name: &str) -> (&str, &str) {
    match name.split(':').collect::<Vec<_>>()[..] {
        [_, name, port] | [name, port] => (name, port),
        _ => (name, ""),
    }
}

fn port_of(port: &Value) -> Option<u16> {
    u16::try_from(port["containerPort"].as_u64()?).ok()
}

/// A Pod behind a Service, and which port of it.
fn endpoint(world: &mut World, service: &Value, port: &str) -> Result<(std::sync::Arc<Value>, u16), Status> {
    let name = object::name(service);
    let unavailable = |message: String| Status { code: 503, reason: "ServiceUnavailable", message, details: None };
    let mut wanted = port.to_owned();
    if let Ok(number) = port.parse::<i64>() {
        let known = object::items(&service["spec"]["ports"]).iter().find(|known| known["port"] == number);
        let known = known.ok_or_else(|| unavailable(format!("no service port {number} found for service {name:?}")))?;
        wanted = known["name"].as_str().unwrap_or_default().to_owned();
    }
    let namespace = object::namespace(service);
    let none = || unavailable(format!("no endpoints available for service {name:?}"));
    let endpoints = world.api("apiserver").get("endpoints", Some(namespace), name).map_err(|_| none())?;
    let mut found = Vec::new();
    for subset in object::items(&endpoints["subsets"]) {
        let mut ports = object::items(&subset["ports"]).iter();
        let port = ports.find(|port| port["name"].as_str().unwrap_or_default() == wanted);
        let port = port.and_then(|port| u16::try_from(port["port"].as_u64()?).ok());
        let pods =
            object::items(&subset["addresses"]).iter().filter_map(|address| address["targetRef"]["name"].as_str());
        found.extend(port.into_iter().flat_map(|port| pods.clone().map(move |pod| (pod.to_owned(), port))));
    }
    if found.is_empty() {
        return Err(none());
    }
    let (pod, port) = found[world.rng.usize(..found.len())].clone();
    Ok((world.api("apiserver").get("pods", Some(namespace), &pod)?, port))
}

/// What a node's kubelet answers, as long as it runs.
fn of_kubelet(world: &World, node: &Value, path: &str) -> Result<Answer, Status> {
    let (name, port) = (object::name(node), 10250);
    let addresses = object::items(&node["status"]["addresses"]).iter();
    let address = addresses.filter(|address| address["type"] == "InternalIP").find_map(|a| a["address"].as_str());
    if host::is_frozen(world, name) || host::is_stopped(world, name, "kubelet") {
        return Err(unreached("net/http: TLS handshake timeout"));
    }
    // A node is asked for by its name, which Docker knows of those that are up and connected.
    if !host::is_reachable(world, name) {
        return Err(unreached(&format!("dial tcp: lookup {name} on 127.0.0.11:53: no such host")));
    }
    if !kubelet::works(world, name) {
        return Err(refused(address.unwrap_or_default(), port, "connect: connection refused"));
    }
    super::kubelet::answer(world, name, path)
}

fn refused(address: &str, port: u16, why: &str) -> Status {
    unreached(&format!("dial tcp {address}:{port}: {why}"))
}

fn unreached(why: &str) -> Status {
    Status { code: 500, reason: "", message: format!("error trying to reach service: {why}"), details: None }
}

/// What a Pod answers.
fn ask(world: &World, pod: &Value, port: u16, path: &str) -> Result<Answer, Status> {
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    let address = pod["status"]["podIP"].as_str().unwrap_or_default();
    if !host::is_reachable(world, node) {
        return Err(refused(address, port, "i/o timeout"));
    }
    let page = host::page_of_port(world, node, object::uid(pod), port, path);
    let page = page.ok_or_else(|| refused(address, port, "connect: connection refused"))?;
    let content_type = match path.rsplit('.').next() {
        _ if page.0 != 200 || path.ends_with('/') => "text/html",
        Some("html" | "htm") => "text/html",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    };
    Ok(Answer::Whole { code: page.0, content_type, body: page.1 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sandbox::apiserver::User;
    use serde_json::json;
    use std::time::Duration;

    fn got(world: &mut World, path: &str) -> (u16, String) {
        let request = Request { method: "GET".to_owned(), path: path.to_owned(), ..Request::default() };
        let answer = super::super::answer::answer(world, &request, &User::admin());
        let Answer::Whole { code, body, .. } = answer else { panic!() };
        let text = String::from_utf8_lossy(&body).into_owned();
        let told: Value = serde_json::from_str(&text).unwrap_or_default();
        (code, told["message"].as_str().map_or(text, str::to_owned))
    }

    #[test]
    fn a_kubelet_is_well_while_it_runs_and_what_is_listed_but_not_modelled_says_so() {
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        crate::sandbox::boot::boot(&mut world, crate::sandbox::Profile::Lab, "ca").unwrap();
        let node = crate::sandbox::boot::NODES[1];
        let path = format!("/api/v1/nodes/{node}/proxy/healthz");
        assert_eq!(got(&mut world, &path), (200, "ok".to_owned()));
        let of_node = |what: &str| format!("/api/v1/nodes/{node}/proxy/{what}");
        let (_, pods) = got(&mut world, &of_node("pods"));
        assert!(pods.starts_with("{\"kind\":\"PodList\",\"apiVersion\":\"v1\""), "{pods}");
        assert_eq!((got(&mut world, &of_node("foo")).0, got(&mut world, &of_node("configz")).0), (404, 501));
        let (_, told) = got(&mut world, &of_node("metrics"));
        assert!(told.contains("\nkubelet_running_pods 0\n"), "{told}");
        let (_, told) = got(&mut world, &of_node("stats/summary"));
        assert!(told.starts_with(&format!("{{\n \"node\": {{\n  \"nodeName\": \"{node}\"")), "{told}");
        let (_, told) = got(&mut world, "/metrics");
        assert!(told.contains("\netcd_object_counts{resource=\"nodes\"} 3\n"), "{told}");
        assert!(
            told.contains(
                "resource=\"nodes\",scope=\"resource\",subresource=\"proxy\",verb=\"GET\",version=\"v1\"} 2\n"
            ),
            "{told}"
        );
        host::pause(&mut world, node);
        let (code, why) = got(&mut world, &path);
        assert!(code == 500 && why.ends_with("service: net/http: TLS handshake timeout"), "{code} {why}");
        for path in ["/logs", "/openid/v1/jwks"] {
            assert_eq!(got(&mut world, path).0, 501, "{path}");
        }
    }

    #[test]
    fn a_web_server_in_a_pod_is_asked_through_the_server() {
        let mut world = World::new(1, "2026-11-24T15:22:00Z".parse().unwrap());
        crate::sandbox::boot::boot(&mut world, crate::sandbox::Profile::Lab, "ca").unwrap();
        let script = "mkdir /www; echo hello > /www/index.html; httpd -f -p 8080 -h /www";
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "busybox:1.31", "command": ["sh", "-c", script],
                "ports": [{"containerPort": 8080}]}]}});
        world.api("kubectl").create("pods", Some("default"), pod).unwrap();
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080, "name": "http"}]}});
        world.api("kubectl").create("services", Some("default"), service).unwrap();
        world.tell();
        let until = world.now() + Duration::from_secs(5);
        world.run_until(until);
        let mut get = |path: &str| got(&mut world, &format!("/api/v1/namespaces/default/{path}"));
        for path in
            ["pods/web:8080/proxy/", "pods/web/proxy/index.html", "services/web:http/proxy/", "services/web:80/proxy"]
        {
            assert_eq!(get(path), (200, "hello\n".to_owned()), "{path}");
        }
        assert_eq!(get("pods/web:8080/proxy/none").0, 404);
        let (code, message) = get("pods/web:81/proxy/");
        assert_eq!(code, 500);
        assert!(message.starts_with("error trying to reach service: dial tcp 10.244."), "{message}");
        assert!(message.ends_with(":81: connect: connection refused"), "{message}");
        let none = "no endpoints available for service \"web\"".to_owned();
        assert_eq!(get("services/web/proxy/"), (503, none));
        assert_eq!(get("services/web:81/proxy/"), (503, "no service port 81 found for service \"web\"".to_owned()));
    }
}

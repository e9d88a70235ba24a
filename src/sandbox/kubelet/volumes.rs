//! The volumes of a Pod that are files: ConfigMaps, Secrets, fields of the Pod. pkg/volume/{configmap,secret,downwardapi,
//! projected}. What else is mounted begins empty, and containers do not share it.

use base64::Engine as _;
use serde_json::Value;

use crate::sandbox::World;
use crate::sandbox::object;

use super::environment::field;

/// A file of a volume: its path in it and what is in it.
type File = (String, Vec<u8>);

/// What a value of a ConfigMap or a Secret says.
pub(super) fn text_of(kind: &str, value: &Value) -> String {
    String::from_utf8_lossy(&bytes_of(kind, value)).into_owned()
}

fn bytes_of(kind: &str, value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default();
    match kind {
        "secrets" => base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default(),
        _ => text.as_bytes().to_vec(),
    }
}

/// The first volume of a Pod that cannot be set up: its name and why.
pub(super) fn missing(world: &mut World, node: &str, pod: &Value) -> Option<(String, String)> {
    object::items(&pod["spec"]["volumes"]).iter().find_map(|volume| {
        let why = files(world, node, pod, volume).err()?;
        Some((volume["name"].as_str().unwrap_or_default().to_owned(), why))
    })
}

/// The files that are mounted into a container, by their paths there.
pub(super) fn mounted(world: &mut World, node: &str, pod: &Value, spec: &Value) -> Vec<File> {
    let mut all = Vec::new();
    for mount in object::items(&spec["volumeMounts"]) {
        let volume = object::items(&pod["spec"]["volumes"]).iter().find(|volume| volume["name"] == mount["name"]);
        let Some((volume, dir)) = volume.zip(mount["mountPath"].as_str()) else { continue };
        let dir = dir.trim_end_matches('/');
        let sub = mount["subPath"].as_str().unwrap_or_default();
        // A volume that cannot be set up keeps its Pod from starting.
        for (path, content) in files(world, node, pod, volume).unwrap_or_default() {
            if sub.is_empty() {
                all.push((format!("{dir}/{path}"), content));
            } else if path == sub {
                all.push((dir.to_owned(), content));
            }
        }
    }
    all
}

/// The files by which a Pod finds others: its own address, and the cluster's DNS. pkg/kubelet/kubelet_pods.go,
/// `managedHostsFileContent`, and pkg/kubelet/network/dns.
pub(super) fn network(world: &World, node: &str, pod: &Value) -> Vec<File> {
    let address = field(world, node, pod, "status.podIP");
    let (name, namespace) = (object::name(pod), object::namespace(pod));
    let name = pod["spec"]["hostname"].as_str().unwrap_or(name);
    let mut hosts = format!(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n\
         {address}\t{name}\n"
    );
    let aliases = object::items(&pod["spec"]["hostAliases"]);
    if !aliases.is_empty() {
        hosts.push_str("\n# Entries added by HostAliases.\n");
    }
    for alias in aliases {
        let names = object::items(&alias["hostnames"]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\t");
        hosts.push_str(&format!("{}\t{names}\n", alias["ip"].as_str().unwrap_or_default()));
    }
    let resolv = format!(
        "search {namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    );
    vec![("/etc/hosts".to_owned(), hosts.into_bytes()), ("/etc/resolv.conf".to_owned(), resolv.into_bytes())]
}

fn files(world: &mut World, node: &str, pod: &Value, volume: &Value) -> Result<Vec<File>, String> {
    if let Some(name) = volume["configMap"]["name"].as_str() {
        return keys(world, "configmaps", pod, name, &volume["configMap"]);
    }
    if let Some(name) = volume["secret"]["secretName"].as_str() {
        return keys(world, "secrets", pod, name, &volume["secret"]);
    }
    if volume["downwardAPI"].is_object() {
        return Ok(fields(world, node, pod, &volume["downwardAPI"]));
    }
    let mut all = Vec::new();
    for source in object::items(&volume["projected"]["sources"]) {
        for (kind, plural) in [("configMap", "configmaps"), ("secret", "secrets")] {
            if let Some(name) = source[kind]["name"].as_str() {
                all.extend(keys(world, plural, pod, name, &source[kind])?);
            }
        }
        all.extend(fields(world, node, pod, &source["downwardAPI"]));
    }
    Ok(all)
}

fn fields(world: &World, node: &str, pod: &Value, source: &Value) -> Vec<File> {
    let items = object::items(&source["items"]).iter();
    let of = items.filter_map(|item| item["path"].as_str().zip(item["fieldRef"]["fieldPath"].as_str()));
    of.map(|(path, of)| (path.to_owned(), field(world, node, pod, of).into_bytes())).collect()
}

fn keys(world: &mut World, kind: &str, pod: &Value, name: &str, source: &Value) -> Result<Vec<File>, String> {
    let optional = source["optional"] == true;
    let singular = kind.trim_end_matches('s');
    let object = match world.api("kubelet").get(kind, Some(object::namespace(pod)), name) {
        Ok(object) => object,
        Err(_) if optional => return Ok(Vec::new()),
        Err(_) => return Err(format!("{singular} {name:?} not found")),
    };
    let data = |key: &str| match &object["data"][key] {
        Value::Null if kind == "configmaps" => object["binaryData"].get(key).map(|value| bytes_of("secrets", value)),
        Value::Null => None,
        value => Some(bytes_of(kind, value)),
    };
    let items = object::items(&source["items"]);
    if items.is_empty() {
        let all = ["data", "binaryData"].iter().flat_map(|field| object[field].as_object().into_iter().flatten());
        return Ok(all.filter_map(|(key, _)| Some((key.clone(), data(key)?))).collect());
    }
    let mut all = Vec::new();
    for (key, path) in items.iter().filter_map(|item| item["key"].as_str().zip(item["path"].as_str())) {
        match data(key) {
            Some(content) => all.push((path.to_owned(), content)),
            None if optional => {}
            None => return Err(format!("references non-existent {singular} key: {key}").replace("configmap", "config")),
        }
    }
    Ok(all)
}

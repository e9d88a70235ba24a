//! The environment of a container: services, ConfigMaps, Secrets, fields of the Pod. pkg/kubelet/kubelet_pods.go,
//! `makeEnvironmentVariables`, and pkg/kubelet/envvars.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sandbox::World;
use crate::sandbox::object;
use crate::sandbox::scheduler::resources::Resources;

use super::volumes::text_of;
use super::{asks, record};

/// The environment of a container, and its command and arguments with `$(NAME)` replaced by it.
pub(super) struct Made {
    pub(super) env: BTreeMap<String, String>,
    pub(super) command: Vec<String>,
    pub(super) args: Vec<String>,
}

/// Makes the environment of a container.
///
/// # Errors
/// What is missing, as in `CreateContainerConfigError`: `configmap "a" not found`.
pub(super) fn make(world: &mut World, node: &str, pod: &Value, spec: &Value) -> Result<Made, String> {
    let services = services(world, pod);
    let mut env = BTreeMap::new();
    for source in object::items(&spec["envFrom"]) {
        let prefix = source["prefix"].as_str().unwrap_or_default();
        for (field, kind) in [("configMapRef", "configmaps"), ("secretRef", "secrets")] {
            let reference = &source[field];
            let Some(name) = reference["name"].as_str() else { continue };
            match all_of(world, kind, object::namespace(pod), name) {
                Ok(values) => env.extend(values.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value))),
                Err(_) if reference["optional"] == true => {}
                Err(why) => return Err(why),
            }
        }
    }
    for variable in object::items(&spec["env"]) {
        let Some(name) = variable["name"].as_str() else { continue };
        let known = |name: &str| env.get(name).or_else(|| services.get(name)).cloned();
        let value = match &variable["valueFrom"] {
            Value::Null => Some(expand(variable["value"].as_str().unwrap_or_default(), known)),
            from => value_from(world, node, pod, spec, from)?,
        };
        if let Some(value) = value {
            env.insert(name.to_owned(), value);
        }
    }
    for (name, value) in services {
        env.entry(name).or_insert(value);
    }
    let texts = |list: &Value| {
        let all = object::items(list).iter().filter_map(Value::as_str);
        all.map(|text| expand(text, |name| env.get(name).cloned())).collect::<Vec<_>>()
    };
    let (command, args) = (texts(&spec["command"]), texts(&spec["args"]));
    Ok(Made { env, command, args })
}

/// `$(NAME)` in a text: what is not known stays, `$$` is a dollar. third_party/forked/golang/expansion.
fn expand(text: &str, known: impl Fn(&str) -> Option<String>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let name = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')).map(|(name, _)| name);
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(name) = name {
            out.push_str(&known(name).unwrap_or_else(|| format!("$({name})")));
            rest = &rest[name.len() + 2..];
        } else {
            out.push('$');
        }
    }
    out + rest
}

/// None: it is not there and need not be.
fn value_from(
    world: &mut World,
    node: &str,
    pod: &Value,
    spec: &Value,
    from: &Value,
) -> Result<Option<String>, String> {
    let namespace = object::namespace(pod);
    for (field, kind, title) in [("configMapKeyRef", "configmaps", "ConfigMap"), ("secretKeyRef", "secrets", "Secret")]
    {
        let reference = &from[field];
        let Some((name, key)) = reference["name"].as_str().zip(reference["key"].as_str()) else { continue };
        let found = all_of(world, kind, namespace, name).and_then(|mut values| {
            values.remove(key).ok_or_else(|| format!("couldn't find key {key} in {title} {namespace}/{name}"))
        });
        return match found {
            Err(_) if reference["optional"] == true => Ok(None),
            other => other.map(Some),
        };
    }
    if let Some(path) = from["fieldRef"]["fieldPath"].as_str() {
        return Ok(Some(field(world, node, pod, path)));
    }
    Ok(from["resourceFieldRef"].is_object().then(|| resource(world, node, spec, &from["resourceFieldRef"])))
}

/// All values of a ConfigMap or a Secret.
fn all_of(world: &mut World, kind: &str, namespace: &str, name: &str) -> Result<BTreeMap<String, String>, String> {
    let singular = kind.trim_end_matches('s');
    let found = world.api("kubelet").get(kind, Some(namespace), name);
    let object = found.map_err(|_| format!("{singular} {name:?} not found"))?;
    let values = object["data"].as_object().into_iter().flatten();
    Ok(values.map(|(key, value)| (key.clone(), text_of(kind, value))).collect())
}

/// A field of a Pod.
pub(super) fn field(world: &World, node: &str, pod: &Value, path: &str) -> String {
    let address = record(world, node, object::uid(pod)).map(|record| record.address.clone());
    match path {
        "status.podIP" | "status.podIPs" => return address.unwrap_or_default(),
        "status.hostIP" => {
            let host = asks(world).map_or(Value::Null, |host| (host.describe)(world, node));
            let all = object::items(&host["addresses"]).iter();
            let mut internal = all.filter(|address| address["type"] == "InternalIP");
            return internal.next().and_then(|one| one["address"].as_str()).unwrap_or_default().to_owned();
        }
        _ => {}
    }
    for map in ["labels", "annotations"] {
        let all = &pod["metadata"][map];
        if path == format!("metadata.{map}") {
            let pairs = all.as_object().into_iter().flatten();
            return pairs.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("\n");
        }
        let key = path.strip_prefix(&format!("metadata.{map}['")).and_then(|rest| rest.strip_suffix("']"));
        if let Some(key) = key {
            return all[key].as_str().unwrap_or_default().to_owned();
        }
    }
    let value = path.split('.').fold(pod, |value, step| &value[step]);
    value.as_str().map_or_else(String::new, str::to_owned)
}

/// `limits.cpu` and the like, in whole units of the divisor, rounded up; without a limit what the node has.
fn resource(world: &World, node: &str, spec: &Value, reference: &Value) -> String {
    let Some((list, name)) = reference["resource"].as_str().and_then(|path| path.split_once('.')) else {
        return String::new();
    };
    let amount = |list: &Value| Resources::parse(list).get(name);
    let mut value = amount(&spec["resources"][list]);
    if value == 0 && list == "limits" {
        let host = asks(world).map_or(Value::Null, |host| (host.describe)(world, node));
        value = amount(&host["capacity"]);
    }
    let divisor = match &reference["divisor"] {
        Value::String(text) if text != "0" => amount(&json!({name: text})),
        _ => amount(&json!({name: "1"})),
    };
    ((value + divisor.max(1) - 1) / divisor.max(1)).to_string()
}

/// How much memory a container may have, in bytes; none: as much as there is.
pub(super) fn memory_limit(spec: &Value) -> Option<u64> {
    let limits = &spec["resources"]["limits"];
    u64::try_from(Resources::parse(limits).get("memory")).ok().filter(|bytes| *bytes > 0)
}

/// Variables for the services that a Pod may use: those of its namespace, and the API server's.
fn services(world: &World, pod: &Value) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    let links = pod["spec"]["enableServiceLinks"] != false;
    let own = world.informers.list_in("services", object::namespace(pod)).filter(|_| links).cloned();
    for service in world.informers.get("services", "default", "kubernetes").into_iter().chain(own) {
        let Some(address) = service["spec"]["clusterIP"].as_str().filter(|ip| !ip.is_empty() && *ip != "None") else {
            continue;
        };
        let prefix = shout(object::name(&service));
        for (at, port) in object::items(&service["spec"]["ports"]).iter().enumerate() {
            let number = object::int(&port["port"], 0);
            let protocol = port["protocol"].as_str().unwrap_or("TCP").to_lowercase();
            let url = format!("{protocol}://{address}:{number}");
            if at == 0 {
                env.insert(format!("{prefix}_SERVICE_HOST"), address.to_owned());
                env.insert(format!("{prefix}_SERVICE_PORT"), number.to_string());
                env.insert(format!("{prefix}_PORT"), url.clone());
            }
            if let Some(name) = port["name"].as_str().filter(|name| !name.is_empty()) {
                env.insert(format!("{prefix}_SERVICE_PORT_{}", shout(name)), number.to_string());
            }
            let one = format!("{prefix}_PORT_{number}_{}", protocol.to_uppercase());
            env.insert(format!("{one}_PROTO"), protocol);
            env.insert(format!("{one}_PORT"), number.to_string());
            env.insert(format!("{one}_ADDR"), address.to_owned());
            env.insert(one, url);
        }
    }
    env
}

fn shout(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn references_are_replaced_and_unknown_ones_stay() {
        let known = |name: &str| (name == "A").then(|| "one".to_owned());
        assert_eq!(expand("x-$(A)-$(B)-$$(A)-$A $", known), "x-one-$(B)-$(A)-$A $");
    }
}

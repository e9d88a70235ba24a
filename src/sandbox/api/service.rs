//! What the registry of services works out: addresses, ports, and what no longer applies where a service becomes another
//! type. Source: v1.20.2 `pkg/registry/core/service/{strategy.go,storage/rest.go}`, `ipallocator`, `portallocator`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::validate::{Cause, invalid};
use super::{Resource, Status, ranges};
use crate::sandbox::World;

/// The nodePorts that are given out: the API server's default `--service-node-port-range`.
pub(super) const NODE_PORTS: std::ops::RangeInclusive<u16> = 30000..=32767;
/// The cluster IPs, as kind's `--service-cluster-ip-range` has them: their first two bytes.
const ADDRESSES: &str = "10.96.";

/// The fields of features that v1.20 has switched off.
const OFF: &[&str] = &["allocateLoadBalancerNodePorts", "ipFamilies", "ipFamilyPolicy", "topologyKeys"];

/// Makes the one field for an address and the one for all of them say the same where a client knows only of the first, and
/// drops what belongs to features that are off: `NormalizeClusterIPs` and `dropServiceDisabledFields` of the strategy.
pub(super) fn prepare(resource: &Resource, object: &mut Value, before: Option<&Value>) {
    if !is_service(resource) {
        return;
    }
    remove(&mut object["spec"], OFF);
    let spec = &mut object["spec"];
    if let Some(all) = spec.get_mut("clusterIPs").and_then(Value::as_array_mut) {
        all.truncate(1);
    }
    let one = |spec: &Value| spec["clusterIP"].as_str().unwrap_or_default().to_owned();
    let all = |spec: &Value| spec["clusterIPs"].as_array().cloned().unwrap_or_default();
    let (new, listed) = (one(spec), all(spec));
    let Some(before) = before.map(|before| &before["spec"]) else {
        if !new.is_empty() && listed.is_empty() {
            spec["clusterIPs"] = json!([new]);
        }
        return;
    };
    let (old, known) = (one(before), all(before));
    if old == new {
        if !known.is_empty() && listed.is_empty() {
            spec["clusterIPs"] = json!(known);
        }
    } else if known == listed && new.is_empty() {
        remove(spec, &["clusterIPs"]);
    } else if known == listed {
        spec["clusterIPs"] = json!([new]);
    }
}

/// Takes out of a changed service what only its former type had, unless it was changed, too.
pub(super) fn drop_former(resource: &Resource, object: &mut Value, before: &Value) {
    if !is_service(resource) {
        return;
    }
    let former = |field: &str, object: &Value| object["spec"][field] == before["spec"][field];
    if has_address(before) && !has_address(object) && former("clusterIP", object) {
        remove(&mut object["spec"], &["clusterIP", "clusterIPs"]);
    }
    if has_node_ports(before) && !has_node_ports(object) {
        let same = ports(object).map(|port| &port["nodePort"]).eq(ports(before).map(|port| &port["nodePort"]));
        for port in object["spec"]["ports"].as_array_mut().into_iter().flatten().filter(|_| same) {
            remove(port, &["nodePort"]);
        }
        remove(&mut object["spec"], &["externalTrafficPolicy"]);
    }
}

/// Gives a new or changed service the cluster IP and the node ports that it lacks.
///
/// # Errors
/// 422 where it asks for what is not to be had, 500 where all are given out.
pub(super) fn allocate(
    world: &mut World,
    resource: &Resource,
    object: &mut Value,
    before: Option<&Value>,
) -> Result<(), Status> {
    if !is_service(resource) || !has_address(object) {
        return Ok(());
    }
    let others = world.read_all(resource, None);
    let refused = |object: &Value, field: String, value: String, why: &str| {
        let cause = Cause { reason: "FieldValueInvalid", field, message: format!("Invalid value: {value}: {why}") };
        Err(invalid(resource, object["metadata"]["name"].as_str().unwrap_or_default(), &[cause]))
    };
    let given = |world: &World, address: &str| {
        ranges::is_given(world, address) || others.iter().any(|other| other["spec"]["clusterIP"] == address)
    };
    let address = object["spec"]["clusterIP"].as_str().unwrap_or_default().to_owned();
    let had = before.is_some_and(|before| before["spec"]["clusterIP"] == address.as_str());
    if address.is_empty() || address != "None" && !had {
        ranges::usable(world).map_err(|why| Status::internal(&format!("failed to allocate a serviceIP: {why}")))?;
    }
    if address.is_empty() {
        let free = (0..1000).find_map(|_| {
            let address = format!("{ADDRESSES}{}.{}", world.rng.u8(..), world.rng.u8(2..255));
            (!given(world, &address)).then_some(address)
        });
        let free = free.ok_or_else(|| Status::internal("failed to allocate a serviceIP: range is full"))?;
        object["spec"]["clusterIP"] = json!(free);
    } else if address != "None" && !had {
        let why = if !address.starts_with(ADDRESSES) {
            format!("provided IP is not in the valid range. The range of valid IPs is {ADDRESSES}0.0/16")
        } else if given(world, &address) {
            "provided IP is already allocated".to_owned()
        } else {
            String::new()
        };
        if !why.is_empty() {
            let why = format!("failed to allocated ip:{address} with error:{why}");
            return refused(object, "spec.clusterIPs".to_owned(), format!("[]string{{{address:?}}}"), &why);
        }
    }
    object["spec"]["clusterIPs"] = json!([object["spec"]["clusterIP"]]);
    if !has_node_ports(object) {
        return Ok(());
    }
    let number = |port: &Value| port["nodePort"].as_u64().filter(|port| *port != 0);
    let mut used: BTreeSet<u64> = others.iter().flat_map(|other| ports(other)).filter_map(number).collect();
    let had: BTreeSet<u64> = before.into_iter().flat_map(ports).filter_map(number).collect();
    for (at, port) in ports(object).enumerate() {
        let Some(port) = number(port).filter(|port| !had.contains(port)) else { continue };
        let why = if !u16::try_from(port).is_ok_and(|port| NODE_PORTS.contains(&port)) {
            let (first, last) = NODE_PORTS.into_inner();
            format!("provided port is not in the valid range. The range of valid ports is {first}-{last}")
        } else if used.contains(&port) {
            "provided port is already allocated".to_owned()
        } else {
            continue;
        };
        return refused(object, format!("spec.ports[{at}].nodePort"), port.to_string(), &why);
    }
    for port in object["spec"]["ports"].as_array_mut().into_iter().flatten() {
        if number(port).is_none() {
            let free = (0..10_000).map(|_| u64::from(world.rng.u16(NODE_PORTS))).find(|port| used.insert(*port));
            port["nodePort"] =
                json!(free.ok_or_else(|| Status::internal("failed to allocate a nodePort: range is full"))?);
        }
    }
    Ok(())
}

fn is_service(resource: &Resource) -> bool {
    resource.group.is_empty() && resource.plural == "services"
}

pub(super) fn has_address(service: &Value) -> bool {
    service["spec"]["type"] != "ExternalName"
}

fn has_node_ports(service: &Value) -> bool {
    matches!(service["spec"]["type"].as_str(), Some("NodePort" | "LoadBalancer"))
}

fn ports(service: &Value) -> impl Iterator<Item = &Value> {
    service["spec"]["ports"].as_array().into_iter().flatten()
}

fn remove(object: &mut Value, fields: &[&str]) {
    if let Some(object) = object.as_object_mut() {
        fields.iter().for_each(|field| drop(object.shift_remove(*field)));
    }
}

#[cfg(test)]
mod tests {
    //! As `kubectl create service` and `kubectl patch` on a v1.20.2 cluster.
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;

    fn world() -> World {
        let mut world = World::new(1, jiff::Timestamp::UNIX_EPOCH);
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}});
        world.api("test").create("namespaces", None, namespace).unwrap();
        world
    }

    fn create(world: &mut World, name: &str, spec: Value) -> Result<Arc<Value>, String> {
        let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"ports": [{"name": "80", "port": 80}]}});
        for (field, value) in spec.as_object().unwrap() {
            service["spec"][field] = value.clone();
        }
        world.api("test").create("services", Some("default"), service).map_err(|status| status.message)
    }

    fn change(world: &mut World, name: &str, change: impl FnOnce(&mut Value)) -> Result<Arc<Value>, String> {
        let mut object = Value::clone(&*world.api("test").get("services", Some("default"), name).unwrap());
        change(&mut object["spec"]);
        world.api("test").update("services", Some("default"), object).map_err(|status| status.message)
    }

    #[test]
    fn what_is_given_out_is_not_given_again() {
        let mut world = world();
        create(
            &mut world,
            "a",
            json!({"clusterIP": "10.96.0.9", "type": "NodePort",
            "ports": [{"port": 80, "nodePort": 30111}]}),
        )
        .unwrap();
        for (spec, refusal) in [
            (
                json!({"clusterIP": "10.96.0.9"}),
                "spec.clusterIPs: Invalid value: []string{\"10.96.0.9\"}: failed to allocated ip:10.96.0.9 with error:provided IP is \
              already allocated",
            ),
            (
                json!({"clusterIP": "10.97.0.1"}),
                "spec.clusterIPs: Invalid value: []string{\"10.97.0.1\"}: failed to allocated ip:10.97.0.1 with error:provided IP is \
              not in the valid range. The range of valid IPs is 10.96.0.0/16",
            ),
            (
                json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30111}]}),
                "spec.ports[0].nodePort: Invalid value: 30111: provided port is already allocated",
            ),
            (
                json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 20111}]}),
                "spec.ports[0].nodePort: Invalid value: 20111: provided port is not in the valid range. The range of valid ports \
              is 30000-32767",
            ),
        ] {
            let refusal = format!("Service \"b\" is invalid: {refusal}");
            assert_eq!(create(&mut world, "b", spec).unwrap_err(), refusal);
        }
    }

    #[test]
    fn a_service_changes_its_type() {
        let mut world = world();
        let made = create(&mut world, "s", json!({"type": "NodePort"})).unwrap();
        let changed = change(&mut world, "s", |spec| spec["type"] = json!("ClusterIP")).unwrap();
        assert_eq!(changed["spec"]["clusterIP"], made["spec"]["clusterIP"]);
        assert!(
            changed["spec"]["ports"][0]["nodePort"].is_null() && changed["spec"]["externalTrafficPolicy"].is_null()
        );
        let changed = change(&mut world, "s", |spec| spec["type"] = json!("LoadBalancer")).unwrap();
        assert!(changed["spec"]["ports"][0]["nodePort"].is_number());
        assert_eq!(changed["spec"]["externalTrafficPolicy"], "Cluster");
        let changed = change(&mut world, "s", |spec| {
            spec["type"] = json!("ExternalName");
            spec["externalName"] = json!("a.b");
        });
        let changed = changed.unwrap();
        assert!(changed["spec"]["clusterIP"].is_null() && changed["spec"]["ports"][0]["nodePort"].is_null());
        let changed = change(&mut world, "s", |spec| spec["type"] = json!("NodePort")).unwrap();
        assert!(changed["spec"]["clusterIP"].is_string() && changed["spec"]["ports"][0]["nodePort"].is_number());
        assert_eq!(changed["spec"]["externalName"], "a.b");
    }

    /// As `kubectl replace` and `kubectl patch` are answered.
    #[test]
    fn an_address_stays_and_its_two_fields_agree() {
        let mut world = world();
        let made =
            create(&mut world, "s", json!({"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv6"]})).unwrap();
        assert!(made["spec"]["ipFamilies"].is_null() && made["spec"]["ipFamilyPolicy"].is_null());
        let unset = "spec.clusterIPs[0]: Invalid value: []string(nil): primary clusterIP can not be unset";
        let abc = "Invalid value: \"abc\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        let several = |causes: [&str; 2]| format!("[{}, {}]", causes[0], causes[1]);
        let cases = [
            (json!({"clusterIP": null}), unset.to_owned()),
            (json!({"clusterIP": null, "clusterIPs": null}), unset.to_owned()),
            (json!({"clusterIP": "None", "clusterIPs": null}), several([unset, "spec.clusterIPs: Required value"])),
            (
                json!({"clusterIP": "None"}),
                "spec.clusterIPs[0]: Invalid value: []string{\"None\"}: may not change once set".to_owned(),
            ),
            (
                json!({"clusterIPs": ["10.96.9.9"]}),
                several([
                    "spec.clusterIPs[0]: Invalid value: []string{\"10.96.9.9\"}: may not change once set",
                    "spec.clusterIPs: Invalid value: []string{\"10.96.9.9\"}: element [0] must match clusterIP",
                ]),
            ),
        ];
        for (patch, refusal) in cases {
            let refused = change(&mut world, "s", |spec| *spec = crate::sandbox::api::patch::merge(spec, &patch));
            assert_eq!(refused.unwrap_err(), format!("Service \"s\" is invalid: {refusal}"), "{patch}");
        }
        let same = change(&mut world, "s", |spec| remove(spec, &["clusterIPs"])).unwrap();
        assert_eq!(same, made);
        let name = json!({"type": "ExternalName", "externalName": "a.b"});
        let named = change(&mut world, "s", |spec| *spec = crate::sandbox::api::patch::merge(spec, &name)).unwrap();
        assert_eq!(change(&mut world, "s", |_| ()).unwrap(), named, "nothing is written");
        assert_eq!(
            create(&mut world, "t", json!({"clusterIP": "abc"})).unwrap_err(),
            format!("Service \"t\" is invalid: spec.clusterIPs[0]: {abc}")
        );
    }
}

//! Which cluster IPs and node ports are given out, as etcd has it: one bitmap a range. It is written before the service that
//! takes and after the one that gives back; a service whose key goes around the API gives nothing back. Source: v1.20.2
//! `pkg/registry/core/service/{allocator/storage,ipallocator/controller,portallocator/controller}`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::service::{NODE_PORTS, has_address};
use crate::sandbox::World;
use crate::sandbox::codec;

/// How often something is found that nobody has before it is free again: `numRepairsBeforeLeakCleanup`.
const REPAIRS: u8 = 3;

/// The address before the first that is given out: that of the network.
const NETWORK: u32 = u32::from_be_bytes([10, 96, 0, 0]);

/// The key of a range, its name, and what of it a service has.
struct Range(&'static str, &'static str, fn(&Value) -> BTreeSet<usize>);

const ADDRESSES: Range = Range("/registry/ranges/serviceips", "10.96.0.0/16", addresses);
const PORTS: Range = Range("/registry/ranges/servicenodeports", "30000-32767", node_ports);

/// What was found that nobody has, by key and number, and how often.
pub type Leaks = BTreeMap<(&'static str, usize), u8>;

/// Makes the ranges where they are not there, and frees what nobody has for long: `Repair.RunOnce`.
pub fn repair(world: &mut World, leaks: &mut Leaks) {
    for range in [ADDRESSES, PORTS] {
        let services = world.store.prefixed(b"/registry/services/specs/");
        let had: BTreeSet<usize> = services.flat_map(|kv| (range.2)(&world.object(kv))).collect();
        let given = read(world, &range);
        leaks.retain(|(key, number), _| *key != range.0 || !had.contains(number));
        let mut all = had;
        for number in given.iter().flatten() {
            if all.insert(*number) {
                let seen = leaks.entry((range.0, *number)).or_insert(0);
                *seen += 1;
                if *seen > REPAIRS {
                    leaks.remove(&(range.0, *number));
                    all.remove(number);
                }
            }
        }
        if given.as_ref() != Some(&all) {
            write(world, &range, &all);
        }
    }
}

/// Whether an address is given out.
pub(super) fn is_given(world: &World, address: &str) -> bool {
    let number = number_of(address);
    number.is_some_and(|number| read(world, &ADDRESSES).is_some_and(|given| given.contains(&number)))
}

/// Refuses to give out what nobody notes: a range whose key is gone, in a cluster that has them.
pub(super) fn usable(world: &World) -> Result<(), &'static str> {
    let lost = world.store.get(ADDRESSES.0.as_bytes()).is_none() && world.store.get(PORTS.0.as_bytes()).is_some();
    if lost { Err("cannot allocate resources of type serviceipallocations at this time") } else { Ok(()) }
}

/// Notes what a service has.
pub(super) fn take(world: &mut World, service: &Value) {
    for range in [ADDRESSES, PORTS] {
        let Some(given) = read(world, &range) else { continue };
        let all: BTreeSet<usize> = given.union(&(range.2)(service)).copied().collect();
        if all != given {
            write(world, &range, &all);
        }
    }
}

/// Notes that what a service had, and has not as it is now, if it still is, can be given out again.
pub(super) fn give_back(world: &mut World, had: &Value, now: Option<&Value>) {
    for range in [ADDRESSES, PORTS] {
        let Some(given) = read(world, &range) else { continue };
        let kept = now.map(range.2).unwrap_or_default();
        let gone = (range.2)(had);
        let all: BTreeSet<usize> =
            given.iter().filter(|number| kept.contains(number) || !gone.contains(number)).copied().collect();
        if all != given {
            write(world, &range, &all);
        }
    }
}

fn number_of(address: &str) -> Option<usize> {
    let address: Ipv4Addr = address.parse().ok()?;
    usize::try_from(u32::from(address).checked_sub(NETWORK + 1)?).ok()
}

fn addresses(service: &Value) -> BTreeSet<usize> {
    let address = service["spec"]["clusterIP"].as_str().filter(|_| has_address(service));
    address.and_then(number_of).into_iter().collect()
}

fn node_ports(service: &Value) -> BTreeSet<usize> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let ports = ports.filter_map(|port| port["nodePort"].as_u64()?.checked_sub(u64::from(*NODE_PORTS.start())));
    ports.filter_map(|port| usize::try_from(port).ok()).collect()
}

/// What is given out of a range; nothing where etcd has no such range.
fn read(world: &World, range: &Range) -> Option<BTreeSet<usize>> {
    let object = codec::decode(&world.store.get(range.0.as_bytes())?.value, 0).ok()?;
    let bits = STANDARD.decode(object["data"].as_str().unwrap_or_default()).ok()?;
    let bytes = bits.iter().rev().enumerate();
    Some(
        bytes
            .flat_map(|(at, byte)| (0..8).filter(move |bit| byte >> bit & 1 == 1).map(move |bit| at * 8 + bit))
            .collect(),
    )
}

/// Writes a range: as a number whose highest byte is the first, without zeros before it, as Go's `big.Int` has it.
fn write(world: &mut World, range: &Range, given: &BTreeSet<usize>) {
    let mut bits = vec![0_u8; given.last().map_or(0, |last| last / 8 + 1)];
    let top = bits.len();
    for number in given {
        bits[top - 1 - number / 8] |= 1 << (number % 8);
    }
    let object = json!({"metadata": {}, "range": range.1, "data": STANDARD.encode(bits)});
    if let Ok(value) = codec::encode_kind("v1", "RangeAllocation", &object) {
        world.store.put(range.0, value, 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sandbox::api::DeleteOptions;
    use crate::sandbox::{Profile, boot};

    /// The revisions of a range and of a service.
    fn written(world: &World, name: &str) -> (i64, i64) {
        let of = |key: &str| world.store.get(key.as_bytes()).map_or(0, |kv| kv.mod_revision);
        (of(ADDRESSES.0), of(&format!("/registry/services/specs/default/{name}")))
    }

    #[test]
    fn an_address_is_noted_before_its_service_is_made_and_after_it_is_gone() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let fresh = world.store.get(ADDRESSES.0.as_bytes()).unwrap().value.clone();
        // As a lab's etcd has it, byte by byte.
        let lab = b"k8s\0\n\x15\n\x02v1\x12\x0fRangeAllocation\x12%\n\x12\n\0\x12\0\x1a\0\"\0*\x002\08\0B\0z\0\
            \x12\x0c10.96.0.0/16\x1a\x01\x01\x1a\0\"\0";
        assert_eq!(fresh, &lab[..]);
        let service = |name: &str, kind: &str| {
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"type": kind, "ports": [{"port": 80}], "clusterIP": "10.96.0.9"}})
        };
        world.api("kubectl").create("services", Some("default"), service("s", "ClusterIP")).unwrap();
        let (range, made) = written(&world, "s");
        assert_eq!((range + 1, read(&world, &ADDRESSES).unwrap()), (made, BTreeSet::from([0, 8])));
        let mut changed = service("s", "NodePort");
        world.api("kubectl").update("services", Some("default"), changed.clone()).unwrap();
        assert_eq!(read(&world, &PORTS).unwrap().len(), 1);
        changed["spec"] = json!({"type": "ExternalName", "externalName": "a.b"});
        world.api("kubectl").update("services", Some("default"), changed).unwrap();
        assert!(read(&world, &PORTS).unwrap().is_empty() && read(&world, &ADDRESSES).unwrap().len() == 1);
        assert!(written(&world, "s").0 > written(&world, "s").1);
        world.api("kubectl").delete("services", Some("default"), "s", &DeleteOptions::default()).unwrap();
        assert_eq!(world.store.get(ADDRESSES.0.as_bytes()).unwrap().value, fresh);
    }

    #[test]
    fn what_goes_around_the_api_is_free_after_the_fourth_repair() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
            "spec": {"ports": [{"port": 80}], "clusterIP": "10.96.0.9"}});
        world.api("kubectl").create("services", Some("default"), service.clone()).unwrap();
        world.store.delete(b"/registry/services/specs/default/s");
        let again = |world: &mut World| world.api("kubectl").create("services", Some("default"), service.clone());
        assert!(again(&mut world).unwrap_err().message.ends_with("error:provided IP is already allocated"));
        world.run_until(world.now() + std::time::Duration::from_secs(9 * 60));
        assert!(again(&mut world).is_err());
        world.run_until(world.now() + std::time::Duration::from_secs(3 * 60 + 5));
        again(&mut world).unwrap();
        world.store.delete(ADDRESSES.0.as_bytes());
        let mut other = service.clone();
        other["metadata"]["name"] = json!("t");
        other["spec"]["clusterIP"] = json!(null);
        let refused = world.api("kubectl").create("services", Some("default"), other.clone()).unwrap_err();
        let why = "Internal error occurred: failed to allocate a serviceIP: cannot allocate resources of type \
                   serviceipallocations at this time";
        assert_eq!((refused.code, refused.message.as_str()), (500, why));
        world.run_until(world.now() + std::time::Duration::from_secs(3 * 60));
        world.api("kubectl").create("services", Some("default"), other).unwrap();
    }
}

//! The API server makes what it needs itself again, should it be gone: pkg/controlplane/controller.go.

use std::time::Duration;

use serde_json::json;

use crate::sandbox::World;
use crate::sandbox::api::{Leaks, repair, restore as make};
use crate::sandbox::codec;
use crate::sandbox::controllers::program_runs;
use crate::sandbox::host;

/// `EndpointInterval`.
const INTERVAL: Duration = Duration::from_secs(10);

/// How long it is known that an API server is there: `DefaultEndpointReconcilerTTL`.
const LEASE: i64 = 15;

/// `repairClusterIPInterval`.
const REPAIR: Duration = Duration::from_secs(180);

/// Starts it; the API server is at that address.
pub fn restore(world: &mut World, address: String) {
    repair_later(world, Leaks::new());
    again(world, address);
}

fn works(world: &World) -> bool {
    program_runs(world, "kube-apiserver") && !host::is_without_etcd(world)
}

fn again(world: &mut World, address: String) {
    if works(world) {
        renew(world, &address);
        let there =
            ["services", "endpoints"].iter().all(|kind| world.informers.get(kind, "default", "kubernetes").is_some());
        if !there {
            make(world, &address);
        }
    }
    world.after(INTERVAL, move |world| again(world, address));
}

/// Tells other API servers that this one is there: pkg/controlplane/reconcilers/lease.go, `UpdateLease`. Each time with a
/// lease of its own.
fn renew(world: &mut World, address: &str) {
    let key = format!("/registry/masterleases/{address}");
    let known = world.store.get(key.as_bytes()).and_then(|kv| codec::decode(&kv.value, 0).ok());
    let times = known.and_then(|known| known["metadata"]["generation"].as_i64()).unwrap_or_default() + 1;
    let object = json!({"metadata": {"generation": times}, "subsets": [{"addresses": [{"ip": address}]}]});
    let lease = world.grant_lease(LEASE, 0);
    if let (Ok(value), Ok((lease, _))) = (codec::encode_kind("v1", "Endpoints", &object), lease) {
        world.store.put(key, value, lease);
    }
}

/// An API server that is told to end is no longer there.
pub fn leave(world: &mut World) {
    let keys: Vec<_> = world.store.prefixed(b"/registry/masterleases/").map(|kv| kv.key.clone()).collect();
    if !host::is_without_etcd(world) {
        for key in &keys {
            world.store.delete(key);
        }
    }
}

/// Looks at what is given out now and then, from the start on.
fn repair_later(world: &mut World, mut leaks: Leaks) {
    if works(world) {
        repair(world, &mut leaks);
    } else {
        // Another process knows nothing of them.
        leaks.clear();
    }
    world.after(REPAIR, move |world| repair_later(world, leaks));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sandbox::{Profile, boot};

    #[test]
    fn the_service_of_the_api_server_is_made_again() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let has = |world: &mut World, kind: &str| world.api("test").get(kind, Some("default"), "kubernetes").is_ok();
        let options = crate::sandbox::api::DeleteOptions::default();
        world.api("kubectl").delete("services", Some("default"), "kubernetes", &options).unwrap();
        world.store.delete(b"/registry/services/endpoints/default/kubernetes");
        world.tell();
        world.run_until(world.now() + Duration::from_secs(21));
        assert!(has(&mut world, "services") && has(&mut world, "endpoints"));
        let service = world.api("test").get("services", Some("default"), "kubernetes").unwrap();
        assert_eq!(service["spec"]["clusterIP"], "10.96.0.1");
    }

    #[test]
    fn an_api_server_that_is_there_says_so_every_ten_seconds() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let kept = |world: &World| world.store.get(b"/registry/masterleases/172.30.0.2").cloned();
        let first = kept(&world).unwrap();
        // As a lab's etcd has it, but for the generation.
        let lab = b"k8s\0\n\x0f\n\x02v1\x12\tEndpoints\x12&\n\x12\n\0\x12\0\x1a\0\"\0*\x002\08\x07B\0z\0\
            \x12\x10\n\x0e\n\n172.30.0.2\x1a\0\x1a\0\"\0";
        assert_eq!((&first.value[..], first.version), (&lab[..], 7));
        world.run_until(world.now() + Duration::from_secs(20));
        let later = kept(&world).unwrap();
        assert_eq!((later.version, later.create_revision), (9, first.create_revision));
        assert_ne!(later.lease, first.lease);
        let pid = host::process_of(&world, boot::NODES[0], "etcd").unwrap();
        world.hosts.files_mut(boot::NODES[0]).unwrap().remove("/usr/bin/kube-apiserver");
        let server = host::process_of(&world, boot::NODES[0], "kube-apiserver").unwrap();
        host::end_process(&mut world, boot::NODES[0], server, 137);
        world.run_until(world.now() + Duration::from_secs(16));
        assert!(kept(&world).is_none() && host::process_of(&world, boot::NODES[0], "etcd") == Some(pid));
    }

    #[test]
    fn an_api_server_that_is_told_to_end_is_gone_from_etcd_at_once_and_from_its_node_after_a_minute() {
        let mut world = World::new(7, "2026-11-24T15:22:00Z".parse().unwrap());
        boot::boot(&mut world, Profile::Lab, "ca").unwrap();
        let server = |world: &World| host::process_of(world, boot::NODES[0], "kube-apiserver");
        let first = server(&world).unwrap();
        let command = ["pkill", "kube-apiserver"].map(str::to_owned).to_vec();
        let exec =
            host::exec(&mut world, boot::NODES[0], None, host::ExecSpec { command, ..host::ExecSpec::default() });
        host::Exec::start(&mut world, &exec).unwrap();
        let mut seen = Vec::new();
        for seconds in [1, 58, 8, 8] {
            world.run_until(world.now() + Duration::from_secs(seconds));
            let there = world.store.prefixed(b"/registry/masterleases/").count();
            seen.push((server(&world) == Some(first), host::api_is_up(&world), there));
        }
        assert_eq!(seen, [(true, false, 0), (true, false, 0), (false, true, 0), (false, true, 1)]);
    }
}

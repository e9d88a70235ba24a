//! The API server makes what it needs itself again, should it be gone: pkg/controlplane/controller.go.

use std::time::Duration;

use crate::sandbox::World;
use crate::sandbox::api::restore as make;
use crate::sandbox::controllers::program_runs;
use crate::sandbox::host;

/// `EndpointInterval`.
const INTERVAL: Duration = Duration::from_secs(10);

/// Starts it; the API server is at that address.
pub fn restore(world: &mut World, address: String) {
    world.after(INTERVAL, move |world| {
        let there =
            ["services", "endpoints"].iter().all(|kind| world.informers.get(kind, "default", "kubernetes").is_some());
        if !there && program_runs(world, "kube-apiserver") && !host::is_without_etcd(world) {
            make(world, &address);
        }
        restore(world, address);
    });
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
}

//! Groups of resources that other servers are to serve, as APIServices say. None within reach of the sandbox speaks the API's
//! protocol, so they are known of and not there: kube-aggregator v0.20.2 `pkg/apiserver`.

use serde_json::Value;

use super::resource::{GROUPS, Resource};
use crate::sandbox::World;

/// A version of a group that is not this server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregated {
    /// The group.
    pub group: String,
    /// Its version.
    pub version: String,
    /// Whether a service is named that should serve it; otherwise this server should, which cannot.
    pub remote: bool,
}

impl Aggregated {
    /// Why a client cannot find out what there is.
    pub fn why(&self) -> &'static str {
        if self.remote {
            "the server is currently unable to handle the request"
        } else {
            "the server could not find the requested resource"
        }
    }
}

impl World {
    /// The versions of groups that are not this server's, by the names of their APIServices.
    pub fn aggregated(&self) -> Vec<Aggregated> {
        let Ok(services) = Resource::named("apiservices") else { return Vec::new() };
        let of = |service: &Value| {
            let spec = &service["spec"];
            let text = |field: &str| spec[field].as_str().unwrap_or_default().to_owned();
            Aggregated { group: text("group"), version: text("version"), remote: spec["service"].is_object() }
        };
        let all = self.read_all(services, None);
        let all = all.iter().map(|service| of(service));
        all.filter(|one| one.remote || !self.serves(&one.group, &one.version)).collect()
    }

    /// Whether this server has a version of a group.
    pub fn serves(&self, group: &str, version: &str) -> bool {
        group.is_empty()
            || GROUPS.iter().any(|(name, versions)| *name == group && versions.contains(&version))
            || self
                .custom_resources()
                .iter()
                .any(|resource| resource.group == group && resource.served.contains(&version))
    }
}

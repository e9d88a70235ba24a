//! The resources that are served, as the discovery of a v1.20.2 API server lists them.

mod table;
mod version;

use super::Status;

pub use table::{GROUPS, RESOURCES};
pub use version::Conversion;

/// One resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// The API group; empty for the core's.
    pub group: &'static str,
    /// The version that the sandbox holds its objects in, which is the preferred one: `v1`.
    pub version: &'static str,
    /// All versions that are served.
    pub served: &'static [&'static str],
    /// The group and version that etcd's values name.
    pub stored: (&'static str, &'static str),
    /// `pods`.
    pub plural: &'static str,
    /// What components call it: the plural, and of what a CustomResourceDefinition brought `plural.group`.
    pub name: &'static str,
    /// The singular name in discovery: empty for what is built in, where kubectl makes it from the kind.
    pub singular: &'static str,
    /// `Pod`.
    pub kind: &'static str,
    /// `po`.
    pub short_names: &'static [&'static str],
    /// `all`.
    pub categories: &'static [&'static str],
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// What can be done with it, in alphabetical order.
    pub verbs: &'static [&'static str],
    /// What can be done with parts of one object, in alphabetical order.
    pub subresources: &'static [Subresource],
    /// Where its keys are, below `/registry/`: `minions`, `services/specs`. Empty for what is never stored.
    pub folder: &'static str,
    /// Whether a CustomResourceDefinition brought it.
    pub custom: bool,
}

/// A part of an object that has an address of its own: `/status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subresource {
    /// `status`.
    pub name: &'static str,
    /// The group and version of its kind, where they are not those of the resource.
    pub group_version: Option<(&'static str, &'static str)>,
    /// The kind of what it takes and gives; empty for the resource's own.
    pub kind: &'static str,
    /// What can be done with it.
    pub verbs: &'static [&'static str],
}

impl Resource {
    /// The built-in resource of a plural name (the first in discovery's order), or of `plural.group`.
    ///
    /// # Errors
    /// 404.
    pub fn named(name: &str) -> Result<&'static Self, Status> {
        let (plural, group) = name.split_once('.').unwrap_or((name, ""));
        let found = RESOURCES.iter().find(|resource| resource.plural == plural && resource.group == group);
        found.or_else(|| RESOURCES.iter().find(|resource| resource.plural == name)).ok_or_else(Status::no_resource)
    }

    /// The built-in resource at `/apis/<group>/<version>/<plural>`.
    pub fn at(group: &str, version: &str, plural: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|r| r.group == group && r.plural == plural && r.served.contains(&version))
    }

    /// The built-in resource of a kind, as `apiVersion` and `kind` of an object name it.
    pub fn of_kind(api_version: &str, kind: &str) -> Option<&'static Self> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        RESOURCES.iter().find(|r| r.group == group && r.kind == kind && r.served.contains(&version))
    }

    /// What the keys of its objects begin with, or of those in one namespace.
    pub fn prefix(&self, namespace: Option<&str>) -> String {
        match namespace {
            Some(namespace) => format!("/registry/{}/{namespace}/", self.folder),
            None => format!("/registry/{}/", self.folder),
        }
    }

    /// The key of one object.
    pub fn key(&self, namespace: Option<&str>, name: &str) -> String {
        format!("{}{name}", self.prefix(namespace))
    }

    /// `apps/v1`: what its objects say of themselves.
    pub fn api_version(&self) -> String {
        group_version(self.group, self.version)
    }

    /// The Go package of its internal version, as messages name it: `core`, `apps`.
    pub fn internal_package(&self) -> &'static str {
        match self.group {
            "" => "core",
            group => group.split('.').next().unwrap_or_default(),
        }
    }

    /// `deployments.apps`, as messages name it.
    pub fn qualified(&self) -> String {
        qualified(self.plural, self.group)
    }

    /// The kind of a list of its objects.
    pub fn list_kind(&self) -> String {
        format!("{}List", self.kind)
    }

    /// Whether `/status` is written apart from the rest.
    pub fn has_status(&self) -> bool {
        self.subresource("status").is_some()
    }

    /// One of its subresources.
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|sub| sub.name == name)
    }
}

/// `apps/v1`, and `v1` in the core.
pub fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// `deployments.apps`, and `pods` in the core.
pub fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_plural_may_name_its_group() {
        assert_eq!(Resource::named("events").unwrap().group, "");
        assert_eq!(Resource::named("events.events.k8s.io").unwrap().group, "events.k8s.io");
        assert_eq!(Resource::named("deployments").unwrap().group, "apps");
        assert_eq!(Resource::named("deployments.apps").unwrap().key(Some("a"), "b"), "/registry/deployments/a/b");
        assert!(Resource::named("deployments.extensions").is_err());
    }
}

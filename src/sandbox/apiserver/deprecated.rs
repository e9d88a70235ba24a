//! What the server warns of: versions that will not be served for ever, as a v1.20.2 API server tells of them
//! (`Warning` headers of its answers; `zz_generated.prerelease-lifecycle.go` of k8s.io/api v0.20.2).

use super::request::Target;
use crate::sandbox::api::Resource;

/// By group, or of some groups by resource: since which version a `v1beta1` is deprecated.
fn since(target: &Target) -> Option<&'static str> {
    Some(match (target.group.as_str(), target.plural.as_str()) {
        ("extensions", _) | ("scheduling.k8s.io", _) => "v1.14+",
        ("apiextensions.k8s.io" | "admissionregistration.k8s.io", _) => "v1.16+",
        ("rbac.authorization.k8s.io", _) | ("storage.k8s.io", "csinodes") => "v1.17+",
        (
            "networking.k8s.io"
            | "coordination.k8s.io"
            | "storage.k8s.io"
            | "apiregistration.k8s.io"
            | "certificates.k8s.io"
            | "authentication.k8s.io"
            | "authorization.k8s.io",
            _,
        ) => "v1.19+",
        _ => return None,
    })
}

/// The warning that comes with answers about a resource.
pub(super) fn warning(path: &str) -> Option<String> {
    let target = Target::of(path.trim_end_matches('/'))?;
    let resource = Resource::at(&target.group, &target.version, &target.plural)?;
    if resource.plural == "componentstatuses" {
        return Some("v1 ComponentStatus is deprecated in v1.19+".to_owned());
    }
    let since = since(&target).filter(|_| target.version == "v1beta1")?;
    let group = if target.group == "extensions" { "networking.k8s.io" } else { &target.group };
    // One replacement is called otherwise upstream too.
    let kind = if resource.kind == "IngressClass" { "IngressClassList" } else { resource.kind };
    Some(format!(
        "{}/v1beta1 {} is deprecated in {since}, unavailable in v1.22+; use {group}/v1 {kind}",
        target.group, resource.kind
    ))
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn old_versions_are_warned_of() {
        let of = |path: &str| warning(path).unwrap_or_default();
        assert_eq!(of("/api/v1/componentstatuses"), "v1 ComponentStatus is deprecated in v1.19+");
        assert_eq!(
            of("/apis/extensions/v1beta1/namespaces/a/ingresses/b"),
            "extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress"
        );
        assert_eq!(
            of("/apis/storage.k8s.io/v1beta1/csinodes"),
            "storage.k8s.io/v1beta1 CSINode is deprecated in v1.17+, unavailable in v1.22+; use storage.k8s.io/v1 CSINode"
        );
        for path in
            ["/apis/storage.k8s.io/v1/csinodes", "/apis/policy/v1beta1/poddisruptionbudgets", "/apis", "/version"]
        {
            assert_eq!(of(path), "");
        }
    }
}

//! Where an object is: in the API by its path, in etcd by its key; and what of it is the server's.

/// What of an object's metadata the server sets, and takes from nobody.
pub(super) const OF_THE_SERVER: [&str; 8] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
];

/// An object, whichever version or layer it is reached by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// `pods`. Two groups may serve one object (`events`), so the group says nothing.
    pub(super) plural: String,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

impl Place {
    /// The namespace of this name, as an object.
    pub(super) fn of_namespace(name: &str) -> Self {
        Self { plural: "namespaces".to_owned(), namespace: None, name: name.to_owned() }
    }

    /// The object whose key this is. Source: kubernetes v1.20 `pkg/registry/*/*/storage`; the exceptions have their
    /// own names for reasons of history, and what is not built in has its group before it.
    pub(super) fn of_key(key: &[u8]) -> Option<Self> {
        let key = std::str::from_utf8(key).ok()?.strip_prefix("/registry/")?;
        let mut parts: Vec<&str> = key.split('/').collect();
        let plural = match parts.as_slice() {
            ["minions", ..] => "nodes",
            ["services", "specs", ..] => "services",
            ["services", "endpoints", ..] => "endpoints",
            [group, plural, ..] if group.contains('.') => plural,
            [plural, ..] => plural,
            [] => return None,
        };
        let prefix = if parts[0].contains('.') || parts[0] == "services" { 2 } else { 1 };
        let (namespace, name) = match parts.split_off(prefix.min(parts.len())).as_slice() {
            [namespace, name] => (Some((*namespace).to_owned()), (*name).to_owned()),
            [name] => (None, (*name).to_owned()),
            _ => return None,
        };
        Some(Self { plural: plural.to_owned(), namespace, name })
    }
}

/// What a path of the API leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// `/api/v1/namespaces/default/pods`, without a query.
    pub(super) collection: String,
    /// Empty in the core group.
    pub(super) group: String,
    pub(super) plural: String,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) subresource: Option<String>,
    pub(super) query: Vec<(String, String)>,
}

impl Target {
    /// Takes a path apart; none for one that leads to no object.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (group, rest, mut collection) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", rest, format!("/api/{version}")),
            ["apis", group, version, rest @ ..] => (*group, rest, format!("/apis/{group}/{version}")),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            // A namespace's own subresources look like collections in it.
            ["namespaces", _, "finalize" | "status"] => (None, rest),
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => {
                collection += &format!("/namespaces/{namespace}");
                (Some((*namespace).to_owned()), rest)
            }
            rest => (None, rest),
        };
        let (plural, rest) = rest.split_first()?;
        collection += &format!("/{plural}");
        let name = rest.first().map(|name| (*name).to_owned());
        let subresource = rest.get(1..).filter(|rest| !rest.is_empty()).map(|rest| rest.join("/"));
        let (group, plural) = (group.to_owned(), (*plural).to_owned());
        Some(Self { collection, group, plural, namespace, name, subresource, query })
    }

    /// The object's path; that of the collection where it names none.
    pub(super) fn path(&self) -> String {
        self.name.as_ref().map_or_else(|| self.collection.clone(), |name| format!("{}/{name}", self.collection))
    }

    /// The object of this name in the collection.
    pub(super) fn place(&self, name: &str) -> Place {
        Place { plural: self.plural.clone(), namespace: self.namespace.clone(), name: name.to_owned() }
    }

    /// Whether the request is only tried out.
    pub(super) fn is_dry_run(&self) -> bool {
        self.query.iter().any(|(key, _)| key == "dryRun")
    }

    /// Whether what is sent there is answered and forgotten: reviews of who may do what.
    pub(super) fn is_question(&self) -> bool {
        matches!(self.group.as_str(), "authorization.k8s.io" | "authentication.k8s.io")
            || matches!(self.plural.as_str(), "bindings" | "componentstatuses")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts = (String, Option<String>, Option<String>, Option<String>);

    fn parts(path: &str) -> Option<Parts> {
        Target::parse(path).map(|t| (t.plural, t.namespace, t.name, t.subresource))
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn paths_lead_to_objects() {
        assert_eq!(parts("/api/v1/namespaces"), Some(("namespaces".to_owned(), None, None, None)));
        assert_eq!(parts("/api/v1/namespaces/a"), Some(("namespaces".to_owned(), None, some("a"), None)));
        assert_eq!(
            parts("/api/v1/namespaces/a/finalize"),
            Some(("namespaces".to_owned(), None, some("a"), some("finalize")))
        );
        assert_eq!(parts("/api/v1/namespaces/a/pods?x=1"), Some(("pods".to_owned(), some("a"), None, None)));
        assert_eq!(
            parts("/apis/apps/v1/namespaces/a/deployments/b/scale"),
            Some(("deployments".to_owned(), some("a"), some("b"), some("scale")))
        );
        assert_eq!(parts("/api/v1/nodes/n/proxy/a/b"), Some(("nodes".to_owned(), None, some("n"), some("proxy/a/b"))));
        assert_eq!(parts("/healthz"), None);
        assert!(Target::parse("/api/v1/pods?dryRun=All").unwrap().is_dry_run());
    }

    #[test]
    fn keys_lead_to_the_same_objects() {
        let place = |key: &str| Place::of_key(key.as_bytes()).map(|p| (p.plural, p.namespace, p.name));
        let at = |plural: &str, namespace: &str, name: &str| {
            let namespace = Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty());
            Some((plural.to_owned(), namespace, name.to_owned()))
        };
        assert_eq!(place("/registry/pods/a/b"), at("pods", "a", "b"));
        assert_eq!(place("/registry/minions/n"), at("nodes", "", "n"));
        assert_eq!(place("/registry/services/specs/a/b"), at("services", "a", "b"));
        assert_eq!(place("/registry/services/endpoints/a/b"), at("endpoints", "a", "b"));
        assert_eq!(place("/registry/apiregistration.k8s.io/apiservices/v1."), at("apiservices", "", "v1."));
        assert_eq!(place("/registry/kpnb.test/widgets/a/b"), at("widgets", "a", "b"));
        assert_eq!(place("/registry/clusterroles/system:node"), at("clusterroles", "", "system:node"));
        assert_eq!(place("/other"), None);
        assert_eq!(place("/registry/ranges/serviceips"), at("ranges", "", "serviceips"));
    }
}

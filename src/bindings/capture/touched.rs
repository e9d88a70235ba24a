//! Paths of the Kubernetes API as the objects that they are of.

use std::collections::BTreeSet;

/// What was asked of the API.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// The namespaces, also those of which only the object was asked for.
    pub(super) namespaces: BTreeSet<String>,
    /// Single objects, the last asked for first.
    pub(super) objects: Vec<Object>,
    /// Lists of Pods: the namespace, none for all, and the label selector.
    pub(super) pods: Vec<(Option<String>, Option<String>)>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// As kubectl takes it: `deployments.apps`.
    pub(super) resource: String,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

/// What is asked for so often that it tells nothing: reviews, leases, and events, which are captured anyway.
const LEFT: [&str; 3] = ["events", "leases", "selfsubjectaccessreviews"];

impl Touched {
    pub(super) fn new(paths: &[String]) -> Self {
        let mut touched = Self::default();
        for path in paths.iter().rev() {
            touched.add(path);
        }
        touched
    }

    fn add(&mut self, path: &str) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (group, rest) = match parts.as_slice() {
            ["api", _, rest @ ..] => ("", rest),
            ["apis", group, _, rest @ ..] => (*group, rest),
            _ => return,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, _, ..] if !matches!(rest[2], "finalize" | "status") => {
                (Some((*namespace).to_owned()), &rest[2..])
            }
            _ => (None, rest),
        };
        let Some(resource) = rest.first().filter(|resource| !LEFT.contains(resource)) else { return };
        let of = |field: &str| query.iter().find(|(key, _)| key == field).map(|(_, value)| value.clone());
        let named = of("fieldSelector").and_then(|fields| fields.strip_prefix("metadata.name=").map(str::to_owned));
        let name = rest.get(1).map(|name| (*name).to_owned()).or(named);
        self.namespaces.extend(namespace.clone());
        if *resource == "namespaces" {
            self.namespaces.extend(name.clone());
        }
        match name {
            Some(name) => {
                let resource = if group.is_empty() { (*resource).to_owned() } else { format!("{resource}.{group}") };
                let object = Object { resource, namespace, name };
                if !self.objects.contains(&object) {
                    self.objects.push(object);
                }
            }
            None if *resource == "pods" => {
                let list = (namespace, of("labelSelector"));
                if !self.pods.contains(&list) {
                    self.pods.push(list);
                }
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(paths: &[&str]) -> Touched {
        Touched::new(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
    }

    fn object(resource: &str, namespace: Option<&str>, name: &str) -> Object {
        Object { resource: resource.to_owned(), namespace: namespace.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn the_last_object_comes_first() {
        let touched = touched(&[
            "/api/v1/namespaces/a/pods/web/log?tailLines=3",
            "/apis/apps/v1/namespaces/b/deployments/web",
            "/api/v1/nodes/worker",
            "/api/v1/namespaces/a/pods/web",
        ]);
        assert_eq!(
            touched.objects,
            [
                object("pods", Some("a"), "web"),
                object("nodes", None, "worker"),
                object("deployments.apps", Some("b"), "web")
            ]
        );
        assert_eq!(touched.namespaces, BTreeSet::from(["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn a_namespace_is_an_object_and_a_place() {
        let touched = touched(&["/api/v1/namespaces/a/finalize", "/api/v1/namespaces"]);
        assert_eq!(touched.objects, [object("namespaces", None, "a")]);
        assert_eq!(touched.namespaces, BTreeSet::from(["a".to_owned()]));
    }

    #[test]
    fn lists_of_pods_keep_their_selector_and_others_tell_nothing() {
        let touched = touched(&[
            "/api/v1/namespaces/a/pods?labelSelector=app%3Dweb&limit=500",
            "/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dweb&watch=true",
            "/api/v1/pods",
            "/api/v1/namespaces/a/events",
            "/version",
            "/apis/apps/v1",
        ]);
        assert_eq!(touched.pods, [(None, None), (Some("a".to_owned()), Some("app=web".to_owned()))]);
        assert_eq!(touched.objects, [object("pods", Some("a"), "web")]);
    }
}

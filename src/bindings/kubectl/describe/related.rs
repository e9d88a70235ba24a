//! What belongs to an object and is shown with it.

use futures::future::join_all;
use serde_json::Value;

use super::json::{items, text};
use crate::client::Failure;
use crate::client::k8s::{Accept, K8s, ListOptions};

/// Something to read besides the object.
#[derive(Debug)]
pub(super) struct Need {
    resource: &'static str,
    namespace: Option<String>,
    what: What,
}

#[derive(Debug)]
enum What {
    One(String),
    List(ListOptions),
}

impl Need {
    /// One object by its name.
    pub(super) fn one(resource: &'static str, namespace: Option<&str>, name: &str) -> Self {
        Self { resource, namespace: namespace.map(str::to_owned), what: What::One(name.to_owned()) }
    }

    /// Objects of a namespace, or of all.
    pub(super) fn list(resource: &'static str, namespace: Option<&str>, options: ListOptions) -> Self {
        Self { resource, namespace: namespace.map(str::to_owned), what: What::List(options) }
    }
}

/// What was read besides the object, or why it could not be.
#[derive(Debug, Default)]
pub(super) struct Related {
    read: Vec<Answer>,
    events: Option<Vec<Value>>,
}

/// What one need was answered with.
#[derive(Debug)]
struct Answer {
    resource: &'static str,
    namespace: Option<String>,
    objects: Result<Vec<Value>, Failure>,
}

impl Answer {
    fn objects(&self) -> Result<&[Value], Failure> {
        self.objects.as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }
}

impl Related {
    /// Reads what is needed, and the events of `with_events`, all at once.
    pub(super) async fn read(k8s: &K8s, needs: Vec<Need>, with_events: Option<&Value>) -> Result<Self, Failure> {
        let reads = join_all(needs.iter().map(|need| read(k8s, need)));
        let (read, events) = futures::join!(reads, async {
            match with_events {
                Some(object) => events(k8s, object).await.map(Some),
                None => Ok(None),
            }
        });
        let answer =
            |(need, objects): (Need, _)| Answer { resource: need.resource, namespace: need.namespace, objects };
        Ok(Self { read: needs.into_iter().zip(read).map(answer).collect(), events: events? })
    }

    /// The objects of a resource that was needed.
    pub(super) fn list(&self, resource: &str) -> Result<&[Value], Failure> {
        self.read.iter().find(|answer| answer.resource == resource).map_or(Ok(&[]), Answer::objects)
    }

    /// The objects of a resource that was needed in several namespaces.
    pub(super) fn list_in(&self, resource: &str, namespace: &str) -> Result<&[Value], Failure> {
        let is_meant = |answer: &&Answer| answer.resource == resource && answer.namespace.as_deref() == Some(namespace);
        self.read.iter().find(is_meant).map_or(Ok(&[]), Answer::objects)
    }

    /// The one object of a resource that was needed.
    pub(super) fn one(&self, resource: &str) -> Result<&Value, Failure> {
        self.list(resource)?.first().ok_or_else(|| Failure::answer(format!("{resource} not found")))
    }

    /// The object's events, where they are shown.
    pub(super) fn events(&self) -> Option<&[Value]> {
        self.events.as_deref()
    }
}

#[cfg(test)]
impl Related {
    /// As if it had been read.
    pub(super) fn of(read: Vec<(&'static str, Result<Vec<Value>, Failure>)>, events: Option<Vec<Value>>) -> Self {
        let answer = |(resource, objects)| Answer { resource, namespace: None, objects };
        Self { read: read.into_iter().map(answer).collect(), events }
    }
}

async fn read(k8s: &K8s, need: &Need) -> Result<Vec<Value>, Failure> {
    let resource = k8s.resource(need.resource).await?;
    let namespace = need.namespace.as_deref();
    match &need.what {
        What::One(name) => Ok(vec![k8s.get(&resource, namespace, name).await?]),
        What::List(options) => {
            let list = k8s.list(&resource, namespace, options, Accept::Json).await?;
            Ok(items(&list["items"]).to_vec())
        }
    }
}

/// The events of an object. As in kubectl, those of another object of the same name, and those of a mirror Pod under
/// the name of its file, are told apart by the UID; a node's kubelet gives its name for it.
async fn events(k8s: &K8s, object: &Value) -> Result<Vec<Value>, Failure> {
    let metadata = &object["metadata"];
    let (kind, name, namespace) = (text(&object["kind"]), text(&metadata["name"]), text(&metadata["namespace"]));
    let mirrored = text(&metadata["annotations"]["kubernetes.io/config.mirror"]);
    let uid = match kind {
        "Node" => name,
        "Pod" if !mirrored.is_empty() => mirrored,
        _ => text(&metadata["uid"]),
    };
    let mut selector =
        format!("involvedObject.name={name},involvedObject.namespace={namespace},involvedObject.uid={uid}");
    if kind != "Pod" {
        selector.push_str(&format!(",involvedObject.kind={kind}"));
    }
    let resource = k8s.resource("events").await?;
    let options = ListOptions { fields: Some(selector), ..ListOptions::default() };
    let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
    match k8s.list(&resource, namespace, &options, Accept::Json).await {
        Ok(list) => Ok(items(&list["items"]).to_vec()),
        // Whoever may not see them sees none.
        Err(failure) if failure.reason == "Forbidden" => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

//! `kubectl describe`: objects, and what belongs to them, as text.
//!
//! One file a kind, or a few kinds that share their parts. Each has a [`Describer`]: what else it needs to read, and
//! the pure function that writes the page. Texts and layout are those of kubectl 1.20.

mod autoscaler;
mod config;
mod container;
mod daemon_set;
mod deployment;
mod endpoints;
mod env;
mod events;
mod generic;
mod ingress;
mod job;
mod json;
mod meta;
mod namespace;
mod node;
mod page;
mod persistent_volume;
mod persistent_volume_claim;
mod pod;
mod policy;
mod quota;
mod rbac;
mod related;
mod replica_set;
mod service;
mod stateful_set;
mod verb;
mod volume;
mod volume_kinds;

use jiff::Timestamp;
use serde_json::Value;

use self::json::text as text_of;
use self::page::Page;
use self::related::{Need, Related};
pub(super) use self::verb::VERB;
use crate::client::Failure;
use crate::client::k8s::{K8s, ListOptions, Resource};

/// A page is written, or something that it must have could not be read.
type Result = std::result::Result<(), Failure>;
/// Writes the page of an object.
type Write = fn(&mut Page, &Value, &Related) -> Result;

/// How one kind is described.
struct Describer {
    /// Empty for the core group.
    group: &'static str,
    /// As in `Pod`.
    kind: &'static str,
    /// Whether its events are shown.
    events: bool,
    /// What else has to be read.
    needs: fn(&Value) -> Vec<Need>,
    /// Writes all but the events.
    write: Write,
}

impl Describer {
    /// Events, and nothing else that has to be read.
    const fn new(write: Write) -> Self {
        Self { group: "", kind: "", events: true, needs: |_| Vec::new(), write }
    }

    fn of(resource: &Resource) -> &'static Self {
        let of_resource = |known: &&Self| known.group == resource.group && known.kind == resource.kind;
        DESCRIBERS.iter().find(of_resource).unwrap_or(&generic::DESCRIBER)
    }
}

/// All kinds that are not described generically.
static DESCRIBERS: &[Describer] = &[
    node::DESCRIBER,
    pod::DESCRIBER,
    namespace::DESCRIBER,
    deployment::DESCRIBER,
    replica_set::REPLICA_SET,
    replica_set::REPLICATION_CONTROLLER,
    daemon_set::DESCRIBER,
    stateful_set::DESCRIBER,
    job::JOB,
    job::CRON_JOB,
    service::DESCRIBER,
    endpoints::ENDPOINTS,
    endpoints::SLICE,
    ingress::INGRESS,
    ingress::OLD_INGRESS,
    ingress::CLASS,
    autoscaler::DESCRIBER,
    persistent_volume::CSI_NODE,
    config::CONFIG_MAP,
    config::SECRET,
    config::SERVICE_ACCOUNT,
    persistent_volume_claim::DESCRIBER,
    persistent_volume::VOLUME,
    persistent_volume::CLASS,
    policy::DISRUPTION_BUDGET,
    policy::PRIORITY_CLASS,
    policy::NETWORK_POLICY,
    quota::QUOTA,
    quota::LIMIT_RANGE,
    rbac::ROLE,
    rbac::CLUSTER_ROLE,
    rbac::ROLE_BINDING,
    rbac::CLUSTER_ROLE_BINDING,
];

/// Describes one object. Ages count until `now`.
///
/// # Errors
/// NotFound, or another answer of the API server or none.
pub(crate) async fn text(
    k8s: &K8s,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
    show_events: bool,
    now: Timestamp,
) -> std::result::Result<String, Failure> {
    let object = k8s.get(resource, namespace, name).await?;
    object_text(k8s, resource, object, show_events, now).await
}

/// Describes an object that has been read already. Ages count until `now`.
///
/// # Errors
/// An answer of the API server about what belongs to the object, or none.
pub(crate) async fn object_text(
    k8s: &K8s,
    resource: &Resource,
    mut object: Value,
    show_events: bool,
    now: Timestamp,
) -> std::result::Result<String, Failure> {
    // Objects in a list do not tell what they are.
    object["apiVersion"] = resource.api_version().into();
    object["kind"] = resource.kind.as_str().into();
    let describer = Describer::of(resource);
    // kubectl shows a claim's events in any case.
    let show_events = describer.events && (show_events || describer.kind == "PersistentVolumeClaim");
    let related = Related::read(k8s, (describer.needs)(&object), show_events.then_some(&object)).await?;
    write(describer, &object, &related, now)
}

/// Describes the Pod template of a workload, as `rollout history` shows it.
pub(crate) fn pod_template(template: &Value, now: Timestamp) -> String {
    let mut page = Page::new(now);
    container::template(&mut page, template);
    page.unaligned()
}

fn write(
    describer: &Describer,
    object: &Value,
    related: &Related,
    now: Timestamp,
) -> std::result::Result<String, Failure> {
    let mut page = Page::new(now);
    (describer.write)(&mut page, object, related)?;
    if let Some(found) = related.events() {
        events::write(&mut page, found);
    }
    Ok(page.finish())
}

/// The Pods that a workload's selector selects.
fn selected_pods(workload: &Value) -> Vec<Need> {
    let labels = Some(meta::selector(&workload["spec"]["selector"]));
    vec![Need::list(
        "pods",
        workload["metadata"]["namespace"].as_str(),
        ListOptions { labels, ..ListOptions::default() },
    )]
}

/// How many of a workload's Pods are in which phase.
fn pods_by_phase(workload: &Value, pods: &[Value]) -> String {
    let own = || pods.iter().filter(|pod| meta::is_controlled_by(pod, workload));
    let count = |phase: &str| own().filter(|pod| text_of(&pod["status"]["phase"]) == phase).count();
    format!(
        "{} Running / {} Waiting / {} Succeeded / {} Failed",
        count("Running"),
        count("Pending"),
        count("Succeeded"),
        count("Failed")
    )
}

/// A failure in the API server's own words.
fn reason_of(failure: &Failure) -> &str {
    if failure.answer.is_empty() { &failure.message } else { &failure.answer }
}

#[cfg(test)]
mod tests;

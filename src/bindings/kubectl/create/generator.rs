//! `create KIND NAME …`: objects made from flags instead of a file.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::super::Kubectl;
use super::super::items::VALIDATE;
use super::super::written::{FLAGS as WRITTEN, RECORD, Words};
use super::{FLAGS, access, data, ingress, options, policy, secret, service, workload};
use crate::bindings::changes::{self, DryRun, Item};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

/// A kind that `create` makes from flags.
pub(super) struct Generator {
    /// Its words behind `create`, each with its aliases: `[["service", "svc"], ["clusterip"]]`.
    pub(super) words: &'static [&'static [&'static str]],
    /// The flags of its own.
    pub(super) flags: &'static [Flag],
    /// Flags that must be given.
    pub(super) required: &'static [&'static str],
    /// Makes the object of this name, with its kind and apiVersion and no namespace.
    pub(super) build: Build,
}

/// The object that flags describe.
pub(super) type Build = for<'a> fn(&'a Kubectl<'a>, &'a Flags, &'a str) -> BoxFuture<'a, Result<Value, Failure>>;

const NAMESPACE: Generator = Generator {
    words: &[&["namespace", "ns"]],
    flags: &[],
    required: &[],
    build: |_, _, name| {
        let object = serde_json::json!({
            "kind": "Namespace",
            "apiVersion": "v1",
            "metadata": { "name": name, "creationTimestamp": null },
            "spec": {},
            "status": {},
        });
        std::future::ready(Ok(object)).boxed()
    },
};

const GENERATORS: &[Generator] = &[
    NAMESPACE,
    data::CONFIG_MAP,
    data::SECRET,
    secret::TLS,
    secret::DOCKER_REGISTRY,
    workload::DEPLOYMENT,
    workload::JOB,
    workload::CRON_JOB,
    access::SERVICE_ACCOUNT,
    access::ROLE,
    access::CLUSTER_ROLE,
    access::ROLE_BINDING,
    access::CLUSTER_ROLE_BINDING,
    policy::QUOTA,
    policy::PRIORITY_CLASS,
    policy::DISRUPTION_BUDGET,
    service::CLUSTER_IP,
    service::NODE_PORT,
    service::LOAD_BALANCER,
    service::EXTERNAL_NAME,
    ingress::INGRESS,
];

/// The flags of all generators: to find the arguments among the words before it is known whose flags count.
pub(super) fn all_flags() -> Vec<&'static [Flag]> {
    GENERATORS.iter().map(|generator| generator.flags).collect()
}

/// The generator that the arguments name.
pub(super) fn find(args: &[String]) -> Option<&'static Generator> {
    let names = |generator: &&Generator| {
        let mut args = args.iter();
        generator.words.iter().all(|aliases| args.next().is_some_and(|arg| aliases.contains(&arg.as_str())))
    };
    GENERATORS.iter().find(names)
}

impl Generator {
    /// Creates what the words ask for.
    pub(super) async fn run(&self, kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
        let first: Vec<&str> = self.words.iter().map(|aliases| aliases[0]).collect();
        let command = format!("kubectl create {}", first.join(" "));
        let flags = kubectl.flags(&command, words, &[self.flags, FLAGS, VALIDATE, WRITTEN, RECORD])?;
        let missing: Vec<String> =
            self.required.iter().filter(|flag| flags.get(flag).is_none()).map(|flag| format!("{flag:?}")).collect();
        if !missing.is_empty() {
            return Err(Failure::usage(format!("Error: required flag(s) {} not set", missing.join(", "))));
        }
        let [name] = &flags.args[first.len()..] else {
            return Err(Failure::usage(format!(
                "error: exactly one NAME is required, got {}\nSee '{command} -h' for help and examples",
                flags.args.len() - first.len()
            )));
        };
        let object = (self.build)(kubectl, &flags, name).await?;
        let words = Words::new(kubectl, &flags)?.of_made();
        let options = options(&flags, &words, "kubectl-create")?;
        write(kubectl, &flags, object, &options, words).await
    }
}

/// Creates an object made from flags and says so.
async fn write(
    kubectl: &Kubectl<'_>,
    flags: &Flags,
    object: Value,
    options: &changes::CreateOptions,
    mut words: Words,
) -> Result<i32, Failure> {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let resource = kubectl.k8s().resource_of_kind(&text("apiVersion"), &text("kind")).await?;
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let scope = kubectl.scope(flags)?;
    let namespace = resource.namespaced.then(|| scope.namespace.clone());
    // A client's dry run shows the namespace only where -n gave one; kubectl leaves it out of Services altogether.
    let shown = options.dry_run != DryRun::Client || (scope.explicit && resource.kind != "Service");
    let object = match namespace.as_deref().filter(|_| shown) {
        Some(namespace) => placed(object, namespace),
        None => object,
    };
    let item = Item { resource, namespace, name, object, source: String::new() };
    let created = changes::create(kubectl.k8s(), &item, options).await;
    let object = created.map_err(|failure| refused(failure, &item.object))?;
    words.say(kubectl, &item.resource, &object, "created")?;
    Ok(0)
}

/// What the API server refused, as the generators word it that kubectl 1.20 had already moved to its new form.
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/create`, `create_deployment.go` and its neighbours.
fn refused(mut failure: Failure, object: &Value) -> Failure {
    let kind = object["kind"].as_str().unwrap_or_default();
    let what = match kind {
        "Deployment" | "Job" | "CronJob" | "RoleBinding" | "Ingress" => kind.to_lowercase(),
        "ResourceQuota" => "quota".to_owned(),
        // kubectl's own slip.
        "PriorityClass" => "clusterrolebinding".to_owned(),
        "Service" => format!("{} service", object["spec"]["type"].as_str().unwrap_or_default()),
        _ => return failure,
    };
    if !failure.answer.is_empty() {
        failure.message = format!("error: failed to create {what}: {}", failure.answer);
    }
    failure
}

/// The object with its namespace, which stands behind its name.
fn placed(mut object: Value, namespace: &str) -> Value {
    let mut metadata = Map::new();
    for (key, value) in object["metadata"].as_object().into_iter().flatten() {
        metadata.insert(key.clone(), value.clone());
        if key == "name" {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
    }
    object["metadata"] = Value::Object(metadata);
    object
}

/// A wrong flag, in kubectl's words.
pub(super) fn wrong<T>(what: impl std::fmt::Display) -> Result<T, Failure> {
    Err(Failure::usage(format!("error: {what}")))
}

/// The values of a flag that may be given several times and holds a list: `--verb=get,list --verb=watch`.
pub(super) fn listed(flags: &Flags, name: &str) -> Vec<String> {
    let values = flags.all(name).iter().flat_map(|value| value.split(','));
    values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

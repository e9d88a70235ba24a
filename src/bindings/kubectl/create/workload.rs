//! `create deployment`, `create job` and `create cronjob`.

use futures::FutureExt;
use serde_json::{Value, json};

use super::super::Kubectl;
use super::generator::{Generator, listed, wrong};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

pub(super) const DEPLOYMENT: Generator = Generator {
    words: &[&["deployment", "deploy"]],
    flags: &[Flag::value("image", None), Flag::value("replicas", Some('r')), Flag::value("port", None)],
    required: &["image"],
    build: |_, flags, name| std::future::ready(deployment(flags, name)).boxed(),
};

pub(super) const JOB: Generator = Generator {
    words: &[&["job"]],
    flags: &[Flag::value("image", None), Flag::value("from", None)],
    required: &[],
    build: |kubectl, flags, name| job(kubectl, flags, name).boxed(),
};

pub(super) const CRON_JOB: Generator = Generator {
    words: &[&["cronjob", "cj"]],
    flags: &[Flag::value("image", None), Flag::value("schedule", None), Flag::value("restart", None)],
    required: &["image", "schedule"],
    build: |_, flags, name| std::future::ready(Ok(cron_job(flags, name))).boxed(),
};

fn deployment(flags: &Flags, name: &str) -> Result<Value, Failure> {
    let images = listed(flags, "image");
    if images.len() > 1 && !flags.after_dashes.is_empty() {
        return wrong("cannot specify multiple --image options and command");
    }
    let port = flags.integer("port")?;
    let mut containers: Vec<Value> = Vec::new();
    for image in &images {
        // A container is named after its image, without registry, tag and digest.
        let last = image.rsplit('/').next().unwrap_or_default();
        let mut container = json!({ "name": last.split([':', '@']).next(), "image": image });
        if !flags.after_dashes.is_empty() {
            container["command"] = flags.after_dashes.clone().into();
        }
        if let Some(port) = port.filter(|_| containers.is_empty()) {
            container["ports"] = json!([{ "containerPort": port }]);
        }
        container["resources"] = json!({});
        containers.push(container);
    }
    let labels = json!({ "app": name });
    Ok(json!({
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": { "name": name, "creationTimestamp": null, "labels": labels },
        "spec": {
            "replicas": flags.integer("replicas")?.unwrap_or(1),
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "creationTimestamp": null, "labels": labels },
                "spec": { "containers": containers },
            },
            "strategy": {},
        },
        "status": {},
    }))
}

/// The specification of a Job that runs one container to its end.
fn job_spec(flags: &Flags, name: &str) -> Value {
    let mut container = json!({ "name": name, "image": flags.get("image") });
    if !flags.after_dashes.is_empty() {
        container["command"] = flags.after_dashes.clone().into();
    }
    container["resources"] = json!({});
    json!({
        "template": {
            "metadata": { "creationTimestamp": null },
            "spec": { "containers": [container], "restartPolicy": flags.get("restart").unwrap_or("Never") },
        },
    })
}

async fn job(kubectl: &Kubectl<'_>, flags: &Flags, name: &str) -> Result<Value, Failure> {
    let from = match (flags.get("image"), flags.get("from")) {
        (Some(_), None) => {
            return Ok(json!({
                "kind": "Job",
                "apiVersion": "batch/v1",
                "metadata": { "name": name, "creationTimestamp": null },
                "spec": job_spec(flags, name),
                "status": {},
            }));
        }
        (None, Some(from)) => from,
        _ => return wrong("either --image or --from must be specified"),
    };
    let Some((kind, source)) = from.split_once('/') else {
        kubectl.k8s().resource(from).await?;
        return wrong("arguments in resource/name form must have a single resource and name");
    };
    let resource = kubectl.k8s().resource(kind).await?;
    let namespace = kubectl.scope(flags)?.namespace;
    let object = kubectl.k8s().get(&resource, resource.namespaced.then_some(namespace.as_str()), source).await?;
    if resource.kind != "CronJob" {
        return wrong("from must be an existing cronjob");
    }
    let template = &object["spec"]["jobTemplate"];
    let mut annotations = json!({ "cronjob.kubernetes.io/instantiate": "manual" });
    for (key, value) in template["metadata"]["annotations"].as_object().into_iter().flatten() {
        annotations[key.as_str()] = value.clone();
    }
    let mut metadata = json!({ "name": name, "creationTimestamp": null, "annotations": annotations });
    if !template["metadata"]["labels"].is_null() {
        metadata["labels"] = template["metadata"]["labels"].clone();
    }
    metadata["ownerReferences"] = json!([{
        "apiVersion": "batch/v1beta1",
        "kind": "CronJob",
        "name": source,
        "uid": object["metadata"]["uid"],
        "controller": true,
        "blockOwnerDeletion": true,
    }]);
    let spec = &template["spec"];
    Ok(json!({ "kind": "Job", "apiVersion": "batch/v1", "metadata": metadata, "spec": spec, "status": {} }))
}

fn cron_job(flags: &Flags, name: &str) -> Value {
    let mut spec = job_spec(flags, name);
    if flags.get("restart").is_none() {
        spec["template"]["spec"]["restartPolicy"] = "OnFailure".into();
    }
    json!({
        "kind": "CronJob",
        "apiVersion": "batch/v1beta1",
        "metadata": { "name": name, "creationTimestamp": null },
        "spec": {
            "schedule": flags.get("schedule"),
            "jobTemplate": { "metadata": { "name": name, "creationTimestamp": null }, "spec": spec },
        },
        "status": {},
    })
}

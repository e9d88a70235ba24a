//! POST, PUT, PATCH and DELETE.

use std::sync::Arc;

use serde_json::{Value, json};

use super::User;
use super::access::check_escalation;
use super::answer::Answer;
use super::page::invalid_options;
use super::patches::{applied, malformed};
use super::present::{View, from_version};
use super::request::{Request, Target};
use super::select::Selector;
use crate::sandbox::World;
use crate::sandbox::api::{Api, Conversion, DeleteOptions, PatchType, Resource, Status, patch};
use crate::sandbox::pki::SigningRequest;

/// Whose deletion is answered with the object instead of a Status: ReturnDeletedObject in v1.20's `pkg/registry`.
const RETURNED: &[&str] = &[
    "csidrivers",
    "csinodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "podsecuritypolicies",
    "podtemplates",
    "resourcequotas",
    "serviceaccounts",
    "storageclasses",
    "volumeattachments",
];

/// Answers a write.
pub(super) fn answer(
    world: &mut World,
    resource: &'static Resource,
    target: &Target,
    request: &Request,
    user: &User,
) -> Result<Answer, Status> {
    if let Some(run) = request.query("dryRun").filter(|run| *run != "All") {
        let kind = match request.method.as_str() {
            "POST" => "CreateOptions",
            "PUT" => "UpdateOptions",
            "PATCH" => "PatchOptions",
            _ => "DeleteOptions",
        };
        let why = format!("Unsupported value: []string{{{run:?}}}: supported values: \"All\"");
        return Err(invalid_options(kind, "dryRun", "FieldValueNotSupported", &why));
    }
    let dry_run = request.query("dryRun").is_some();
    let grants = resource.group == "rbac.authorization.k8s.io" && request.method != "DELETE";
    if grants && !user.may_do_everything() {
        let (_, would) = written(&mut dry(world, request, true), resource, target, request)?;
        let before = world.api("apiserver").get(resource.name, target.namespace.as_deref(), would_name(&would)).ok();
        check_escalation(world, resource, user, &would, before.as_deref())?;
    }
    let mut api = dry(world, request, dry_run);
    api.user = (user.name.clone(), user.groups.clone());
    api.in_version.clone_from(&target.version);
    let (code, written) = match (request.method.as_str(), &target.name) {
        ("POST", None) if target.subresource.is_empty() => {
            if resource.plural == "bindings" {
                let binding = request.object(("", "v1"), "Binding")?;
                let pod = binding["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                return bind(&mut api, target, &pod, &binding, request);
            }
            written(&mut api, resource, target, request)?
        }
        ("POST", Some(name)) => return post(&mut api, resource, target, name, request),
        ("PUT" | "PATCH", Some(_)) => written(&mut api, resource, target, request)?,
        ("DELETE", Some(name)) => return delete(world, resource, target, name, request),
        ("DELETE", None) if resource.verbs.contains(&"deletecollection") => {
            let selector = Selector::of(resource, request)?;
            let options = options(request)?;
            let wanted = |object: &Value| selector.matches(object);
            let gone = api.delete_collection(&resource.qualified(), target.namespace.as_deref(), &options, wanted)?;
            let view = match gone.is_empty() {
                true => View::of_none(resource, &target.version, request)?,
                false => View::of(resource, &target.version, request)?,
            };
            let metadata = json!({"resourceVersion": world.store.revision().to_string()});
            return Ok(Answer::object(200, &view.list(world, &gone, metadata), request));
        }
        _ => return Err(Status::method_not_allowed()),
    };
    if target.subresource == "scale" {
        return Ok(Answer::object(code, &written, request));
    }
    let view = View::of(resource, &target.version, request)?;
    Ok(Answer::object(code, &view.one(world, &written), request))
}

fn dry<'w>(world: &'w mut World, request: &Request, dry_run: bool) -> Api<'w> {
    let mut api = world.api(request.manager());
    api.dry_run = dry_run;
    api
}

fn would_name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// What a POST, PUT or PATCH writes, with HTTP's code for it.
fn written(
    api: &mut Api<'_>,
    resource: &'static Resource,
    target: &Target,
    request: &Request,
) -> Result<(u16, Arc<Value>), Status> {
    match (request.method.as_str(), &target.name) {
        ("POST", None) => {
            let object = sent(resource, target, request)?;
            Ok((201, api.create(&resource.qualified(), target.namespace.as_deref(), object)?))
        }
        ("PUT", Some(name)) => Ok((200, put(api, resource, target, name, request)?)),
        ("PATCH", Some(name)) => patched(api, resource, target, name, request),
        _ => Err(Status::method_not_allowed()),
    }
}

/// A whole object as a client sent it, in the version that the sandbox holds it in.
fn sent(resource: &Resource, target: &Target, request: &Request) -> Result<Value, Status> {
    let mut object = request.object((&target.group, &target.version), resource.kind)?;
    if target.version == "v1beta1" {
        default_v1beta1(resource.group, &mut object);
    }
    from_version(resource, &target.version, object)
}

/// What v1beta1 takes for said where v1 takes something else, or asks for it: v1.20
/// `pkg/apis/{admissionregistration,certificates}/v1beta1/defaults.go`.
fn default_v1beta1(group: &str, object: &mut Value) {
    let set = |object: &mut Value, field: &str, value: Value| {
        if object[field].is_null() {
            object[field] = value;
        }
    };
    match group {
        "admissionregistration.k8s.io" => {
            for webhook in object["webhooks"].as_array_mut().into_iter().flatten() {
                set(webhook, "failurePolicy", json!("Ignore"));
                set(webhook, "matchPolicy", json!("Exact"));
                set(webhook, "sideEffects", json!("Unknown"));
                set(webhook, "timeoutSeconds", json!(30));
                set(webhook, "admissionReviewVersions", json!(["v1beta1"]));
            }
        }
        "certificates.k8s.io" => {
            let asked = SigningRequest::of(object);
            let usages = object["spec"]["usages"].as_array().into_iter().flatten();
            let usages: Vec<&str> = usages.filter_map(Value::as_str).collect();
            let signer = match asked {
                Some(asked) if asked.is_kubelet_client(&usages).is_ok() => "kube-apiserver-client-kubelet",
                Some(asked) if asked.is_kubelet_serving(&usages).is_ok() => "kubelet-serving",
                _ => "legacy-unknown",
            };
            set(&mut object["spec"], "signerName", json!(format!("kubernetes.io/{signer}")));
        }
        _ => {}
    }
}

/// POST to a part of an object.
fn post(
    api: &mut Api<'_>,
    resource: &Resource,
    target: &Target,
    name: &str,
    request: &Request,
) -> Result<Answer, Status> {
    let namespace = target.namespace.as_deref().unwrap_or_default();
    match (resource.plural, target.subresource.as_str()) {
        ("pods", "binding") => bind(api, target, name, &request.object(("", "v1"), "Binding")?, request),
        ("pods", "eviction") => {
            let eviction = request.object(("policy", "v1beta1"), "Eviction")?;
            if let (Some(kind), Some(of)) = (eviction["kind"].as_str(), eviction["apiVersion"].as_str())
                && kind != "Eviction"
            {
                let version = of.rsplit('/').next().unwrap_or_default();
                return Err(Status::bad_request(format!(
                    "{kind} in version {version:?} cannot be handled as a Eviction: converting ({version}.{kind}) to \
                     (policy.Eviction): unknown conversion"
                )));
            }
            if eviction["metadata"]["name"] != name {
                return Err(Status::bad_request("name in URL does not match name in Eviction object"));
            }
            api.evict(namespace, name, &of_value(&eviction["deleteOptions"]))?;
            Ok(Answer::object(201, &success(None), request))
        }
        (_, "") => Err(Status::method_not_allowed()),
        (plural, sub) => Err(Status::not_modelled(&format!("{plural}/{sub}"))),
    }
}

fn bind(api: &mut Api<'_>, target: &Target, pod: &str, binding: &Value, request: &Request) -> Result<Answer, Status> {
    let node = binding["target"]["name"].as_str().unwrap_or_default();
    api.bind(target.namespace.as_deref().unwrap_or_default(), pod, node)?;
    Ok(Answer::object(201, &success(None), request))
}

fn put(
    api: &mut Api<'_>,
    resource: &Resource,
    target: &Target,
    name: &str,
    request: &Request,
) -> Result<Arc<Value>, Status> {
    let namespace = target.namespace.as_deref();
    if target.subresource == "scale" {
        return api.update_scale(
            &resource.qualified(),
            namespace,
            name,
            &request.object(("autoscaling", "v1"), "Scale")?,
        );
    }
    let object = sent(resource, target, request)?;
    match object["metadata"]["name"].as_str().unwrap_or_default() {
        "" => return Err(nameless(name)),
        own if own != name => {
            return Err(Status::bad_request(format!(
                "the name of the object ({own}) does not match the name on the URL ({name})"
            )));
        }
        _ => {}
    }
    let (own, asked) = (object["metadata"]["namespace"].as_str().unwrap_or_default(), namespace.unwrap_or_default());
    if !own.is_empty() && own != asked && !asked.is_empty() {
        return Err(Status::bad_request(format!(
            "the namespace of the object ({own}) does not match the namespace on the request ({asked})"
        )));
    }
    match target.subresource.as_str() {
        "" => api.update(&resource.qualified(), namespace, object),
        "status" => api.update_status(&resource.qualified(), namespace, object),
        "finalize" => api.finalize(object),
        "approval" => api.approve(&object),
        other => Err(Status::not_modelled(&format!("{}/{other}", resource.plural))),
    }
}

/// 400 of an object that should have the name of its URL.
fn nameless(name: &str) -> Status {
    let why = "was undeterminable: name must be provided";
    Status::bad_request(format!("the name of the object ({name} based on URL) {why}"))
}

fn patched(
    api: &mut Api<'_>,
    resource: &Resource,
    target: &Target,
    name: &str,
    request: &Request,
) -> Result<(u16, Arc<Value>), Status> {
    let patch_type = match request.media_type() {
        "application/json-patch+json" => PatchType::Json,
        "application/merge-patch+json" => PatchType::Merge,
        "application/strategic-merge-patch+json" => PatchType::Strategic,
        "application/apply-patch+yaml" => PatchType::Apply { force: request.flag("force") },
        _ => {
            let message = "415: Unsupported Media Type".to_owned();
            return Err(Status { code: 415, reason: "UnsupportedMediaType", message, details: Some(json!({})) });
        }
    };
    // What is not applied patches what is there.
    if !matches!(patch_type, PatchType::Apply { .. }) {
        api.get(&resource.qualified(), target.namespace.as_deref(), name)?;
    }
    let body: Value = match patch_type {
        PatchType::Apply { .. } => {
            if request.query("fieldManager").is_none() {
                let why = "Required value: is required for apply patch";
                return Err(invalid_options("PatchOptions", "fieldManager", "FieldValueRequired", why));
            }
            applied(&request.body, resource, &target.version)?
        }
        _ => match malformed(&request.body, &patch_type) {
            Some(status) => return Err(status),
            // What comes behind the patch is not looked at.
            None => serde_json::Deserializer::from_slice(&request.body)
                .into_iter()
                .next()
                .and_then(Result::ok)
                .unwrap_or_default(),
        },
    };
    if matches!(patch_type, PatchType::Strategic) && body.is_null() {
        return Ok((200, api.get(&resource.qualified(), target.namespace.as_deref(), name)?));
    }
    let own = resource.version == target.version;
    let beside =
        matches!(patch_type, PatchType::Merge) && resource.conversion(&target.version) == Conversion::Definitions;
    let mut body = match patch_type {
        PatchType::Json => body,
        _ if beside && !own => body,
        _ => from_version(resource, &target.version, body)?,
    };
    if matches!(patch_type, PatchType::Strategic) && !resource.custom {
        // It patches what has its type already.
        body.as_object_mut()
            .into_iter()
            .for_each(|fields| fields.retain(|field, _| !matches!(&field[..], "kind" | "apiVersion")));
    }
    let namespace = target.namespace.as_deref();
    let there = api.get(&resource.qualified(), namespace, name);
    if let (Conversion::Definitions, false, PatchType::Json | PatchType::Merge, Ok(there)) =
        (resource.conversion(&target.version), resource.version == target.version, &patch_type, &there)
    {
        // Patched in the version in which it was asked for.
        let shown = super::definition::to_version(there);
        let patched = match patch_type {
            PatchType::Json => patch::json(&shown, &body)?,
            _ => patch::merge(&shown, &body),
        };
        let object = from_version(resource, &target.version, patched)?;
        return Ok((200, api.update(&resource.qualified(), namespace, object)?));
    }
    let there = there.is_ok();
    let written = api.patch(&resource.qualified(), namespace, name, &target.subresource, patch_type, &body)?;
    Ok((if there { 200 } else { 201 }, written))
}

fn delete(
    world: &mut World,
    resource: &'static Resource,
    target: &Target,
    name: &str,
    request: &Request,
) -> Result<Answer, Status> {
    if !target.subresource.is_empty() || !resource.verbs.contains(&"delete") {
        return Err(Status::method_not_allowed());
    }
    let options = options(request)?;
    let mut api = world.api(request.manager());
    api.dry_run = request.query("dryRun").is_some();
    let deleted = api.end(&resource.qualified(), target.namespace.as_deref(), name, &options)?;
    if deleted.gone && !RETURNED.contains(&resource.plural) {
        let mut details = json!({"name": name});
        if !resource.group.is_empty() {
            details["group"] = json!(resource.group);
        }
        details["kind"] = json!(resource.plural);
        details["uid"] = deleted.object["metadata"]["uid"].clone();
        return Ok(Answer::object(200, &success(Some(details)), request));
    }
    let view = View::of(resource, &target.version, request)?;
    Ok(Answer::object(200, &view.one(world, &deleted.object), request))
}

/// The options of a deletion, from its body and its query.
fn options(request: &Request) -> Result<DeleteOptions, Status> {
    let mut options =
        if request.body.is_empty() { DeleteOptions::default() } else { of_value(&request.delete_options()?) };
    if let Some(text) = request.query("gracePeriodSeconds") {
        let seconds = text
            .parse()
            .map_err(|_| Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))?;
        options.grace_period_seconds = Some(seconds);
    }
    if let Some(policy) = request.query("propagationPolicy") {
        options.propagation_policy = Some(policy.to_owned());
    }
    if request.query("orphanDependents") == Some("true") {
        options.propagation_policy = Some("Orphan".to_owned());
    }
    let policy = options.propagation_policy.as_deref();
    if let Some(policy) = policy.filter(|policy| !matches!(*policy, "Foreground" | "Background" | "Orphan")) {
        let known = "\"Foreground\", \"Background\", \"Orphan\", \"nil\"";
        let why = format!("Unsupported value: {policy:?}: supported values: {known}");
        return Err(invalid_options("DeleteOptions", "propagationPolicy", "FieldValueNotSupported", &why));
    }
    Ok(options)
}

/// `metav1.DeleteOptions`.
fn of_value(value: &Value) -> DeleteOptions {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let orphan = value["orphanDependents"].as_bool().map(|orphan| if orphan { "Orphan" } else { "Background" });
    DeleteOptions {
        grace_period_seconds: value["gracePeriodSeconds"].as_i64(),
        propagation_policy: text(&value["propagationPolicy"]).or_else(|| orphan.map(str::to_owned)),
        uid: text(&value["preconditions"]["uid"]),
        resource_version: text(&value["preconditions"]["resourceVersion"]),
        dry_run: value["dryRun"].as_array().is_some_and(|run| !run.is_empty()),
    }
}

/// A Status of success.
fn success(details: Option<Value>) -> Value {
    let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"});
    match details {
        Some(details) => status["details"] = details,
        None => status["code"] = json!(201),
    }
    status
}

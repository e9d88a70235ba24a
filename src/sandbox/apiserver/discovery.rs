//! What there is: `/api`, `/apis`, `/version`.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::request::Request;
use crate::sandbox::World;
use crate::sandbox::api::{GROUPS, RESOURCES, Resource, group_version};

/// `/version`.
pub(super) fn version() -> Answer {
    let version = json!({
        "major": "1",
        "minor": "20",
        "gitVersion": "v1.20.2",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2021-01-13T13:20:00Z",
        "goVersion": "go1.19.8",
        "compiler": "gc",
        "platform": "linux/amd64",
    });
    // This one is always for people to read.
    let body = serde_json::to_string_pretty(&version).unwrap_or_default();
    Answer::Whole { code: 200, content_type: "application/json", body: body.into() }
}

/// What a real server has besides, and says so.
pub(super) const NOT_MODELLED: [&str; 3] = ["/.well-known/openid-configuration", "/logs", "/openid/v1/jwks"];

/// `/`, `/api` and `/apis`.
pub(super) fn top(world: &World, request: &Request) -> Answer {
    let value = match request.path.trim_matches('/') {
        "api" => json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address(world)}],
        }),
        "apis" => {
            let groups: Vec<Value> = groups(world).iter().map(|(name, versions)| group(name, versions)).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        }
        _ => {
            let own = ["/api", "/api/v1", "/apis", "/apis/", "/metrics", "/openapi/v2", "/version"];
            let mut paths: Vec<String> = own.iter().chain(&NOT_MODELLED).map(|path| (*path).to_owned()).collect();
            paths.extend(super::health::paths());
            for (name, versions) in groups(world) {
                paths.push(format!("/apis/{name}"));
                paths.extend(versions.iter().map(|version| format!("/apis/{name}/{version}")));
            }
            paths.sort();
            // This one is always for people to read.
            let body = serde_json::to_string_pretty(&json!({"paths": paths})).unwrap_or_default();
            return Answer::Whole { code: 200, content_type: "application/json", body: body.into() };
        }
    };
    Answer::object(200, &value, request)
}

/// `/apis/<group>`, `/api/v1`, `/apis/<group>/<version>`; none: there is no such.
pub(super) fn group_or_version(world: &World, request: &Request, path: &str) -> Option<Answer> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let value = match parts[..] {
        ["api", "v1"] => resources(world, "", "v1"),
        ["apis", name] => {
            let groups = groups(world);
            let (name, versions) = groups.iter().find(|(group, _)| group == name)?;
            let mut value = json!({"kind": "APIGroup", "apiVersion": "v1"});
            if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), group(name, versions)) {
                fields.extend(more);
            }
            value
        }
        ["apis", name, version] => {
            let groups = groups(world);
            let (name, _) =
                groups.iter().find(|(group, versions)| group == name && versions.iter().any(|v| v == version))?;
            if !world.serves(name, version) {
                return None;
            }
            resources(world, name, version)
        }
        _ => return None,
    };
    Some(Answer::object(200, &value, request))
}

/// Whether a path is below a group's.
pub(super) fn is_of_group(world: &World, path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    match (parts.next(), parts.next()) {
        (Some("api"), Some(_)) => true,
        (Some("apis"), Some(group)) => groups(world).iter().any(|(name, _)| name == group),
        _ => false,
    }
}

/// All groups with their versions, the preferred one first: the built-in ones, then those of definitions by name, then those of others.
fn groups(world: &World) -> Vec<(String, Vec<String>)> {
    let own = |versions: &[&str]| versions.iter().map(|version| (*version).to_owned()).collect::<Vec<_>>();
    let mut groups: Vec<(String, Vec<String>)> =
        GROUPS.iter().map(|(name, versions)| ((*name).to_owned(), own(versions))).collect();
    for resource in world.custom_resources() {
        match groups.iter_mut().find(|(name, _)| name == resource.group) {
            Some((_, versions)) => {
                for version in own(resource.served) {
                    if !versions.contains(&version) {
                        versions.push(version);
                    }
                }
            }
            None => groups.push((resource.group.to_owned(), own(resource.served))),
        }
    }
    for one in world.aggregated() {
        match groups.iter_mut().find(|(name, _)| *name == one.group) {
            Some((_, versions)) if versions.contains(&one.version) => {}
            Some((_, versions)) => versions.push(one.version),
            None => groups.push((one.group, vec![one.version])),
        }
    }
    groups
}

/// What is said of what is another server's; none: it is none.
pub(super) fn elsewhere(world: &World, path: &str) -> Option<Answer> {
    let mut parts = path.strip_prefix("/apis/")?.split('/');
    let (group, version) = (parts.next()?, parts.next()?);
    if world.serves(group, version) {
        return None;
    }
    let all = world.aggregated();
    let remote = all.iter().any(|one| one.group == group && one.version == version && one.remote);
    remote.then(|| Answer::text(503, "service unavailable\n"))
}

fn group(name: &str, versions: &[String]) -> Value {
    let version = |version: &String| json!({"groupVersion": group_version(name, version), "version": version});
    let all: Vec<Value> = versions.iter().map(version).collect();
    json!({"name": name, "versions": all, "preferredVersion": all.first()})
}

/// The list of a group's resources in one version.
fn resources(world: &World, group: &str, version: &str) -> Value {
    let custom = world.custom_resources();
    let all = RESOURCES.iter().chain(custom);
    let mut rows: Vec<Value> = Vec::new();
    for resource in all.filter(|r| r.group == group && r.served.contains(&version)) {
        rows.push(row(resource));
        for sub in resource.subresources {
            // Of these v1beta1 has no status: the rest.storage of v1.20's `pkg/registry/storage/rest`.
            if resource.plural == "volumeattachments" && version != "v1" {
                continue;
            }
            let kind = if sub.kind.is_empty() { resource.kind } else { sub.kind };
            let mut row = json!({"name": format!("{}/{}", resource.plural, sub.name), "singularName": ""});
            row["namespaced"] = json!(resource.namespaced);
            if let Some((group, version)) = sub.group_version {
                row["group"] = json!(group);
                row["version"] = json!(version);
            }
            row["kind"] = json!(kind);
            row["verbs"] = json!(sub.verbs);
            rows.push(row);
        }
    }
    let mut list = json!({"kind": "APIResourceList"});
    // The lists of these two are older than apiVersion in them.
    if !matches!(group, "" | "extensions") {
        list["apiVersion"] = json!("v1");
    }
    list["groupVersion"] = json!(group_version(group, version));
    list["resources"] = json!(rows);
    list
}

fn row(resource: &Resource) -> Value {
    let mut row = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    });
    for (field, list) in [("shortNames", resource.short_names), ("categories", resource.categories)] {
        if !list.is_empty() {
            row[field] = json!(list);
        }
    }
    if !resource.folder.is_empty() {
        row["storageVersionHash"] = json!(storage_version_hash(resource));
    }
    row
}

/// Names the stored version: apiserver v0.20.2 `endpoints/discovery/storageversionhash.go`.
fn storage_version_hash(resource: &Resource) -> String {
    use base64::Engine as _;
    let (group, version) = match resource.plural {
        // The sandbox stores these as v1, because it models no other shape of them; upstream does not yet.
        "certificatesigningrequests" | "customresourcedefinitions" => (resource.group, "v1beta1"),
        "ingresses" => ("networking.k8s.io", "v1beta1"),
        _ => resource.stored,
    };
    let digest = Sha256::digest(format!("{group}/{version}/{}", resource.kind));
    base64::engine::general_purpose::STANDARD.encode(&digest[..8])
}

/// Where the API server is, as its endpoints say.
fn address(world: &World) -> String {
    let endpoints = world.store.get(b"/registry/services/endpoints/default/kubernetes").map(|kv| world.object(kv));
    let ip = endpoints.as_ref().and_then(|found| found["subsets"][0]["addresses"][0]["ip"].as_str());
    format!("{}:6443", ip.unwrap_or("127.0.0.1"))
}

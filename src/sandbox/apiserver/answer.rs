//! Who answers what.

use bytes::Bytes;
use serde_json::Value;

use super::logs::{self, Followed, Log};
use super::media::{Accepted, Media};
use super::remote::forward::{self, Forward};
use super::remote::{self, Prepared};
use super::request::{Request, Target};
use super::watch::Wanted;
use super::{User, access, discovery, health, metrics, openapi, page, patience, present, proxy, read, write};
use crate::sandbox::api::{Resource, Status, awaits_account, qualified};
use crate::sandbox::{World, codec};
use access::Attributes;

/// What is sent back.
pub(super) enum Answer {
    /// At once.
    Whole { code: u16, content_type: &'static str, body: Bytes },
    /// As it happens.
    Watch(Box<Wanted>),
    /// As it is written.
    Log(Followed),
    /// A process, over the upgraded connection.
    Remote(Box<Prepared>),
    /// Ports of a Pod, over the upgraded connection.
    Forward(Box<Forward>),
}

impl Answer {
    /// An object, in the form that the client accepts; JSON, where it accepts none.
    pub(super) fn object(code: u16, value: &Value, request: &Request) -> Self {
        let kind = |field: &str| value[field].as_str().unwrap_or_default();
        let protobuf = codec::has_protobuf(kind("apiVersion"), kind("kind"));
        let media = Accepted::of(request, protobuf).map_or(Media::Json, |accepted| accepted.media);
        let (media, body) = match media {
            Media::Protobuf => match codec::to_wire(value) {
                Some(body) => (media, body),
                None => (Media::Json, present::json(value, request).into()),
            },
            Media::Yaml => (media, crate::render::yaml(value).into()),
            Media::Json => (media, present::json(value, request).into()),
        };
        Self::Whole { code, content_type: media.content_type(), body }
    }

    /// A text.
    pub(super) fn text(code: u16, text: impl Into<Bytes>) -> Self {
        Self::Whole { code, content_type: "text/plain; charset=utf-8", body: text.into() }
    }
}

/// Answers a request.
pub(super) fn answer(world: &mut World, request: &Request, user: &User) -> Answer {
    let answered = asked(world, request, user);
    told(world, request, answered)
}

/// Answers a request, unless it is refused for want of what a controller is about to make: it may be asked again.
pub(super) fn answer_unless_early(world: &mut World, request: &Request, user: &User) -> Option<Answer> {
    match asked(world, request, user) {
        Err(status) if awaits_account(&status) => None,
        answered => Some(told(world, request, answered)),
    }
}

/// What is sent, which is counted.
fn told(world: &mut World, request: &Request, answered: Result<Answer, Status>) -> Answer {
    let answer =
        answered.unwrap_or_else(|status| Answer::object(status.code, &page::refused(&status, request), request));
    metrics::count(world, request, &answer);
    answer
}

fn asked(world: &mut World, request: &Request, user: &User) -> Result<Answer, Status> {
    // A certificate is looked at first.
    let token = Some(&request.authorization).filter(|token| !token.is_empty() && *user == User::anonymous());
    let bearer = token.map(|token| access::authenticate(world, token.strip_prefix("Bearer ").unwrap_or_default()));
    let user = bearer.transpose()?.unwrap_or_else(|| user.clone());
    let user = access::impersonated(world, request, &user)?.unwrap_or(user);
    routed(world, request, &user)
}

fn routed(world: &mut World, request: &Request, user: &User) -> Result<Answer, Status> {
    let path = request.path.trim_end_matches('/');
    let target = Target::of(path);
    access::allow(world, user, &Attributes::of(request, target.as_ref()))?;
    if path == "/version" {
        return Ok(discovery::version());
    }
    if let Some(answer) = health::answer(world, request) {
        return answer;
    }
    if let Some(status) = patience::timed_out(world, request) {
        return Err(status);
    }
    if let Some(answer) = discovery::elsewhere(world, path) {
        return Ok(answer);
    }
    match path {
        "" | "/api" | "/apis" => return Ok(discovery::top(world, request)),
        "/openapi/v2" => {
            let definitions = world.api("apiserver").list("customresourcedefinitions", None)?;
            let custom: Vec<Value> = definitions.iter().map(|definition| Value::clone(definition)).collect();
            let protobuf = request.accept.contains(openapi::PROTOBUF);
            let (content_type, body) = match protobuf {
                // As a real server: the media type that was asked for is none that Go's newer parsers take.
                true => ("application/octet-stream", openapi::protobuf(&custom)),
                // And of the other nothing is said, so that Go looks at how it begins.
                false => ("text/plain; charset=utf-8", openapi::json(&custom)),
            };
            return Ok(Answer::Whole { code: 200, content_type, body: body.into() });
        }
        "/metrics" => return Ok(metrics::of_server(world)),
        _ if discovery::NOT_MODELLED.contains(&path) => return Err(Status::not_modelled(path)),
        _ => {}
    }
    let Some(target) = target else {
        return match discovery::group_or_version(world, request, path) {
            Some(answer) => Ok(answer),
            // Another version of what there is.
            None if discovery::is_of_group(world, path) => Err(Status::no_resource()),
            None => Ok(Answer::text(404, "404 page not found\n")),
        };
    };
    let resource = found(world, &target)?;
    if let (Some(name), Some("proxy")) = (&target.name, target.subresource.split('/').next()) {
        return proxy::answer(world, resource, &target, name, request);
    }
    if let Some(answer) = access::review(world, resource, &target, request, user)? {
        return Ok(answer);
    }
    if let (Some(name), "token", "POST") = (&target.name, target.subresource.as_str(), request.method.as_str()) {
        return access::request_token(world, resource, &target, name, request);
    }
    if let (Some(name), "log" | "exec" | "attach" | "portforward") = (&target.name, target.subresource.as_str()) {
        return of_pod(world, &target, name, request);
    }
    match request.method.as_str() {
        "GET" | "HEAD" => read::answer(world, resource, &target, request),
        _ => write::answer(world, resource, &target, request, user),
    }
}

/// What the kubelet answers about a Pod.
fn of_pod(world: &mut World, target: &Target, name: &str, request: &Request) -> Result<Answer, Status> {
    let pod = world.api("apiserver").get("pods", target.namespace.as_deref(), name)?;
    match target.subresource.as_str() {
        part @ ("exec" | "attach") => match remote::prepare(world, &pod, part, request) {
            Err(said) if said.reason == remote::KUBELET => Ok(Answer::text(said.code, said.message)),
            prepared => Ok(Answer::Remote(Box::new(prepared?))),
        },
        "portforward" if !matches!(request.method.as_str(), "GET" | "POST") => Err(Status::method_not_allowed()),
        "portforward" => forward::prepare(world, &pod, request),
        _ => Ok(match logs::read(world, &pod, request)? {
            Log::Text(text) => Answer::Whole { code: 200, content_type: "text/plain", body: text.into() },
            Log::Followed(followed) => Answer::Log(followed),
        }),
    }
}

/// The resource that a path names.
fn found(world: &World, target: &Target) -> Result<&'static Resource, Status> {
    let built_in = Resource::at(&target.group, &target.version, &target.plural);
    let custom = || {
        let resource = world.custom_resource(&qualified(&target.plural, &target.group))?;
        (resource.group == target.group && resource.served.contains(&target.version.as_str())).then_some(resource)
    };
    let resource = built_in.or_else(custom).ok_or_else(Status::no_resource)?;
    let part = match target.subresource.split_once('/') {
        Some(("proxy", _)) => "proxy",
        _ => target.subresource.as_str(),
    };
    if !part.is_empty() && resource.subresource(part).is_none() {
        return Err(Status::no_resource());
    }
    if target.namespace.is_some() != resource.namespaced && (target.namespace.is_some() || target.name.is_some()) {
        return Err(Status::no_resource());
    }
    Ok(resource)
}

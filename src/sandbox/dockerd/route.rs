//! What is asked for: paths, with the API's version or without.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

use super::answer::{Answer, Refusal};
use super::{archive, containers, engine, events, exec, inspect, lifecycle, networks, volumes};
use crate::sandbox::Shared;

/// A request, read.
pub(super) struct Asked {
    pub shared: Shared,
    pub method: Method,
    /// The type of the body, without parameters.
    pub content_type: String,
    pub query: BTreeMap<String, String>,
    pub body: Bytes,
}

impl Asked {
    /// The JSON that was sent.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).map_err(|error| Refusal(400, error.to_string()))
    }

    /// The JSON that must have been sent, by those who say that it is.
    pub(super) fn typed_json(&self) -> Result<Value, Refusal> {
        if self.content_type != "application/json" {
            let kind = &self.content_type;
            return Err(Refusal(400, format!("Content-Type specified ({kind}) must be 'application/json'")));
        }
        if self.body.is_empty() {
            return Err(Refusal(400, "got EOF while reading request body".to_owned()));
        }
        self.json()
    }

    /// Whether a parameter is set, as Docker reads truth.
    pub(super) fn flag(&self, name: &str) -> bool {
        !matches!(self.query.get(name).map(String::as_str), None | Some("" | "0" | "no" | "false" | "none"))
    }

    pub(super) fn value(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

/// Answers a request.
pub(super) async fn route(mut request: Request<Incoming>, shared: Shared) -> Answer {
    let path = request.uri().path().to_owned();
    let path = path.trim_start_matches('/');
    let mut parts: Vec<String> = path.split('/').map(decode).collect();
    let versioned = parts[0]
        .strip_prefix('v')
        .is_some_and(|v| v.contains('.') && v.chars().all(|c| c.is_ascii_digit() || c == '.'));
    if versioned {
        let version = parts.remove(0);
        let number = |text: &str| text.parse::<u32>().unwrap_or(0);
        let (major, minor) =
            version[1..].split_once('.').map_or((0, 0), |(major, minor)| (number(major), number(minor)));
        if (major, minor) < (1, 12) {
            let how = "Minimum supported API version is 1.12, please upgrade your client to a newer version";
            return Refusal(400, format!("client version {} is too old. {how}", &version[1..])).into();
        }
        if (major, minor) > (1, 41) {
            let text = format!("client version {} is too new. Maximum supported API version is 1.41", &version[1..]);
            return Refusal(400, text).into();
        }
    }
    let query = request.uri().query().unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let upgrade = request.headers().contains_key("upgrade").then(|| hyper::upgrade::on(&mut request));
    let method = request.method().clone();
    let content_type = request.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_owned();
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Refusal(400, error.to_string()).into(),
    };
    let asked = Asked { shared, method, content_type, query, body };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    dispatch(asked, &parts, upgrade).await.unwrap_or_else(Answer::from)
}

async fn dispatch(asked: Asked, parts: &[&str], upgrade: Option<hyper::upgrade::OnUpgrade>) -> Result<Answer, Refusal> {
    let post = asked.method == Method::POST;
    let get = asked.method == Method::GET || asked.method == Method::HEAD;
    match parts {
        ["_ping"] if get => Ok(engine::ping(&asked)),
        ["version"] if get => Ok(engine::version()),
        ["info"] if get => Ok(engine::info(&asked)),
        ["events"] if get => events::events(&asked),
        ["images", "json"] if get => Ok(engine::images(&asked)),
        ["containers", "json"] if get => containers::list(&asked),
        ["containers", name, "json"] if get => inspect::inspect(&asked, name),
        ["containers", name, "top"] if get => containers::top(&asked, name),
        ["containers", name, "logs"] if get => containers::logs(&asked, name),
        ["containers", name, "stats"] if get => {
            containers::known(&asked, name)?;
            Err(Refusal(501, "stats are not modelled in kpnb's sandbox".to_owned()))
        }
        ["containers", name, "archive"] => archive::answer(&asked, name),
        ["containers", name, "exec"] if post => exec::create(&asked, name),
        ["containers", name, "wait"] if post => lifecycle::wait(asked, name).await,
        ["containers", name, action @ ("start" | "stop" | "restart" | "kill" | "pause" | "unpause")] if post => {
            lifecycle::act(asked, name, action).await
        }
        ["containers", name, "rename"] if post => {
            containers::known(&asked, name)?;
            Err(Refusal(501, "the nodes of kpnb's sandbox cannot be renamed".to_owned()))
        }
        ["exec", id, "start"] if post => exec::start(asked, id, upgrade),
        ["exec", id, "json"] if get => exec::inspect(&asked, id),
        ["exec", id, "resize"] if post => exec::resize(&asked, id),
        ["networks"] if get => networks::list(&asked),
        ["networks", name] if get => networks::inspect(&asked, name),
        ["networks", name] if asked.method == Method::DELETE => networks::remove(&asked, name),
        ["networks", name, action @ ("connect" | "disconnect")] if post => networks::act(&asked, name, action),
        ["containers", name, ..] => {
            containers::known(&asked, name)?;
            unmodelled(&asked, parts)
        }
        ["images", name @ .., "json"] if get => engine::image(&asked, &name.join("/")),
        ["volumes"] if get => Ok(volumes::list(&asked)),
        ["volumes", name] if get => volumes::inspect(&asked, name),
        ["plugins", name, "json"] if get => Err(Refusal(404, format!("plugin {name:?} not found"))),
        ["swarm" | "services" | "tasks" | "nodes" | "secrets" | "configs", ..] if get => {
            let how = "Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.";
            Err(Refusal(503, format!("This node is not a swarm manager. {how}")))
        }
        ["images" | "networks" | "volumes" | "build" | "system" | "plugins" | "swarm" | "services", ..] => {
            unmodelled(&asked, parts)
        }
        _ => Err(Refusal(404, "page not found".to_owned())),
    }
}

fn unmodelled(asked: &Asked, parts: &[&str]) -> Result<Answer, Refusal> {
    Err(Refusal(501, format!("{} /{} is not modelled in kpnb's sandbox", asked.method, parts.join("/"))))
}

/// `%2F` and its like.
fn decode(part: &str) -> String {
    if !part.contains('%') {
        return part.to_owned();
    }
    // `+` is itself in a path.
    let escaped = part.replace('+', "%2B");
    form_urlencoded::parse(escaped.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}

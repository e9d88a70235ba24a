//! What is asked for: apiserver v0.20.2 `endpoints/request/requestinfo.go`.

use bytes::Bytes;
use serde_json::Value;

use super::syntax;
use crate::render::compact_json;
use crate::sandbox::api::{Status, schema};
use crate::sandbox::codec;

/// A request, with its body read.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub accept: String,
    /// `Accept-Encoding`.
    pub encodings: String,
    /// `If-None-Match`.
    pub none_match: String,
    pub content_type: String,
    pub agent: String,
    /// Its `Authorization`; empty: none.
    pub authorization: String,
    /// As whom it is asked.
    pub impersonate: Impersonate,
    /// What the connection is to become, and how WebSocket asks for it.
    pub upgrade: String,
    pub protocols: String,
    /// And how SPDY does: each header has one.
    pub stream_protocols: Vec<String>,
    pub key: String,
    pub body: Bytes,
}

/// The user that a request is to be answered as, by the headers of k8s.io/api `authentication/v1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Impersonate {
    /// Empty: nobody.
    pub user: String,
    pub groups: Vec<String>,
    /// Keys and values.
    pub extra: Vec<(String, String)>,
}

impl Impersonate {
    fn of(headers: &http::HeaderMap) -> Self {
        let all = |name: &str| {
            let values = headers.get_all(name).iter();
            values.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect::<Vec<_>>()
        };
        let extra = headers.iter().filter_map(|(name, value)| {
            let key = name.as_str().strip_prefix("impersonate-extra-")?;
            Some((decoded(key), value.to_str().ok()?.to_owned()))
        });
        let user = all("impersonate-user").into_iter().next().unwrap_or_default();
        Self { user, groups: all("impersonate-group"), extra: extra.collect() }
    }
}

/// A path below `/api/v1` or `/apis/<group>/<version>`, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Target {
    pub group: String,
    pub version: String,
    pub namespace: Option<String>,
    pub plural: String,
    pub name: Option<String>,
    pub subresource: String,
    /// Of the deprecated `/watch/` paths.
    pub watch: bool,
}

/// Why a body is not what it should be.
enum Unfit {
    /// It has no kind: why.
    Unrecognized(String),
    /// It is none of its kind: the kind and version that it is taken for, and why.
    Unlike(String, String, String),
    /// Nobody reads its format.
    Format,
}

impl Request {
    pub(super) fn new(head: &http::request::Parts, body: Bytes) -> Self {
        let header = |name: http::HeaderName| {
            head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let query = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let stream_protocols = head.headers.get_all("X-Stream-Protocol-Version").iter();
        let stream_protocols = stream_protocols.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect();
        Self {
            method: head.method.to_string(),
            path: decoded(head.uri.path()),
            query,
            accept: header(http::header::ACCEPT),
            encodings: header(http::header::ACCEPT_ENCODING),
            none_match: header(http::header::IF_NONE_MATCH),
            content_type: header(http::header::CONTENT_TYPE),
            agent: header(http::header::USER_AGENT),
            upgrade: header(http::header::UPGRADE),
            protocols: header(http::header::SEC_WEBSOCKET_PROTOCOL),
            stream_protocols,
            key: header(http::header::SEC_WEBSOCKET_KEY),
            authorization: header(http::header::AUTHORIZATION),
            impersonate: Impersonate::of(&head.headers),
            body,
        }
    }

    /// A parameter of the query; empty counts as absent.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// A flag of the query.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.query.iter().any(|(key, value)| key == name && matches!(value.as_str(), "" | "1" | "t" | "true" | "True"))
    }

    /// Who is noted as the manager of what is written.
    pub(super) fn manager(&self) -> String {
        let agent = self.agent.split('/').next().filter(|agent| !agent.is_empty()).unwrap_or("unknown");
        self.query("fieldManager").unwrap_or(agent).to_owned()
    }

    /// The content type without its parameters.
    pub(super) fn media_type(&self) -> &str {
        self.content_type.split(';').next().unwrap_or_default().trim()
    }

    /// The body as an object, from JSON or YAML, of the group, version and kind that it names, or else of those that are
    /// due; without fields that the kind does not have.
    ///
    /// # Errors
    /// 400 of what is no such object; 415.
    pub(super) fn object(&self, due: (&str, &str), kind: &str) -> Result<Value, Status> {
        self.read(due, kind).map_err(|unfit| match unfit {
            Unfit::Unrecognized(why) => self.unrecognized(kind, &why),
            Unfit::Unlike(own, _, why) if own.is_empty() => {
                Status::bad_request(format!("the object provided is unrecognized (must be of type {kind}): {why}"))
            }
            Unfit::Unlike(own, version, why) => {
                Status::bad_request(format!("{own} in version {version:?} cannot be handled as a {kind}: {why}"))
            }
            Unfit::Format => Status::unsupported_media_type(
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json, application/yaml, application/vnd.kubernetes.protobuf",
            ),
        })
    }

    /// The body as the options of a deletion, whose complaints upstream hands on as they are.
    ///
    /// # Errors
    /// 500 of what are none; 415.
    pub(super) fn delete_options(&self) -> Result<Value, Status> {
        self.read(("", "v1"), "DeleteOptions").map_err(|unfit| match unfit {
            Unfit::Unrecognized(message) | Unfit::Unlike(_, _, message) => {
                Status { code: 500, reason: "", message, details: None }
            }
            Unfit::Format => Status::unsupported_media_type("415: Unsupported Media Type"),
        })
    }

    fn read(&self, due: (&str, &str), kind: &str) -> Result<Value, Unfit> {
        let (text, object) = match self.media_type() {
            "" | "application/json" => {
                let object = serde_json::from_slice(&self.body).map_err(|error| {
                    let what = syntax::unmarshalled(&self.body).unwrap_or_else(|| error.to_string());
                    Unfit::Unrecognized(format!("couldn't get version/kind; json parse error: {what}"))
                })?;
                (self.body.clone(), object)
            }
            "application/yaml" => {
                let sorted = sorted(&syntax::yaml(&self.body).map_err(Unfit::Unrecognized)?);
                (Bytes::from(compact_json(&sorted)), sorted)
            }
            // What is in protobuf is of its type.
            "application/vnd.kubernetes.protobuf" => {
                return codec::from_wire(&self.body).map_err(|why| Unfit::Unlike(String::new(), String::new(), why));
            }
            _ => return Err(Unfit::Format),
        };
        if let Some(why) = schema::no_type(&object) {
            return Err(Unfit::Unrecognized(why));
        }
        schema::typed(due, kind, object, &text).map_err(|(own, version, why)| Unfit::Unlike(own, version, why))
    }

    /// 400 of what has no kind.
    fn unrecognized(&self, kind: &str, what: &str) -> Status {
        let text = String::from_utf8_lossy(&self.body);
        // Go tells the start of what is text, and of the rest the bytes.
        let shown: String = if text.is_empty() {
            "<empty>".to_owned()
        } else if text.starts_with('{') {
            let start: String = text.chars().take(30).collect();
            if start.len() < text.len() { format!("{start} ...") } else { start }
        } else {
            let start: String = self.body.iter().take(30).map(|byte| format!("{byte:02x}")).collect();
            if self.body.len() > 30 { format!("{start} ...") } else { start }
        };
        Status::bad_request(format!("the object provided is unrecognized (must be of type {kind}): {what} ({shown})"))
    }
}

impl Target {
    /// Takes a path apart; none: it is not of a resource.
    pub(super) fn of(path: &str) -> Option<Self> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let (group, version) = match parts.next()? {
            "api" => ("", parts.next()?),
            "apis" => (parts.next()?, parts.next()?),
            _ => return None,
        };
        let mut rest: Vec<&str> = parts.collect();
        let watch = rest.first() == Some(&"watch");
        if watch {
            rest.remove(0);
        }
        let mut target = Self { group: group.to_owned(), version: version.to_owned(), watch, ..Self::default() };
        let of_namespace = |rest: &[&str]| rest.len() == 3 && matches!(rest[2], "status" | "finalize");
        if rest.first() == Some(&"namespaces") && rest.len() > 2 && !of_namespace(&rest) {
            target.namespace = Some(rest[1].to_owned());
            rest.drain(..2);
        }
        let mut rest = rest.into_iter();
        target.plural = rest.next()?.to_owned();
        target.name = rest.next().map(str::to_owned);
        target.subresource = rest.collect::<Vec<_>>().join("/");
        Some(target)
    }
}

/// A value with all fields in the order of their names, as YAML becomes JSON upstream.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(elements) => elements.iter().map(sorted).collect(),
        plain => plain.clone(),
    }
}

fn decoded(path: &str) -> String {
    if !path.contains('%') {
        return path.to_owned();
    }
    // `+` stands for itself in a path.
    let query = format!("p={}", path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

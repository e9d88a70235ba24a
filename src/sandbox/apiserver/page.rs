//! Lists in pages: `limit` and `continue`: apiserver v0.20.2 `storage/etcd3/store.go`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::request::Request;
use super::select::Selector;
use crate::sandbox::World;
use crate::sandbox::api::{Resource, Status};
use crate::sandbox::store::{Keys, Query};

/// The version of the tokens of `continue`.
const TOKEN: &str = "meta.k8s.io/v1";

/// One page of a list.
pub(super) struct Page {
    pub objects: Vec<std::sync::Arc<Value>>,
    /// The list's `metadata`.
    pub metadata: Value,
}

/// Reads a page.
///
/// # Errors
/// 400, 410 of a revision that is compacted, 504 of one that is yet to come.
pub(super) fn read(
    world: &World,
    resource: &Resource,
    namespace: Option<&str>,
    selector: &Selector,
    request: &Request,
) -> Result<Page, Status> {
    check(request)?;
    let limit = usize::try_from(number(request, "limit")?).unwrap_or_default();
    let asked = revision(request.query("resourceVersion"))?;
    let current = world.store.revision();
    let exact = request.query("resourceVersionMatch") == Some("Exact") || (limit > 0 && asked > 0);
    // What only etcd knows is told in its words.
    if exact && asked > current && request.query("continue").is_none() {
        let message = "etcdserver: mvcc: required revision is a future revision".to_owned();
        return Err(Status { code: 500, reason: "", message, details: None });
    }
    let version = reached(world, request)?;
    let prefix = resource.prefix(namespace);
    let (at, start) = match request.query("continue") {
        Some(_) if version > 0 => {
            return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
        }
        Some(token) => from_token(token, &prefix)?,
        None if exact => (version, prefix.clone()),
        None => (0, prefix.clone()),
    };
    // Whatever is recent enough may come from a cache, which knows no pages.
    let limit = if request.query("resourceVersion") == Some("0") { 0 } else { limit };
    let keys = Keys::between(start, after(&prefix));
    let query = Query { revision: at, ..Query::default() };
    let found = world.store.range(&keys, &query).map_err(|_| {
        let message = match request.query("continue") {
            Some(_) => {
                "The provided continue parameter is too old to display a consistent list result. You can start a new \
                 list without the continue parameter, or use the continue token in this response to retrieve the \
                 remainder of the results. Continuing with the provided token results in an inconsistent list - objects \
                 that were created, modified, or deleted between the time the first chunk was returned and now may show \
                 up in the list."
            }
            None => "The resourceVersion for the provided list is too old.",
        };
        Status::expired(message)
    })?;
    let revision = if at > 0 { at } else { current };
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    let mut objects = Vec::new();
    let total = found.kvs.len();
    for (index, kv) in found.kvs.into_iter().enumerate() {
        if limit > 0 && objects.len() >= limit {
            let last = objects.last().map_or_else(String::new, |last: &std::sync::Arc<Value>| {
                let namespace = last["metadata"]["namespace"].as_str();
                resource.key(namespace, last["metadata"]["name"].as_str().unwrap_or_default())
            });
            metadata["continue"] = json!(to_token(revision, last.strip_prefix(prefix.as_str()).unwrap_or_default()));
            if selector.is_empty() {
                metadata["remainingItemCount"] = json!(total - index);
            }
            break;
        }
        world.readable(resource, &kv)?;
        let object = world.object(&kv);
        if selector.matches(&object) {
            objects.push(object);
        }
    }
    Ok(Page { objects, metadata })
}

/// The end of the keys that begin with a prefix, which ends in `/`.
fn after(prefix: &str) -> String {
    format!("{}0", prefix.trim_end_matches('/'))
}

/// A refusal. One of a token that is too old has another, with which the list goes on as all is now: etcd3/errors.go,
/// `handleCompactedErrorForPaging`.
pub(super) fn refused(status: &Status, request: &Request) -> Value {
    let mut value = status.to_value();
    let token = request.query("continue").filter(|_| status.reason == "Expired");
    if let Some((_, start)) = token.and_then(|token| from_token(token, "").ok()) {
        value["metadata"]["continue"] = json!(to_token(-1, start.trim_end_matches('\0')));
    }
    value
}

fn to_token(revision: i64, last: &str) -> String {
    let token = json!({"v": TOKEN, "rv": revision, "start": format!("{last}\0")});
    URL_SAFE_NO_PAD.encode(token.to_string())
}

/// The revision and the key that a token says to go on from; 0: as all is now. `decodeContinue`.
fn from_token(token: &str, prefix: &str) -> Result<(i64, String), Status> {
    let wrong = |why: String| Status::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|error| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let at = token.bytes().position(|byte| !letter(byte));
        wrong(at.map_or_else(|| error.to_string(), |at| format!("illegal base64 data at input byte {at}")))
    })?;
    let token: Value = serde_json::from_slice(&bytes).map_err(|error| match bytes.first() {
        Some(first) if !matches!(first, b'{' | b'[' | b'"') => {
            let first = char::from(*first);
            // Go quotes what cannot be printed.
            let shown = if first.is_control() { format!("\\u{:04x}", u32::from(first)) } else { first.to_string() };
            wrong(format!("invalid character '{shown}' looking for beginning of value"))
        }
        _ => wrong(error.to_string()),
    })?;
    let version = token["v"].as_str().unwrap_or_default();
    let (revision, start) = (token["rv"].as_i64().unwrap_or_default(), token["start"].as_str().unwrap_or_default());
    if version != TOKEN {
        return Err(wrong(format!("server does not recognize this encoded version {version:?}")));
    }
    if revision == 0 {
        return Err(wrong(format!("incorrect encoded start resourceVersion (version {TOKEN})")));
    }
    if start.is_empty() {
        return Err(wrong(format!("encoded start key empty (version {TOKEN})")));
    }
    // No key is outside of what is listed.
    let path = start.trim_start_matches('/');
    if path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(wrong(start.to_owned()));
    }
    Ok((revision.max(0), format!("{prefix}{path}")))
}

/// Refuses options that do not go together: apimachinery v0.20.2 `apis/meta/internalversion/validation`.
pub(super) fn check(request: &Request) -> Result<(), Status> {
    number(request, "timeoutSeconds")?;
    let Some(matching) = request.query("resourceVersionMatch") else { return Ok(()) };
    let forbidden = |why: &str| ("FieldValueForbidden", format!("Forbidden: {why}"));
    let version = request.query("resourceVersion");
    let (reason, message) = if request.flag("watch") {
        forbidden("resourceVersionMatch is forbidden for watch")
    } else if version.is_none() {
        forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided")
    } else if request.query("continue").is_some() {
        forbidden("resourceVersionMatch is forbidden when continue is provided")
    } else if !matches!(matching, "Exact" | "NotOlderThan") {
        let why = format!("Unsupported value: {matching:?}: supported values: \"Exact\", \"NotOlderThan\", \"\"");
        ("FieldValueNotSupported", why)
    } else if matching == "Exact" && version == Some("0") {
        forbidden("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
    } else {
        return Ok(());
    };
    Err(invalid_options("ListOptions", "resourceVersionMatch", reason, &message))
}

/// 422 of options.
pub(super) fn invalid_options(kind: &str, field: &str, reason: &str, why: &str) -> Status {
    let causes = json!([{"reason": reason, "message": why, "field": field}]);
    Status {
        code: 422,
        reason: "Invalid",
        message: format!("{kind}.meta.k8s.io \"\" is invalid: {field}: {why}"),
        details: Some(json!({"group": "meta.k8s.io", "kind": kind, "causes": causes})),
    }
}

/// A number of the query; 0 where there is none.
fn number(request: &Request, name: &str) -> Result<i64, Status> {
    let Some(text) = request.query(name) else { return Ok(0) };
    text.parse().map_err(|_| Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))
}

/// A resourceVersion of the query; 0 where there is none.
pub(super) fn revision(text: Option<&str>) -> Result<i64, Status> {
    let Some(text) = text else { return Ok(0) };
    text.parse::<u64>().ok().and_then(|revision| i64::try_from(revision).ok()).ok_or_else(|| Status {
        code: 500,
        reason: "",
        message: format!(
            "resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax"
        ),
        details: None,
    })
}

/// The resourceVersion of a query, which has come.
///
/// # Errors
/// It is none, or 504.
pub(super) fn reached(world: &World, request: &Request) -> Result<i64, Status> {
    let (version, current) = (revision(request.query("resourceVersion"))?, world.store.revision());
    if version > current { Err(too_large(version, current)) } else { Ok(version) }
}

/// 504 of a revision that is yet to come. Upstream waits 3 seconds for it; here time stands still meanwhile.
fn too_large(asked: i64, current: i64) -> Status {
    Status {
        code: 504,
        reason: "Timeout",
        message: format!("Timeout: Too large resource version: {asked}, current: {current}"),
        details: Some(json!({
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        })),
    }
}

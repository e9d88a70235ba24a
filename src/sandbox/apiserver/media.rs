//! What a client accepts: in which encoding, and how much of the objects. Rules: apiserver v0.20.2
//! `endpoints/handlers/negotiation`.

use serde_json::{Value, json};

use super::present::escaped;
use super::request::Request;
use crate::sandbox::api::Status;
use crate::sandbox::codec;

/// How an answer is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    Yaml,
    Protobuf,
}

/// How much of an object a client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Object,
    /// A `meta.k8s.io` Table of a version, with so much of the objects: `Metadata`, `Object`, `None`.
    Table { version: String, include: String },
    /// Its metadata, in a version of `meta.k8s.io`.
    Metadata { version: String },
}

/// What was agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accepted {
    pub media: Media,
    pub form: Form,
}

impl Accepted {
    /// The first part of `Accept` that is known. `protobuf`: whether the kind can be told in it.
    ///
    /// # Errors
    /// 406.
    pub(super) fn of(request: &Request, protobuf: bool) -> Result<Self, Status> {
        let found = request.accept.split(',').find_map(|part| {
            let mut parts = part.split(';').map(str::trim);
            let media = match parts.next().unwrap_or_default() {
                "" | "*/*" | "application/*" | "application/json" => Media::Json,
                "application/yaml" => Media::Yaml,
                "application/vnd.kubernetes.protobuf" if protobuf => Media::Protobuf,
                _ => return None,
            };
            let parameters: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
            let parameter =
                |name: &str| parameters.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| *value);
            let version = parameter("v").to_owned();
            let form = match parameter("as") {
                // Tables have no protobuf.
                "Table" if media == Media::Protobuf => return None,
                "Table" => {
                    Form::Table { version, include: request.query("includeObject").unwrap_or("Metadata").to_owned() }
                }
                "PartialObjectMetadata" | "PartialObjectMetadataList" => Form::Metadata { version },
                _ => Form::Object,
            };
            Some(Self { media, form })
        });
        if let Some(Self { form: Form::Table { include, .. }, .. }) = &found
            && !matches!(include.as_str(), "Metadata" | "Object" | "None")
        {
            return Err(Status::bad_request(format!(
                "Unable to convert to Table as requested: includeObject: Invalid value: {include:?}: must be 'Metadata', \
                 'Object', 'None', or empty"
            )));
        }
        found.ok_or_else(|| {
            let more = if protobuf { ", application/vnd.kubernetes.protobuf" } else { "" };
            let message =
                format!("only the following media types are accepted: application/json, application/yaml{more}");
            Status { code: 406, reason: "NotAcceptable", message, details: Some(json!({})) }
        })
    }
}

impl Media {
    /// Of one object.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
            Self::Protobuf => "application/vnd.kubernetes.protobuf",
        }
    }

    /// Of a watch, which has no YAML.
    pub(super) fn stream_type(self) -> &'static str {
        match self {
            Self::Json | Self::Yaml => "application/json",
            Self::Protobuf => "application/vnd.kubernetes.protobuf;stream=watch",
        }
    }

    /// Adds an event to what a watch is sent.
    pub(super) fn event(self, out: &mut Vec<u8>, kind: &str, object: &Value) {
        if self == Self::Protobuf
            && let Ok(event) = codec::watch_event(kind, object)
        {
            out.extend_from_slice(&event);
            return;
        }
        let event = json!({"type": kind, "object": object});
        out.extend_from_slice(escaped(&event.to_string()).as_bytes());
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn accepted(accept: &str, protobuf: bool) -> Result<Accepted, Status> {
        Accepted::of(&Request { accept: accept.to_owned(), ..Request::default() }, protobuf)
    }

    #[test]
    fn the_first_that_is_known_is_taken() {
        let both = "application/vnd.kubernetes.protobuf,application/json";
        assert_eq!(accepted(both, true).unwrap().media, Media::Protobuf);
        assert_eq!(accepted(both, false).unwrap().media, Media::Json);
        assert_eq!(accepted("", true).unwrap(), Accepted { media: Media::Json, form: Form::Object });
        let table = "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1";
        let table = accepted(table, true).unwrap();
        assert_eq!(table.media, Media::Json);
        assert!(matches!(table.form, Form::Table { .. }));
        assert_eq!(accepted("text/html", true).unwrap_err().code, 406);
        let request = Request {
            accept: "application/json;as=Table;v=v1".to_owned(),
            query: vec![("includeObject".to_owned(), "Foo".to_owned())],
            ..Request::default()
        };
        assert_eq!(Accepted::of(&request, true).unwrap_err().code, 400);
    }
}

//! Errors in kubectl's words.

use http::StatusCode;
use serde_json::Value;

use crate::client::{Cause, Failure, FailureKind};

/// A non-success answer as kubectl words it.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go`, `StandardErrorMessage` and
/// `checkErr`.
pub fn failure_of_status(code: StatusCode, body: &str) -> Failure {
    let status: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let is_status = status["kind"] == "Status";
    let text = |field: &str| status[field].as_str().unwrap_or_default().to_owned();
    let (answer, reason) = if is_status { (text("message"), text("reason")) } else { generic(code, body.trim()) };
    let causes: Vec<Cause> = status["details"]["causes"]
        .as_array()
        .map(|causes| causes.iter().filter_map(|cause| serde_json::from_value(cause.clone()).ok()).collect())
        .unwrap_or_default();
    let message = worded(&status, &answer, &reason, &causes);
    Failure {
        kind: FailureKind::Answer,
        message,
        answer,
        code: status["code"].as_i64().unwrap_or_else(|| code.as_u16().into()),
        reason,
        causes,
        hint: hint(code, body).map(str::to_owned),
    }
}

/// Who the kubeconfig says one is, or what it points at, is at fault: nothing that a cell could do better.
fn hint(code: StatusCode, body: &str) -> Option<&'static str> {
    match code {
        StatusCode::UNAUTHORIZED => Some(
            "the API server does not know the user of the kubeconfig's context: its token or certificate may have \
             expired, or be another cluster's",
        ),
        StatusCode::BAD_REQUEST if body.contains("HTTP request to an HTTPS server") => {
            Some("the kubeconfig's server has to begin with https://")
        }
        _ => None,
    }
}

/// Message and reason that client-go gives to an answer that is no Status.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go`, `NewGenericServerResponse`.
fn generic(code: StatusCode, body: &str) -> (String, String) {
    let (message, reason) = match code {
        StatusCode::BAD_REQUEST => ("the server rejected our request for an unknown reason", "BadRequest"),
        StatusCode::UNAUTHORIZED => ("the server has asked for the client to provide credentials", "Unauthorized"),
        StatusCode::FORBIDDEN => (body, "Forbidden"),
        StatusCode::NOT_FOUND => ("the server could not find the requested resource", "NotFound"),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("the server does not allow this method on the requested resource", "MethodNotAllowed")
        }
        StatusCode::CONFLICT => ("the server reported a conflict", "Conflict"),
        StatusCode::UNPROCESSABLE_ENTITY => {
            ("the server rejected our request due to an error in our request", "Invalid")
        }
        StatusCode::TOO_MANY_REQUESTS => {
            ("the server has received too many requests and has asked us to try again later", "TooManyRequests")
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            ("the server is currently unable to handle the request", "ServiceUnavailable")
        }
        StatusCode::GATEWAY_TIMEOUT => (
            "the server was unable to return a response in the time allotted, but may still be processing the request",
            "Timeout",
        ),
        code if code.is_server_error() => {
            let message = format!("an error on the server ({body:?}) has prevented the request from succeeding");
            return (message, "InternalError".to_owned());
        }
        _ => return (body.to_owned(), code.canonical_reason().unwrap_or_default().replace(' ', "")),
    };
    (message.to_owned(), reason.to_owned())
}

fn worded(status: &Value, answer: &str, reason: &str, causes: &[Cause]) -> String {
    let details = &status["details"];
    let name = details["name"].as_str().unwrap_or_default();
    if reason == "Invalid" {
        let subject = match (details["kind"].as_str().unwrap_or_default(), name) {
            ("", "") => "The request is invalid".to_owned(),
            (kind, name) => format!("The {kind} {name:?} is invalid"),
        };
        return format!("{subject}{}", invalid_causes(causes));
    }
    match reason {
        "" => format!("Error from server: {answer}"),
        "Unauthorized" => format!("error: You must be logged in to the server ({answer})"),
        reason => format!("Error from server ({reason}): {answer}"),
    }
}

fn invalid_causes(causes: &[Cause]) -> String {
    let lines: Vec<String> =
        causes
            .iter()
            .map(|cause| {
                if cause.field.is_empty() {
                    cause.message.clone()
                } else {
                    format!("{}: {}", cause.field, cause.message)
                }
            })
            .collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!(": {line}"),
        lines => format!(": \n* {}", lines.join("\n* ")),
    }
}

/// The text of a `Warning` header: `299 - "text"`.
pub(super) fn warning_text(header: &str) -> Option<String> {
    let (_, quoted) = header.split_once('"')?;
    Some(quoted.strip_suffix('"')?.replace("\\\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_no_status_is_worded_by_its_code() {
        let failure = failure_of_status(StatusCode::NOT_FOUND, "{\"paths\": []}");
        assert_eq!(failure.message, "Error from server (NotFound): the server could not find the requested resource");
        assert!(failure.is_not_found());
        let failure = failure_of_status(StatusCode::INTERNAL_SERVER_ERROR, "[+]ping ok\n[-]etcd failed\n");
        assert_eq!(
            failure.message,
            "Error from server (InternalError): an error on the server (\"[+]ping ok\\n[-]etcd failed\") has \
             prevented the request from succeeding"
        );
        assert!(failure.is_transient());
    }

    #[test]
    fn the_text_of_a_warning_is_unquoted() {
        assert_eq!(warning_text(r#"299 - "say \"v1\"""#).as_deref(), Some(r#"say "v1""#));
        assert_eq!(warning_text("299 - none"), None);
    }
}

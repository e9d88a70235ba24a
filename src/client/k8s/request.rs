//! One request to the API server.

use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::Value;

use super::{K8s, failure_of_status, unreachable};
use crate::client::{Change, End, Failure};

/// How often a request is sent again when the server says when to. Source: kubernetes v1.20
/// `staging/src/k8s.io/client-go/rest/request.go`, `maxRetries`.
const RETRIES: usize = 10;

/// The form in which an answer is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Accept {
    /// Objects.
    #[default]
    Json,
    /// The server's own table, as kubectl's `get` asks for it.
    Table,
    /// Only metadata.
    PartialMetadata,
}

impl Accept {
    /// The header's value. Fallbacks as kubectl sends them, for servers that cannot make a table.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Table => {
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
            }
            Self::PartialMetadata => {
                "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
            }
        }
    }
}

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status: 200, 201, 202.
    pub status: StatusCode,
    /// The body as it came.
    pub text: String,
}

impl K8s {
    /// Sends one request and returns the answer as it came.
    ///
    /// `path` starts with `/` and may carry a query; `query` pairs are encoded and added to it.
    /// `body` goes with its content type.
    ///
    /// # Errors
    /// A Status from the server in kubectl's words, or no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<(&str, String)>,
        accept: Accept,
    ) -> Result<Answer, Failure> {
        let recorder = self.recorder.as_ref().filter(|_| !method.is_safe());
        let Some(recorder) = recorder else { return self.exchange(method, path, query, body, accept).await };
        let (uri, text) = (with_query(path, query), body.as_ref().map_or("", |(_, text)| text.as_str()));
        let ticket = recorder.before(Change::K8s { method: &method, path: &uri, body: text }).await?;
        let answer = self.exchange(method, path, query, body, accept).await;
        match &answer {
            Ok(answer) => recorder.after(ticket, End::Made(&answer.text)).await,
            Err(failure) if failure.is_transient() => {}
            Err(_) => recorder.after(ticket, End::Refused).await,
        }
        answer
    }

    /// Sends one request and reads the answer to its end.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<(&str, String)>,
        accept: Accept,
    ) -> Result<Answer, Failure> {
        let response = self.response(method, path, query, body, accept).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|error| self.broken(&error))?.to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if !status.is_success() {
            return Err(failure_of_status(status, &text));
        }
        // Whoever takes the answer as it came would not note them.
        if path.contains("/secrets")
            && let Ok(value) = serde_json::from_str(&text)
        {
            self.seen.secrets().note_object(&value);
        }
        Ok(Answer { status, text })
    }

    /// Sends one request and returns the answer's JSON. Notes the tokens in it.
    ///
    /// # Errors
    /// As [`K8s::send`], or an answer that is not JSON.
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<(&str, String)>,
        accept: Accept,
    ) -> Result<Value, Failure> {
        let answer = self.send(method, path, query, body, accept).await?;
        let value = serde_json::from_str(&answer.text)
            .map_err(|error| Failure::answer(format!("the server's answer is not JSON: {error}")))?;
        self.seen.note_object(&value);
        Ok(value)
    }

    /// Sends one request; the body may still be on its way. Asks again where the server says when to.
    pub(super) async fn response(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<(&str, String)>,
        accept: Accept,
    ) -> Result<http::Response<Body>, Failure> {
        let uri = with_query(path, query);
        self.reads.asked(&uri);
        for _ in 0..RETRIES {
            let request = request(method.clone(), path, &uri, body.as_ref(), accept)?;
            let response = self.deliver(request).await?;
            let Some(pause) = retry_after(&response) else { return Ok(response) };
            tokio::time::sleep(pause).await;
        }
        self.deliver(request(method, path, &uri, body.as_ref(), accept)?).await
    }

    async fn deliver(&self, request: Request<Body>) -> Result<http::Response<Body>, Failure> {
        let sent = self.client.send(request).await;
        let response = sent.map_err(|error| unreachable::failure(&self.server, &error))?;
        self.warn(response.headers());
        Ok(response)
    }

    /// A connection that broke in the middle of an answer.
    pub(super) fn broken(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::unreachable(format!("Unable to connect to the server: the answer broke off: {error}"))
    }
}

fn request(
    method: Method,
    path: &str,
    uri: &str,
    body: Option<&(&str, String)>,
    accept: Accept,
) -> Result<Request<Body>, Failure> {
    let mut request = Request::builder().method(method).uri(uri).header(header::ACCEPT, accept.header());
    let body = match body {
        Some((content_type, text)) => {
            request = request.header(header::CONTENT_TYPE, *content_type);
            Body::from(text.clone().into_bytes())
        }
        None => Body::empty(),
    };
    request.body(body).map_err(|error| Failure::usage(format!("{path:?} is no path of the API: {error}")))
}

/// How long the server asks to wait before the same request can succeed, as it does while a new namespace has no token
/// for its Pods yet; none for any other answer.
fn retry_after(response: &http::Response<Body>) -> Option<Duration> {
    let code = response.status();
    if code != StatusCode::TOO_MANY_REQUESTS && !code.is_server_error() {
        return None;
    }
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// `path` with `query` added, percent-encoded.
pub(super) fn with_query(path: &str, query: &[(String, String)]) -> String {
    if query.is_empty() {
        return path.to_owned();
    }
    let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{pairs}")
}

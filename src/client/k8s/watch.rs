//! Watching a collection.

use futures::StreamExt;
use futures::stream::BoxStream;
use http::Method;
use http_body_util::BodyExt;
use serde_json::Value;

use super::{Accept, K8s, failure_of_status};
use crate::client::Failure;

/// From where and what to watch.
#[derive(Debug, Clone, Default)]
pub struct WatchOptions {
    /// `fieldSelector` and `labelSelector` as query pairs.
    pub selectors: Vec<(String, String)>,
    /// Events after this resourceVersion; empty: the present objects as ADDED, then what follows.
    pub resource_version: String,
    /// The form of the objects.
    pub accept: Accept,
}

/// One event of a watch.
#[derive(Debug, Clone)]
pub struct WatchEvent {
    /// `ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`.
    pub kind: String,
    /// The object after the change, or as it was when deleted.
    pub object: Value,
}

/// A running watch. Ends when dropped.
pub struct Watcher {
    k8s: K8s,
    body: BoxStream<'static, Result<bytes::Bytes, String>>,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("k8s", &self.k8s).finish_non_exhaustive()
    }
}

impl K8s {
    /// Starts a watch on a collection's path.
    ///
    /// # Errors
    /// As [`K8s::send`]; `Expired` or `Gone` where the resourceVersion is too old.
    pub async fn watch(&self, path: &str, options: &WatchOptions) -> Result<Watcher, Failure> {
        let mut query = options.selectors.clone();
        query.push(("watch".to_owned(), "true".to_owned()));
        if !options.resource_version.is_empty() {
            query.push(("resourceVersion".to_owned(), options.resource_version.clone()));
        }
        let response = self.response(Method::GET, path, &query, None, options.accept).await?;
        let status = response.status();
        if !status.is_success() {
            let bytes = response.into_body().collect().await.map_err(|error| self.broken(&error))?.to_bytes();
            return Err(failure_of_status(status, &String::from_utf8_lossy(&bytes)));
        }
        let body = response.into_body().into_data_stream().map(|chunk| chunk.map_err(|error| error.to_string()));
        Ok(Watcher { k8s: self.clone(), body: body.boxed(), buffer: Vec::new() })
    }
}

impl Watcher {
    /// The next event; none when the server ended the watch.
    ///
    /// # Errors
    /// A Status sent in the stream (410 Expired), or a broken connection.
    pub async fn next(&mut self) -> Result<Option<WatchEvent>, Failure> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return self.event(&line).map(Some);
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.buffer.extend_from_slice(&bytes),
                Some(Err(error)) => return Err(self.k8s.broken(&error)),
                None => return Ok(None),
            }
        }
    }

    fn event(&self, line: &[u8]) -> Result<WatchEvent, Failure> {
        let mut event: Value = serde_json::from_slice(line).map_err(|error| self.k8s.broken(&error))?;
        let object = event["object"].take();
        if event["type"] == "ERROR" {
            let code = object["code"].as_u64().and_then(|code| http::StatusCode::from_u16(code as u16).ok());
            return Err(failure_of_status(code.unwrap_or(http::StatusCode::GONE), &object.to_string()));
        }
        self.k8s.seen.note_object(&object);
        Ok(WatchEvent { kind: event["type"].as_str().unwrap_or_default().to_owned(), object })
    }
}

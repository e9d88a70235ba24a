//! What a container has written.

use futures::StreamExt;
use http::Method;
use http_body_util::BodyExt;

use super::chunks::Chunks;
use super::{Accept, K8s, failure_of_status};
use crate::client::{Failure, Read};

/// Which part of a container's log.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// The container; none: the server chooses, where there is but one.
    pub container: Option<String>,
    /// That of the container's last instance.
    pub previous: bool,
    /// Goes on until the container ends.
    pub follow: bool,
    /// Each line with the time of its writing.
    pub timestamps: bool,
    /// The last so many lines.
    pub tail: Option<i64>,
    /// What was written within so many seconds.
    pub since_seconds: Option<i64>,
    /// What was written since this RFC 3339 time.
    pub since_time: Option<String>,
    /// At most so many bytes.
    pub limit_bytes: Option<i64>,
}

impl LogOptions {
    fn query(&self) -> Vec<(String, String)> {
        let number = |value: Option<i64>| value.map(|number| number.to_string());
        let switch = |value: bool| value.then(|| "true".to_owned());
        [
            ("container", self.container.clone()),
            ("previous", switch(self.previous)),
            ("follow", switch(self.follow)),
            ("timestamps", switch(self.timestamps)),
            ("tailLines", number(self.tail)),
            ("sinceSeconds", number(self.since_seconds)),
            ("sinceTime", self.since_time.clone()),
            ("limitBytes", number(self.limit_bytes)),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
    }
}

impl K8s {
    /// Reads a container's log; `write` gets it as it comes.
    ///
    /// # Errors
    /// NotFound, a container that is not there or has not started, a node that does not answer.
    pub async fn logs(
        &self,
        namespace: &str,
        pod: &str,
        options: &LogOptions,
        write: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Failure> {
        self.reads.record(|| Read::Polled);
        let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log");
        let response = self.response(Method::GET, &path, &options.query(), None, Accept::Json).await?;
        let status = response.status();
        if !status.is_success() {
            let bytes = response.into_body().collect().await.map_err(|error| self.broken(&error))?.to_bytes();
            return Err(failure_of_status(status, &String::from_utf8_lossy(&bytes)));
        }
        let mut body = response.into_body().into_data_stream();
        let mut chunks = Chunks::default();
        while let Some(bytes) = body.next().await {
            let text = chunks.push(&bytes.map_err(|error| self.broken(&error))?);
            self.seen.secrets().note_text(&text);
            write(&text);
        }
        write(&chunks.finish());
        Ok(())
    }
}

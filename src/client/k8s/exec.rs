//! Running a command in a container, over a WebSocket.

use futures::StreamExt;
use http::{Request, StatusCode};
use serde_json::Value;

use super::chunks::Chunks;
use super::request::with_query;
use super::{K8s, failure_of_status, unreachable};
use crate::client::{Failure, FailureKind, Read};

/// Where a running command wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The channel that carries the final Status; 1 and 2 are the command's own.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/apiserver/pkg/util/wsstream/conn.go` and
/// `pkg/kubelet/cri/streaming/remotecommand/websocket.go`.
const STATUS_CHANNEL: u8 = 3;

impl K8s {
    /// Runs `command` in a Pod's container without standard input; `write` gets what it prints as it comes, in order.
    /// Returns the exit code. `container` none: the server chooses, where there is but one. Ends the connection, not
    /// the command, when dropped.
    ///
    /// # Errors
    /// NotFound, a container that does not exist or does not run, a program that does not, a node that does not answer:
    /// in kubectl's words.
    pub async fn exec(
        &self,
        namespace: &str,
        pod: &str,
        container: Option<&str>,
        command: &[String],
        write: &mut (dyn FnMut(Source, &str) + Send),
    ) -> Result<i32, Failure> {
        self.reads.record(|| Read::Polled);
        self.reads.asked(&format!("/api/v1/namespaces/{namespace}/pods/{pod}"));
        let mut query: Vec<(String, String)> =
            command.iter().map(|word| ("command".to_owned(), word.clone())).collect();
        query.extend(container.map(|name| ("container".to_owned(), name.to_owned())));
        query.extend(["stdout", "stderr"].map(|stream| (stream.to_owned(), "true".to_owned())));
        let path = with_query(&format!("/api/v1/namespaces/{namespace}/pods/{pod}/exec"), &query);
        let request = Request::get(&path)
            .body(Vec::new())
            .map_err(|error| Failure::usage(format!("{pod:?} is no name of a Pod: {error}")))?;
        let connection = self.client.connect(request).await.map_err(|error| self.not_upgraded(&error))?;
        let mut frames = connection.into_stream();
        let secrets = self.seen.secrets();
        let mut write = |source: Source, text: &str| {
            secrets.note_text(text);
            write(source, text);
        };
        let (mut stdout, mut stderr, mut last) = (Chunks::default(), Chunks::default(), Chunks::default());
        let mut outcome = String::new();
        // The Status may come before the rest of the output, so all channels are read to the end of the connection.
        while let Some(frame) = frames.next().await {
            let frame = match frame {
                Ok(frame) => frame,
                // Some servers drop the connection without a closing handshake when they have said everything.
                Err(_) if !outcome.is_empty() => break,
                Err(error) => return Err(self.broken(&error)),
            };
            if !frame.is_binary() {
                continue;
            }
            let bytes = frame.into_data();
            match bytes.split_first() {
                Some((1, rest)) => write(Source::Stdout, &stdout.push(rest)),
                Some((2, rest)) => write(Source::Stderr, &stderr.push(rest)),
                Some((&STATUS_CHANNEL, rest)) => outcome.push_str(&last.push(rest)),
                _ => {}
            }
        }
        write(Source::Stdout, &stdout.finish());
        write(Source::Stderr, &stderr.finish());
        exit_code(&outcome).unwrap_or_else(|| Err(self.broken(&"the command's exit code is missing")))
    }

    fn not_upgraded(&self, error: &kube::Error) -> Failure {
        let kube::Error::Api(answer) = error else { return unreachable::failure(&self.server, error) };
        if answer.metadata.is_none() && answer.details.is_none() && answer.reason == "Failed to parse error data" {
            // The node's own answer, in plain text.
            let words = answer.message.trim();
            return Failure {
                code: answer.code.into(),
                answer: words.to_owned(),
                ..Failure::answer(format!("error: unable to upgrade connection: {words}"))
            };
        }
        let code = StatusCode::from_u16(answer.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_value(answer).map(|mut body| {
            body["kind"] = "Status".into();
            body.to_string()
        });
        failure_of_status(code, &body.unwrap_or_default())
    }
}

/// What the final Status says: success, an exit code, or why there is none. None: it says nothing.
fn exit_code(outcome: &str) -> Option<Result<i32, Failure>> {
    let mut status: Value = serde_json::from_str(outcome).ok()?;
    // A node's Status comes without its kind.
    status["kind"] = "Status".into();
    if status["status"] == "Success" {
        return Some(Ok(0));
    }
    let causes = status["details"]["causes"].as_array();
    let code = causes.into_iter().flatten().find(|cause| cause["reason"] == "ExitCode");
    if let Some(code) = code.and_then(|cause| cause["message"].as_str()?.parse().ok()) {
        return Some(Ok(code));
    }
    let failure = failure_of_status(StatusCode::INTERNAL_SERVER_ERROR, &status.to_string());
    Some(Err(Failure { kind: FailureKind::Answer, message: format!("error: {}", failure.answer), ..failure }))
}

#[cfg(test)]
mod tests {
    use super::exit_code;

    #[test]
    fn finds_the_exit_code() {
        assert_eq!(exit_code(r#"{"status":"Success"}"#).unwrap().unwrap(), 0);
        let failed = r#"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#;
        assert_eq!(exit_code(failed).unwrap().unwrap(), 3);
        let broken =
            r#"{"metadata":{},"status":"Failure","reason":"InternalError","message":"Internal error occurred: x"}"#;
        assert_eq!(exit_code(broken).unwrap().unwrap_err().message, "error: Internal error occurred: x");
        assert!(exit_code("").is_none());
    }
}

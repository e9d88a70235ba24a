//! What can be done with a container as a whole.

use bollard::container::LogOutput;
use bollard::query_parameters::{
    KillContainerOptionsBuilder, LogsOptionsBuilder, RestartContainerOptionsBuilder, StartContainerOptions,
    StopContainerOptionsBuilder,
};
use futures::StreamExt;
use serde_json::Value;

use super::Docker;
use crate::client::{Failure, Read};

/// Which part of a log.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// The last so many lines; none: all.
    pub tail: Option<u64>,
    /// Each line after its time.
    pub timestamps: bool,
    /// Also what is written from now on.
    pub follow: bool,
    /// From this moment on, in seconds since 1970; 0: from the beginning.
    pub since: i32,
    /// Up to this moment, in seconds since 1970; 0: to the end.
    pub until: i32,
}

/// A part of a log, or of an exec's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPart {
    /// From standard output, or from a terminal.
    Out(Vec<u8>),
    /// From standard error.
    Err(Vec<u8>),
}

impl From<LogOutput> for LogPart {
    fn from(output: LogOutput) -> Self {
        match output {
            LogOutput::StdErr { message } => Self::Err(message.to_vec()),
            other => Self::Out(other.into_bytes().to_vec()),
        }
    }
}

impl Docker {
    /// Starts a container; one that runs stays as it is.
    ///
    /// # Errors
    /// As [`Docker::container`]; what the engine says.
    pub async fn start(&self, container: &str) -> Result<(), Failure> {
        let id = self.to_change(container).await?.id;
        self.done(self.bollard.start_container(&id, None::<StartContainerOptions>).await)
    }

    /// Stops a container: SIGTERM, and SIGKILL after `grace` seconds; none: the container's own, else 10.
    ///
    /// # Errors
    /// As [`Docker::start`].
    pub async fn stop(&self, container: &str, grace: Option<i32>) -> Result<(), Failure> {
        let id = self.to_change(container).await?.id;
        let options = grace.map(|grace| StopContainerOptionsBuilder::new().t(grace).build());
        self.done(self.bollard.stop_container(&id, options).await)
    }

    /// Stops and starts a container.
    ///
    /// # Errors
    /// As [`Docker::start`].
    pub async fn restart(&self, container: &str, grace: Option<i32>) -> Result<(), Failure> {
        let id = self.to_change(container).await?.id;
        let options = grace.map(|grace| RestartContainerOptionsBuilder::new().t(grace).build());
        self.done(self.bollard.restart_container(&id, options).await)
    }

    /// Sends a signal to a container's first process; empty: SIGKILL.
    ///
    /// # Errors
    /// As [`Docker::start`].
    pub async fn kill(&self, container: &str, signal: &str) -> Result<(), Failure> {
        let id = self.to_change(container).await?.id;
        let options = (!signal.is_empty()).then(|| KillContainerOptionsBuilder::new().signal(signal).build());
        self.done(self.bollard.kill_container(&id, options).await)
    }

    /// Freezes all processes of a container.
    ///
    /// # Errors
    /// As [`Docker::start`].
    pub async fn pause(&self, container: &str) -> Result<(), Failure> {
        let id = self.to_change(container).await?.id;
        self.done(self.bollard.pause_container(&id).await)
    }

    /// Thaws a paused container.
    ///
    /// # Errors
    /// As [`Docker::start`].
    pub async fn unpause(&self, container: &str) -> Result<(), Failure> {
        let id = self.to_change(container).await?.id;
        self.done(self.bollard.unpause_container(&id).await)
    }

    /// A container's processes, as its host's `ps` shows them: `Titles` and `Processes`. Empty `ps_args`: `-ef`.
    ///
    /// # Errors
    /// As [`Docker::start`].
    pub async fn top(&self, container: &str, ps_args: &str) -> Result<Value, Failure> {
        let id = self.container(container).await?.id;
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("ps_args", ps_args).finish();
        let query = if ps_args.is_empty() { String::new() } else { format!("?{query}") };
        self.json(&format!("/containers/{id}/top{query}")).await
    }

    /// A container's log, part by part as it comes.
    ///
    /// # Errors
    /// As [`Docker::start`].
    pub async fn logs(
        &self,
        container: &str,
        options: &LogOptions,
        mut each: impl FnMut(LogPart),
    ) -> Result<(), Failure> {
        let id = self.container(container).await?.id;
        let tail = options.tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string());
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .follow(options.follow)
            .timestamps(options.timestamps)
            .since(options.since)
            .until(options.until)
            .tail(&tail)
            .build();
        let mut parts = self.bollard.logs(&id, Some(options));
        while let Some(part) = parts.next().await {
            each(part.map_err(|error| self.failed(&error))?.into());
        }
        Ok(())
    }

    /// The engine's version, as it says it.
    ///
    /// # Errors
    /// No connection.
    pub async fn version(&self) -> Result<Value, Failure> {
        self.reads.record(|| Read::Polled);
        self.json("/version").await
    }

    pub(super) fn done(&self, result: Result<(), bollard::errors::Error>) -> Result<(), Failure> {
        result.map_err(|error| self.failed(&error))
    }
}

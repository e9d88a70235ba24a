//! Running a command in a container.

use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use futures::StreamExt;
use tokio::io::AsyncWriteExt;

use super::{Docker, LogPart};
use crate::client::Failure;

/// How a command runs.
#[derive(Debug, Clone, Default)]
pub struct ExecOptions {
    /// `KEY=value`.
    pub env: Vec<String>,
    /// The folder that it starts in; none: the container's own.
    pub workdir: Option<String>,
    /// The user that it runs as; none: the container's own.
    pub user: Option<String>,
    /// With the container's extended privileges.
    pub privileged: bool,
    /// What it reads; none: nothing, its standard input is closed.
    pub stdin: Option<String>,
    /// Returns at once and leaves it running.
    pub detach: bool,
}

/// What a command printed and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Executed {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// 126 or 127 where it could not be started.
    pub exit_code: i64,
}

impl Docker {
    /// Runs a command in a container to its end.
    ///
    /// # Errors
    /// As [`Docker::container`]; a container that does not run. A command that fails is no error.
    pub async fn exec(&self, container: &str, argv: &[String], options: &ExecOptions) -> Result<Executed, Failure> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let each = |part| match part {
            LogPart::Out(bytes) => stdout.extend(bytes),
            LogPart::Err(bytes) => stderr.extend(bytes),
        };
        let exit_code = self.exec_with(container, argv, options, each).await?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Executed { stdout: text(stdout), stderr: text(stderr), exit_code })
    }

    /// Runs a command in a container, hands on what it prints as it comes, and returns its exit code.
    ///
    /// # Errors
    /// As [`Docker::exec`].
    pub async fn exec_with(
        &self,
        container: &str,
        argv: &[String],
        options: &ExecOptions,
        mut each: impl FnMut(LogPart),
    ) -> Result<i64, Failure> {
        let container = self.to_change(container).await?.id;
        let config = ExecConfig {
            attach_stdin: Some(options.stdin.is_some()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            env: Some(options.env.clone()),
            cmd: Some(argv.to_vec()),
            privileged: Some(options.privileged),
            user: options.user.clone(),
            working_dir: options.workdir.clone(),
            ..ExecConfig::default()
        };
        let id = self.bollard.create_exec(&container, config).await.map_err(|error| self.failed(&error))?.id;
        let start = StartExecOptions { detach: options.detach, ..StartExecOptions::default() };
        let started = self.bollard.start_exec(&id, Some(start)).await.map_err(|error| self.failed(&error))?;
        let StartExecResults::Attached { mut output, mut input } = started else { return Ok(0) };
        let write = async {
            // A command that ends without reading all of it is no error.
            if let Some(stdin) = &options.stdin
                && input.write_all(stdin.as_bytes()).await.is_ok()
            {
                input.shutdown().await.ok();
            }
        };
        let read = async {
            while let Some(part) = output.next().await {
                let part: LogPart = part.map_err(|error| self.failed(&error))?.into();
                let (LogPart::Out(bytes) | LogPart::Err(bytes)) = &part;
                self.seen.secrets().note_text(&String::from_utf8_lossy(bytes));
                each(part);
            }
            Ok::<_, Failure>(())
        };
        let ((), read) = tokio::join!(write, read);
        read?;
        let ended = self.bollard.inspect_exec(&id).await.map_err(|error| self.failed(&error))?;
        // Docker's stream has no end of its own: a connection that is cut looks like one that was closed.
        if ended.running == Some(true) {
            let message =
                format!("error during connect: the output of exec {id} broke off while its command was running");
            return Err(Failure::unreachable(message));
        }
        Ok(ended.exit_code.unwrap_or_default())
    }
}

//! Running a command line.

use super::{Line, Program, Streams};
use crate::bindings::{Workspace, docker, etcd, kubectl};
use crate::client::{Failure, FailureKind};

/// How a command line ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; of a pipeline, its last command's.
    pub code: i32,
    /// What failed, where the program itself did and no filter came after it.
    pub failure: Option<Failure>,
}

impl Line {
    /// Runs the line. What it prints goes to `streams` as it comes; through filters, at the end.
    ///
    /// # Errors
    /// Only what ends the script that runs it: an interrupt or a deadline.
    pub async fn run(&self, workspace: &Workspace, streams: &Streams) -> Result<Ran, Failure> {
        if self.filters.is_empty() {
            return self.run_program(workspace, streams).await;
        }
        let program = Streams::default();
        self.run_program(workspace, &program).await?;
        let output = program.output();
        streams.err(&output.stderr);
        let code = self.filter(output.stdout, streams);
        Ok(Ran { code, failure: None })
    }

    /// Puts what the program printed through the line's filters. Returns the last one's exit code.
    pub fn filter(&self, printed: String, streams: &Streams) -> i32 {
        let (mut text, mut code) = (printed, 0);
        for filter in &self.filters {
            let filtered = filter.apply(&text);
            streams.err(&filtered.stderr);
            (text, code) = (filtered.stdout, filtered.code);
        }
        streams.out(&text);
        code
    }

    async fn run_program(&self, workspace: &Workspace, streams: &Streams) -> Result<Ran, Failure> {
        let stdin = self.stdin.as_deref();
        let result = match self.program {
            Program::Kubectl => kubectl::run(workspace, &self.words, stdin, streams).await,
            Program::Docker => docker::cli::run(workspace, &self.words, stdin, streams).await,
            Program::Etcdctl => etcd::cli::run(workspace, &self.words, stdin, streams).await,
        };
        match result {
            Ok(code) => Ok(Ran { code, failure: None }),
            Err(failure) if matches!(failure.kind, FailureKind::Interrupted | FailureKind::Timeout) => Err(failure),
            Err(failure) => {
                streams.err(&format!("{}\n", failure.message));
                // Other failures' codes are those of HTTP and gRPC.
                let code =
                    if failure.kind == FailureKind::Usage { i32::try_from(failure.code).unwrap_or(1) } else { 1 };
                Ok(Ran { code, failure: Some(failure) })
            }
        }
    }
}

//! `background`: a command that runs beside the script.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::bindings::command::{Line, Streams};
use crate::bindings::{Binding, Call, CallError, duration};
use crate::client::{Failure, FailureKind};
use crate::script::{Host, Misuse, Printed, Thrown, shown_duration};

pub(super) const BINDING: Binding = Binding {
    name: "background",
    signature: "background(command)",
    doc: "Starts a command and returns a task at once: `.running`; `.output`, what it has printed so far; `.code`, once \
          it has ended; `.interrupt()`, as Ctrl-C; `.wait(timeout)`, which returns `#{stdout, stderr, code}` and throws \
          when the command takes longer.\n\n\
          ```rhai\nlet task = background(\"kubectl get pods --watch\");\ntask.interrupt();\ntask.wait(\"5s\");\n```",
    arity: (1, 1),
    call,
};

/// The exit code of a command that Ctrl-C ends: 128 + SIGINT.
const INTERRUPTED: i64 = 130;

/// A running or ended command.
#[derive(Clone)]
struct Task(Arc<Inner>);

struct Inner {
    line: Line,
    streams: Streams,
    interrupt: CancellationToken,
    /// None while it runs.
    code: watch::Receiver<Option<i64>>,
    host: Host,
}

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let line = Line::parse(&call.text(0, "command")?)?;
    let (streams, interrupt) = (Streams::default(), CancellationToken::new());
    let (ended, code) = watch::channel(None);
    {
        let (line, streams, workspace) = (line.clone(), streams.clone(), Arc::clone(call.workspace));
        // A person's Ctrl-C reaches all that runs in the foreground's group, and this too.
        let (own, everything) = (interrupt.clone(), call.host.interrupt_token());
        call.host.runtime().spawn(async move {
            let code = tokio::select! {
                biased;
                () = own.cancelled() => INTERRUPTED,
                () = everything.cancelled() => INTERRUPTED,
                ran = line.run(&workspace, &streams) => ran.map_or(1, |ran| ran.code.into()),
            };
            // Nobody may be left to hear it.
            let _ = ended.send(Some(code));
        });
    }
    Ok(Dynamic::from(Task(Arc::new(Inner { line, streams, interrupt, code, host: call.host.clone() }))))
}

impl Task {
    fn code(&self) -> Option<i64> {
        *self.0.code.borrow()
    }

    /// Ends the command, and returns when it has ended.
    fn interrupt(&self) -> Result<(), Box<EvalAltResult>> {
        self.0.interrupt.cancel();
        self.block_on(self.ended())
    }

    fn wait(&self, timeout: &Dynamic) -> Result<Printed, Box<EvalAltResult>> {
        let timeout = duration(timeout, "timeout").map_err(|error| match error {
            CallError::Argument(message) => Misuse { message, signature: "task.wait(timeout)" }.error(),
            other => Misuse { message: format!("{other:?}"), signature: "task.wait(timeout)" }.error(),
        })?;
        let clock = self.0.host.clock();
        self.block_on(async {
            tokio::select! {
                biased;
                ended = self.ended() => ended,
                () = clock.sleep(timeout) => Err(Failure::new(
                    FailureKind::Timeout,
                    format!("{} still runs after {}", self.0.line.text, shown_duration(timeout)),
                )),
            }
        })?;
        let output = self.0.streams.output();
        Ok(Printed {
            stdout: output.stdout,
            stderr: output.stderr,
            code: self.code().unwrap_or(INTERRUPTED),
            shown: false,
        })
    }

    async fn ended(&self) -> Result<(), Failure> {
        // The sender is gone only after it has sent, or with the runtime.
        let _ = self.0.code.clone().wait_for(Option::is_some).await;
        Ok(())
    }

    fn block_on(&self, future: impl Future<Output = Result<(), Failure>>) -> Result<(), Box<EvalAltResult>> {
        let host = &self.0.host;
        host.block_on(future).map_err(|failure| match host.stop() {
            Some(stop) => stop.error(),
            None => Thrown { failure, command: self.0.line.text.clone() }.error(),
        })
    }
}

/// What scripts can do with a task.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Task>("task");
    engine.register_get("running", |task: &mut Task| task.code().is_none());
    engine.register_get("output", |task: &mut Task| task.0.streams.output().terminal);
    engine.register_get("code", |task: &mut Task| task.code().map_or(Dynamic::UNIT, Dynamic::from));
    engine.register_fn("interrupt", |task: &mut Task| task.interrupt());
    engine.register_fn("wait", |task: &mut Task, timeout: Dynamic| task.wait(&timeout));
    let text = |task: &mut Task| match task.code() {
        None => format!("{}: running", task.0.line.text),
        Some(code) => format!("{}: exit code {code}", task.0.line.text),
    };
    engine.register_fn("to_string", text);
    engine.register_fn("to_debug", text);
}

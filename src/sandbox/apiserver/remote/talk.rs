//! What goes to and fro between a process and a client.

use serde_json::{Value, json};

use super::process::Process;
use crate::sandbox::Shared;
pub(super) use crate::sandbox::apiserver::spdy::Gone;

/// The numbers of the channels.
pub(super) const STDIN: u8 = 0;
pub(super) const ERROR: u8 = 3;
pub(super) const RESIZE: u8 = 4;

/// What a client said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// Of standard input; nothing at all: its end.
    Input(Vec<u8>),
    /// What is of no consequence here, as the size of a terminal.
    Nothing,
}

/// A connection that carries channels.
pub(super) trait Channels {
    /// The next thing that the client says. May be given up while it waits, and nothing is lost.
    async fn hear(&mut self) -> Result<Heard, Gone>;

    /// Sends on a channel.
    async fn send(&mut self, channel: u8, bytes: &[u8]) -> Result<(), Gone>;

    /// Ends all channels.
    async fn close(&mut self);
}

/// Lets a client and a process talk until one of them goes.
pub(super) async fn talk(mut wire: impl Channels, mut process: Process, shared: &Shared) {
    match until_its_end(&mut wire, &mut process, shared).await {
        Ok(status) => {
            // There may be no one to be told any more.
            let _ = wire.send(ERROR, status.to_string().as_bytes()).await;
        }
        Err(Gone) => process.left(shared),
    }
    wire.close().await;
}

async fn until_its_end(wire: &mut impl Channels, process: &mut Process, shared: &Shared) -> Result<Value, Gone> {
    if let Err(why) = shared.with(|world| process.start(world)) {
        return Ok(failed(&why));
    }
    let mut activity = shared.with(|world| world.hosts.activity());
    loop {
        activity.mark_unchanged();
        let (output, code) = shared.with(|world| process.read(world));
        for (channel, bytes) in output {
            wire.send(channel, &bytes).await?;
        }
        if let Some(code) = code {
            return Ok(outcome(code));
        }
        tokio::select! {
            // Not by tokio's chance: one seed gives the same bytes.
            biased;
            heard = wire.hear() => match heard? {
                Heard::Input(bytes) => shared.with(|world| process.input(world, &bytes)),
                Heard::Nothing => {}
            },
            changed = activity.changed() => changed.map_err(|_| Gone)?,
        }
    }
}

/// How a command ended, as the kubelet says it: `pkg/kubelet/cri/streaming/remotecommand/exec.go`.
fn outcome(code: i32) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

/// A command that could not be started.
fn failed(why: &str) -> Value {
    let message = format!("error executing command in container: failed to exec in container: {why}");
    crate::sandbox::api::Status::internal(&message).to_value()
}

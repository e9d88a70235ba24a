//! etcdctl, verbatim: version 3.4's words and formats.
//!
//! What differs: its log lines (`{"level":"warn",…}`) are not imitated. A watch or keep-alive lasts as long as its cell, `within` or `background` lets it.

mod compare;
mod endpoint;
mod format;
mod help;
mod json;
mod keys;
mod lease;
mod maintenance;
mod member;
mod requests;
mod timeout;
mod txn;
mod unquoted;
mod watch;

use self::format::Format;
use crate::bindings::Workspace;
use crate::bindings::command::Streams;
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;
use crate::client::etcd::Etcd;

/// Flags that every command takes.
const GLOBAL: &[Flag] =
    &[Flag::value("write-out", Some('w')), Flag::switch("hex", None), Flag::switch("help", Some('h'))];

/// Flags that choose another etcd or identity.
const REFUSED: [&str; 12] = [
    "cacert",
    "cert",
    "key",
    "endpoints",
    "user",
    "password",
    "discovery-srv",
    "discovery-srv-name",
    "insecure-discovery",
    "insecure-skip-tls-verify",
    "insecure-transport",
    "debug",
];

/// etcdctl's exit codes (`ExitBadConnection`, … of etcd 3.4).
const BAD_CONNECTION: i32 = 2;
const INVALID_INPUT: i64 = 3;
const INTERRUPTED: i32 = 5;

/// Arguments that the command does not take.
fn bad_args(message: impl Into<String>) -> Failure {
    Failure { code: 128, ..Failure::usage(message) }
}

/// A format, order or target that there is not.
fn bad_feature(message: impl Into<String>) -> Failure {
    Failure { code: 4, ..Failure::usage(message) }
}

/// etcdctl shows how the command is used, between two copies of what is wrong with its flags.
fn misused(failure: Failure, spec: &help::Spec, streams: &Streams) -> Failure {
    let Some((message, _)) = failure.message.split_once("\nSee 'etcdctl --help'") else { return failure };
    let message = message.to_owned();
    streams.out(&spec.page());
    streams.err(&format!("{message}\n\n"));
    Failure { message, ..failure }
}

/// A running command.
struct Command<'a> {
    etcd: &'a Etcd,
    workspace: &'a Workspace,
    flags: Flags,
    format: Format,
    streams: &'a Streams,
}

/// Runs a command; `words` are without the program's name. Returns its exit code.
///
/// # Errors
/// What failed, in etcdctl's words.
pub async fn run(
    workspace: &Workspace,
    words: &[String],
    stdin: Option<&str>,
    streams: &Streams,
) -> Result<i32, Failure> {
    refuse_identity(words)?;
    // Global flags may stand before the command.
    let first = words.iter().position(|word| !word.starts_with('-')).unwrap_or(words.len());
    let (before, rest) = words.split_at(first.min(words.len()));
    let (before, rest) = match before.last().map(String::as_str) {
        Some("-w" | "--write-out") if rest.len() > 1 => words.split_at(first + 1),
        _ => (before, rest),
    };
    let path = help::Spec::path(rest);
    if rest.is_empty() || rest[0] == "help" {
        let topic = rest.get(1..).unwrap_or_default();
        if !topic.is_empty() && !help::is_topic(topic) {
            let topic: Vec<String> = topic.iter().map(|word| format!("`{word}`")).collect();
            streams.err(&format!("Unknown help topic [{}]\n", topic.join(" ")));
        }
        streams.out(&help::page(topic));
        return Ok(0);
    }
    let Some(spec) = help::Spec::find(&path) else { return unknown(rest, streams) };
    let args: Vec<String> = before.iter().chain(&rest[path.split(' ').count()..]).cloned().collect();
    let flags = Flags::parse("etcdctl", &args, &[spec.flags, GLOBAL, timeout::FLAGS])
        .map_err(|failure| misused(failure, spec, streams))?;
    if flags.switch("help", false)? {
        streams.out(&spec.page());
        return Ok(0);
    }
    if path == "version" {
        streams.out(help::VERSION);
        return Ok(0);
    }
    let format = Format::of(&flags)?;
    let limit = timeout::of(&flags, &path).map_err(|failure| misused(failure, spec, streams))?;
    let command = Command { etcd: workspace.etcd()?, workspace, flags, format, streams };
    let ended = timeout::within(limit, command.run(&path, rest, stdin)).await;
    ended.map_err(|failure| misused(failure, spec, streams))
}

impl Command<'_> {
    async fn run(&self, path: &str, words: &[String], stdin: Option<&str>) -> Result<i32, Failure> {
        match path {
            "get" => self.get().await,
            "put" => self.put(stdin).await,
            "del" => self.del().await,
            "watch" => self.watch().await,
            "txn" => self.txn(stdin).await,
            "lease grant" => self.lease_grant().await,
            "lease revoke" => self.lease_revoke().await,
            "lease timetolive" => self.lease_timetolive().await,
            "lease list" => self.lease_list().await,
            "lease keep-alive" => self.lease_keep_alive().await,
            "compaction" => self.compaction().await,
            "defrag" => self.defrag().await,
            "endpoint status" => self.endpoint_status().await,
            "endpoint health" => self.endpoint_health().await,
            "endpoint hashkv" => self.endpoint_hashkv().await,
            "member list" => self.member_list().await,
            "alarm list" => self.alarms(false).await,
            "alarm disarm" => self.alarms(true).await,
            "snapshot save" => self.snapshot_save().await,
            _ => unknown(words, self.streams),
        }
    }

    fn args(&self) -> Vec<&str> {
        requests::args(&self.flags)
    }

    fn out(&self, text: &str) {
        self.streams.out(text);
    }
}

fn refuse_identity(words: &[String]) -> Result<(), Failure> {
    let mut flags = words.iter().take_while(|word| *word != "--").filter_map(|word| word.strip_prefix("--"));
    let given = flags.find(|word| REFUSED.contains(&word.split('=').next().unwrap_or(word)));
    match given {
        None => Ok(()),
        Some(flag) => {
            Err(Failure::refused(format!("Error: --{}: not in a notebook", flag.split('=').next().unwrap_or(flag)))
                .with_hint("kpnb has connected to the etcd of the cluster that the run names"))
        }
    }
}

/// A command that etcdctl has and kpnb has not, a group without its command, or one that nobody has.
fn unknown(words: &[String], streams: &Streams) -> Result<i32, Failure> {
    const ELSEWHERE: [&str; 12] = [
        "auth",
        "check",
        "completion",
        "elect",
        "lock",
        "make-mirror",
        "member",
        "migrate",
        "move-leader",
        "role",
        "snapshot",
        "user",
    ];
    let name = words[0].as_str();
    if words.len() == 1 && help::Spec::is_group(name) {
        streams.out(&help::page(words));
        return Ok(0);
    }
    if ELSEWHERE.contains(&name) {
        let named = words.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
        return Err(Failure::refused(format!("Error: etcdctl {named} is not available in kpnb"))
            .with_hint("`etcdctl help` lists what is"));
    }
    if help::Spec::is_group(name) {
        streams.out(&help::page(&words[..1]));
        return Ok(0);
    }
    let message = format!("Error: unknown command {name:?} for \"etcdctl\"");
    streams.err(&format!("{message}\nRun 'etcdctl --help' for usage.\n"));
    Err(Failure::usage(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_etcd_is_refused() {
        let refused = |line: &str| refuse_identity(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).is_err();
        assert!(refused("get a --endpoints=http://other:2379") && refused("--cacert ca.crt get a"));
        assert!(!refused("get a --prefix") && !refused("put a -- --cert"));
    }
}

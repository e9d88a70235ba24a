//! A running command line: its flags, its namespace, its output.

use std::time::Duration;

use super::super::Workspace;
use super::super::command::Streams;
use super::super::flags::{Flag, Flags};
use crate::client::Failure;
use crate::client::k8s::K8s;

/// Flags that every verb takes.
pub(super) const GLOBAL: &[Flag] = &[
    Flag::value("namespace", Some('n')),
    Flag::value("request-timeout", None),
    Flag::value("v", Some('v')),
    Flag::value("cache-dir", None),
    Flag::switch("warnings-as-errors", None),
    Flag::switch("match-server-version", None),
    Flag::value("server", Some('s')),
    Flag::value("context", None),
    Flag::value("cluster", None),
    Flag::value("user", None),
    Flag::value("kubeconfig", None),
    Flag::value("token", None),
    Flag::value("as", None),
    Flag::value("as-group", None),
    Flag::value("username", None),
    Flag::value("password", None),
    Flag::value("certificate-authority", None),
    Flag::value("client-certificate", None),
    Flag::value("client-key", None),
    Flag::value("tls-server-name", None),
    Flag::switch("insecure-skip-tls-verify", None),
];

/// Flags of [`GLOBAL`] that would choose another cluster or identity than the run's.
const REFUSED: &[&str] = &[
    "server",
    "context",
    "cluster",
    "user",
    "kubeconfig",
    "token",
    "as",
    "as-group",
    "username",
    "password",
    "certificate-authority",
    "client-certificate",
    "client-key",
    "tls-server-name",
    "insecure-skip-tls-verify",
];

/// The flag for all namespaces, where a verb takes it.
pub(super) const ALL_NAMESPACES: &[Flag] = &[Flag::switch("all-namespaces", Some('A'))];

/// A running command line.
#[derive(Debug)]
pub(crate) struct Kubectl<'a> {
    /// What the notebook can reach.
    pub(crate) workspace: &'a Workspace,
    /// The Kubernetes API; what it warns of goes to standard error.
    k8s: K8s,
    /// What stands on standard input, for `-f -`.
    pub(crate) stdin: Option<&'a str>,
    /// Where output goes.
    pub(crate) streams: &'a Streams,
}

/// In which namespace a command works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// From `-n`, else the context's, else `default`.
    pub(super) namespace: String,
    /// Whether `-n` was given: a manifest's object must then be of that namespace.
    pub(super) explicit: bool,
    /// `-A`.
    pub(super) all: bool,
}

impl<'a> Kubectl<'a> {
    /// A command line that writes to `streams`.
    pub(super) fn new(workspace: &'a Workspace, stdin: Option<&'a str>, streams: &'a Streams) -> Self {
        let told = streams.clone();
        let k8s = workspace.k8s().with_warnings(move |text| told.err(&format!("Warning: {text}\n")));
        Self { workspace, k8s, stdin, streams }
    }

    /// The Kubernetes API.
    pub(super) fn k8s(&self) -> &K8s {
        &self.k8s
    }

    /// Writes to standard output; lines carry their own newline.
    pub(super) fn out(&self, text: &str) {
        self.streams.out(text);
    }

    /// Writes to standard error; lines carry their own newline.
    pub(super) fn err(&self, text: &str) {
        self.streams.err(text);
    }

    /// Reads a command's flags: its own and those of every verb. `command` is named in errors: `kubectl get`.
    ///
    /// # Errors
    /// As [`Flags::parse`]; flags that choose another cluster or identity are refused.
    pub(super) fn flags(&self, command: &str, words: &[String], own: &[&[Flag]]) -> Result<Flags, Failure> {
        let mut known = own.to_vec();
        known.push(GLOBAL);
        let flags = Flags::parse(command, words, &known)?;
        // A verb's own flag of that name means something else: `create rolebinding --user` names the subject.
        let is_own = |name: &str| own.iter().any(|set| set.iter().any(|flag| flag.long == name));
        match REFUSED.iter().find(|name| flags.get(name).is_some() && !is_own(name)) {
            Some(name) => Err(Failure::refused(format!(
                "error: --{name} is refused: a notebook works on the run's cluster, as the run's user"
            ))
            .with_hint("choose the cluster of the whole run: kpnb run --cluster CONTEXT")),
            None => Ok(flags),
        }
    }

    /// The namespace that the flags choose.
    ///
    /// # Errors
    /// As [`Flags::switch`].
    pub(super) fn scope(&self, flags: &Flags) -> Result<Scope, Failure> {
        let given = flags.get("namespace").filter(|namespace| !namespace.is_empty());
        Ok(Scope {
            namespace: given.unwrap_or(self.k8s().default_namespace()).to_owned(),
            explicit: given.is_some(),
            all: flags.switch("all-namespaces", false)?,
        })
    }
}

impl Scope {
    /// The namespace to list in; none for all.
    pub(super) fn listed(&self) -> Option<&str> {
        (!self.all).then_some(self.namespace.as_str())
    }
}

/// A flag that holds a duration; none where it is not given or zero. A bare number is seconds, as for `--request-timeout`.
///
/// # Errors
/// Another value, in pflag's words.
pub(super) fn duration_flag(flags: &Flags, name: &str) -> Result<Option<Duration>, Failure> {
    let Some(text) = flags.get(name) else { return Ok(None) };
    let parsed = text.parse().map(Duration::from_secs).ok().or_else(|| crate::notebook::parse_duration(text));
    match parsed {
        Some(Duration::ZERO) => Ok(None),
        Some(duration) => Ok(Some(duration)),
        None => Err(Failure::usage(format!(
            "Error: invalid argument {text:?} for \"--{name}\" flag: time: invalid duration {text:?}\nSee '{} --help' for usage.",
            flags.command
        ))),
    }
}

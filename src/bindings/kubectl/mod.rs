//! `kubectl …` as a person would type it, run natively.
//!
//! One file a verb. A verb is a `Verb` const in its file, `pub(super) const VERB: Verb`, and a line in `VERBS`; its
//! code is `async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure>`, where `words` is all that
//! follows the verb. What the verbs share:
//! - `Kubectl`: the running command line: flags, namespace, output
//! - `targets`: what `pods x y`, `pod/x`, `a,b` and `-f file` name
//! - `help`: `--help`, and the answer to an unknown word

mod apply;
mod auth;
mod cluster_info;
mod create;
mod delete;
pub(crate) mod describe;
mod discovery;
mod drain;
mod events;
mod exec;
mod explain;
mod get;
mod help;
mod invocation;
mod items;
mod label;
mod last_applied;
mod logs;
mod output;
mod patch;
mod pods_of;
mod refused;
pub(crate) mod rollout;
mod run;
mod scale;
mod set;
mod sort;
mod taint;
mod targets;
mod top;
mod version;
mod wait;
mod written;

use futures::future::BoxFuture;

pub(crate) use invocation::Kubectl;
pub(crate) use wait::Condition;

use super::Workspace;
use super::command::Streams;
use super::flags::Takes;
use crate::client::Failure;

/// One verb of kubectl.
#[derive(Clone, Copy)]
pub(crate) struct Verb {
    /// `get`, `api-resources`.
    pub(crate) name: &'static str,
    /// What it does, in one line.
    pub(crate) about: &'static str,
    /// Usage lines, then the flags it takes and examples; printed by `--help` after `about`.
    pub(crate) help: &'static str,
    /// The code. Returns the exit code.
    pub(crate) run: Run,
}

/// The code of a verb.
type Run = for<'a> fn(&'a Kubectl<'a>, &'a [String]) -> BoxFuture<'a, Result<i32, Failure>>;

/// All verbs, in the order in which `kubectl --help` shows them.
pub(crate) const VERBS: &[Verb] = &[
    get::VERB,
    explain::VERB,
    discovery::RESOURCES,
    discovery::VERSIONS,
    apply::VERB,
    create::CREATE,
    run::VERB,
    delete::VERB,
    create::REPLACE,
    scale::VERB,
    set::VERB,
    drain::CORDON,
    drain::UNCORDON,
    drain::DRAIN,
    taint::VERB,
    patch::VERB,
    label::LABEL,
    label::ANNOTATE,
    describe::VERB,
    events::VERB,
    logs::VERB,
    exec::VERB,
    rollout::VERB,
    wait::VERB,
    auth::VERB,
    cluster_info::VERB,
    top::VERB,
    version::VERB,
];

/// Runs one command line; `words` come without `kubectl` itself. Returns the exit code.
///
/// # Errors
/// What ended the command, in kubectl's words; the caller prints it to standard error and takes 1 for the exit code.
pub async fn run(
    workspace: &Workspace,
    words: &[String],
    stdin: Option<&str>,
    streams: &Streams,
) -> Result<i32, Failure> {
    let kubectl = Kubectl::new(workspace, stdin, streams);
    let Some(place) = verb_place(words) else {
        return kubectl.flags("kubectl", words, &[help::FLAGS]).and_then(|_| help::overview(&kubectl));
    };
    let mut rest = words[..place].to_vec();
    rest.extend_from_slice(&words[place + 1..]);
    let name = words[place].as_str();
    if name == "help" {
        return help::topic(&kubectl, &rest);
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name) else {
        return Err(refused::failure(name).unwrap_or_else(|| help::unknown_command(name)));
    };
    if help::is_asked(&rest) {
        return help::of_verb(&kubectl, verb);
    }
    (verb.run)(&kubectl, &rest).await
}

/// Where the verb stands: flags for all verbs may come before it.
fn verb_place(words: &[String]) -> Option<usize> {
    let mut place = 0;
    while let Some(word) = words.get(place) {
        if !word.starts_with('-') {
            return Some(place);
        }
        let takes_next = !word.contains('=')
            && invocation::GLOBAL.iter().any(|flag| {
                flag.takes == Takes::Value
                    && (word.strip_prefix("--") == Some(flag.long)
                        || flag.short.is_some_and(|short| *word == format!("-{short}")))
            });
        place += if takes_next { 2 } else { 1 };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_verb_behind_flags() {
        let place = |line: &str| verb_place(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(place("get pods"), Some(0));
        assert_eq!(place("-n x get pods"), Some(2));
        assert_eq!(place("--namespace=x -v 3 get"), Some(3));
        assert_eq!(place("-n x"), None);
    }

    #[test]
    fn no_verb_is_listed_twice_or_refused() {
        let mut names: Vec<_> = VERBS.iter().map(|verb| verb.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), VERBS.len());
        assert!(names.iter().all(|name| refused::failure(name).is_none()));
    }
}

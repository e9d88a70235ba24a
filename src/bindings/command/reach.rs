//! Flags that choose another cluster or identity: the one place that refuses them.

use super::Program;
use crate::client::Failure;

/// kubectl's global flags that do so (v1.20 `kubectl options`).
const KUBECTL: &[&str] = &[
    "--as",
    "--as-group",
    "--as-uid",
    "--certificate-authority",
    "--client-certificate",
    "--client-key",
    "--cluster",
    "--context",
    "--insecure-skip-tls-verify",
    "--kubeconfig",
    "--password",
    "--server",
    "-s",
    "--tls-server-name",
    "--token",
    "--user",
    "--username",
];

/// docker's flags before the subcommand.
const DOCKER: &[&str] =
    &["--config", "--context", "-c", "--host", "-H", "--tls", "--tlscacert", "--tlscert", "--tlskey", "--tlsverify"];

/// etcdctl's global flags.
const ETCDCTL: &[&str] = &[
    "--cacert",
    "--cert",
    "--discovery-srv",
    "--discovery-srv-name",
    "--endpoints",
    "--insecure-discovery",
    "--insecure-skip-tls-verify",
    "--insecure-transport",
    "--key",
    "--password",
    "--user",
];

/// Refuses words that would leave the chosen cluster.
pub(super) fn check(program: Program, words: &[String]) -> Result<(), Failure> {
    let own = words.iter().take_while(|word| *word != "--");
    let found = match program {
        Program::Kubectl => {
            let names_subject = words.iter().any(|word| word == "create")
                && words.iter().any(|word| word == "rolebinding" || word == "clusterrolebinding");
            // There it is the subject of the binding, not who asks.
            own.filter(|word| !(names_subject && is(word, "--user"))).find_map(|word| listed(word, KUBECTL))
        }
        // What follows the subcommand belongs to it, and to the program that it runs in a container.
        Program::Docker => own.take_while(|word| word.starts_with('-')).find_map(|word| listed(word, DOCKER)),
        Program::Etcdctl => own.into_iter().find_map(|word| listed(word, ETCDCTL)),
    };
    match found {
        None => Ok(()),
        Some(flag) => Err(Failure::refused(format!(
            "error: {} {flag}: a notebook stays on the cluster that it was started for, as who it was started",
            program.name()
        ))
        .with_hint("choose the cluster for the whole run with --cluster")),
    }
}

fn listed(word: &str, flags: &'static [&'static str]) -> Option<&'static str> {
    flags.iter().copied().find(|flag| is(word, flag))
}

/// `--flag`, `--flag=value`; `-f`, `-fvalue`.
fn is(word: &str, flag: &str) -> bool {
    word.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('=') || !flag.starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(program: Program, line: &str) -> bool {
        check(program, &line.split(' ').map(str::to_owned).collect::<Vec<_>>()).is_err()
    }

    #[test]
    fn refuses_other_clusters_and_identities() {
        for line in
            ["get pods --context other", "get pods --context=other", "-shttp://x get pods", "auth can-i x --as a"]
        {
            assert!(refused(Program::Kubectl, line), "{line}");
        }
        for line in ["-H tcp://x ps", "--context=x ps", "--tlscert a ps"] {
            assert!(refused(Program::Docker, line), "{line}");
        }
        for line in ["--endpoints=x get a", "get a --cert x", "get a --user root"] {
            assert!(refused(Program::Etcdctl, line), "{line}");
        }
    }

    #[test]
    fn lets_pass_what_only_looks_like_it() {
        for line in [
            "apply --server-side -f x",
            "exec p -- curl --token x",
            "create rolebinding a --user=b --role=c",
            "get pods --sort-by=.x",
        ] {
            assert!(!refused(Program::Kubectl, line), "{line}");
        }
        assert!(!refused(Program::Docker, "exec node curl -H x --config y"));
        assert!(!refused(Program::Etcdctl, "get a --keys-only"));
    }
}

//! Requests that get no answer, in kubectl's words.

use std::error::Error;
use std::io;

use crate::client::Failure;

/// A request that got no answer, as kubectl words it, with what may be the reason.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go`, `StandardErrorMessage`, and Go's own
/// words for what happens on the way to a server.
pub(super) fn failure(server: &str, error: &kube::Error) -> Failure {
    let host = server.trim_start_matches("https://").trim_start_matches("http://");
    if io_kinds(error).contains(&io::ErrorKind::ConnectionRefused) {
        let message =
            format!("The connection to the server {host} was refused - did you specify the right host or port?");
        return Failure::unreachable(message).with_hint(
            "nothing listens there: does the control plane run? `docker ps -a` shows it, and `docker start` starts it",
        );
    }
    let causes = causes(error);
    let (what, hint) = worded(host, &causes);
    let failure = Failure::unreachable(format!("Unable to connect to the server: {what}"));
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// What went wrong and what to do about it, by what the libraries below say.
fn worded(host: &str, causes: &str) -> (String, Option<&'static str>) {
    let lower = causes.to_lowercase();
    let says = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if says(&["failed to lookup address", "dns error"]) {
        return (
            format!("dial tcp: lookup {name}: no such host"),
            Some("check the server that the kubeconfig's context names"),
        );
    }
    if says(&["unknownissuer", "unknown issuer", "badsignature", "selfsigned"]) {
        return (
            "x509: certificate signed by unknown authority".to_owned(),
            Some(
                "the kubeconfig has another cluster's CA: let kind write it anew (kind export kubeconfig --name NAME)",
            ),
        );
    }
    if says(&["notvalidforname", "not valid for name"]) {
        return (
            format!("x509: certificate is not valid for {name}"),
            Some("use a server name that the API server's certificate has, or set tls-server-name in the kubeconfig"),
        );
    }
    if says(&["certificate expired", "expired"]) {
        return (
            "x509: certificate has expired or is not yet valid".to_owned(),
            Some(
                "check this machine's clock; kubeadm's certificates are good for a year, then the cluster is made anew",
            ),
        );
    }
    if says(&["invalidcontenttype", "corrupt message"]) {
        return (
            "server gave HTTP response to HTTPS client".to_owned(),
            Some("the kubeconfig's server speaks no TLS: it is the wrong port, or its URL begins with http://"),
        );
    }
    if says(&["certificate required", "certificaterequired", "bad certificate", "badcertificate", "unknownca"]) {
        return (
            format!("remote error: tls: bad certificate ({causes})"),
            Some("the server wants a client certificate that its own CA signed: check the kubeconfig's user"),
        );
    }
    if says(&["timed out", "timeout", "deadline has elapsed"]) {
        return (
            format!("dial tcp {host}: i/o timeout"),
            Some(
                "the address does not answer: is the control plane paused, or its network cut off? See `docker ps -a`",
            ),
        );
    }
    (causes.to_owned(), None)
}

fn io_kinds(error: &kube::Error) -> Vec<io::ErrorKind> {
    let mut kinds = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        kinds.extend(cause.downcast_ref::<io::Error>().map(io::Error::kind));
        source = cause.source();
    }
    kinds
}

/// An error and what caused it, each said once.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        source = cause.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_libraries_say_is_worded_as_go_words_it() {
        let words = |causes| worded("a.example:6443", causes).0;
        assert_eq!(
            words("dns error: failed to lookup address information"),
            "dial tcp: lookup a.example: no such host"
        );
        assert_eq!(words("invalid peer certificate: UnknownIssuer"), "x509: certificate signed by unknown authority");
        assert_eq!(words("deadline has elapsed"), "dial tcp a.example:6443: i/o timeout");
        assert_eq!(words("something new"), "something new");
    }
}

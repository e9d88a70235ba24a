//! etcd's errors in etcdctl's words.

use std::error::Error as _;

use etcd_client::Error;
use tonic::Code;

use crate::client::{Failure, FailureKind};

/// The failure that an error of the client library stands for; `endpoints` are named where none answered.
pub(super) fn failure(error: &Error, endpoints: &str) -> Failure {
    match error {
        Error::GRpcStatus(status) => match status.code() {
            // The transport's own failures come as these too, with what broke as their source.
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal if status.source().is_some() => {
                // Its own text repeats the source as Rust's Debug writes it.
                unreachable(&status.source().map_or_else(String::new, causes), endpoints)
            }
            code => answered(code, status.message()),
        },
        Error::TransportError(error) => unreachable(&causes(error), endpoints),
        Error::InvalidArgs(message) => Failure::usage(format!("Error: {message}")),
        Error::InvalidUri(error) => Failure::usage(format!("Error: {error}")),
        other => unreachable(&causes(other), endpoints),
    }
}

/// etcd answered; `message` begins with `etcdserver:`, mostly.
fn answered(code: Code, message: &str) -> Failure {
    let kind = match code {
        Code::Unavailable | Code::DeadlineExceeded => FailureKind::Unreachable,
        _ => FailureKind::Answer,
    };
    let mut failure = Failure::new(kind, format!("Error: {message}"));
    failure.answer = message.to_owned();
    failure.reason = format!("{code:?}");
    failure.code = i64::from(i32::from(code));
    failure
}

/// Nothing answered, or TLS failed.
pub(super) fn unreachable(causes: &str, endpoints: &str) -> Failure {
    let failure = Failure::unreachable(format!("Error: cannot reach etcd at {endpoints}: {causes}"));
    let lower = causes.to_lowercase();
    if ["unknownissuer", "unknown issuer", "badsignature", "notvalidfor", "not valid for", "expired"]
        .iter()
        .any(|sign| lower.contains(sign))
    {
        return failure.with_hint(
            "etcd's certificate was not signed by the given CA, or for another name: check ETCDCTL_CACERT and the endpoint",
        );
    }
    if ["certificaterequired", "certificate required", "badcertificate", "bad certificate", "decrypterror", "unknownca"]
        .iter()
        .any(|sign| lower.contains(sign))
    {
        return failure
            .with_hint("etcd wants a client certificate that its CA signed: check ETCDCTL_CERT and ETCDCTL_KEY");
    }
    // An etcd that misses a client certificate hangs up without a word that reaches the caller.
    if ["connection closed", "broken pipe", "connection reset", "h2 protocol error"]
        .iter()
        .any(|sign| lower.contains(sign))
    {
        return failure.with_hint(
            "etcd hung up: it may want a client certificate (ETCDCTL_CERT, ETCDCTL_KEY), or is just stopping",
        );
    }
    if lower.contains("connection refused") {
        return failure.with_hint(
            "nothing listens there: does etcd run (`docker ps -a`), and is its port published? ETCDCTL_ENDPOINTS names another",
        );
    }
    failure.with_hint("check ETCDCTL_ENDPOINTS, or unset it: etcd is then found through the control plane's container")
}

/// An error and what caused it, each said once.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.contains(&text) {
            said.push_str(": ");
            said.push_str(&text);
        }
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_worded_as_etcdctl_words_it() {
        let status = tonic::Status::out_of_range("etcdserver: mvcc: required revision has been compacted");
        let failure = failure(&Error::GRpcStatus(status), "https://e:2379");
        assert_eq!(failure.message, "Error: etcdserver: mvcc: required revision has been compacted");
        assert_eq!((failure.kind, failure.reason.as_str(), failure.code), (FailureKind::Answer, "OutOfRange", 11));
    }

    #[test]
    fn a_missing_leader_is_worth_another_try() {
        let failure = failure(&Error::GRpcStatus(tonic::Status::unavailable("etcdserver: no leader")), "e");
        assert!(failure.is_transient(), "{failure:?}");
    }

    #[test]
    fn hints_tell_the_ca_from_the_client_certificate() {
        let hint = |causes| unreachable(causes, "e").hint.unwrap_or_default();
        assert!(hint("invalid peer certificate: UnknownIssuer").contains("ETCDCTL_CACERT"));
        assert!(hint("received fatal alert: CertificateRequired").contains("ETCDCTL_CERT"));
        assert!(hint("connection closed").contains("ETCDCTL_CERT"));
        assert!(hint("tcp connect error: Connection refused").contains("docker ps"));
        assert!(hint("dns error").contains("ETCDCTL_ENDPOINTS"));
    }
}

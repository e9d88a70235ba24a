//! Docker's errors in docker's words.

use std::error::Error as _;
use std::io;

use bollard::errors::Error;

use super::host::DockerHost;
use crate::client::Failure;

/// The failure that an error of the client library stands for.
pub(super) fn failure(error: &Error, host: &DockerHost) -> Failure {
    match error {
        Error::DockerResponseServerError { status_code, message } => answered(*status_code, message),
        Error::IOError { err } => disconnected(err, host),
        other => {
            let hint = "check DOCKER_HOST or DOCKER_CONTEXT: is this Docker Engine?";
            let mut cause = other.source();
            while let Some(error) = cause {
                if let Some(io) = error.downcast_ref::<io::Error>() {
                    return disconnected(io, host);
                }
                cause = error.source();
            }
            Failure::unreachable(format!("error during connect: {}: {other}", host.url)).with_hint(hint)
        }
    }
}

/// The engine answered with an error.
pub(super) fn answered(status: u16, message: &str) -> Failure {
    if message.contains("HTTP request to an HTTPS server") {
        return Failure::unreachable(format!("Error response from daemon: {message}")).with_hint(
            "set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem",
        );
    }
    if status >= 400 && message.trim().is_empty() {
        return Failure::unreachable(format!("Error response from daemon: status {status} without a word"))
            .with_hint("this may be a proxy and not Docker Engine: check DOCKER_HOST");
    }
    let mut failure = Failure::answer(format!("Error response from daemon: {message}"));
    failure.answer = message.to_owned();
    failure.code = i64::from(status);
    failure.reason = match status {
        400 => "BadRequest",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        _ => "",
    }
    .to_owned();
    failure
}

fn disconnected(error: &io::Error, host: &DockerHost) -> Failure {
    let url = &host.url;
    match error.kind() {
        io::ErrorKind::PermissionDenied => Failure::unreachable(format!(
            "permission denied while trying to connect to the Docker daemon socket at {url}"
        ))
        .with_hint("add yourself to the group docker (sudo usermod -aG docker $USER), then log in anew"),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            Failure::unreachable(format!("Cannot connect to the Docker daemon at {url}. Is the docker daemon running?"))
                .with_hint("start Docker, or set DOCKER_HOST or DOCKER_CONTEXT to where it runs")
        }
        _ => Failure::unreachable(format!("error during connect: {url}: {error}"))
            .with_hint("check the address and certificates: DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CERT_PATH"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_daemon_is_worded_as_docker_words_it() {
        let host = DockerHost { url: "unix:///var/run/docker.sock".to_owned(), tls: None };
        let failure = failure(&Error::IOError { err: io::ErrorKind::NotFound.into() }, &host);
        assert_eq!(
            failure.message,
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
        );
        assert!(failure.is_transient());
    }

    #[test]
    fn no_permission_gets_a_hint() {
        let host = DockerHost { url: "unix:///s".to_owned(), tls: None };
        let failure = failure(&Error::IOError { err: io::ErrorKind::PermissionDenied.into() }, &host);
        assert!(failure.hint.unwrap().contains("group docker"));
    }
}

//! Credentials that a kubeconfig names and that do not come.

use std::path::Path;

use kube::client::AuthError;

use crate::client::Failure;

/// A token, certificate, key or credential plugin that cannot be used. What a plugin printed is not shown: it may be a
/// secret; what it wrote to standard error the person has seen already.
pub(super) fn failure(error: &kube::Error) -> Failure {
    let (what, hint) = match error {
        kube::Error::Auth(AuthError::AuthExecStart(error)) => (
            format!("getting credentials: the credential plugin cannot be started: {error}"),
            "is the program that the kubeconfig's user names under exec installed, and on PATH?",
        ),
        kube::Error::Auth(AuthError::AuthExecRun { cmd, out }) => (
            format!("getting credentials: {} failed with {}", program(cmd), out.status),
            "run the credential plugin by itself; it may want you to log in",
        ),
        kube::Error::Auth(AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed) => (
            "getting credentials: the credential plugin printed no ExecCredential with a status".to_owned(),
            "run the credential plugin by itself; it may want you to log in",
        ),
        kube::Error::Auth(AuthError::ReadTokenFile(error, path)) => {
            (format!("the token file {}: {error}", path.display()), "check tokenFile of the kubeconfig's user")
        }
        other => (
            super::unreachable::causes(other),
            "check the certificates, keys or credential plugin that the kubeconfig names",
        ),
    };
    Failure::unreachable(format!("Unable to connect to the server: {what}")).with_hint(hint)
}

/// The program in a command as Rust's Debug shows it: variables, then each word in quotes.
fn program(command: &str) -> String {
    let words = shell_words::split(command).unwrap_or_default();
    let program = words.iter().find(|word| !word.contains('=')).map_or("the plugin", |word| word);
    Path::new(program).file_name().map_or_else(|| program.to_owned(), |name| name.to_string_lossy().into_owned())
}

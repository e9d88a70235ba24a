//! `create --raw PATH -f FILE` and `replace --raw PATH -f FILE`.

use http::Method;

use super::super::Kubectl;
use crate::bindings::flags::Flags;
use crate::client::Failure;
use crate::client::k8s::Accept;

/// Sends a file as it is to a path of the API, and prints the answer as it comes.
pub(super) async fn send(
    kubectl: &Kubectl<'_>,
    flags: &Flags,
    verb: &str,
    method: Method,
    path: &str,
) -> Result<i32, Failure> {
    let of_use = |what: &str| Failure::usage(format!("error: {what}\nSee 'kubectl {verb} -h' for help and examples"));
    let [file] = flags.all("filename") else {
        return Err(of_use("--raw can only use a single local file or stdin"));
    };
    if flags.switch("recursive", false)? {
        return Err(of_use("--raw and --recursive are mutually exclusive"));
    }
    if flags.get("output").is_some_and(|format| !format.is_empty()) {
        return Err(of_use("--raw and --output are mutually exclusive"));
    }
    if !path.starts_with('/') {
        return Err(of_use(&format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request")));
    }
    let text = match file.as_str() {
        "-" => kubectl.stdin.unwrap_or_default().to_owned(),
        file => kubectl.workspace.read(file)?.1,
    };
    // Without a name the server would take the writer's from the User-Agent.
    let query = [("fieldManager".to_owned(), "kubectl".to_owned())];
    let query = if path.contains('?') { &[] } else { &query[..] };
    let answer = kubectl.k8s().send(method, path, query, Some(("application/json", text)), Accept::Json).await?;
    kubectl.out(&answer.text);
    Ok(0)
}

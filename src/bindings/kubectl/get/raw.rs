//! `kubectl get --raw PATH`.

use http::Method;

use super::super::super::flags::Flags;
use super::super::Kubectl;
use super::of_use;
use crate::client::Failure;
use crate::client::k8s::Accept;

/// Prints the server's answer as it came.
pub(super) async fn run(kubectl: &Kubectl<'_>, flags: &Flags, path: &str) -> Result<i32, Failure> {
    let set = |name: &str| flags.get(name).is_some_and(|value| !value.is_empty());
    if flags.switch("watch", false)? || flags.switch("watch-only", false)? || set("selector") {
        return Err(of_use(
            "error: --raw may not be specified with other flags that filter the server request or alter the output",
        ));
    }
    if set("output") {
        return Err(of_use("error: --raw and --output are mutually exclusive"));
    }
    if !flags.args.is_empty() {
        return Err(Failure::usage("error: arguments may not be passed when --raw is specified"));
    }
    if !path.starts_with('/') {
        return Err(of_use(&format!("error: --raw must be a valid URL path: parse {path:?}: invalid URI for request")));
    }
    let answer = kubectl.k8s().send(Method::GET, path, &[], None, Accept::Json).await?;
    kubectl.out(&answer.text);
    Ok(0)
}

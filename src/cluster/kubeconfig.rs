//! The kubeconfig: which contexts there are, and what one of them names.

use std::path::PathBuf;

use kube::config::{KubeConfigOptions, Kubeconfig};

use crate::client::Failure;

/// The kubeconfig, merged as kubectl merges it: the files of `KUBECONFIG`, else `~/.kube/config`. A file that is
/// missing counts as empty, so that a list may name files that come and go.
///
/// # Errors
/// A file that cannot be read or is no kubeconfig.
pub fn read() -> Result<Kubeconfig, Failure> {
    let mut merged = Kubeconfig::default();
    for path in paths().into_iter().filter(|path| path.exists()) {
        let bad = |error: kube::config::KubeconfigError| {
            Failure::unreachable(format!("kubeconfig {}: {error}", path.display()))
        };
        merged = merged.merge(Kubeconfig::read_from(&path).map_err(bad)?).map_err(bad)?;
    }
    Ok(merged)
}

/// The names of all contexts, in the kubeconfig's order.
pub fn contexts(kubeconfig: &Kubeconfig) -> Vec<String> {
    kubeconfig.contexts.iter().map(|context| context.name.clone()).collect()
}

/// What the context `name` says: server, certificates, token or credential plugin, namespace.
pub(super) async fn config(kubeconfig: Kubeconfig, name: &str) -> Result<kube::Config, Failure> {
    let known = contexts(&kubeconfig);
    if !known.iter().any(|context| context == name) {
        let hint = if known.is_empty() {
            let searched: Vec<String> = paths().iter().map(|path| path.display().to_string()).collect();
            format!(
                "there is no context in {}; set KUBECONFIG, or make a cluster (see kpnb doctor)",
                searched.join(", ")
            )
        } else {
            format!("the kubeconfig has: {}", known.join(", "))
        };
        return Err(Failure::unreachable(format!("no context {name:?} in the kubeconfig")).with_hint(hint));
    }
    let options = KubeConfigOptions { context: Some(name.to_owned()), ..Default::default() };
    kube::Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| Failure::unreachable(format!("kubeconfig, context {name:?}: {error}")))
}

fn paths() -> Vec<PathBuf> {
    let listed: Vec<PathBuf> = std::env::var_os("KUBECONFIG")
        .map(|list| std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    if listed.is_empty() {
        std::env::home_dir().map(|home| home.join(".kube/config")).into_iter().collect()
    } else {
        listed
    }
}

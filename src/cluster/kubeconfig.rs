//! The kubeconfig: which contexts there are, and what one of them names.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};

use crate::client::Failure;
use crate::notebook;

/// The kubeconfig, merged as kubectl merges it: the files of `KUBECONFIG`, else `~/.kube/config`. A file that is
/// missing counts as empty, so that a list may name files that come and go.
///
/// # Errors
/// A file that cannot be read or is no kubeconfig.
pub fn read() -> Result<Kubeconfig, Failure> {
    let mut merged = Kubeconfig::default();
    for path in paths().into_iter().filter(|path| path.exists()) {
        let bad = |error: KubeconfigError| unreadable(&path, &error);
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
    let wrong = |error: &dyn Display| {
        let failure = Failure::unreachable(format!("kubeconfig, context {name:?}: {error}"));
        failure.with_hint(match name.strip_prefix("kind-") {
            Some(kind) => format!("correct it, or let kind write it anew: kind export kubeconfig --name {kind}"),
            None => "kubectl config view shows what it holds".to_owned(),
        })
    };
    let Some(found) = kubeconfig.contexts.iter().find(|context| context.name == name) else {
        let hint = known(&contexts(&kubeconfig), name);
        return Err(Failure::unreachable(format!("no context {name:?} in the kubeconfig")).with_hint(hint));
    };
    let context = found.context.clone().unwrap_or_default();
    if !kubeconfig.clusters.iter().any(|cluster| cluster.name == context.cluster) {
        return Err(wrong(&format!("it names the cluster {:?}, which is not there", context.cluster)));
    }
    // kube would go on as nobody, and the API server then refuses that.
    let user = context.user.unwrap_or_default();
    if !user.is_empty() && !kubeconfig.auth_infos.iter().any(|known| known.name == user) {
        return Err(wrong(&format!("it names the user {user:?}, who is not there")));
    }
    let options = KubeConfigOptions { context: Some(name.to_owned()), ..Default::default() };
    let mut config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| wrong(&error))?;
    trim_token(&mut config);
    Ok(config)
}

/// kube sends a token file as it is, and a final newline, which kubectl ignores, cannot stand in a header. Such a token
/// is read once and not again, as kube would do each minute.
fn trim_token(config: &mut kube::Config) {
    let user = &mut config.auth_info;
    let read = |file: &String| std::fs::read_to_string(file).ok();
    if let Some(token) = user.token_file.as_ref().filter(|_| user.token.is_none()).and_then(read)
        && token.trim() != token
    {
        user.token = Some(token.trim().to_owned().into());
    }
}

/// A file that is no kubeconfig, with the place of the mistake. Its lines are not shown: they may hold secrets.
fn unreadable(path: &Path, error: &KubeconfigError) -> Failure {
    let file = path.display();
    let failure = match error {
        KubeconfigError::ReadConfig(error, _) => Failure::unreachable(format!("kubeconfig {file}: {error}")),
        KubeconfigError::Parse(error) => {
            let text = error.without_snippet().to_string();
            let text = text.split(" at line ").next().unwrap_or(&text);
            let place = error.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
            Failure::unreachable(format!("kubeconfig {file}{place}: {text}"))
        }
        other => Failure::unreachable(format!("kubeconfig {file}: {other}")),
    };
    failure.with_hint("correct the file, or let KUBECONFIG name another one")
}

/// What there is instead of the context `name`.
fn known(contexts: &[String], name: &str) -> String {
    if contexts.is_empty() {
        let searched: Vec<String> = paths()
            .iter()
            .map(|path| format!("{}{}", path.display(), if path.exists() { "" } else { ", which is not there" }))
            .collect();
        return format!(
            "there is no context in {}; set KUBECONFIG, or make a cluster: {}",
            searched.join("; "),
            super::MAKE_CLUSTER
        );
    }
    let contexts: Vec<&str> = contexts.iter().map(String::as_str).collect();
    let all = contexts.join(", ");
    let of_kind = contexts.iter().copied().find(|context| context.strip_prefix("kind-") == Some(name));
    match of_kind.or_else(|| notebook::closest(name, &contexts)) {
        Some(near) => format!("did you mean {near}? The kubeconfig has: {all}"),
        None => format!("the kubeconfig has: {all}"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(text: &str) -> Kubeconfig {
        Kubeconfig::from_yaml(text).unwrap()
    }

    async fn refused(text: &str, name: &str) -> (String, String) {
        let failure = config(kubeconfig(text), name).await.unwrap_err();
        (failure.message, failure.hint.unwrap())
    }

    #[tokio::test]
    async fn an_unknown_context_is_answered_with_the_likely_one() {
        let text = "contexts: [{name: kind-a1}, {name: prod}]";
        let hint = |name| async move { refused(text, name).await.1 };
        assert_eq!(hint("a1").await, "did you mean kind-a1? The kubeconfig has: kind-a1, prod");
        assert_eq!(hint("kind-1a").await, "did you mean kind-a1? The kubeconfig has: kind-a1, prod");
        assert_eq!(hint("elsewhere").await, "the kubeconfig has: kind-a1, prod");
    }

    #[tokio::test]
    async fn a_context_has_to_have_its_cluster_and_user() {
        let text = "contexts: [{name: kind-a, context: {cluster: c, user: u}}]";
        let (message, hint) = refused(text, "kind-a").await;
        assert_eq!(message, "kubeconfig, context \"kind-a\": it names the cluster \"c\", which is not there");
        assert!(hint.ends_with("kind export kubeconfig --name a"), "{hint}");
        let text = format!("{text}\nclusters: [{{name: c, cluster: {{server: 'https://a'}}}}]");
        let (message, _) = refused(&text, "kind-a").await;
        assert_eq!(message, "kubeconfig, context \"kind-a\": it names the user \"u\", who is not there");
    }

    #[test]
    fn a_mistake_has_its_place_and_keeps_secrets() {
        let error = Kubeconfig::from_yaml("kind: Config\nusers:\n  - token: [secret\n").unwrap_err();
        let failure = unreadable(Path::new("/k"), &error);
        assert!(failure.message.starts_with("kubeconfig /k:3:"), "{}", failure.message);
        assert!(!failure.message.contains("secret") && !failure.message.contains('\n'), "{}", failure.message);
    }
}

//! The objects that `-f` brings to apply, create and replace.

use super::super::changes::{Item, Scope, validate};
use super::super::flags::{Flag, Flags, Takes};
use super::super::manifest::{Manifest, Manifests};
use super::Kubectl;
use super::written::refuse_kustomize;
use crate::client::Failure;

/// `--validate`.
pub(super) const VALIDATE: &[Flag] = &[Flag { long: "validate", short: None, takes: Takes::Optional("true") }];

impl Kubectl<'_> {
    /// The objects of the files that `-f` names, validated and with their resources; each or why it is none.
    ///
    /// # Errors
    /// A file that is not there, or a flag that is refused.
    pub(super) async fn items(&self, flags: &Flags) -> Result<Vec<Result<Item, Failure>>, Failure> {
        refuse_kustomize(flags)?;
        let scope = self.scope(flags)?;
        let scope = Scope { namespace: scope.namespace, enforced: scope.explicit };
        let validates = flags.switch("validate", true)?;
        let Manifests { objects, failures } = self.manifests(flags)?;
        let mut items = Vec::new();
        for manifest in objects {
            items.push(self.item(manifest, &scope, validates).await);
        }
        items.extend(failures.into_iter().map(Err));
        Ok(items)
    }

    async fn item(&self, manifest: Manifest, scope: &Scope, validates: bool) -> Result<Item, Failure> {
        if validates {
            let openapi = self.k8s().openapi().await?;
            let wrong = validate(&openapi, &manifest.object);
            if !wrong.is_empty() {
                let wrong = if wrong.len() == 1 { wrong[0].clone() } else { format!("[{}]", wrong.join(", ")) };
                let Manifest { source, line, .. } = &manifest;
                return Err(Failure::usage(format!(
                    "error: error validating {source:?}: error validating data: {wrong}; if you choose to ignore these errors, turn validation off with --validate=false"
                ))
                .with_hint(format!("the object begins at {source}:{line}")));
            }
        }
        Item::resolve(self.k8s(), manifest, scope).await
    }
}

//! The objects that `-f` brings to apply, create and replace.

use super::super::changes::{Item, Scope, validate};
use super::super::flags::{Flag, Flags, Takes};
use super::super::manifest::{Contents, Manifest};
use super::Kubectl;
use super::written::refuse_kustomize;
use crate::client::Failure;

/// `--validate`.
pub(super) const VALIDATE: &[Flag] = &[Flag { long: "validate", short: None, takes: Takes::Optional("true") }];

/// What the files of `-f` hold, for a verb that writes it.
pub(super) struct Items {
    /// The objects, with their resources.
    pub(super) ready: Vec<Item>,
    /// What is no such object, and why.
    pub(super) unusable: Vec<Failure>,
}

impl Kubectl<'_> {
    /// The objects of the files that `-f` names, validated and with their resources. As in kubectl, an object that does
    /// not pass the validation ends its file.
    ///
    /// # Errors
    /// A file that is not there, or a flag that is refused.
    pub(super) async fn items(&self, flags: &Flags) -> Result<Items, Failure> {
        refuse_kustomize(flags)?;
        let scope = self.scope(flags)?;
        let scope = Scope { namespace: scope.namespace, enforced: scope.explicit };
        let validates = flags.switch("validate", true)?;
        let mut items = Items { ready: Vec::new(), unusable: Vec::new() };
        for Contents { objects, failure } in self.manifests(flags)? {
            let mut failure = failure;
            // The items of a List stand on its line.
            for whole in objects.chunk_by(|one, next| one.line == next.line) {
                let invalid = if validates { self.invalid(whole).await? } else { None };
                if invalid.is_some() {
                    failure = invalid;
                    break;
                }
                let known = items.unusable.len();
                for manifest in whole {
                    match Item::resolve(self.k8s(), manifest.clone(), &scope).await {
                        Ok(item) => items.ready.push(item),
                        Err(failure) => items.unusable.push(failure),
                    }
                }
                // A List with such an item ends its file too.
                if whole.iter().any(|manifest| manifest.listed) && items.unusable.len() > known {
                    failure = None;
                    break;
                }
            }
            items.unusable.extend(failure);
        }
        Ok(items)
    }

    /// What is wrong with the objects of one YAML document.
    async fn invalid(&self, whole: &[Manifest]) -> Result<Option<Failure>, Failure> {
        let openapi = self.k8s().openapi().await?;
        let wrong: Vec<String> = whole.iter().flat_map(|manifest| validate(&openapi, &manifest.object)).collect();
        let (Some(first), Some(Manifest { source, line, .. })) = (wrong.first(), whole.first()) else {
            return Ok(None);
        };
        let wrong = if wrong.len() == 1 { first.clone() } else { format!("[{}]", wrong.join(", ")) };
        Ok(Some(
            Failure::usage(format!(
                "error: error validating {source:?}: error validating data: {wrong}; if you choose to ignore these errors, turn validation off with --validate=false"
            ))
            .with_hint(format!("the object begins at {source}:{line}")),
        ))
    }
}

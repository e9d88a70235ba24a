//! Which Secrets may be deleted: those that the run brought about. What is in another one may exist nowhere else.

use serde_json::Value;

use super::Recording;
use crate::client::Failure;
use crate::journal::place::Place;

impl Recording {
    /// Refuses the deletion of a Secret that the run did not create, nor caused to be created with a service account.
    ///
    /// # Errors
    /// Refused.
    pub(super) async fn may_delete(&self, object: &Value) -> Result<(), Failure> {
        if object["kind"] != "Secret" {
            return Ok(());
        }
        let metadata = &object["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (text(&metadata["namespace"]), text(&metadata["name"]));
        let place =
            |plural: &str, name: String| Place { plural: plural.to_owned(), namespace: Some(namespace.clone()), name };
        let account = text(&metadata["annotations"]["kubernetes.io/service-account.name"]);
        if self.journal.covers(&place("secrets", name.clone()))
            || (!account.is_empty() && self.journal.covers(&place("serviceaccounts", account)))
        {
            return Ok(());
        }
        Err(refused(&namespace, &name))
    }
}

/// The refusal.
pub(super) fn refused(namespace: &str, name: &str) -> Failure {
    Failure::refused(format!("refused: the Secret {namespace}/{name} was not created by this run"))
        .with_hint("kpnb deletes no Secrets but those of the run: what is in one may exist nowhere else")
}

//! What must not be shown: the values of Secrets, tokens and private keys.
//!
//! Scripts work with the real values; [`Secrets::mask`] stands where text leaves for people. It hides two things:
//! - `values`: what the clients have fetched and know to be secret, in each form in which it is usually printed
//! - `shapes`: what looks like a secret wherever it comes from, such as a private key that `docker exec` has read
//!
//! A part of a secret, or one that a script has changed, is not recognized: this is a guard against accidents.

mod objects;
mod shapes;
mod values;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use values::Values;

/// The secrets that the clients have come across.
#[derive(Default)]
pub struct Secrets(Mutex<Values>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// Notes a secret value. `what` is said in its stead: `secret default/db password`.
    pub fn note(&self, what: &str, value: &[u8]) {
        self.lock().add(what, value);
    }

    /// Notes the Secrets in an answer of the API: an object, a list, a table with objects, a watch event.
    pub fn note_object(&self, value: &Value) {
        for secret in objects::secrets(value) {
            for (what, value) in objects::values(secret) {
                self.note(&what, &value);
            }
        }
    }

    /// Notes what looks like a secret in what a process or container has printed, so that its parts are known too.
    pub fn note_text(&self, text: &str) {
        for (what, secret) in shapes::find(text) {
            self.note(what, secret.as_bytes());
        }
    }

    /// `text` with `<redacted: …>` in the place of each secret. What stands there is the same in each run.
    pub fn mask(&self, text: &str) -> String {
        // What etcd keeps goes first: it has values in it, in base64 at places that differ from run to run.
        let stored = shapes::mask_stored(text);
        let known = self.lock().mask(&stored).into_owned();
        shapes::mask_bare(&known).into_owned()
    }

    /// [`Secrets::mask`] for each text in a JSON value.
    pub fn mask_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.mask(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_json(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.mask_json(field)),
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        // Values are added whole, so a panic elsewhere cannot have broken them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands in a secret's place.
fn redacted(what: &str) -> String {
    format!("<redacted: {what}>")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known() -> Secrets {
        let secrets = Secrets::default();
        secrets.note_object(&json!({
            "kind": "Secret", "apiVersion": "v1", "type": "Opaque",
            "metadata": {"name": "db", "namespace": "default"},
            "data": {"password": "aHVudGVyMg==", "pin": "MTIz", "multi": "Zmlyc3QgbGluZSBvZiBzZXZlcmFsCnNlY29uZCBsaW5lIG9mIHNldmVyYWwK"},
        }));
        secrets
    }

    #[test]
    fn hides_a_value_in_each_form() {
        let secrets = known();
        for text in ["password: hunter2", "password: aHVudGVyMg==", "postgres://me:hunter2@db/", "\"hunter2\""] {
            let masked = secrets.mask(text);
            assert!(masked.contains("<redacted: secret default/db password>"), "{masked}");
            assert!(!masked.contains("hunter2") && !masked.contains("aHVud"), "{masked}");
        }
        let block = secrets.mask("  first line of several\n  second line of several\n");
        assert_eq!(block.matches("<redacted: secret default/db multi>").count(), 2, "{block}");
        assert!(secrets.mask(r#""first line of several\nsecond line of several\n""#).starts_with("\"<redacted: "));
    }

    #[test]
    fn leaves_short_values_and_parts_of_words() {
        let secrets = known();
        for text in ["restarts 123", "MTIz", "hunter20", "xhunter2"] {
            assert_eq!(secrets.mask(text), text);
        }
    }

    #[test]
    fn masking_twice_changes_nothing() {
        let secrets = known();
        secrets.note("secret default/other word", b"redacted");
        let once = secrets.mask("a hunter2 b redacted");
        assert_eq!(secrets.mask(&once), once);
    }

    #[test]
    fn debug_output_tells_nothing() {
        assert_eq!(format!("{:?}", known()), "Secrets { .. }");
    }

    #[test]
    fn masks_the_texts_of_json() {
        let mut value = json!({"a": ["hunter2", 7], "b": {"c": "aHVudGVyMg=="}});
        known().mask_json(&mut value);
        let redacted = "<redacted: secret default/db password>";
        assert_eq!(value, json!({"a": [redacted, 7], "b": {"c": redacted}}));
    }
}

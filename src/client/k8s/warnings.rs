//! What the server warns of beside its answers: deprecated versions, mostly.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, header};

use super::{K8s, status};

/// Who is told of warnings, each once.
pub(super) struct Warnings {
    told: Mutex<HashSet<String>>,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl K8s {
    /// The same client, which hands the text of each new warning of the server's to `tell`.
    #[must_use]
    pub fn with_warnings(&self, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let warnings = Warnings { told: Mutex::default(), tell: Box::new(tell) };
        Self { warnings: Some(Arc::new(warnings)), ..self.clone() }
    }

    /// Passes on what an answer's headers warn of.
    pub(super) fn warn(&self, headers: &HeaderMap) {
        let Some(warnings) = &self.warnings else { return };
        for value in headers.get_all(header::WARNING) {
            let Some(text) = value.to_str().ok().and_then(status::warning_text) else { continue };
            // Every single change to the set leaves it whole.
            if warnings.told.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone()) {
                (warnings.tell)(&text);
            }
        }
    }
}

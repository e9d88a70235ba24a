//! Manifests: YAML or JSON text, a file or a folder of them → objects, each with the place where it stands.

mod files;
mod go_json;
mod scalar;
mod text;
mod yaml;

pub use files::load;
pub use text::{Contents, parse, value};

use serde_json::Value;

/// An object as a manifest has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The object, unchanged.
    pub object: Value,
    /// The file as it was named, or `STDIN`; empty where the object came from no file.
    pub source: String,
    /// The line on which its YAML document begins, from 1.
    pub line: usize,
    /// Whether it stood in a List; kubectl's errors then do not name the file.
    pub listed: bool,
}

impl Manifest {
    /// The file as kubectl's errors name it: not for what stood in a List.
    pub fn told_source(&self) -> &str {
        if self.listed { "" } else { &self.source }
    }

    /// `apiVersion`, or empty.
    pub fn api_version(&self) -> &str {
        self.object["apiVersion"].as_str().unwrap_or_default()
    }

    /// `kind`, or empty.
    pub fn kind(&self) -> &str {
        self.object["kind"].as_str().unwrap_or_default()
    }
}

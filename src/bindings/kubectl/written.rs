//! How the verbs that write say what they did: `pod/x created`, or the object by `-o`.

use serde_json::Value;

use super::super::changes::DryRun;
use super::super::flags::{Flag, Flags, Takes};
use super::Kubectl;
use super::targets::title;
use crate::client::Failure;
use crate::client::k8s::Resource;
use crate::render::{indented_json, yaml};

/// `-o`, `--dry-run` and `--field-manager`.
pub(super) const FLAGS: &[Flag] = &[
    Flag::value("output", Some('o')),
    Flag { long: "dry-run", short: None, takes: Takes::Optional("unchanged") },
    Flag::value("field-manager", None),
];

/// `-f` as kubectl's, and what of it kpnb has not.
pub(super) const RECORD: &[Flag] = &[Flag::switch("record", None), Flag::switch("show-managed-fields", None)];

/// How to say what was done.
#[derive(Debug, Clone)]
pub(super) struct Words {
    output: String,
    /// How far the change goes.
    pub(super) dry_run: DryRun,
    suffix: &'static str,
    printed: bool,
}

impl Words {
    /// As the flags ask. Verbs that do not mention a dry run take [`Words::without_suffix`].
    ///
    /// # Errors
    /// An unknown output or dry run, in kubectl's words.
    pub(super) fn new(flags: &Flags) -> Result<Self, Failure> {
        let output = flags.get("output").unwrap_or_default().to_owned();
        if !["", "name", "yaml", "json"].contains(&output.as_str()) {
            return Err(Failure::usage(format!(
                "error: unable to match a printer suitable for the output format {output:?}, allowed formats are: json,name,yaml"
            ))
            .with_hint("kubectl get prints with jsonpath and templates"));
        }
        let dry_run = flags.get("dry-run").map_or(Ok(DryRun::None), DryRun::parse)?;
        Ok(Self { output, dry_run, suffix: dry_run.suffix(), printed: false })
    }

    /// The same, silent about a dry run.
    pub(super) fn without_suffix(mut self) -> Self {
        self.suffix = "";
        self
    }

    /// Whether `-o` asks for whole objects.
    pub(super) fn prints_objects(&self) -> bool {
        matches!(self.output.as_str(), "yaml" | "json")
    }

    /// Says that `word` was done to an object.
    pub(super) fn say(&mut self, kubectl: &Kubectl<'_>, resource: &Resource, object: &Value, word: &str) {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        match self.output.as_str() {
            "yaml" => {
                let separator = if self.printed { "---\n" } else { "" };
                kubectl.out(&format!("{separator}{}", yaml(object)));
            }
            "json" => kubectl.out(&indented_json(object)),
            "name" => kubectl.out(&format!("{}\n", title(resource, name))),
            _ => kubectl.out(&format!("{} {word}{}\n", title(resource, name), self.suffix)),
        }
        self.printed = true;
    }
}

/// The words for `-k`, which kpnb has not.
pub(super) fn refuse_kustomize(flags: &Flags) -> Result<(), Failure> {
    if flags.get("kustomize").is_some() {
        return Err(Failure::refused("error: -k is refused: kustomize is not built in")
            .with_hint("save the built manifests beside the notebook and use -f"));
    }
    Ok(())
}

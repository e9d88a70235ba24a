//! How the verbs that write say what they did: `pod/x created`, or the object by `-o`.

use serde_json::Value;

use super::super::changes::DryRun;
use super::super::flags::{Flag, Flags, Takes};
use super::Kubectl;
use super::output::{self, Output};
use super::targets::title;
use crate::client::Failure;
use crate::client::k8s::Resource;
use crate::render::ordered_json;

/// `-o` and what belongs to it, `--dry-run` and `--field-manager`.
pub(super) const FLAGS: &[Flag] = &[
    Flag::value("output", Some('o')),
    Flag::value("template", None),
    Flag::switch("allow-missing-template-keys", None),
    Flag { long: "dry-run", short: None, takes: Takes::Optional("unchanged") },
    Flag::value("field-manager", None),
];

/// `-f` as kubectl's, and what of it kpnb has not.
pub(super) const RECORD: &[Flag] = &[Flag::switch("record", None), Flag::switch("show-managed-fields", None)];

/// What `-o` may be where something is written, as kubectl lists it.
const FORMATS: &str =
    "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml";

/// How to say what was done.
#[derive(Debug, Clone)]
pub(super) struct Words {
    output: Option<Output>,
    /// How far the change goes.
    pub(super) dry_run: DryRun,
    suffix: &'static str,
    printed: bool,
    made_here: bool,
}

impl Words {
    /// As the flags ask. Verbs that do not mention a dry run take [`Words::without_suffix`].
    ///
    /// # Errors
    /// An unknown output or dry run, in kubectl's words.
    pub(super) fn new(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<Self, Failure> {
        let given = flags.get("output").unwrap_or_default();
        // Columns are for verbs that read.
        if given.starts_with("custom-columns") {
            return Err(Failure::usage(format!(
                "error: unable to match a printer suitable for the output format {given:?}, allowed formats are: {FORMATS}"
            )));
        }
        let output = output::read(kubectl, flags, FORMATS)?;
        let dry_run = flags.get("dry-run").map_or(Ok(DryRun::None), DryRun::parse)?;
        Ok(Self { output, dry_run, suffix: dry_run.suffix(), printed: false, made_here: false })
    }

    /// The same, silent about a dry run.
    pub(super) fn without_suffix(mut self) -> Self {
        self.suffix = "";
        self
    }

    /// The same, for objects that kubectl makes from flags: where no server has seen them, their fields stay in the API's
    /// order.
    pub(super) fn of_made(mut self) -> Self {
        self.made_here = self.dry_run == DryRun::Client;
        self
    }

    /// Whether `-o` asks for objects instead of words.
    pub(super) fn prints_objects(&self) -> bool {
        !matches!(self.output, None | Some(Output::Name))
    }

    /// Says that `word` was done to an object.
    ///
    /// # Errors
    /// A template of `-o` that fails on the object.
    pub(super) fn say(
        &mut self,
        kubectl: &Kubectl<'_>,
        resource: &Resource,
        object: &Value,
        word: &str,
    ) -> Result<(), Failure> {
        // A dry run shows what no server has seen.
        kubectl.workspace.cluster.seen.secrets().note_object(object);
        let title = || title(resource, object["metadata"]["name"].as_str().unwrap_or_default());
        match &self.output {
            None => kubectl.out(&format!("{} {word}{}\n", title(), self.suffix)),
            Some(Output::Name) => kubectl.out(&format!("{}\n", title())),
            Some(Output::Json) if self.made_here => kubectl.out(&ordered_json(object)),
            Some(output) => {
                if matches!(output, Output::Yaml) && self.printed {
                    kubectl.out("---\n");
                }
                kubectl.out(&output.print(object)?);
            }
        }
        self.printed = true;
        Ok(())
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

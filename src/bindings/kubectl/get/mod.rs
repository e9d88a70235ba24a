//! `kubectl get`.

mod objects;
mod raw;
mod sort;
mod tables;
mod watch;

use futures::FutureExt;

use super::super::flags::{Flag, Flags};
use super::invocation::ALL_NAMESPACES;
use super::output::{self, Output};
use super::targets::{FILENAMES, SELECTORS};
use super::{Kubectl, Verb};
use crate::client::Failure;

pub(super) const VERB: Verb = Verb {
    name: "get",
    about: "Display one or many resources",
    help: "Usage:\n  kubectl get TYPE[,TYPE] [NAME...] | TYPE/NAME... | -f FILE | --raw PATH\n\nFlags:\n  -o, --output wide|yaml|json|name|jsonpath=|jsonpath-as-json=|jsonpath-file=|custom-columns=|custom-columns-file=\n  -A, --all-namespaces   -l, --selector   --field-selector   --chunk-size\n  --show-labels   -L, --label-columns KEY   --show-kind   --no-headers   --sort-by PATH   --ignore-not-found\n  -w, --watch   --watch-only   --output-watch-events\n\nA watch ends with --request-timeout, with the cell's time, or when it is interrupted.\n\nExamples:\n  kubectl get pods -A -o wide\n  kubectl get deploy,rs,pods -l app=web --sort-by=.metadata.name\n  kubectl get node/worker -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].status}'\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[
    Flag::value("output", Some('o')),
    Flag::value("template", None),
    Flag::switch("allow-missing-template-keys", None),
    Flag::switch("show-labels", None),
    Flag::value("label-columns", Some('L')),
    Flag::switch("show-kind", None),
    Flag::switch("no-headers", None),
    Flag::value("sort-by", None),
    Flag::switch("ignore-not-found", None),
    Flag::value("chunk-size", None),
    Flag::switch("server-print", None),
    Flag::switch("watch", Some('w')),
    Flag::switch("watch-only", None),
    Flag::switch("output-watch-events", None),
    Flag::value("raw", None),
];

const FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,\
                       jsonpath-file,name,template,templatefile,wide,yaml";

/// What the flags ask for.
struct Options {
    /// None: the server's tables.
    output: Option<Output>,
    wide: bool,
    /// Without headers.
    bare: bool,
    show_kind: bool,
    show_labels: bool,
    label_columns: Vec<String>,
    sort: Option<sort::Sort>,
    ignore_not_found: bool,
    all_namespaces: bool,
    /// The namespace that is named where nothing is found.
    namespace: String,
    watch_events: bool,
}

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl get", words, &[FLAGS, FILENAMES, SELECTORS, ALL_NAMESPACES])?;
    if let Some(path) = flags.get("raw") {
        return raw::run(kubectl, &flags, path).await;
    }
    let options = Options::read(kubectl, &flags)?;
    let (watch, watch_only) = (flags.switch("watch", false)?, flags.switch("watch-only", false)?);
    if options.watch_events && !(watch || watch_only) {
        return Err(of_use("error: --output-watch-events option can only be used with --watch or --watch-only"));
    }
    if flags.args.is_empty() && flags.get("filename").is_none() {
        kubectl.err(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n\n",
        );
        return Err(of_use(
            "error: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of \
             that resource (e.g. kubectl explain pods).",
        ));
    }
    let targets = kubectl.targets(&flags, &flags.args, true).await?;
    if watch || watch_only {
        let limit = super::invocation::duration_flag(&flags, "request-timeout")?;
        return watch::run(kubectl, targets, &options, watch_only, limit).await;
    }
    match &options.output {
        None => tables::run(kubectl, targets, &options).await,
        Some(output) => objects::run(kubectl, targets, output, &options).await,
    }
}

impl Options {
    fn read(kubectl: &Kubectl<'_>, flags: &Flags) -> Result<Self, Failure> {
        let scope = kubectl.scope(flags)?;
        let bare = flags.switch("no-headers", false)?;
        let wide = flags.get("output") == Some("wide");
        let output = if wide { None } else { output::read(kubectl, flags, FORMATS)? };
        let columns = flags.all("label-columns").iter().flat_map(|columns| columns.split(','));
        Ok(Self {
            output,
            wide,
            bare,
            show_kind: flags.switch("show-kind", false)?,
            show_labels: flags.switch("show-labels", false)?,
            label_columns: columns.map(str::to_owned).collect(),
            sort: flags.get("sort-by").filter(|path| !path.is_empty()).map(sort::Sort::parse).transpose()?,
            ignore_not_found: flags.switch("ignore-not-found", false)?,
            all_namespaces: scope.all,
            namespace: scope.namespace,
            watch_events: flags.switch("output-watch-events", false)?,
        })
    }

    /// Leaves out what was not found, where that is to be ignored.
    fn forgive(&self, failures: Vec<Failure>) -> Vec<Failure> {
        failures.into_iter().filter(|failure| !(self.ignore_not_found && failure.is_not_found())).collect()
    }
}

/// An error of usage with kubectl's pointer to the help.
fn of_use(message: &str) -> Failure {
    Failure::usage(format!("{message}\nSee 'kubectl get -h' for help and examples"))
}

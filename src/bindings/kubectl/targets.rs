//! What a command's arguments name: `pods`, `pods x y`, `pod/x deploy/y`, `a,b`, `all`, `-f file`.
//!
//! Rules and words: k8s.io/cli-runtime v0.20 `pkg/resource/builder.go`.

use serde_json::Value;

use super::super::changes::{self, Item, on_one_line};
use super::super::flags::{Flag, Flags};
use super::super::manifest::{self, Contents, Manifest};
use super::Kubectl;
use super::invocation::Scope;
use crate::client::Failure;
use crate::client::k8s::{Accept, ListOptions, Resource};

/// `-f` and what belongs to it.
pub(super) const FILENAMES: &[Flag] =
    &[Flag::value("filename", Some('f')), Flag::switch("recursive", Some('R')), Flag::value("kustomize", Some('k'))];

/// `-l` and `--field-selector`.
pub(super) const SELECTORS: &[Flag] = &[Flag::value("selector", Some('l')), Flag::value("field-selector", None)];

/// The words where nothing is named at all.
const NOTHING_NAMED: &str = "You must provide one or more resources by argument or filename.\nExample resource \
                             specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> \
                             <name>'\n   '<resource>'";

/// One object that the arguments name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    /// Its resource.
    pub(super) resource: Resource,
    /// None for a cluster-scoped resource.
    pub(super) namespace: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// The object as the manifest has it, where `-f` named it.
    pub(super) manifest: Option<Manifest>,
}

/// What the arguments name.
#[derive(Debug, Clone)]
pub(super) enum Targets {
    /// Single objects, in order. `single` where the arguments can only mean one: it then prints without a List.
    Named {
        /// The objects.
        targets: Vec<Target>,
        /// Whether there can be only one.
        single: bool,
        /// What `-f` named and is no object, and why.
        unusable: Vec<Failure>,
    },
    /// Whole collections, or what selectors pick of them.
    Collections {
        /// In order.
        resources: Vec<Resource>,
        /// Where to list namespaced ones; none for all namespaces.
        namespace: Option<String>,
        /// The selectors.
        options: ListOptions,
    },
}

impl Target {
    /// `pod/x`, `deployment.apps/x`: as kubectl's messages name an object.
    pub(super) fn title(&self) -> String {
        title(&self.resource, &self.name)
    }
}

/// `pod/x`, `deployment.apps/x`: as kubectl's messages name an object.
pub(super) fn title(resource: &Resource, name: &str) -> String {
    let kind = resource.kind.to_lowercase();
    if resource.group.is_empty() { format!("{kind}/{name}") } else { format!("{kind}.{}/{name}", resource.group) }
}

impl Kubectl<'_> {
    /// What `args` and the flags `-f`, `-l`, `--field-selector`, `-n`, `-A` name. Asks the server only which resources
    /// there are. `everything`: a bare `pods` means all of them, as for `get` and with `--all`.
    ///
    /// # Errors
    /// kubectl's words for arguments that do not fit together, an unknown resource, an unreadable manifest.
    pub(super) async fn targets(&self, flags: &Flags, args: &[String], everything: bool) -> Result<Targets, Failure> {
        let scope = self.scope(flags)?;
        let options = ListOptions {
            labels: flags.get("selector").filter(|text| !text.is_empty()).map(str::to_owned),
            fields: flags.get("field-selector").filter(|text| !text.is_empty()).map(str::to_owned),
            limit: None,
        };
        if flags.get("kustomize").is_some() {
            return Err(Failure::refused("error: -k is refused: kustomize is not built in")
                .with_hint("save the built manifests beside the notebook and use -f"));
        }
        if !flags.all("filename").is_empty() {
            return self.in_files(flags, args, &scope, options.labels.is_some()).await;
        }
        let selected = options.labels.is_some() || options.fields.is_some();
        if args.iter().any(|arg| arg.contains('/')) {
            if selected || flags.switch("all", false)? {
                return Err(usage("selectors and the all flag cannot be used when passing resource/name arguments"));
            }
            return self.in_pairs(args, &scope).await;
        }
        let Some((types, names)) = args.split_first() else {
            return Err(match selected {
                true => usage("at least one resource must be specified to use a selector"),
                false => usage(NOTHING_NAMED),
            });
        };
        let resources = self.resources_of(types).await?;
        if names.is_empty() {
            if !selected && !everything {
                let what = "resource(s) were provided, but no name, label selector, or --all flag specified";
                return Err(usage(what));
            }
            let namespace = scope.listed().map(str::to_owned);
            return Ok(Targets::Collections { resources, namespace, options });
        }
        if selected || flags.switch("all", false)? {
            return Err(usage("name cannot be provided when a selector is specified"));
        }
        if names.iter().any(String::is_empty) {
            return Err(usage("resource name may not be empty"));
        }
        // `pods,services x` is each of that name.
        let pairs = resources.iter().flat_map(|resource| names.iter().map(move |name| (resource, name)));
        let targets = pairs.map(|(resource, name)| named(resource, name, &scope)).collect::<Result<Vec<_>, _>>()?;
        Ok(Targets::Named { single: targets.len() == 1, targets, unusable: Vec::new() })
    }

    /// The resources of `a,b`, with `all` and other categories spelled out.
    ///
    /// # Errors
    /// kubectl's words for an unknown one.
    pub(super) async fn resources_of(&self, types: &str) -> Result<Vec<Resource>, Failure> {
        let mut resources: Vec<Resource> = Vec::new();
        for name in types.split(',') {
            let known = self.k8s().resources().await?;
            let mut category: Vec<&Resource> = Vec::new();
            for resource in known.all() {
                let is_new = category.iter().all(|other| other.qualified() != resource.qualified());
                if is_new && resource.categories.iter().any(|category| category == name) {
                    category.push(resource);
                }
            }
            let category = match category.is_empty() {
                true => vec![self.resource(name).await?],
                false => category.into_iter().cloned().collect(),
            };
            for resource in category {
                if !resources.contains(&resource) {
                    resources.push(resource);
                }
            }
        }
        Ok(resources)
    }

    /// A resource by any of its names.
    ///
    /// # Errors
    /// kubectl's words for an unknown one, which leave out what stands behind the first dot.
    pub(super) async fn resource(&self, name: &str) -> Result<Resource, Failure> {
        self.k8s().resource(name).await.map_err(|mut failure| {
            let full = format!("{name:?}");
            if failure.message.ends_with(&full)
                && let Some((bare, _)) = name.split_once('.')
            {
                failure.message = failure.message.replace(&full, &format!("{bare:?}"));
            }
            failure
        })
    }

    async fn in_pairs(&self, args: &[String], scope: &Scope) -> Result<Targets, Failure> {
        if args.iter().any(|arg| !arg.contains('/')) {
            return Err(usage(
                "there is no need to specify a resource type as a separate argument when passing arguments in \
                 resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
                 resource/<resource_name>'",
            ));
        }
        let mut targets = Vec::new();
        for arg in args {
            let parts: Vec<&str> = arg.split('/').collect();
            let [kind, name] = parts.as_slice() else {
                return Err(usage("arguments in resource/name form may not have more than one slash"));
            };
            if kind.is_empty() || name.is_empty() || kind.contains(',') {
                let what = "arguments in resource/name form must have a single resource and name";
                return Err(usage(what));
            }
            targets.push(named(&self.resource(kind).await?, name, scope)?);
        }
        Ok(Targets::Named { single: targets.len() == 1, targets, unusable: Vec::new() })
    }

    async fn in_files(
        &self,
        flags: &Flags,
        args: &[String],
        scope: &Scope,
        selected: bool,
    ) -> Result<Targets, Failure> {
        let files = flags.all("filename");
        if !args.is_empty() {
            return Err(usage(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            ));
        }
        if selected {
            return Err(Failure::refused("error: -l with -f is not built in").with_hint("select with -l alone"));
        }
        let single = files.len() == 1 && files[0] != "-" && !files[0].contains(',');
        let within = changes::Scope { namespace: scope.namespace.clone(), enforced: scope.explicit };
        let (mut targets, mut unusable) = (Vec::new(), Vec::new());
        for Contents { objects, failure } in self.manifests(flags)? {
            for manifest in objects {
                match Item::resolve(self.k8s(), manifest.clone(), &within).await {
                    Ok(Item { resource, namespace, name, .. }) => {
                        targets.push(Target { resource, namespace, name, manifest: Some(manifest) });
                    }
                    Err(failure) => unusable.push(failure),
                }
            }
            unusable.extend(failure);
        }
        Ok(Targets::Named { single, targets, unusable })
    }

    /// The objects of the files that `-f` names, in order; a comma separates files, `-` is standard input.
    ///
    /// # Errors
    /// As [`manifest::load`].
    pub(super) fn manifests(&self, flags: &Flags) -> Result<Vec<Contents>, Failure> {
        let files = flags.all("filename").iter().flat_map(|files| files.split(','));
        let files: Vec<String> = files.map(str::to_owned).collect();
        manifest::load(self.workspace, &files, flags.switch("recursive", false)?, self.stdin)
    }

    /// The targets' objects as they are stored now, those found in the order of the arguments, and a failure for each that
    /// is not: kubectl works on what it finds and then fails.
    pub(super) async fn fetch(&self, targets: Targets) -> (Vec<(Target, Value)>, Vec<Failure>) {
        let (mut found, mut failures) = (Vec::new(), Vec::new());
        match targets {
            Targets::Named { targets, unusable, .. } => {
                for target in targets {
                    match self.k8s().get(&target.resource, target.namespace.as_deref(), &target.name).await {
                        Ok(object) => found.push((target, object)),
                        Err(failure) => failures.push(failure),
                    }
                }
                with_unusable(&mut failures, unusable);
            }
            Targets::Collections { resources, namespace, options } => {
                for resource in resources {
                    match self.k8s().list(&resource, namespace.as_deref(), &options, Accept::Json).await {
                        Ok(mut list) => {
                            for object in items(&mut list, &resource) {
                                found.push((target_of_stored(&resource, &object), object));
                            }
                        }
                        Err(failure) => failures.push(worded_for_list(failure, &resource, &options)),
                    }
                }
            }
        }
        (found, failures)
    }
}

/// A list's objects, each with its kind and apiVersion, which the server leaves out.
pub(super) fn items(list: &mut Value, resource: &Resource) -> Vec<Value> {
    let items = list["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let with_type = |mut item: Value| {
        if let Some(fields) = item.as_object_mut() {
            fields.insert("apiVersion".to_owned(), resource.api_version().into());
            fields.insert("kind".to_owned(), resource.kind.clone().into());
        }
        item
    };
    items.into_iter().map(with_type).collect()
}

/// kubectl's words where a list fails for its selectors.
///
/// Source: k8s.io/cli-runtime v0.20 `pkg/resource/selector.go`.
pub(super) fn worded_for_list(mut failure: Failure, resource: &Resource, options: &ListOptions) -> Failure {
    let (labels, fields) = (options.labels.as_deref(), options.fields.as_deref());
    if (labels.is_some() || fields.is_some()) && matches!(failure.reason.as_str(), "BadRequest" | "NotFound") {
        failure.answer = format!(
            "Unable to find \"{}/{}, Resource={}\" that match label selector \"{}\", field selector \"{}\": {}",
            resource.group,
            resource.version,
            resource.plural,
            labels.unwrap_or_default(),
            fields.unwrap_or_default(),
            failure.answer
        );
        failure.message = format!("Error from server ({}): {}", failure.reason, failure.answer);
    }
    failure
}

/// Adds what is wrong with the files to the failures of objects, as kubectl orders and words them.
pub(super) fn with_unusable(failures: &mut Vec<Failure>, unusable: Vec<Failure>) {
    match failures.is_empty() {
        true => *failures = unusable,
        false => failures.extend(on_one_line(unusable)),
    }
}

fn named(resource: &Resource, name: &str, scope: &Scope) -> Result<Target, Failure> {
    if resource.namespaced && scope.all {
        return Err(usage("a resource cannot be retrieved by name across all namespaces"));
    }
    let namespace = resource.namespaced.then(|| scope.namespace.clone());
    Ok(Target { resource: resource.clone(), namespace, name: name.to_owned(), manifest: None })
}

fn target_of_stored(resource: &Resource, object: &Value) -> Target {
    let text = |field: &str| object["metadata"][field].as_str().map(str::to_owned);
    Target {
        resource: resource.clone(),
        namespace: text("namespace"),
        name: text("name").unwrap_or_default(),
        manifest: None,
    }
}

fn usage(what: &str) -> Failure {
    Failure::usage(format!("error: {what}"))
}

//! `-o yaml|json|name|jsonpath=…|custom-columns=…`.

use serde_json::{Value, json};

use super::super::flags::Flags;
use super::Kubectl;
use super::targets::title;
use crate::client::Failure;
use crate::client::k8s::Resource;
use crate::render::jsonpath::JsonPath;
use crate::render::{align, go_value, indented_json, yaml};

/// The form of objects that `-o` asks for.
#[derive(Debug, Clone)]
pub(super) enum Output {
    /// `-o yaml`
    Yaml,
    /// `-o json`
    Json,
    /// `-o name`
    Name,
    /// `-o jsonpath=…`: the template as written, and parsed.
    JsonPath(String, JsonPath),
    /// `-o jsonpath-as-json=…`
    JsonPathAsJson(String, JsonPath),
    /// `-o custom-columns=…`: headers and paths.
    Columns(Vec<(String, JsonPath)>),
}

/// What `-o` and `--template` ask for; none where `-o` is not given. `formats` lists in errors what the verb takes.
///
/// # Errors
/// kubectl's words for an unknown format or a template that cannot be parsed; Go templates are refused.
pub(super) fn read(kubectl: &Kubectl<'_>, flags: &Flags, formats: &str) -> Result<Option<Output>, Failure> {
    let given = flags.get("output").unwrap_or_default();
    let (format, template) = match given.split_once('=') {
        Some((format, template)) => (format, Some(template)),
        None => (given, flags.get("template").filter(|template| !template.is_empty())),
    };
    let needs = |what: &str| {
        template
            .filter(|template| !template.is_empty())
            .map(str::to_owned)
            .ok_or_else(|| Failure::usage(what.to_owned()))
    };
    let strict =
        flags.get("allow-missing-template-keys").is_some() && !flags.switch("allow-missing-template-keys", true)?;
    let path = |template: &str| {
        JsonPath::parse(template)
            .map(|path| if strict { path.strict() } else { path })
            .map_err(|error| Failure::usage(format!("error: error parsing jsonpath {template}, {error}")))
    };
    let no_template = "error: template format specified but no template given";
    let no_columns = "error: custom-columns format specified but no custom columns given";
    let file = |name: String| kubectl.workspace.read(&name).map(|(_, text)| text);
    Ok(Some(match format {
        "" => return Ok(None),
        "yaml" => Output::Yaml,
        "json" => Output::Json,
        "name" => Output::Name,
        "jsonpath" => {
            let template = needs(no_template)?;
            let path = path(&template)?;
            Output::JsonPath(template, path)
        }
        "jsonpath-file" => {
            let template = file(needs(no_template)?)?;
            let path = path(&template)?;
            Output::JsonPath(template, path)
        }
        "jsonpath-as-json" => {
            let template = needs(no_template)?;
            let path = path(&template)?;
            Output::JsonPathAsJson(template, path)
        }
        "custom-columns" => Output::Columns(columns(&needs(no_columns)?)?),
        "custom-columns-file" => Output::Columns(columns_of_file(&file(needs(no_columns)?)?)?),
        "go-template" | "go-template-file" | "template" | "templatefile" => {
            return Err(Failure::refused("error: Go templates are not built in")
                .with_hint("use -o jsonpath=… or -o custom-columns=…, or k8s::get and Rhai"));
        }
        _ => {
            return Err(Failure::usage(format!(
                "error: unable to match a printer suitable for the output format {given:?}, allowed formats are: {formats}"
            )));
        }
    }))
}

/// `NAME:.metadata.name,KIND:.kind`
fn columns(text: &str) -> Result<Vec<(String, JsonPath)>, Failure> {
    text.split(',')
        .map(|part| {
            let (header, path) = part.split_once(':').ok_or_else(|| {
                Failure::usage(format!(
                    "error: unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                ))
            })?;
            Ok((header.to_owned(), column_path(path)?))
        })
        .collect()
}

/// Headers on the first line, paths on the second.
fn columns_of_file(text: &str) -> Result<Vec<(String, JsonPath)>, Failure> {
    let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let (headers, paths) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    if headers.len() != paths.len() || headers.is_empty() {
        return Err(Failure::usage(format!(
            "error: number of headers ({}) and field specifications ({}) don't match",
            headers.len(),
            paths.len()
        )));
    }
    headers.into_iter().zip(paths).map(|(header, path)| Ok((header.to_owned(), column_path(path)?))).collect()
}

fn column_path(path: &str) -> Result<JsonPath, Failure> {
    JsonPath::relaxed(path).map_err(|error| Failure::usage(format!("error: {error}")))
}

/// The List in which kubectl prints several objects.
pub(super) fn list_of(objects: Vec<Value>) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "List",
        "metadata": {"resourceVersion": "", "selfLink": ""},
        "items": objects,
    })
}

impl Output {
    /// The text for one object, or for a List of [`list_of`]; custom columns come without headers.
    ///
    /// # Errors
    /// A template that fails on the object, in kubectl's words.
    pub(super) fn print(&self, object: &Value) -> Result<String, Failure> {
        let failed = |template: &str, error: String| {
            Failure::answer(format!(
                "error: error executing jsonpath {template:?}: Error executing template: {error}. Printing more \
                 information for debugging the template:\n\ttemplate was:\n\t\t{template}\n"
            ))
        };
        match self {
            Self::Yaml => Ok(yaml(object)),
            Self::Json => Ok(indented_json(object)),
            Self::JsonPath(template, path) => path.print(object).map_err(|error| failed(template, error)),
            Self::JsonPathAsJson(template, path) => path.print_json(object).map_err(|error| failed(template, error)),
            Self::Name => Ok(format!("{}\n", name_of(object))),
            Self::Columns(_) => Ok(align(&[self.row(object)?])),
        }
    }

    /// The headers of custom columns; empty for other forms.
    pub(super) fn headers(&self) -> Vec<String> {
        match self {
            Self::Columns(columns) => columns.iter().map(|(header, _)| header.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// An object's row of custom columns; empty for other forms.
    ///
    /// # Errors
    /// A path that fails on the object, in kubectl's words.
    pub(super) fn row(&self, object: &Value) -> Result<Vec<String>, Failure> {
        let Self::Columns(columns) = self else { return Ok(Vec::new()) };
        columns
            .iter()
            .map(|(_, path)| {
                let found = path.find(object).map_err(|error| Failure::answer(format!("error: {error}")))?;
                if found.first().is_none_or(Vec::is_empty) {
                    return Ok("<none>".to_owned());
                }
                Ok(found.iter().flatten().map(go_value).collect::<Vec<_>>().join(","))
            })
            .collect()
    }
}

/// `pod/x`, `deployment.apps/x`, from the object itself.
fn name_of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let group = text(&object["apiVersion"]).split_once('/').map(|(group, _)| group.to_owned()).unwrap_or_default();
    let resource = Resource {
        group,
        version: String::new(),
        kind: text(&object["kind"]),
        plural: String::new(),
        singular: String::new(),
        short_names: Vec::new(),
        categories: Vec::new(),
        verbs: Vec::new(),
        namespaced: false,
    };
    title(&resource, &text(&object["metadata"]["name"]))
}

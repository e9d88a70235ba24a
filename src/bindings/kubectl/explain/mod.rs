//! `kubectl explain`.
//!
//! Source: k8s.io/kubectl v0.20 `pkg/cmd/explain`, `pkg/explain`.

mod schema;
mod wrap;

use futures::FutureExt;

use super::super::flags::Flag;
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::{OpenApi, Schema};
use schema::{Shape, shape, type_name};
use wrap::wrapped;

pub(super) const VERB: Verb = Verb {
    name: "explain",
    about: "Documentation of resources",
    help: "Usage:\n  kubectl explain TYPE[.FIELD...] [--recursive] [--api-version GROUP/VERSION]\n\nExamples:\n  \
           kubectl explain pods.spec.containers\n  kubectl explain deployment.spec.strategy --recursive\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[Flag::switch("recursive", None), Flag::value("api-version", None)];

/// How far fields are set in, and how far the fields of a field.
const STEP: usize = 3;

/// How far descriptions are set in.
const TEXT: usize = 5;

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl explain", words, &[FLAGS])?;
    let path = match flags.args.as_slice() {
        [path] => path,
        [] => {
            return Err(Failure::usage(
                "error: You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete \
                 list of supported resources.",
            ));
        }
        _ => return Err(Failure::usage("error: We accept only this format: explain RESOURCE")),
    };
    let mut parts = path.split('.').filter(|part| !part.is_empty());
    let name = parts.next().unwrap_or_default();
    let fields: Vec<&str> = parts.collect();
    let resource = kubectl.k8s().resource(name).await.map_err(|mut failure| {
        failure.message = failure.message.trim_start_matches("error: ").to_owned();
        failure
    })?;
    let version = flags.get("api-version").map_or_else(|| resource.api_version(), str::to_owned);
    let openapi = kubectl.k8s().openapi().await?;
    let Some((_, root)) = openapi.of_kind(&version, &resource.kind) else {
        return Err(Failure::answer(format!(
            "error: couldn't find resource for \"{version}, Kind={}\"",
            resource.kind
        )));
    };
    let field = lookup(&openapi, root, &fields)?;
    kubectl.out(&format!("KIND:     {}\nVERSION:  {version}\n\n", resource.kind));
    kubectl.out(&page(&openapi, field, fields.last().copied(), flags.switch("recursive", false)?));
    Ok(0)
}

/// The schema of a field, as the object above it declares it.
fn lookup<'a>(openapi: &'a OpenApi, root: &'a Schema, fields: &[&str]) -> Result<&'a Schema, Failure> {
    fields.iter().try_fold(root, |schema, field| {
        let inner = schema::innermost(openapi, schema);
        inner.properties.get(*field).ok_or_else(|| Failure::answer(format!("error: field {field:?} does not exist")))
    })
}

/// What follows kind and version. `name` is the field's; none for a whole object.
fn page(openapi: &OpenApi, field: &Schema, name: Option<&str>, recursive: bool) -> String {
    let inner = schema::innermost(openapi, field);
    let is_object = !inner.properties.is_empty();
    let mut out = String::new();
    if let Some(name) = name {
        let title = if is_object { "RESOURCE:" } else { "FIELD:   " };
        out.push_str(&format!("{title} {name} <{}>\n\n", type_name(openapi, field)));
    }
    out.push_str("DESCRIPTION:\n");
    let mut descriptions = schema::descriptions(openapi, field);
    if descriptions.iter().all(|text| text.is_empty()) {
        descriptions = vec!["<empty>"];
    }
    for (place, text) in descriptions.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        if place > 0 {
            out.push('\n');
        }
        out.push_str(&wrapped(text, TEXT));
    }
    if is_object {
        out.push_str("\nFIELDS:\n");
        match recursive {
            true => tree(&mut out, openapi, inner, STEP, &mut Vec::new()),
            false => list(&mut out, openapi, inner),
        }
    }
    out
}

fn required(schema: &Schema, field: &str) -> &'static str {
    if schema.required.iter().any(|name| name == field) { " -required-" } else { "" }
}

/// Fields with their descriptions.
fn list(out: &mut String, openapi: &OpenApi, schema: &Schema) {
    for (name, field) in &schema.properties {
        let required = required(schema, name);
        out.push_str(&format!("{:STEP$}{name}\t<{}>{required}\n", "", type_name(openapi, field)));
        let description = field.description.as_deref().unwrap_or_default();
        out.push_str(&wrapped(description, TEXT));
        out.push('\n');
    }
}

/// Fields with their own fields, without descriptions. `above` names the definitions that this one lies in: a definition
/// within itself is not followed.
fn tree<'a>(out: &mut String, openapi: &'a OpenApi, schema: &'a Schema, indent: usize, above: &mut Vec<&'a str>) {
    for (name, field) in &schema.properties {
        out.push_str(&format!("{:indent$}{name}\t<{}>\n", "", type_name(openapi, field)));
        branch(out, openapi, field, indent + STEP, above);
    }
}

fn branch<'a>(out: &mut String, openapi: &'a OpenApi, field: &'a Schema, indent: usize, above: &mut Vec<&'a str>) {
    match shape(openapi, field) {
        Shape::Reference(name, _) if above.contains(&name) => {}
        Shape::Reference(name, to) => {
            above.push(name);
            branch(out, openapi, to, indent, above);
            above.pop();
        }
        Shape::Array(items) => branch(out, openapi, items, indent, above),
        Shape::Map(Some(values)) => branch(out, openapi, values, indent, above),
        Shape::Object => tree(out, openapi, field, indent, above),
        Shape::Map(None) | Shape::Primitive(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWAGGER: &str = r##"{"definitions": {
        "Pod": {"type": "object", "description": "A Pod.", "properties": {
            "spec": {"$ref": "#/definitions/Spec", "description": "The wish."},
            "labels": {"type": "object", "description": "Marks.", "additionalProperties": {"type": "string"}}},
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}]},
        "Spec": {"type": "object", "description": "What is wished.", "required": ["list"], "properties": {
            "list": {"type": "array", "items": {"$ref": "#/definitions/Spec"}}}}
    }}"##;

    fn explained(fields: &[&str], recursive: bool) -> String {
        let openapi = OpenApi::parse(SWAGGER).unwrap();
        let (_, root) = openapi.of_kind("v1", "Pod").unwrap();
        page(&openapi, lookup(&openapi, root, fields).unwrap(), fields.last().copied(), recursive)
    }

    #[test]
    fn a_field_has_its_own_description_and_its_types() {
        assert_eq!(
            explained(&["spec"], false),
            "RESOURCE: spec <Object>\n\nDESCRIPTION:\n     The wish.\n\n     What is wished.\n\nFIELDS:\n   \
             list\t<[]Object> -required-\n\n"
        );
        assert_eq!(
            explained(&["labels"], false),
            "FIELD:    labels <map[string]string>\n\nDESCRIPTION:\n     Marks.\n"
        );
    }

    #[test]
    fn a_type_within_itself_is_followed_once() {
        assert_eq!(
            explained(&[], true),
            "DESCRIPTION:\n     A Pod.\n\nFIELDS:\n   labels\t<map[string]string>\n   spec\t<Object>\n      \
             list\t<[]Object>\n"
        );
    }

    #[test]
    fn an_unknown_field_is_an_error() {
        let openapi = OpenApi::parse(SWAGGER).unwrap();
        let (_, root) = openapi.of_kind("v1", "Pod").unwrap();
        let failure = lookup(&openapi, root, &["spec", "list", "nope"]).unwrap_err();
        assert_eq!(failure.message, "error: field \"nope\" does not exist");
    }
}

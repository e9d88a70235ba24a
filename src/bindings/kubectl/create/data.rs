//! `create configmap` and `create secret generic`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use serde_json::{Map, Value, json};

use super::super::Kubectl;
use super::generator::{Generator, wrong};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

const FLAGS: &[Flag] = &[Flag::value("from-literal", None), Flag::value("from-file", None), Flag::value("type", None)];

pub(super) const CONFIG_MAP: Generator = Generator {
    words: &[&["configmap", "cm"]],
    flags: &[FLAGS[0], FLAGS[1]],
    required: &[],
    build: |kubectl, flags, name| std::future::ready(config_map(kubectl, flags, name)).boxed(),
};

pub(super) const SECRET: Generator = Generator {
    words: &[&["secret"], &["generic"]],
    flags: FLAGS,
    required: &[],
    build: |kubectl, flags, name| std::future::ready(secret(kubectl, flags, name)).boxed(),
};

fn config_map(kubectl: &Kubectl<'_>, flags: &Flags, name: &str) -> Result<Value, Failure> {
    let mut object = json!({
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": { "name": name, "creationTimestamp": null },
    });
    let data = data(kubectl, flags, name, true)?;
    if !data.is_empty() {
        object["data"] = data.into_iter().map(|(key, text)| (key, Value::from(text))).collect::<Map<_, _>>().into();
    }
    Ok(object)
}

fn secret(kubectl: &Kubectl<'_>, flags: &Flags, name: &str) -> Result<Value, Failure> {
    let mut object = json!({
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": { "name": name, "creationTimestamp": null },
    });
    let data = data(kubectl, flags, name, false)?;
    if !data.is_empty() {
        let packed = data.into_iter().map(|(key, text)| (key, Value::from(STANDARD.encode(text))));
        object["data"] = packed.collect::<Map<_, _>>().into();
    }
    if let Some(kind) = flags.get("type") {
        object["type"] = kind.into();
    }
    Ok(object)
}

/// The keys in order, with what `--from-file` and `--from-literal` say.
fn data(kubectl: &Kubectl<'_>, flags: &Flags, name: &str, map: bool) -> Result<Vec<(String, String)>, Failure> {
    let mut data: Vec<(String, String)> = Vec::new();
    for source in flags.all("from-file") {
        let (key, file) = match source.split_once('=') {
            Some((key, file)) => (key, file),
            None => (source.rsplit('/').next().unwrap_or_default(), source.as_str()),
        };
        if kubectl.workspace.locate(file).is_ok_and(|path| path.is_dir()) {
            return Err(Failure::refused(format!("error: --from-file={file} is refused: it is a folder"))
                .with_hint("name each file"));
        }
        data.push((key.to_owned(), kubectl.workspace.read(file)?.1));
    }
    for source in flags.all("from-literal") {
        match source.split_once('=') {
            Some((key, text)) if !key.is_empty() => data.push((key.to_owned(), text.to_owned())),
            _ => return wrong(format!("invalid literal source {source}, expected key=value")),
        }
    }
    data.sort_by(|(a, _), (b, _)| a.cmp(b));
    match data.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) if map => wrong(format!(
            "cannot add key {:?}, another key by that name already exists in Data for ConfigMap {name:?}",
            pair[0].0
        )),
        Some(pair) => wrong(format!("cannot add key {}, another key by that name already exists", pair[0].0)),
        None => Ok(data),
    }
}

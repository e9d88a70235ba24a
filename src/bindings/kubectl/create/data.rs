//! `create configmap` and `create secret generic`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::super::Kubectl;
use super::generator::{Generator, wrong};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;
use crate::render::compact_json;

/// `--append-hash`.
pub(super) const APPEND_HASH: Flag = Flag::switch("append-hash", None);

const FLAGS: &[Flag] = &[
    Flag::value("from-literal", None),
    Flag::value("from-file", None),
    Flag::value("from-env-file", None),
    APPEND_HASH,
    Flag::value("type", None),
];

/// What a key may be, in the API's words.
const WRONG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

pub(super) const CONFIG_MAP: Generator = Generator {
    words: &[&["configmap", "cm"]],
    flags: FLAGS.split_at(4).0,
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
    named_by_hash(object, flags)
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
    named_by_hash(object, flags)
}

/// With `--append-hash`, the object under a name that changes with its data.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/util/hash`.
pub(super) fn named_by_hash(mut object: Value, flags: &Flags) -> Result<Value, Failure> {
    if !flags.switch("append-hash", false)? {
        return Ok(object);
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let data = object.get("data").cloned().unwrap_or_else(|| json!(""));
    let mut hashed = json!({ "kind": object["kind"], "name": name, "data": data });
    if object["kind"] == "Secret" {
        hashed["type"] = object.get("type").cloned().unwrap_or_else(|| json!(""));
    }
    let digest = Sha256::digest(compact_json(&hashed));
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    // No vowels, and nothing that looks like one: no word shall come of it.
    let replaced = |digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    let suffix: String = digits.chars().take(10).map(replaced).collect();
    object["metadata"]["name"] = format!("{name}-{suffix}").into();
    Ok(object)
}

/// A file's text, or kubectl's words for one that is not there.
fn text_of(kubectl: &Kubectl<'_>, file: &str) -> Result<String, Failure> {
    let missing = |failure: Failure| match failure.message.contains("does not exist") {
        true => Failure { message: format!("error: error reading {file}: no such file or directory"), ..failure },
        false => failure,
    };
    kubectl.workspace.read(file).map(|(_, text)| text).map_err(missing)
}

/// `KEY=VALUE` lines; blank ones and comments do not count.
fn of_env_file(kubectl: &Kubectl<'_>, file: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut pairs = Vec::new();
    for line in text_of(kubectl, file)?.trim_start_matches('\u{feff}').lines().map(str::trim_start) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once('=') {
            Some((key, value)) => pairs.push((key.to_owned(), value.to_owned())),
            None => {
                return Err(Failure::refused(format!(
                    "error: {file}: {line} without a value is refused: kubectl would take it from this machine's environment"
                ))
                .with_hint(format!("write {line}=VALUE")));
            }
        }
    }
    Ok(pairs)
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The keys in order, with what `--from-file` and `--from-literal` say.
fn data(kubectl: &Kubectl<'_>, flags: &Flags, name: &str, map: bool) -> Result<Vec<(String, String)>, Failure> {
    let mut data: Vec<(String, String)> = Vec::new();
    if let Some(file) = flags.get("from-env-file").filter(|file| !file.is_empty()) {
        if !flags.all("from-file").is_empty() || !flags.all("from-literal").is_empty() {
            return wrong("from-env-file cannot be combined with from-file or from-literal");
        }
        data = of_env_file(kubectl, file)?;
    }
    for source in flags.all("from-file") {
        let (key, file) = match source.split_once('=') {
            Some((key, file)) => (key, file),
            None => (source.rsplit('/').next().unwrap_or_default(), source.as_str()),
        };
        if kubectl.workspace.locate(file).is_ok_and(|path| path.is_dir()) {
            return Err(Failure::refused(format!("error: --from-file={file} is refused: it is a folder"))
                .with_hint("name each file"));
        }
        data.push((key.to_owned(), text_of(kubectl, file)?));
    }
    for source in flags.all("from-literal") {
        match source.split_once('=') {
            Some((key, text)) if !key.is_empty() => data.push((key.to_owned(), text.to_owned())),
            _ => return wrong(format!("invalid literal source {source}, expected key=value")),
        }
    }
    if let Some((key, _)) = data.iter().find(|(key, _)| !is_key(key)) {
        let of = if map { " for a ConfigMap" } else { "" };
        return wrong(format!("{key:?} is not a valid key name{of}: {WRONG_KEY}"));
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

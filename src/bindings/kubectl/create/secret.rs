//! `create secret tls` and `create secret docker-registry`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use serde_json::{Value, json};

use super::super::Kubectl;
use super::data::{APPEND_HASH, named_by_hash};
use super::generator::{Generator, wrong};
use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

pub(super) const TLS: Generator = Generator {
    words: &[&["secret"], &["tls"]],
    flags: &[Flag::value("cert", None), Flag::value("key", None), APPEND_HASH],
    required: &[],
    build: |kubectl, flags, name| std::future::ready(tls(kubectl, flags, name)).boxed(),
};

pub(super) const DOCKER_REGISTRY: Generator = Generator {
    words: &[&["secret"], &["docker-registry"]],
    flags: &[
        Flag::value("docker-username", None),
        Flag::value("docker-password", None),
        Flag::value("docker-email", None),
        Flag::value("docker-server", None),
        Flag::value("from-file", None),
        APPEND_HASH,
    ],
    required: &[],
    build: |kubectl, flags, name| std::future::ready(docker_registry(kubectl, flags, name)).boxed(),
};

/// Where images come from that name no registry.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

fn tls(kubectl: &Kubectl<'_>, flags: &Flags, name: &str) -> Result<Value, Failure> {
    let mut texts = Vec::new();
    for flag in ["cert", "key"] {
        let file = required(flags, flag, "tls")?;
        let text = kubectl.workspace.read(file).map(|(_, text)| text).map_err(|failure| Failure {
            message: format!("error: Cannot read file {file}, open {file}: no such file or directory"),
            ..failure
        })?;
        texts.push(text);
    }
    for (text, what) in texts.iter().zip(["certificate", "key"]) {
        if !text.contains("-----BEGIN ") {
            return wrong(format!("tls: failed to find any PEM data in {what} input"));
        }
    }
    let data = json!({ "tls.crt": STANDARD.encode(&texts[0]), "tls.key": STANDARD.encode(&texts[1]) });
    named_by_hash(secret(name, &data, "kubernetes.io/tls"), flags)
}

fn docker_registry(kubectl: &Kubectl<'_>, flags: &Flags, name: &str) -> Result<Value, Failure> {
    let kind = "kubernetes.io/dockerconfigjson";
    if let Some(file) = flags.get("from-file") {
        let file = file.split_once('=').map_or(file, |(_, file)| file);
        let text = kubectl.workspace.read(file)?.1;
        return named_by_hash(secret(name, &json!({ ".dockerconfigjson": STANDARD.encode(text) }), kind), flags);
    }
    let user = required(flags, "docker-username", "docker-registry")?;
    let password = required(flags, "docker-password", "docker-registry")?;
    let server = flags.get("docker-server").unwrap_or(DOCKER_HUB);
    let mut entry = json!({ "username": user, "password": password });
    if let Some(email) = flags.get("docker-email").filter(|email| !email.is_empty()) {
        entry["email"] = email.into();
    }
    entry["auth"] = STANDARD.encode(format!("{user}:{password}")).into();
    let config = json!({ "auths": { server: entry } }).to_string();
    named_by_hash(secret(name, &json!({ ".dockerconfigjson": STANDARD.encode(config) }), kind), flags)
}

fn required<'a>(flags: &'a Flags, flag: &str, of: &str) -> Result<&'a str, Failure> {
    flags.get(flag).filter(|value| !value.is_empty()).ok_or_else(|| {
        Failure::usage(format!(
            "error: flag {flag} is required\nSee 'kubectl create secret {of} -h' for help and examples"
        ))
    })
}

fn secret(name: &str, data: &Value, kind: &str) -> Value {
    json!({
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": { "name": name, "creationTimestamp": null },
        "data": data,
        "type": kind,
    })
}

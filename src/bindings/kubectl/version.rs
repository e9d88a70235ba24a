//! `kubectl version`.

use futures::FutureExt;
use http::Method;
use serde_json::{Value, json};

use super::super::flags::Flag;
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::Accept;
use crate::render::yaml;

pub(super) const VERB: Verb = Verb {
    name: "version",
    about: "Print the client and server version information",
    help: "Usage:\n  kubectl version [--short] [--client] [-o yaml|json]\n\nThe client is kpnb, which speaks as kubectl \
           1.20 does.\n",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

const FLAGS: &[Flag] = &[Flag::switch("short", None), Flag::switch("client", None), Flag::value("output", Some('o'))];

/// The version fields in the order in which Kubernetes prints them.
const FIELDS: [&str; 9] =
    ["major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"];

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl version", words, &[FLAGS])?;
    if !flags.args.is_empty() {
        return Err(Failure::usage(format!("error: extra arguments: [{}]", flags.args.join(" "))));
    }
    let output = flags.get("output").unwrap_or_default();
    if !["", "yaml", "json"].contains(&output) {
        return Err(Failure::usage("error: --output must be 'yaml' or 'json'"));
    }
    let (short, client_only) = (flags.switch("short", false)?, flags.switch("client", false)?);
    let client = client();
    let server = match client_only {
        true => None,
        false => Some(kubectl.k8s().json(Method::GET, "/version", &[], None, Accept::Json).await),
    };
    let (server, failure) = match server {
        None => (None, None),
        Some(Ok(server)) => (Some(server), None),
        Some(Err(failure)) => (None, Some(failure)),
    };
    match output {
        "" => {
            let line = |version: &Value| if short { text(version, "gitVersion") } else { in_go(version) };
            kubectl.out(&format!("Client Version: {}\n", line(&client)));
            if let Some(server) = &server {
                kubectl.out(&format!("Server Version: {}\n", line(server)));
            }
        }
        output => {
            let mut both = json!({ "clientVersion": client });
            if let Some(server) = server {
                both["serverVersion"] = server;
            }
            if output == "yaml" {
                kubectl.out(&format!("{}\n", yaml(&both)));
            } else {
                // Fields in the order of Go's structs, not sorted: the server sends them so.
                kubectl.out(&format!("{both:#}\n"));
            }
        }
    }
    failure.map_or(Ok(0), Err)
}

/// What stands in for kubectl here: kpnb.
fn client() -> Value {
    let version = env!("CARGO_PKG_VERSION");
    let mut parts = version.split('.');
    json!({
        "major": parts.next(),
        "minor": parts.next(),
        "gitVersion": format!("kpnb-v{version}"),
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    })
}

/// As Go prints a struct with its field names.
fn in_go(version: &Value) -> String {
    let fields: Vec<String> = FIELDS
        .iter()
        .map(|field| {
            let (first, rest) = field.split_at(1);
            format!("{}{rest}:{:?}", first.to_uppercase(), text(version, field))
        })
        .collect();
    format!("version.Info{{{}}}", fields.join(", "))
}

fn text(version: &Value, field: &str) -> String {
    version[field].as_str().unwrap_or_default().to_owned()
}

//! ConfigMaps, Secrets and ServiceAccounts.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::json::{items, sorted, text};
use super::page::Page;
use super::{Describer, Need, Related, Result, meta};
use crate::client::k8s::ListOptions;

pub(super) const CONFIG_MAP: Describer = Describer { group: "", kind: "ConfigMap", ..Describer::new(write_config_map) };
pub(super) const SECRET: Describer =
    Describer { group: "", kind: "Secret", events: false, ..Describer::new(write_secret) };
pub(super) const SERVICE_ACCOUNT: Describer =
    Describer { group: "", kind: "ServiceAccount", needs, ..Describer::new(write_service_account) };

const TOKEN: &str = "kubernetes.io/service-account-token";

/// kubectl writes the keys in random order, here they are sorted.
fn write_config_map(page: &mut Page, map: &Value, _: &Related) -> Result {
    meta::name_and_namespace(page, map);
    meta::labels_and_annotations(page, map);
    page.line(0, "\nData\n====");
    for (key, value) in sorted(&map["data"]) {
        page.line(0, format!("{key}:\n----\n{}", text(value)));
    }
    Ok(())
}

/// Sizes only. kubectl prints the token of a service account in full; a notebook is read by others, so kpnb does not.
fn write_secret(page: &mut Page, secret: &Value, _: &Related) -> Result {
    meta::name_and_namespace(page, secret);
    meta::labels_and_annotations(page, secret);
    page.line(0, format!("\nType:\t{}\n\nData\n====", text(&secret["type"])));
    for (key, value) in sorted(&secret["data"]) {
        let size = STANDARD.decode(text(value)).map_or(0, |bytes| bytes.len());
        page.field(0, key, format!("{size} bytes"));
    }
    Ok(())
}

fn needs(account: &Value) -> Vec<Need> {
    vec![Need::list("secrets", account["metadata"]["namespace"].as_str(), ListOptions::default())]
}

fn write_service_account(page: &mut Page, account: &Value, related: &Related) -> Result {
    let metadata = &account["metadata"];
    let secrets = related.list("secrets");
    let existing: Option<BTreeSet<&str>> =
        secrets.as_ref().ok().map(|secrets| secrets.iter().map(|secret| text(&secret["metadata"]["name"])).collect());
    let annotation = |secret: &Value, name: &str| {
        text(&secret["metadata"]["annotations"][format!("kubernetes.io/service-account.{name}")]).to_owned()
    };
    let tokens = secrets.unwrap_or_default().iter().filter(|secret| {
        secret["type"] == TOKEN
            && annotation(secret, "name") == text(&metadata["name"])
            && annotation(secret, "uid") == text(&metadata["uid"])
    });
    let tokens: Vec<&str> = tokens.map(|secret| text(&secret["metadata"]["name"])).collect();
    let names = |field: &str| items(&account[field]).iter().map(|entry| text(&entry["name"])).collect::<Vec<_>>();
    meta::name_and_namespace(page, account);
    meta::labels_and_annotations(page, account);
    for (title, names) in [
        ("Image pull secrets:", names("imagePullSecrets")),
        ("Mountable secrets:", names("secrets")),
        ("Tokens:", tokens),
    ] {
        // The blanks make all titles one column, also where no cell follows that would align them.
        let mut title = format!("{title:<19}");
        if names.is_empty() {
            page.line(0, format!("{title}\t<none>"));
        }
        for name in names {
            let missing = existing.as_ref().is_some_and(|existing| !existing.contains(name));
            page.line(0, format!("{title}\t{name}{}", if missing { " (not found)" } else { "" }));
            title = " ".repeat(19);
        }
    }
    Ok(())
}

//! The volumes of a Pod or a Pod template, and the source of a PersistentVolume.

use serde_json::Value;

use super::container::Place;
use super::json::{flag, int, items, show, sorted, text};
use super::meta::cut;
use super::page::Page;
use super::persistent_volume_claim;
use super::volume_kinds::{KINDS, Kind};

/// Volume attributes longer than this are cut.
const ATTRIBUTE_WIDTH: usize = 140;

/// Writes the volumes of a Pod or template.
pub(super) fn write(page: &mut Page, volumes: &Value, place: Place<'_>) {
    let (heading_indent, name_indent) = place.indents();
    if items(volumes).is_empty() {
        page.line(0, format!("{heading_indent}Volumes:\t<none>"));
        return;
    }
    page.line(0, format!("{heading_indent}Volumes:"));
    for volume in items(volumes) {
        page.line(1, format!("{name_indent}{}:", text(&volume["name"])));
        source(page, volume, &[]);
    }
}

/// Writes a volume's source; `volume` has it in the field that is named after its type. `kinds` come first.
pub(super) fn source(page: &mut Page, volume: &Value, kinds: &[Kind]) {
    let Some(kind) = kinds.iter().chain(KINDS).find(|kind| !volume[kind.field].is_null()) else {
        page.line(1, "<unknown>");
        return;
    };
    let source = &volume[kind.field];
    page.field(2, "Type", kind.about);
    for (title, field, form) in kind.fields {
        let value = form.write(&source[*field]);
        match title.strip_suffix('!') {
            // kubectl forgot the colon.
            Some(title) => page.line(2, format!("{title}\t{value}")),
            None => page.field(2, title, value),
        }
    }
    match kind.field {
        "projected" => projected(page, source),
        "downwardAPI" => downward(page, source),
        "ephemeral" => ephemeral(page, source),
        "csi" => attributes(page, &source["volumeAttributes"]),
        _ => {}
    }
}

fn projected(page: &mut Page, projected: &Value) {
    for source in items(&projected["sources"]) {
        let (secret, config_map, token) = (&source["secret"], &source["configMap"], &source["serviceAccountToken"]);
        if !secret.is_null() {
            page.field(2, "SecretName", text(&secret["name"]));
            page.field(2, "SecretOptionalName", show(&secret["optional"]));
        } else if !source["downwardAPI"].is_null() {
            page.field(2, "DownwardAPI", true);
        } else if !config_map.is_null() {
            page.field(2, "ConfigMapName", text(&config_map["name"]));
            page.field(2, "ConfigMapOptional", show(&config_map["optional"]));
        } else if !token.is_null() {
            page.field(2, "TokenExpirationSeconds", int(&token["expirationSeconds"]));
        }
    }
}

fn downward(page: &mut Page, downward: &Value) {
    page.line(2, "Items:");
    for item in items(&downward["items"]) {
        for field in [&item["fieldRef"]["fieldPath"], &item["resourceFieldRef"]["resource"]] {
            if !field.is_null() {
                page.line(3, format!("{} -> {}", text(field), text(&item["path"])));
            }
        }
    }
}

fn ephemeral(page: &mut Page, ephemeral: &Value) {
    if !ephemeral["volumeClaimTemplate"].is_null() {
        page.nested += 2;
        persistent_volume_claim::claim(page, &ephemeral["volumeClaimTemplate"], false);
        page.nested -= 2;
    }
    page.field(2, "ReadOnly", flag(&ephemeral["readOnly"]));
}

fn attributes(page: &mut Page, attributes: &Value) {
    page.put(2, "VolumeAttributes:\t");
    let attributes = sorted(attributes);
    for (place, (key, value)) in attributes.iter().enumerate() {
        if place > 0 {
            page.put(2, "");
            page.put(2, "\t");
        }
        page.line(2, cut(&format!("{key}={}", text(value)), ATTRIBUTE_WIDTH));
    }
    if attributes.is_empty() {
        page.line(0, "<none>");
    }
}

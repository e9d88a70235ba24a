//! Reading objects: what all components ask of them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::World;

/// `metadata.name`.
pub fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// `metadata.namespace`; empty where it has none.
pub fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or_default()
}

/// `metadata.uid`.
pub fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().unwrap_or_default()
}

/// `metadata.resourceVersion`.
pub fn version(object: &Value) -> &str {
    object["metadata"]["resourceVersion"].as_str().unwrap_or_default()
}

/// Whether its deletion has begun.
pub fn deleting(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// The items of a list; none where it is absent.
pub fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// `metadata.ownerReferences`.
pub fn owners(object: &Value) -> &[Value] {
    items(&object["metadata"]["ownerReferences"])
}

/// The owner that manages it.
pub fn controller(object: &Value) -> Option<&Value> {
    owners(object).iter().find(|owner| owner["controller"] == true)
}

/// `metadata.finalizers`.
pub fn finalizers(object: &Value) -> impl Iterator<Item = &str> {
    items(&object["metadata"]["finalizers"]).iter().filter_map(Value::as_str)
}

/// An integer field, or what it defaults to.
pub fn int(value: &Value, default: i64) -> i64 {
    value.as_i64().unwrap_or(default)
}

/// The condition of a type.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(&object["status"]["conditions"]).iter().find(|condition| condition["type"] == kind)
}

/// Whether a condition is `True`.
pub fn holds(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| condition["status"] == "True")
}

/// Puts a condition in the place of the one of its type; its `lastTransitionTime` stays where the status stays.
pub fn set_condition(object: &mut Value, mut condition: Value) {
    if !object["status"]["conditions"].is_array() {
        object["status"]["conditions"] = json!([]);
    }
    let Some(conditions) = object["status"]["conditions"].as_array_mut() else { return };
    match conditions.iter_mut().find(|known| known["type"] == condition["type"]) {
        Some(known) => {
            if known["status"] == condition["status"] && known["lastTransitionTime"].is_string() {
                condition["lastTransitionTime"] = known["lastTransitionTime"].clone();
            }
            *known = condition;
        }
        None => conditions.push(condition),
    }
}

/// A time as the API writes most: to the second.
pub fn time(at: Timestamp) -> Value {
    json!(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A time as leases and new events have it: to the microsecond.
pub fn micro_time(at: Timestamp) -> Value {
    json!(at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
}

/// A time that the API wrote.
pub fn parse_time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A reference to an object as its dependents have it.
pub fn owner_reference(owner: &Value, controller: bool) -> Value {
    let mut reference = json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    });
    if controller {
        reference["controller"] = json!(true);
        reference["blockOwnerDeletion"] = json!(true);
    }
    reference
}

/// Whether a label selector takes these labels; an empty one takes all, an absent one none.
pub fn selects(selector: &Value, labels: &Value) -> bool {
    let Some(fields) = selector.as_object() else { return false };
    let same = |(key, value): (&String, &Value)| labels.get(key) == Some(value);
    fields.get("matchLabels").and_then(Value::as_object).is_none_or(|wanted| wanted.iter().all(same))
        && items(&selector["matchExpressions"]).iter().all(|requirement| requires(requirement, labels))
}

/// Whether labels meet one requirement `{key, operator, values}`, of a label or a node selector.
pub fn requires(requirement: &Value, labels: &Value) -> bool {
    let key = requirement["key"].as_str().unwrap_or_default();
    let value = labels.get(key).and_then(Value::as_str);
    let among = || items(&requirement["values"]).iter().any(|wanted| wanted.as_str() == value);
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let bound = || number(requirement["values"][0].as_str());
    match requirement["operator"].as_str().unwrap_or_default() {
        "In" => value.is_some() && among(),
        "NotIn" => value.is_none() || !among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => matches!((number(value), bound()), (Some(value), Some(bound)) if value > bound),
        "Lt" => matches!((number(value), bound()), (Some(value), Some(bound)) if value < bound),
        _ => false,
    }
}

/// The letters that generated names are made of.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A suffix of five letters, as generated names have it: k8s.io/apimachinery, `rand.String`.
pub fn suffix(world: &mut World) -> String {
    (0..5).map(|_| char::from(LETTERS[world.rng.usize(..LETTERS.len())])).collect()
}

/// A number as letters that form no words: k8s.io/apimachinery, `rand.SafeEncodeString`.
pub fn safe_encode(number: u32) -> String {
    number.to_string().bytes().map(|b| char::from(LETTERS[usize::from(b) % LETTERS.len()])).collect()
}

/// FNV-1a over 32 bits.
pub fn fnv32a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// FNV-1 over 32 bits.
pub fn fnv32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte))
}

/// The hash of a Pod's template, which names what is made of it: pkg/controller/controller_utils.go, `ComputeHash`.
/// `collisions` tells how often another owner had that name; none: never.
pub fn template_hash(template: &Value, collisions: Option<u32>) -> String {
    let mut bytes = super::codec::dump_template(template).into_bytes();
    if let Some(count) = collisions {
        // Eight bytes, of which only four are filled.
        bytes.extend(u64::from(count).to_le_bytes());
    }
    safe_encode(fnv32a(&bytes))
}

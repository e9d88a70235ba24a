//! Values as Go's `%#v` writes them.

use serde_json::Value;

use super::{items, sorted, text};
use crate::render::Quantity;

/// A plain value: text in quotes; `"null"` for none, as field errors show nil.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "\"null\"".to_owned(),
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// A moment, from RFC 3339 in whole seconds.
pub(super) fn time(text: &str) -> String {
    text.parse::<jiff::Timestamp>()
        .map_or_else(|_| "\"null\"".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string())
}

/// A field of a text.
fn quoted(value: &Value) -> String {
    format!("{:?}", text(value))
}

/// Labels.
pub(super) fn map(labels: &Value) -> String {
    if !labels.is_object() {
        return "map[string]string(nil)".to_owned();
    }
    let labels: Vec<String> = sorted(labels).into_iter().map(|(key, value)| format!("{key:?}:{value}")).collect();
    format!("map[string]string{{{}}}", labels.join(", "))
}

/// A list of texts, of a type.
pub(super) fn list(of: &str, list: &Value) -> String {
    if !list.is_array() {
        return format!("[]{of}(nil)");
    }
    let list: Vec<String> = items(list).iter().map(quoted).collect();
    format!("[]{of}{{{}}}", list.join(", "))
}

/// A label selector.
pub(super) fn selector(selector: &Value) -> String {
    let expressions: Vec<String> = items(&selector["matchExpressions"])
        .iter()
        .map(|expression| {
            let (key, operator) = (quoted(&expression["key"]), quoted(&expression["operator"]));
            let values = list("string", &expression["values"]);
            format!("v1.LabelSelectorRequirement{{Key:{key}, Operator:{operator}, Values:{values}}}")
        })
        .collect();
    let expressions = match selector["matchExpressions"].is_array() {
        true => format!("[]v1.LabelSelectorRequirement{{{}}}", expressions.join(", ")),
        false => "[]v1.LabelSelectorRequirement(nil)".to_owned(),
    };
    format!("v1.LabelSelector{{MatchLabels:{}, MatchExpressions:{expressions}}}", map(&selector["matchLabels"]))
}

/// A pointer to a value; where it points to is anything.
pub(super) fn pointer(of: &str, value: &Value) -> String {
    if value.is_null() { format!("(*{of})(nil)") } else { format!("(*{of})(0xc000a1b2c8)") }
}

/// An owner reference.
pub(super) fn owner(owner: &Value) -> String {
    format!(
        "v1.OwnerReference{{APIVersion:{}, Kind:{}, Name:{}, UID:{}, Controller:{}, BlockOwnerDeletion:{}}}",
        quoted(&owner["apiVersion"]),
        quoted(&owner["kind"]),
        quoted(&owner["name"]),
        quoted(&owner["uid"]),
        pointer("bool", &owner["controller"]),
        pointer("bool", &owner["blockOwnerDeletion"]),
    )
}

/// An amount.
pub(super) fn quantity(value: &Value) -> String {
    let shown = shown(value);
    let end = shown.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(shown.len());
    let (number, suffix) = shown.split_at(end);
    let number: i64 = number.parse().unwrap_or_default();
    let (number, scale, format) = match suffix {
        "n" => (number, -9, "DecimalSI"),
        "u" => (number, -6, "DecimalSI"),
        "m" => (number, -3, "DecimalSI"),
        "" => (number, 0, "DecimalSI"),
        "k" => (number, 3, "DecimalSI"),
        "M" => (number, 6, "DecimalSI"),
        "G" => (number, 9, "DecimalSI"),
        "T" => (number, 12, "DecimalSI"),
        _ => {
            let amount = Quantity::parse(&shown).unwrap_or(Quantity::ZERO).value();
            (i64::try_from(amount).unwrap_or(i64::MAX), 0, "BinarySI")
        }
    };
    format!(
        "resource.Quantity{{i:resource.int64Amount{{value:{number}, scale:{scale}}}, \
         d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}, s:{shown:?}, Format:{format:?}}}"
    )
}

/// An amount in its canonical form.
pub(super) fn shown(value: &Value) -> String {
    let given = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Quantity::parse(&given).map_or(given, |quantity| quantity.to_string())
}

/// A number or a text.
pub(super) fn int_or_string(value: &Value) -> String {
    match value {
        Value::String(text) => format!("intstr.IntOrString{{Type:1, IntVal:0, StrVal:{text:?}}}"),
        number => {
            format!("intstr.IntOrString{{Type:0, IntVal:{}, StrVal:\"\"}}", number.as_i64().unwrap_or_default())
        }
    }
}

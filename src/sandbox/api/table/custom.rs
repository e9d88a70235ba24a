//! Custom resources' cells.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{COLUMNS, Printed, make};
use crate::render::jsonpath::JsonPath;

/// A table of custom resources, by `additionalPrinterColumns` of their definition's version; none: their ages.
///
/// Source: k8s.io/apiextensions-apiserver `pkg/registry/customresource/tableconvertor`.
pub fn custom(columns: &[Value], objects: &[Arc<Value>], now: Timestamp) -> Value {
    let age = json!({
        "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp",
        "description": COLUMNS["configmaps"][2]["description"]
    });
    let columns = if columns.is_empty() { std::slice::from_ref(&age) } else { columns };
    let mut definitions = vec![COLUMNS["configmaps"][0].clone()];
    definitions.extend(columns.iter().map(|column| {
        let path = path(column);
        let description = column["description"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        json!({
            "name": column["name"],
            "type": column["type"],
            "format": column["format"].as_str().unwrap_or_default(),
            "description": description
                .unwrap_or_else(|| format!("Custom resource definition column (in JSONPath format): {path}")),
            "priority": column["priority"].as_i64().unwrap_or_default(),
        })
    }));
    let rows = objects.iter().map(|object| {
        let of = Printed { object, now };
        let cells = columns.iter().map(|column| cell(of, column));
        json!({"cells": std::iter::once(json!(of.name())).chain(cells).collect::<Vec<_>>()})
    });
    make(definitions.into(), rows.collect())
}

fn path(column: &Value) -> &str {
    column["jsonPath"].as_str().or(column["JSONPath"].as_str()).unwrap_or_default()
}

/// The first value that the column's path finds, if it is of the column's type.
fn cell(of: Printed<'_>, column: &Value) -> Value {
    let found = JsonPath::parse(&format!("{{{}}}", path(column))).and_then(|path| path.find(of.object));
    let Some(value) = found.ok().and_then(|found| found.into_iter().flatten().next()) else { return Value::Null };
    match column["type"].as_str().unwrap_or_default() {
        "integer" => {
            value.as_i64().or_else(|| value.as_f64().map(|number| number as i64)).map_or(Value::Null, Value::from)
        }
        "number" => value.as_f64().map_or(Value::Null, |_| value),
        "boolean" => value.as_bool().map_or(Value::Null, Value::from),
        "date" => match value.as_str().map(str::parse::<Timestamp>) {
            Some(Ok(_)) => of.since(&value).into(),
            Some(Err(_)) => "<invalid>".into(),
            None => Value::Null,
        },
        _ => match value {
            Value::String(_) => value,
            Value::Null => "".into(),
            other => crate::render::compact_json(&other).into(),
        },
    }
}

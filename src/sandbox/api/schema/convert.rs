//! An untyped object as an object of its kind, which server-side apply makes of what it merged.
//!
//! Source: apimachinery v0.20.2 `pkg/runtime/converter.go`, `FromUnstructured`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Definition, Node, Shape, decode};

/// Makes the numbers of an object what its type has: whole ones of their width.
///
/// # Errors
/// A value that its type cannot have, in upstream's words, which do not tell where.
pub fn convert(object: &mut Value, of: &Definition) -> Result<(), String> {
    let fields = object.as_object_mut().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((of.fields.get(name)?, name, value))).try_for_each(field)
}

fn field((node, name, value): (&Node, &String, &mut Value)) -> Result<(), String> {
    match &node.shape {
        Shape::Named(_) => node.definition().map_or(Ok(()), |of| convert(value, of)),
        Shape::Map(each) => {
            let values = value.as_object_mut().into_iter().flatten();
            values.map(|(_, value)| (&**each, name, value)).try_for_each(field)
        }
        Shape::List(each) => {
            let values = value.as_array_mut().into_iter().flatten();
            values.map(|value| (&**each, name, value)).try_for_each(field)
        }
        Shape::Integer(bits) => whole(value, *bits),
        Shape::Bytes => match value.as_str().map(|text| (text, STANDARD.decode(text))) {
            Some((text, Err(_))) => {
                let at = decode::illegal_base64(text).unwrap_or_default();
                Err(format!("error decoding from json: illegal base64 data at input byte {at}"))
            }
            _ => Ok(()),
        },
        Shape::Time | Shape::Quantity | Shape::IntOrString => {
            decode::unmarshal(&node.shape, name, value.take()).map(|read| *value = read.unwrap_or_default())
        }
        _ => Ok(()),
    }
}

/// A whole number as Go converts it: what does not fit into 32 bits loses the rest.
fn whole(value: &mut Value, bits: u8) -> Result<(), String> {
    let number = match (value.as_i64(), value.as_f64()) {
        (Some(number), _) => number,
        #[expect(clippy::cast_possible_truncation, reason = "as upstream; it is whole")]
        (None, Some(number)) if number.trunc() == number => number as i64,
        (None, Some(_)) => return Err(format!("cannot convert float64 to int{bits}")),
        (None, None) => return Ok(()),
    };
    #[expect(clippy::cast_possible_truncation, reason = "as upstream")]
    let number = if bits == 32 { i64::from(number as i32) } else { number };
    *value = json!(number);
    Ok(())
}

//! `--sort-by`.
//!
//! Source: k8s.io/kubectl v0.20 `pkg/cmd/get/sorter.go`.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::sort::sort;
use crate::client::Failure;
use crate::render::Quantity;
use crate::render::jsonpath::JsonPath;

/// By which field to sort.
pub(super) struct Sort {
    field: String,
    path: JsonPath,
}

impl Sort {
    /// Reads the path, with or without braces and leading dot.
    ///
    /// # Errors
    /// A path that cannot be parsed.
    pub(super) fn parse(path: &str) -> Result<Self, Failure> {
        let inner = path.trim_start_matches('{').trim_end_matches('}').trim_start_matches('.');
        let field = format!("{{.{inner}}}");
        let path = JsonPath::relaxed(path).map_err(|error| Failure::usage(format!("error: {error}")))?;
        Ok(Self { field, path })
    }

    /// Sorts objects.
    ///
    /// # Errors
    /// A field that none has, or whose values cannot be ordered.
    pub(super) fn objects(&self, objects: &mut [Value]) -> Result<(), Failure> {
        self.by(objects, |object| object)
    }

    /// Sorts what has an object within; those without the field come first, and are reversed where they are few.
    ///
    /// # Errors
    /// A field that none has, or whose values cannot be ordered.
    pub(super) fn by<T>(&self, items: &mut [T], object: impl Fn(&T) -> &Value) -> Result<(), Failure> {
        let mut keys = Vec::new();
        for item in items.iter() {
            let found = self.path.find(object(item)).map_err(|error| Failure::answer(format!("error: {error}")))?;
            keys.push(found.into_iter().flatten().next());
        }
        if !items.is_empty() && keys.iter().all(Option::is_none) {
            return Err(Failure::answer(format!(
                "error: couldn't find any field with path {:?} in the list of objects",
                self.field
            )));
        }
        if let Some(key) = keys.iter().flatten().find(|key| key.is_array() || key.is_object()) {
            let what = if key.is_array() { "[]interface {}" } else { "map[string]interface {}" };
            return Err(Failure::answer(format!("error: Field {} is an unsortable type: {what}", self.field)));
        }
        // `order[i]` is where the item stands that goes to place i.
        let mut order: Vec<usize> = (0..items.len()).collect();
        sort(&mut order, |a, b| less(keys[*a].as_ref(), keys[*b].as_ref()));
        for place in 0..order.len() {
            let mut from = order[place];
            while from < place {
                from = order[from];
            }
            items.swap(place, from);
        }
        Ok(())
    }
}

/// Whether kubectl puts `a` before `b`; of two that lack the field it says so of either.
fn less(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (None, _) => true,
        (_, None) => false,
        (Some(a), Some(b)) => compare(a, b) == Ordering::Less,
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => match (Quantity::parse(a), Quantity::parse(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => natural(a, b),
        },
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// Runs of digits by their number, all else by code points: v1.9 before v1.10.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (a_digits, b_digits) = (digits(a), digits(b));
        if a_digits > 0 && b_digits > 0 {
            let (x, y) = (a[..a_digits].trim_start_matches('0'), b[..b_digits].trim_start_matches('0'));
            let order = x.len().cmp(&y.len()).then(x.cmp(y)).then(a_digits.cmp(&b_digits));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (&a[a_digits..], &b[b_digits..]);
            continue;
        }
        let (mut rest_a, mut rest_b) = (a.chars(), b.chars());
        match (rest_a.next(), rest_b.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) if x != y => return x.cmp(&y),
            _ => (a, b) = (rest_a.as_str(), rest_b.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sorted(values: Vec<Value>) -> Vec<Value> {
        let mut objects: Vec<Value> = values.into_iter().map(|value| json!({ "x": value })).collect();
        objects.push(json!({}));
        Sort::parse(".x").unwrap().objects(&mut objects).unwrap();
        objects.into_iter().map(|mut object| object["x"].take()).collect()
    }

    #[test]
    fn sorts_by_number_quantity_and_natural_order() {
        assert_eq!(sorted(vec![json!(10), json!(9), json!(-1)]), [json!(null), json!(-1), json!(9), json!(10)]);
        assert_eq!(sorted(vec![json!("1Gi"), json!("500Mi")]), [json!(null), json!("500Mi"), json!("1Gi")]);
        assert_eq!(
            sorted(vec![json!("v1.10"), json!("v1.9"), json!("a")]),
            [json!(null), json!("a"), json!("v1.9"), json!("v1.10")]
        );
    }

    #[test]
    fn a_field_that_nothing_has_is_an_error() {
        let failure = Sort::parse("metadata.foo").unwrap().objects(&mut [json!({})]).unwrap_err();
        assert_eq!(
            failure.message,
            "error: couldn't find any field with path \"{.metadata.foo}\" in the list of objects"
        );
    }
}

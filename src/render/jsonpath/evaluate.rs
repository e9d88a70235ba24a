//! From a template and a value to what the template finds.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::{Comparison, Part, Slice, Step};

type Values<'v> = Vec<Cow<'v, Value>>;

/// How many values a template may find, those on its way counted: `{..a}` and nested ranges multiply them.
const MOST_VALUES: usize = 1_000_000;

/// What each part finds.
pub(super) fn parts<'v>(parts: &[Part], value: &'v Value, strict: bool) -> Result<Vec<Values<'v>>, String> {
    Search { strict, left: MOST_VALUES }.parts(parts, value)
}

/// A template at work.
struct Search {
    /// A missing key is an error.
    strict: bool,
    /// How many values may still be found.
    left: usize,
}

impl Search {
    fn found(&mut self, values: usize) -> Result<(), String> {
        let left = self.left.checked_sub(values);
        self.left = left.ok_or_else(|| format!("the template finds more than {MOST_VALUES} values"))?;
        Ok(())
    }

    fn parts<'v>(&mut self, parts: &[Part], value: &'v Value) -> Result<Vec<Values<'v>>, String> {
        let mut found = Vec::new();
        for part in parts {
            match part {
                Part::Print(path) => found.push(self.steps(path, vec![Cow::Borrowed(value)])?),
                Part::Range(path, body) => {
                    for item in self.steps(path, vec![Cow::Borrowed(value)])? {
                        match item {
                            Cow::Borrowed(item) => found.append(&mut self.parts(body, item)?),
                            Cow::Owned(item) => found.extend(owned(self.parts(body, &item)?)),
                        }
                    }
                }
            }
        }
        Ok(found)
    }

    fn steps<'v>(&mut self, path: &[Step], from: Values<'v>) -> Result<Values<'v>, String> {
        path.iter().try_fold(from, |values, one| {
            let found = self.step(one, values)?;
            self.found(found.len())?;
            Ok(found)
        })
    }

    fn step<'v>(&mut self, step: &Step, values: Values<'v>) -> Result<Values<'v>, String> {
        match step {
            Step::Literal(literal) => Ok(vec![Cow::Owned(literal.clone())]),
            Step::Field(name) => {
                let found: Values<'v> = values.iter().filter_map(|value| get(value, name)).collect();
                if found.is_empty() && self.strict { Err(format!("{name} is not found")) } else { Ok(found) }
            }
            Step::Wildcard => Ok(values.iter().flat_map(children).collect()),
            Step::Recursive => self.recursive(values),
            Step::Slice(slice) => {
                let mut found = Vec::new();
                for value in values.iter().filter(|value| !value.is_null()) {
                    found.append(&mut sliced(slice, value)?);
                }
                Ok(found)
            }
            Step::Union(branches) => {
                let mut found = Vec::new();
                for branch in branches {
                    self.found(values.len())?;
                    found.append(&mut self.steps(branch, values.clone())?);
                }
                Ok(found)
            }
            Step::Filter(left, condition) => {
                let mut found = Vec::new();
                for value in &values {
                    if !value.is_array() {
                        return Err(format!("{} is not array or slice and cannot be filtered", type_name(value)));
                    }
                    for item in children(value) {
                        if self.passes(&item, left, condition.as_ref())? {
                            found.push(item);
                        }
                    }
                }
                Ok(found)
            }
        }
    }

    /// Each value that holds others, and those below it.
    fn recursive<'v>(&mut self, values: Values<'v>) -> Result<Values<'v>, String> {
        let mut found = Vec::new();
        for value in values {
            let below = children(&value);
            if !below.is_empty() {
                self.found(below.len())?;
                found.push(value);
                found.append(&mut self.recursive(below)?);
            }
        }
        Ok(found)
    }

    fn passes(
        &mut self,
        item: &Value,
        left: &[Step],
        condition: Option<&(Comparison, Vec<Step>)>,
    ) -> Result<bool, String> {
        let Some((comparison, right)) = condition else {
            let mut lenient = Self { strict: false, left: self.left };
            let exists = !lenient.steps(left, vec![Cow::Borrowed(item)])?.is_empty();
            self.left = lenient.left;
            return Ok(exists);
        };
        let mut single = |path: &[Step]| {
            let found = self.steps(path, vec![Cow::Borrowed(item)])?;
            if found.len() > 1 { Err("can only compare one element at a time".to_owned()) } else { Ok(found) }
        };
        let (Some(left), Some(right)) = (single(left)?.pop(), single(right)?.pop()) else { return Ok(false) };
        let order = compare(&left, &right)?;
        Ok(match comparison {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::NotEqual => order != Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterOrEqual => order != Ordering::Less,
        })
    }
}

fn owned<'v>(parts: Vec<Values<'_>>) -> impl Iterator<Item = Values<'v>> {
    parts.into_iter().map(|part| part.into_iter().map(|value| Cow::Owned(value.into_owned())).collect())
}

fn get<'v>(value: &Cow<'v, Value>, name: &str) -> Option<Cow<'v, Value>> {
    match value {
        Cow::Borrowed(value) => value.as_object()?.get(name).map(Cow::Borrowed),
        Cow::Owned(value) => value.as_object()?.get(name).cloned().map(Cow::Owned),
    }
}

/// A list's items, or a map's values in the order of their keys.
fn children<'v>(value: &Cow<'v, Value>) -> Values<'v> {
    fn of(value: &Value) -> Vec<&Value> {
        match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by_key(|(key, _)| *key);
                entries.into_iter().map(|(_, value)| value).collect()
            }
            _ => Vec::new(),
        }
    }
    match value {
        Cow::Borrowed(value) => of(value).into_iter().map(Cow::Borrowed).collect(),
        Cow::Owned(value) => of(value).into_iter().cloned().map(Cow::Owned).collect(),
    }
}

fn sliced<'v>(slice: &Slice, value: &Cow<'v, Value>) -> Result<Values<'v>, String> {
    if !value.is_array() {
        return Err(format!("{} is not array or slice", type_name(value)));
    }
    let items = children(value);
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from = slice.from.unwrap_or_default();
    // A single index is a slice of one; -1 ends at 0, which then means the end.
    let to = if slice.single { from.saturating_add(1) } else { slice.to.unwrap_or(length) };
    let to = if to < 0 || (to == 0 && slice.single) { to.saturating_add(length) } else { to };
    let from = if from < 0 { from.saturating_add(length) } else { from };
    if from == to {
        return Ok(Vec::new());
    }
    let out_of_bounds = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
    if !(0..length).contains(&from) {
        return out_of_bounds(from);
    }
    if !(0..=length).contains(&to) {
        return out_of_bounds(to - 1);
    }
    if from > to {
        return Err(format!("starting index {from} is greater than ending index {to}"));
    }
    let step = slice.step.unwrap_or(1);
    let step = usize::try_from(step).ok().filter(|step| *step > 0).ok_or("step must be > 0")?;
    // Both lie between 0 and the length.
    let (from, to) = (from as usize, to as usize);
    Ok(items.into_iter().take(to).skip(from).step_by(step).collect())
}

/// Go's templates compare only what is of one type.
fn compare(left: &Value, right: &Value) -> Result<Ordering, String> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Ok(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Ok(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Ok(left.cmp(&right)),
            (None, None) => left.as_f64().partial_cmp(&right.as_f64()).ok_or_else(incompatible),
            _ => Err(incompatible()),
        },
        _ => Err(incompatible()),
    }
}

fn incompatible() -> String {
    "incompatible types for comparison".to_owned()
}

/// The type's name in Go.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

//! Expressions, and the record with its fields.

use std::cmp::Ordering;

use regex::Regex;

use super::parse::Expr;
use super::run::{Done, Run, Stop};
use super::value::{Value, regex};

impl Run {
    pub(super) fn set_record(&mut self, record: String) {
        let fields = self.split(&record, &self.variable_text("FS"));
        self.fields = std::iter::once(record).chain(fields).collect();
        self.count_fields();
    }

    fn count_fields(&mut self) {
        #[allow(clippy::cast_precision_loss)] // Fields of one line.
        self.variables.insert("NF".to_owned(), Value::Number((self.fields.len() - 1) as f64));
    }

    /// What `FS` makes of a text.
    pub(super) fn split(&self, text: &str, separator: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        // Paragraphs have fields that lines end.
        let paragraphs = self.variable_text("RS").is_empty();
        match separator {
            " " => text.split([' ', '\t', '\n']).filter(|field| !field.is_empty()).map(str::to_owned).collect(),
            "" => text.chars().map(String::from).collect(),
            "|" | "." | "*" | "+" | "?" | "^" | "$" | "(" | ")" | "[" | "{" | "\\" => {
                text.split(separator).map(str::to_owned).collect()
            }
            other => {
                let other = if paragraphs { format!("(?:{other})|\n") } else { other.to_owned() };
                match regex(&other) {
                    Ok(regex) => regex.split(text).map(str::to_owned).collect(),
                    Err(_) => vec![text.to_owned()],
                }
            }
        }
    }

    fn format(&self) -> String {
        self.variable_text("CONVFMT")
    }

    pub(super) fn text_of(&mut self, expr: &Expr) -> Done<String> {
        let value = self.evaluate(expr)?;
        Ok(value.text(&self.format()))
    }

    /// The name of an item of an array.
    pub(super) fn key(&mut self, index: &[Expr]) -> Done<String> {
        let mut parts = Vec::new();
        for part in index {
            parts.push(self.text_of(part)?);
        }
        Ok(parts.join(&self.variable_text("SUBSEP")))
    }

    /// What an expression matches with: itself, or what its value says.
    pub(super) fn pattern(&mut self, expr: &Expr) -> Done<Regex> {
        match expr {
            Expr::Regex(found) => Ok(found.clone()),
            other => regex(&self.text_of(other)?).map_err(Stop::Failed),
        }
    }

    pub(super) fn evaluate(&mut self, expr: &Expr) -> Done<Value> {
        Ok(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(regex) => Value::truth(regex.is_match(&self.fields[0])),
            Expr::Variable(name) => self.variables.get(name).cloned().unwrap_or(Value::None),
            Expr::Field(number) => {
                let at = self.field_number(number)?;
                self.fields.get(at).map_or(Value::None, |field| Value::Input(field.clone()))
            }
            Expr::Item(array, index) => {
                let key = self.key(index)?;
                // To look at an item makes it.
                self.arrays.entry(array.clone()).or_default().item(&key).clone()
            }
            Expr::Assign(place, operator, value) => {
                let mut value = self.evaluate(value)?;
                if let Some(operator) = operator {
                    let old = self.evaluate(place)?.number();
                    value = Value::Number(self.arithmetic(*operator, old, value.number())?);
                }
                self.store(place, value.clone())?;
                value
            }
            Expr::Step(place, by, new) => {
                let old = self.evaluate(place)?.number();
                self.store(place, Value::Number(old + by))?;
                Value::Number(if *new { old + by } else { old })
            }
            Expr::Choice(condition, yes, no) => {
                let chosen = if self.evaluate(condition)?.is_true() { yes } else { no };
                self.evaluate(chosen)?
            }
            Expr::And(a, b) => Value::truth(self.evaluate(a)?.is_true() && self.evaluate(b)?.is_true()),
            Expr::Or(a, b) => Value::truth(self.evaluate(a)?.is_true() || self.evaluate(b)?.is_true()),
            Expr::Not(value) => Value::truth(!self.evaluate(value)?.is_true()),
            Expr::Negative(value) => Value::Number(-self.evaluate(value)?.number()),
            Expr::Number1(value) => Value::Number(self.evaluate(value)?.number()),
            Expr::Arithmetic(operator, a, b) => {
                let (a, b) = (self.evaluate(a)?.number(), self.evaluate(b)?.number());
                Value::Number(self.arithmetic(*operator, a, b)?)
            }
            Expr::Compare(sign, a, b) => {
                let (a, b) = (self.evaluate(a)?, self.evaluate(b)?);
                let order = a.compare(&b, &self.format());
                Value::truth(match *sign {
                    "<" => order == Ordering::Less,
                    "<=" => order != Ordering::Greater,
                    ">" => order == Ordering::Greater,
                    ">=" => order != Ordering::Less,
                    "==" => order == Ordering::Equal,
                    _ => order != Ordering::Equal,
                })
            }
            Expr::Concat(a, b) => Value::Text(self.text_of(a)? + self.text_of(b)?.as_str()),
            Expr::Matches(text, not, pattern) => {
                let text = self.text_of(text)?;
                Value::truth(self.pattern(pattern)?.is_match(&text) != *not)
            }
            Expr::In(index, array) => {
                let key = self.key(index)?;
                Value::truth(self.arrays.get_mut(array).is_some_and(|array| array.contains(&key)))
            }
            Expr::Call(name, values) => self.call(name, values)?,
        })
    }

    fn field_number(&mut self, number: &Expr) -> Done<usize> {
        let number = self.evaluate(number)?.number();
        if number < 0.0 {
            let (file, line) = (self.variable_text("FILENAME"), self.variable_text("FNR"));
            let place = format!("\tFILENAME=\"{file}\" FNR={line} NR={}", self.variable_text("NR"));
            return Err(Stop::Failed(format!("run time error: negative field index ${number}\n{place}")));
        }
        // Not negative, and few are that long.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = (number as usize).min(100_000);
        Ok(at)
    }

    pub(super) fn store(&mut self, place: &Expr, value: Value) -> Done<()> {
        match place {
            Expr::Variable(name) if name == "NF" => {
                // Not negative, and few are that long.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let count = (value.number().max(0.0) as usize).min(100_000);
                self.fields.resize(count + 1, String::new());
                self.join();
            }
            Expr::Variable(name) => drop(self.variables.insert(name.clone(), value)),
            Expr::Item(array, index) => {
                let key = self.key(index)?;
                *self.arrays.entry(array.clone()).or_default().item(&key) = value;
            }
            Expr::Field(number) => {
                let (at, text) = (self.field_number(number)?, value.text(&self.format()));
                if at == 0 {
                    self.set_record(text);
                    return Ok(());
                }
                if self.fields.len() <= at {
                    self.fields.resize(at + 1, String::new());
                }
                self.fields[at] = text;
                self.join();
            }
            _ => return Err(Stop::Failed("assignment to what is no variable".to_owned())),
        }
        Ok(())
    }

    /// The record anew, from its fields.
    fn join(&mut self) {
        self.fields[0] = self.fields[1..].join(&self.variable_text("OFS"));
        self.count_fields();
    }

    fn arithmetic(&self, operator: char, a: f64, b: f64) -> Done<f64> {
        Ok(match operator {
            '+' => a + b,
            '-' => a - b,
            '*' => a * b,
            '/' | '%' if b == 0.0 && !self.divides => return Err(Stop::Failed("division by zero".to_owned())),
            '/' => a / b,
            '%' => a % b,
            _ => a.powf(b),
        })
    }
}

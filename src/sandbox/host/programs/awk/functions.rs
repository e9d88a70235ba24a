//! The functions that are built in.

use super::parse::Expr;
use super::run::{Done, Run, Stop};
use super::value::Value;
use crate::sandbox::host::programs::print::formatted;

/// What there is. `system` and `close` are not: commands that are run at once are not modelled.
pub(super) const NAMES: [&str; 21] = [
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "tolower", "toupper", "int", "sqrt",
    "exp", "log", "sin", "cos", "atan2", "rand", "srand", "fflush", "close",
];

impl Run {
    pub(super) fn call(&mut self, name: &str, values: &[Expr]) -> Done<Value> {
        let few = || Stop::Failed(format!("wrong number of arguments in call to {name}"));
        let expr = |at: usize| values.get(at).ok_or_else(few);
        #[allow(clippy::cast_precision_loss)] // Lengths of texts.
        let count = |count: usize| Value::Number(count as f64);
        Ok(match name {
            "length" => match values.first() {
                Some(Expr::Variable(array)) if self.arrays.contains_key(array) => count(self.arrays[array].len()),
                Some(value) => count(self.text_of(value)?.chars().count()),
                None => count(self.fields[0].chars().count()),
            },
            "substr" => {
                let text: Vec<char> = self.text_of(expr(0)?)?.chars().collect();
                let from = self.evaluate(expr(1)?)?.number().round();
                let length = match values.get(2) {
                    Some(length) => self.evaluate(length)?.number().round(),
                    None => f64::INFINITY,
                };
                let chosen = text.iter().enumerate().filter(|(n, _)| {
                    #[allow(clippy::cast_precision_loss)] // Places in a text.
                    let place = (*n + 1) as f64;
                    place >= from && place < from + length
                });
                Value::Text(chosen.map(|(_, c)| *c).collect())
            }
            "index" => {
                let (text, part) = (self.text_of(expr(0)?)?, self.text_of(expr(1)?)?);
                count(text.find(&part).map_or(0, |at| text[..at].chars().count() + 1))
            }
            "split" => {
                let text = self.text_of(expr(0)?)?;
                let Expr::Variable(array) = expr(1)? else { return Err(few()) };
                let parts = match values.get(2) {
                    Some(Expr::Regex(regex)) if !text.is_empty() => regex.split(&text).map(str::to_owned).collect(),
                    Some(separator) => {
                        let separator = self.text_of(separator)?;
                        self.split(&text, &separator)
                    }
                    None => self.split(&text, &self.variable_text("FS")),
                };
                let items = parts.iter().enumerate().map(|(n, part)| ((n + 1).to_string(), Value::Input(part.clone())));
                let items = items.collect();
                self.arrays.insert(array.clone(), items);
                count(parts.len())
            }
            "sub" | "gsub" => {
                let pattern = self.pattern(expr(0)?)?;
                let replacement = self.text_of(expr(1)?)?;
                let record = Expr::Field(Box::new(Expr::Number(0.0)));
                let place = values.get(2).unwrap_or(&record);
                let text = self.text_of(place)?;
                let most = if name == "sub" { 1 } else { 0 };
                let mut hits = 0;
                let new = pattern
                    .replacen(&text, most, |found: &regex::Captures<'_>| {
                        hits += 1;
                        inserted(&replacement, &found[0])
                    })
                    .into_owned();
                if hits > 0 && matches!(place, Expr::Variable(_) | Expr::Field(_) | Expr::Item(..)) {
                    self.store(place, Value::Text(new))?;
                }
                count(hits)
            }
            "match" => {
                let text = self.text_of(expr(0)?)?;
                let found = self
                    .pattern(expr(1)?)?
                    .find(&text)
                    .map(|found| (text[..found.start()].chars().count() + 1, found.as_str().chars().count()));
                let (start, length) = found.map_or((count(0), Value::Number(-1.0)), |(s, l)| (count(s), count(l)));
                self.variables.insert("RSTART".to_owned(), start.clone());
                self.variables.insert("RLENGTH".to_owned(), length);
                start
            }
            "sprintf" => Value::Text(self.sprintf(values)?),
            "tolower" => Value::Text(self.text_of(expr(0)?)?.to_lowercase()),
            "toupper" => Value::Text(self.text_of(expr(0)?)?.to_uppercase()),
            "rand" => Value::Number(self.random.f64()),
            "srand" | "fflush" | "close" => Value::Number(0.0),
            "atan2" => Value::Number(self.evaluate(expr(0)?)?.number().atan2(self.evaluate(expr(1)?)?.number())),
            _ => {
                let number = self.evaluate(expr(0)?)?.number();
                Value::Number(match name {
                    "int" => number.trunc(),
                    "sqrt" => number.sqrt(),
                    "exp" => number.exp(),
                    "log" => number.ln(),
                    "sin" => number.sin(),
                    _ => number.cos(),
                })
            }
        })
    }

    pub(super) fn sprintf(&mut self, values: &[Expr]) -> Done<String> {
        let Some((format, values)) = values.split_first() else {
            return Err(Stop::Failed("wrong number of arguments in call to printf".to_owned()));
        };
        let format: Vec<char> = self.text_of(format)?.chars().collect();
        let (mut text, mut at, mut rest) = (String::new(), 0, values.iter());
        while at < format.len() {
            if format[at] != '%' {
                text.push(format[at]);
                at += 1;
                continue;
            }
            if format.get(at + 1) == Some(&'%') {
                text.push('%');
                at += 2;
                continue;
            }
            let mut spec = String::new();
            at += 1;
            while let Some(c) = format.get(at).filter(|c| !c.is_ascii_alphabetic()) {
                if *c == '*' {
                    let Some(width) = rest.next() else { return Err(self.few_values()) };
                    spec += &self.text_of(width)?;
                } else {
                    spec.push(*c);
                }
                at += 1;
            }
            let kind = format.get(at).copied().unwrap_or('s');
            at += 1;
            let Some(value) = rest.next() else { return Err(self.few_values()) };
            let value = self.evaluate(value)?;
            let given = match kind {
                // Whole numbers are cut, not rounded.
                'd' | 'i' | 'u' | 'x' | 'X' | 'o' => format!("{:.0}", value.number().trunc()),
                'f' | 'F' | 'e' | 'E' | 'g' | 'G' => value.number().to_string(),
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A character's number.
                'c' => match value {
                    Value::Number(number) => char::from_u32(number as u32).map(String::from).unwrap_or_default(),
                    other => other.text("%.6g"),
                },
                _ => value.text(&self.variable_text("CONVFMT")),
            };
            text += &formatted(&spec, kind, &given).unwrap_or_default();
        }
        Ok(text)
    }

    fn few_values(&self) -> Stop {
        Stop::Failed("not enough arguments passed to sprintf".to_owned())
    }
}

/// What takes the place of a match: `&` is that, `\&` an ampersand.
fn inserted(replacement: &str, found: &str) -> String {
    let (mut text, mut chars) = (String::new(), replacement.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'&') => text.extend(chars.next()),
            '&' => text.push_str(found),
            c => text.push(c),
        }
    }
    text
}

//! What variables and fields hold, and how it is read as a number or as text.

use std::cmp::Ordering;

use regex::Regex;

use crate::sandbox::host::programs::print::formatted;

/// A value; what was read (`Input`) is a number where it looks like one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    None,
    Number(f64),
    Text(String),
    Input(String),
}

impl Value {
    pub(super) fn truth(truth: bool) -> Self {
        Self::Number(f64::from(u8::from(truth)))
    }

    pub(super) fn number(&self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Number(number) => *number,
            Self::Text(text) | Self::Input(text) => leading(text).0,
        }
    }

    /// As text, by `CONVFMT` or `OFMT`.
    pub(super) fn text(&self, format: &str) -> String {
        match self {
            Self::None => String::new(),
            Self::Number(number) => shown(*number, format),
            Self::Text(text) | Self::Input(text) => text.clone(),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Input(text) => looks(text).map_or(!text.is_empty(), |number| number != 0.0),
        }
    }

    /// The number that it is for comparisons, if it is one.
    fn numeric(&self) -> Option<f64> {
        match self {
            Self::None => Some(0.0),
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
            Self::Input(text) => looks(text),
        }
    }

    pub(super) fn compare(&self, other: &Self, format: &str) -> Ordering {
        match (self.numeric(), other.numeric()) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Greater),
            _ => self.text(format).cmp(&other.text(format)),
        }
    }
}

/// Whole numbers are shown as such (mawk: up to its `Max_Int`), others by a format.
fn shown(number: f64, format: &str) -> String {
    if number.fract() == 0.0 && number.abs() < f64::from(i32::MAX) {
        // Checked just before.
        #[allow(clippy::cast_possible_truncation)]
        let whole = number as i64;
        return whole.to_string();
    }
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let spec = format.trim_start_matches('%');
    let kind = spec.chars().last().unwrap_or('g');
    formatted(spec.trim_end_matches(kind), kind, &number.to_string()).unwrap_or_default()
}

/// The number at the beginning of a text, and its length.
fn leading(text: &str) -> (f64, usize) {
    let start = text.len() - text.trim_start().len();
    let rest = &text[start..];
    let bytes = rest.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let whole = digits(at);
    let mut any = whole > at;
    at = whole;
    if bytes.get(at) == Some(&b'.') {
        let end = digits(at + 1);
        any |= end > at + 1;
        at = end;
    }
    if !any {
        return (0.0, 0);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits(at + 1 + sign);
        if end > at + 1 + sign {
            at = end;
        }
    }
    (rest[..at].trim_start_matches('+').parse().unwrap_or(0.0), start + at)
}

/// The number that a text looks like as a whole.
fn looks(text: &str) -> Option<f64> {
    let (number, length) = leading(text);
    (length > 0 && text[length..].trim().is_empty()).then_some(number)
}

/// An extended expression.
///
/// # Errors
/// What is wrong with it.
pub(super) fn regex(text: &str) -> Result<Regex, String> {
    // Intervals are none where no number is in the braces.
    Regex::new(text)
        .or_else(|_| Regex::new(&text.replace('{', "\\{").replace('}', "\\}")))
        .map_err(|_| format!("regular expression compile failed (bad expression)\n{text}"))
}

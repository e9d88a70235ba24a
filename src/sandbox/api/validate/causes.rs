//! The mistakes of one object, as they are found.
//!
//! Source of the wording: apimachinery v0.20.2 `util/validation/field/errors.go`.

use std::fmt::Display;

use super::Cause;

/// Mistakes in the order in which a server finds them.
#[derive(Debug, Default)]
pub(super) struct Causes(pub(super) Vec<Cause>);

impl Causes {
    fn add(&mut self, reason: &'static str, field: impl Display, message: String, why: &str) {
        let message = if why.is_empty() { message } else { format!("{message}: {why}") };
        self.0.push(Cause { reason, field: field.to_string(), message });
    }

    /// A value that is wrong, as Go shows it.
    pub(super) fn invalid(&mut self, field: impl Display, shown: impl Display, why: &str) {
        self.add("FieldValueInvalid", field, format!("Invalid value: {shown}"), why);
    }

    /// A text that is wrong, in all these ways.
    pub(super) fn invalid_text(&mut self, field: impl Display, text: &str, whys: Vec<String>) {
        for why in whys {
            self.invalid(&field, format!("{text:?}"), &why);
        }
    }

    /// A value that is missing.
    pub(super) fn required(&mut self, field: impl Display, why: &str) {
        self.add("FieldValueRequired", field, "Required value".to_owned(), why);
    }

    /// A value that may not be there.
    pub(super) fn forbidden(&mut self, field: impl Display, why: &str) {
        self.add("FieldValueForbidden", field, "Forbidden".to_owned(), why);
    }

    /// A value that another one has too.
    pub(super) fn duplicate(&mut self, field: impl Display, shown: impl Display, why: &str) {
        self.add("FieldValueDuplicate", field, format!("Duplicate value: {shown}"), why);
    }

    /// A value that names nothing.
    pub(super) fn not_found(&mut self, field: impl Display, text: &str) {
        self.add("FieldValueNotFound", field, format!("Not found: {text:?}"), "");
    }

    /// More than may be.
    pub(super) fn too_long(&mut self, field: impl Display, most: usize) {
        self.add("FieldValueTooLong", field, format!("Too long: must have at most {most} bytes"), "");
    }

    /// A value that is none of those that may be.
    pub(super) fn unsupported(&mut self, field: impl Display, shown: impl Display, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
        let why = format!("supported values: {}", supported.join(", "));
        self.add("FieldValueNotSupported", field, format!("Unsupported value: {shown}"), &why);
    }

    /// Refuses a text that is none of these, which are told in this order.
    pub(super) fn one_of(&mut self, field: impl Display, text: &str, supported: &[&str]) {
        if !supported.contains(&text) {
            self.unsupported(field, format!("{text:?}"), supported);
        }
    }

    /// Refuses a number below zero.
    pub(super) fn not_negative(&mut self, field: impl Display, number: Option<i64>) {
        if let Some(number) = number.filter(|number| *number < 0) {
            self.invalid(field, number, "must be greater than or equal to 0");
        }
    }

    /// Refuses what is no number of a port.
    pub(super) fn port(&mut self, field: impl Display, number: i64) {
        if !(1..=65_535).contains(&number) {
            self.invalid(field, number, super::names::PORT);
        }
    }

    /// Refuses a field that a change may not touch.
    pub(super) fn immutable(&mut self, field: impl Display, shown: impl Display, same: bool) {
        if !same {
            self.invalid(field, shown, "field is immutable");
        }
    }
}

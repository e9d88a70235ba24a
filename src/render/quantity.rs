//! Amounts of a resource, as `100m`, `1.5Gi` or `3e6`: read, added, compared and written in canonical form.
//!
//! Source: apimachinery v1.20 `pkg/api/resource`, `Quantity`.

use std::cmp::Ordering;
use std::fmt;

/// Decimal places below one that are kept; what is finer is rounded up.
const PLACES: u32 = 9;
/// One, in [`Quantity::nanos`].
const ONE: i128 = 10_i128.pow(PLACES);

/// The notation that an amount was written in, and will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notation {
    /// `Ki`, `Mi`, …
    Binary,
    /// `m`, `k`, `M`, … or nothing.
    Decimal,
    /// `e3`.
    Exponent,
}

/// An amount of a resource, exact to a billionth.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    nanos: i128,
    notation: Notation,
}

const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/// Thousandth powers from -3 to 6.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

impl Quantity {
    /// Nothing of it.
    pub const ZERO: Self = Self { nanos: 0, notation: Notation::Decimal };

    /// Reads an amount; none where the text is none, or too large for any computer.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let (negative, digits) = match number.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits: String = [whole, fraction].concat();
        if all_digits.is_empty() || !all_digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mantissa: i128 = all_digits.parse().ok()?;
        let (notation, factor, exponent) = match suffix {
            binary if BINARY.contains(&binary) => {
                let power = BINARY.iter().position(|known| *known == binary)? as u32 + 1;
                (Notation::Binary, 1024_i128.pow(power), 0)
            }
            decimal if DECIMAL.contains(&decimal) => {
                let power = DECIMAL.iter().position(|known| *known == decimal)? as i32 - 3;
                (Notation::Decimal, 1, power * 3)
            }
            exponent => (Notation::Exponent, 1, exponent.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?),
        };
        let scale = exponent.checked_add(PLACES as i32)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let scaled = mantissa.checked_mul(factor)?;
        let nanos = if scale >= 0 {
            scaled.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?
        } else {
            10_i128.checked_pow(scale.unsigned_abs()).map_or(i128::from(scaled > 0), |unit| ceil_div(scaled, unit))
        };
        Some(Self { nanos: if negative { -nanos } else { nanos }, notation })
    }

    /// In whole units, rounded up: bytes, cores.
    pub fn value(self) -> i128 {
        ceil_div(self.nanos, ONE)
    }

    /// In thousandths, rounded up.
    pub fn milli_value(self) -> i128 {
        ceil_div(self.nanos, ONE / 1000)
    }

    /// Whether there is nothing of it.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }
}

impl std::ops::Add for Quantity {
    type Output = Self;

    /// The sum, in the notation of the first that is not zero.
    fn add(self, other: Self) -> Self {
        let notation = if self.is_zero() { other.notation } else { self.notation };
        Self { nanos: self.nanos.saturating_add(other.nanos), notation }
    }
}

impl Quantity {
    /// The difference, or nothing where that would be negative.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_sub(other.nanos).max(0), notation: self.notation }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl fmt::Display for Quantity {
    /// The canonical form: no fraction, the largest unit that allows this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        // Below 1Ki, and where there is a fraction, a binary unit would only confuse.
        let binary = self.notation == Notation::Binary && self.nanos % ONE == 0 && self.nanos.abs() >= 1024 * ONE;
        if binary {
            let (mantissa, power) = without_factor(self.nanos / ONE, 1024, BINARY.len());
            return write!(f, "{mantissa}{}", if power == 0 { "" } else { BINARY[power - 1] });
        }
        let (mantissa, power) = without_factor(self.nanos, 1000, DECIMAL.len() - 1);
        match (self.notation, power as i32 * 3 - PLACES as i32) {
            (Notation::Exponent, 0) => write!(f, "{mantissa}"),
            (Notation::Exponent, exponent) => write!(f, "{mantissa}e{exponent}"),
            _ => write!(f, "{mantissa}{}", DECIMAL[power]),
        }
    }
}

/// `number` without its factors `base`, and how many there were, at most `limit`.
fn without_factor(mut number: i128, base: i128, limit: usize) -> (i128, usize) {
    let mut times = 0;
    while times < limit && number % base == 0 {
        number /= base;
        times += 1;
    }
    (number, times)
}

/// Division that rounds away from minus infinity.
fn ceil_div(number: i128, by: i128) -> i128 {
    number.div_euclid(by) + i128::from(number.rem_euclid(by) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(amounts: &[&str]) -> String {
        amounts.iter().map(|text| Quantity::parse(text).unwrap()).fold(Quantity::ZERO, |a, b| a + b).to_string()
    }

    #[test]
    fn writes_the_canonical_form() {
        for (text, canonical) in [
            ("0", "0"),
            ("0Mi", "0"),
            ("100m", "100m"),
            ("0.1", "100m"),
            ("1.5", "1500m"),
            ("1000m", "1"),
            ("2000", "2k"),
            ("2500", "2500"),
            ("1Gi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("2048Ki", "2Mi"),
            ("0.5Ki", "512"),
            ("264212084Ki", "264212084Ki"),
            ("12e6", "12e6"),
            ("1200e3", "1200e3"),
            ("1E", "1E"),
            ("-5m", "-5m"),
            ("0.0000000001", "1n"),
            (".5", "500m"),
        ] {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn sums_in_the_first_notation() {
        assert_eq!(sum(&["100m", "100m", "850m"]), "1050m");
        assert_eq!(sum(&["70Mi", "170Mi"]), "240Mi");
        assert_eq!(sum(&["1Gi", "1M"]), "1074741824");
        assert_eq!(sum(&["0", "64Mi"]), "64Mi");
        assert_eq!(sum(&["1k", "1Ki"]), "2024");
    }

    #[test]
    fn rounds_up() {
        let parse = |text| Quantity::parse(text).unwrap();
        assert_eq!((parse("1500m").value(), parse("1.0001").milli_value()), (2, 1001));
        assert_eq!((parse("1Ki").value(), parse("100m").milli_value()), (1024, 100));
        assert!(parse("1Gi") > parse("1G") && parse("1000m") == parse("1"));
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", "x", "1x", "1.2.3", "--1", "1ki", "e3", "1e", "99999999999999999999999999999999999999Ei"] {
            assert!(Quantity::parse(text).is_none(), "{text}");
        }
    }
}

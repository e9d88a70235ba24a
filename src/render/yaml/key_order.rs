//! The order of a map's keys.

use std::cmp::Ordering;

/// go-yaml's order: letters after everything else, runs of digits by their number.
///
/// Source: gopkg.in/yaml.v2 `sorter.go`.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(place) = a.iter().zip(&b).position(|(x, y)| x != y) else { return a.len().cmp(&b.len()) };
    let (x, y) = (a[place], b[place]);
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(&y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A zero counts only behind another digit, as in 10 and 1.
    let behind_number =
        (x == '0' || y == '0') && a[..place].iter().rev().take_while(|c| c.is_numeric()).any(|c| *c != '0');
    let number = |text: &[char]| {
        let digits = text[place..].iter().take_while(|c| c.is_ascii_digit());
        let mut value = u128::from(behind_number);
        let mut length = 0;
        for digit in digits {
            value = value.saturating_mul(10).saturating_add(u128::from(digit.to_digit(10).unwrap_or_default()));
            length += 1;
        }
        (value, length)
    };
    number(&a).cmp(&number(&b)).then(x.cmp(&y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_go_yaml_does() {
        let mut keys = vec!["f:b", "f:.", "a10", "a2", "k:{\"type\":\"Ready\"}", "a", "B", "ab", "a-b", "a1"];
        keys.sort_by(|a, b| compare(a, b));
        assert_eq!(keys, ["B", "a", "a-b", "a1", "a2", "a10", "ab", "f:.", "f:b", "k:{\"type\":\"Ready\"}"]);
    }
}

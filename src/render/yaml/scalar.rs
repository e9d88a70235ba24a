//! Which plain scalars are read as something else than text.

/// Whether a plain scalar is text: no null, boolean, number, date or time. Other strings are quoted when written.
///
/// Source: gopkg.in/yaml.v2 `resolve.go`.
pub(super) fn is_text(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n",
        "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", ".nan", ".NaN", ".NAN", ".inf", ".Inf",
        ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
    ];
    if WORDS.contains(&text) {
        return false;
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return true;
    }
    let plain = text.replace('_', "");
    !(is_timestamp(text) || is_integer(&plain) || is_float(&plain))
}

/// What Go's `strconv.ParseInt(text, 0, 64)` or `ParseUint` reads.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text).to_ascii_lowercase();
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', b'o', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits.as_str()),
    };
    !digits.starts_with(['+', '-']) && u64::from_str_radix(digits, radix).is_ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(place) => (&text[..place], Some(&text[place + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_ok = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_ok && exponent_ok
}

/// `2006-1-2`, or with a time after `T`, `t` or a space.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(place) => (&text[..place], Some((text.as_bytes()[place], &text[place + 1..]))),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number =
        |text: &str, most: u32| (1..=2).contains(&text.len()) && text.parse::<u32>().is_ok_and(|number| number <= most);
    let date_ok = year.len() == 4
        && year.chars().all(|c| c.is_ascii_digit())
        && number(month, 12)
        && number(day, 31)
        && *month != "0"
        && *day != "0";
    date_ok
        && time.is_none_or(|(separator, time)| {
            let zone = time.find(['Z', '+', '-']);
            let clock = &time[..zone.unwrap_or(time.len())];
            let parts: Vec<&str> = clock.split(':').collect();
            let [hour, minute, second] = parts.as_slice() else { return false };
            let second = second.split_once('.').map_or(*second, |(whole, _)| whole);
            let zone_ok = match zone.map(|place| &time[place..]) {
                None => separator == b' ',
                Some("Z") => separator != b' ',
                Some(offset) => separator != b' ' && offset.len() == 6 && offset.as_bytes()[3] == b':',
            };
            zone_ok && number(hour, 23) && number(minute, 59) && number(second, 59)
        })
}

/// Whether a string would be read as a number of base 60 by YAML 1.1, as in `12:30`.
///
/// Source: gopkg.in/yaml.v2 `encode.go`, `base60float`.
pub(super) fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let Some((first, rest)) = text.split_once(':') else { return false };
    let first_ok =
        first.starts_with(|c: char| c.is_ascii_digit()) && first.chars().all(|c| c.is_ascii_digit() || c == '_');
    let (groups, fraction) = match rest.split_once('.') {
        Some((groups, fraction)) => (groups, fraction),
        None => (rest, ""),
    };
    let group_ok = |group: &str| match group.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [tens, digit] => (b'0'..=b'5').contains(tens) && digit.is_ascii_digit(),
        _ => false,
    };
    first_ok && groups.split(':').all(group_ok) && fraction.chars().all(|c| c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_go_yaml_would_not_read_as_text() {
        for text in [
            "",
            "~",
            "yes",
            "Off",
            "12",
            "-0x1F",
            "0755",
            "0o17",
            "1_000",
            "0",
            "08",
            "18446744073709551615",
            "1.5",
            "1e3",
            ".5",
            ".nan",
            "2024-01-01",
            "2024-01-01T10:00:00Z",
            "2024-01-01 10:00:00.5",
            "99999999999999999999",
        ] {
            assert!(!is_text(text), "{text:?}");
        }
        for text in ["2024-13-01", "12:30", "1.31.1", "100m", "-", ".", "e3", "nope", "1e", "10.0.0.1", "0x", "+-1"] {
            assert!(is_text(text), "{text:?}");
        }
    }

    #[test]
    fn knows_numbers_of_base_60() {
        assert!(is_base_60("12:30") && is_base_60("1:59:59.5") && is_base_60("-1:0"));
        assert!(!is_base_60("12:60") && !is_base_60("a:30") && !is_base_60("12") && !is_base_60("10.0.0.1:80"));
    }
}

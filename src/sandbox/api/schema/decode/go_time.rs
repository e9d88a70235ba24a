//! Moments, refused as Go's `time.Parse` refuses them.

/// Checks a text in RFC 3339, with microseconds or without.
///
/// # Errors
/// Go's complaint.
pub(super) fn check(text: &str, micro: bool) -> Result<(), String> {
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let wrong =
        |rest: &str, part: &str| format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {part:?}");
    let out_of_range = |what: &str| format!("parsing time {text:?}: {what} out of range");
    let mut rest = text;
    let parts: [(&str, usize, u32, u32, &str); 6] = [
        ("2006", 4, 0, 9999, "year"),
        ("01", 2, 1, 12, "month"),
        ("02", 2, 1, 31, "day"),
        ("15", 2, 0, 23, "hour"),
        ("04", 2, 0, 59, "minute"),
        ("05", 2, 0, 59, "second"),
    ];
    let joints = ["-", "-", "T", ":", ":", ""];
    for ((part, length, least, most, what), joint) in parts.into_iter().zip(joints) {
        let digits = rest.get(..length).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number: u32 = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| wrong(rest, part))?;
        if number < least || number > most {
            return Err(out_of_range(what));
        }
        rest = &rest[length..];
        rest = rest.strip_prefix(joint).ok_or_else(|| wrong(rest, joint))?;
    }
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if micro && digits != 6 {
        return Err(wrong(rest, ".000000"));
    }
    if digits > 0 {
        rest = &rest[digits + 1..];
    }
    if let Some(after) = rest.strip_prefix('Z') {
        if after.is_empty() {
            return Ok(());
        }
        return Err(format!("parsing time {text:?}: extra text: {after:?}"));
    }
    let zone = rest.as_bytes();
    let digit = |at: usize| zone[at].is_ascii_digit();
    let fits = zone.len() >= 6 && matches!(zone[0], b'+' | b'-') && zone[3] == b':';
    if !fits || ![1, 2, 4, 5].into_iter().all(digit) {
        return Err(wrong(rest, "Z07:00"));
    }
    if zone.len() > 6 {
        return Err(format!("parsing time {text:?}: extra text: {:?}", &rest[6..]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_those_of_go() {
        assert!(check("2021-02-03T04:05:06Z", false).is_ok() && check("2021-02-03T04:05:06.5+01:00", false).is_ok());
        let told = |text: &str| check(text, false).unwrap_err();
        let layout = "\"2006-01-02T15:04:05Z07:00\"";
        assert_eq!(told("a"), format!("parsing time \"a\" as {layout}: cannot parse \"a\" as \"2006\""));
        assert_eq!(told("2021-02-03"), format!("parsing time \"2021-02-03\" as {layout}: cannot parse \"\" as \"T\""));
        assert_eq!(told("2021-13-03T04:05:06Z"), "parsing time \"2021-13-03T04:05:06Z\": month out of range");
    }
}

//! Moments as protobuf has them.

use jiff::Timestamp;

use super::Invalid;

/// Seconds of Go's zero time, 0001-01-01T00:00:00Z, which protobuf has as nothing.
const ZERO: i64 = -62_135_596_800;

/// Seconds and nanoseconds of a text in RFC 3339; none for Go's zero time. A Time has whole seconds, a MicroTime whole
/// microseconds.
pub(super) fn parse(text: &str, micro: bool) -> Result<Option<(i64, u32)>, Invalid> {
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    // Go's layout has a T, a zone, and nothing else; jiff would take more.
    let looks_right = text.len() >= 20 && text.as_bytes()[10] == b'T' && !text.contains('[');
    let wrong = || Invalid::new(format!("parsing time {text:?} as {layout:?}: cannot parse {text:?}"));
    let time: Timestamp = text.parse().ok().filter(|_| looks_right).ok_or_else(wrong)?;
    let (mut seconds, mut nanos) = (time.as_second(), time.subsec_nanosecond());
    if nanos < 0 {
        (seconds, nanos) = (seconds - 1, nanos + 1_000_000_000);
    }
    let nanos = if micro { nanos / 1_000 * 1_000 } else { 0 };
    Ok((seconds != ZERO).then_some((seconds, nanos.unsigned_abs())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_as_go_has_them() {
        assert_eq!(parse("2021-02-03T04:05:06Z", false).unwrap(), Some((1_612_325_106, 0)));
        assert_eq!(parse("2021-02-03T05:05:06.5+01:00", false).unwrap(), Some((1_612_325_106, 0)));
        assert_eq!(parse("2021-02-03T04:05:06.123456Z", true).unwrap(), Some((1_612_325_106, 123_456_000)));
        assert_eq!(parse("1969-12-31T23:59:59.750000Z", true).unwrap(), Some((-1, 750_000_000)));
        assert_eq!(parse("0001-01-01T00:00:00Z", false).unwrap(), None);
        for wrong in ["", "today", "2021-02-03 04:05:06Z", "2021-02-03"] {
            assert!(parse(wrong, false).is_err(), "{wrong}");
        }
    }
}

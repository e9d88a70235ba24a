//! Durations as people write them.

use std::time::Duration;

/// `"90s"`, `"5m"`, `"1m30s"`, `"250ms"`, `"1h"`, `"1.5s"`, as Go's `time.ParseDuration` reads them, without a sign.
/// `"0"` is zero. None for anything else.
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..number_end].parse().ok()?;
        rest = &rest[number_end..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        seconds += number
            * match &rest[..unit_end] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(seconds).ok() }
}

/// A duration of whole seconds as Go writes it: `7s`, `1m30s`, `1h0m0s`.
pub fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        let millis = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(millis("90s"), Some(90_000));
        assert_eq!(millis("1m30s"), Some(90_000));
        assert_eq!(millis("250ms"), Some(250));
        assert_eq!(millis("1.5h"), Some(5_400_000));
        assert_eq!(millis("0"), Some(0));
        for bad in ["", "90", "s", "-1s", "1 s", "1d", "1s2"] {
            assert_eq!(millis(bad), None, "{bad}");
        }
    }

    #[test]
    fn writes_what_go_writes() {
        let text = |seconds| format_duration(Duration::from_secs(seconds));
        assert_eq!([text(0), text(7), text(90), text(3600)], ["0s", "7s", "1m30s", "1h0m0s"]);
    }
}

//! Ages and other durations, as kubectl, docker and scripts write them.

use std::sync::LazyLock;

use regex::Regex;

use super::shape::{regex, run, whole};

/// A duration in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Age {
    /// How long, in seconds.
    pub(super) seconds: f64,
    /// How many seconds the last unit written stands for: `12m` is less than thirteen minutes.
    pub(super) step: f64,
    /// Its length in the text.
    pub(super) length: usize,
}

impl Age {
    /// Durations match within half of the recorded one or five seconds.
    pub(super) fn is_near(self, recorded: Self) -> bool {
        let difference = (recorded.seconds - self.seconds).abs();
        difference <= 5.0 || difference <= recorded.seconds / 2.0
    }
}

static AGE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)^(?:
            (?P<go>(?:\d+(?:\.\d+)?(?:y|d|h|ms|m|s|µs|us))+)
          | (?P<float>\d+\.\d{3,})
          | (?P<number>\d+(?:\.\d+)?)\ (?P<unit>seconds?|minutes?|hours?|days?|weeks?|months?|years?|ms|s)
          | Less\ than\ a\ second
          | About\ an?\ (?P<about>minute|hour)
        )",
    )
});

/// The duration that `text` begins with: `2m38s`, `3d4h`, `About a minute`, `3 hours`, and floats of seconds (`41.203`).
pub(super) fn age(text: &str) -> Option<Age> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, 'L' | 'A')) {
        return None;
    }
    let found = AGE.captures(text)?;
    let length = whole(text, found.get(0)?.end())?;
    if text[length..].starts_with('.') && text[length + 1..].starts_with(|next: char| next.is_ascii_digit()) {
        return None; // a version
    }
    let (seconds, step) = if let Some(go) = found.name("go") {
        go_seconds(go.as_str())?
    } else if let Some(float) = found.name("float") {
        (float.as_str().parse().ok()?, 0.0)
    } else if let (Some(number), Some(unit)) = (found.name("number"), found.name("unit")) {
        let unit = unit_seconds(unit.as_str());
        (number.as_str().parse::<f64>().ok()? * unit, unit)
    } else {
        let unit = found.name("about").map_or(1.0, |unit| unit_seconds(unit.as_str()));
        (found.name("about").map_or(0.0, |_| unit), unit)
    };
    Some(Age { seconds, step, length })
}

fn go_seconds(text: &str) -> Option<(f64, f64)> {
    let (mut seconds, mut step) = (0.0, 1.0);
    let mut rest = text;
    while !rest.is_empty() {
        let number = run(rest, |letter| letter.is_ascii_digit() || letter == b'.');
        let after = &rest[number..];
        let unit = after.find(|letter: char| letter.is_ascii_digit()).unwrap_or(after.len());
        step = unit_seconds(&after[..unit]);
        seconds += rest[..number].parse::<f64>().ok()? * step;
        rest = &after[unit..];
    }
    Some((seconds, step))
}

fn unit_seconds(unit: &str) -> f64 {
    match unit {
        "µs" | "us" => 1e-6,
        "ms" => 1e-3,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        "y" => 365.0 * 86_400.0,
        _ if unit.starts_with("min") => 60.0,
        _ if unit.starts_with("hour") => 3_600.0,
        _ if unit.starts_with("day") => 86_400.0,
        _ if unit.starts_with("week") => 7.0 * 86_400.0,
        _ if unit.starts_with("month") => 30.0 * 86_400.0,
        _ if unit.starts_with("year") => 365.0 * 86_400.0,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ages() {
        let seconds = |text| age(text).map(|age| age.seconds);
        assert_eq!(seconds("2m38s"), Some(158.0));
        assert_eq!(seconds("3d4h"), Some(273_600.0));
        assert_eq!(seconds("250ms"), Some(0.25));
        assert_eq!(seconds("41.203"), Some(41.203));
        assert_eq!(seconds("41.2 s"), Some(41.2));
        assert_eq!(seconds("About a minute ago"), Some(60.0));
        assert_eq!(seconds("3 hours ago"), Some(10_800.0));
        assert_eq!(seconds("Less than a second ago"), Some(0.0));
        for none in ["1.20.2", "2", "5min", "3.5", "1.203.4", "Last"] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }

    #[test]
    fn knows_how_exact_an_age_is() {
        let step = |text| age(text).map(|age| age.step);
        assert_eq!(
            (step("12m"), step("5m3s"), step("3h12m"), step("4d")),
            (Some(60.0), Some(1.0), Some(60.0), Some(86_400.0))
        );
    }
}

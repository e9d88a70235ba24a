//! Sizes as docker shows them.

/// A number of bytes with three digits and a decimal unit: `28.1kB`.
///
/// Source: `github.com/docker/go-units`, `HumanSizeWithPrecision(size, 3)`.
pub(super) fn size(bytes: f64) -> String {
    const UNITS: [&str; 9] = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
    let (mut value, mut unit) = (bytes, 0);
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = match value {
        _ if value < 10.0 => 2,
        _ if value < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn three_digits_and_no_idle_zeros() {
        let sizes = [0.0, 5.0, 999.0, 1000.0, 28_100.0, 3_390_000.0, 488_000_000.0, 12_000.0].map(size);
        assert_eq!(sizes, ["0B", "5B", "999B", "1kB", "28.1kB", "3.39MB", "488MB", "12kB"]);
    }
}

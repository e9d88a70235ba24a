//! How long something took, for people.

use std::time::Duration;

/// `0.3s`, `12s`, `5m03s`, `1h02m`: as exact as it matters at that length.
pub fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1}s", duration.as_secs_f64()),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_exact_as_it_matters() {
        let of = |seconds| elapsed(Duration::from_secs_f64(seconds));
        assert_eq!((of(0.04).as_str(), of(1.55).as_str(), of(12.9).as_str()), ("0.0s", "1.6s", "12s"));
        assert_eq!((of(303.0).as_str(), of(3720.0).as_str()), ("5m03s", "1h02m"));
    }
}

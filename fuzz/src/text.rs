//! Small languages: durations, quantities, what a terminal prints, tables. Records: any text.

use std::time::Duration;

use kpnb::notebook::{format_duration, parse_duration, tidy};
use kpnb::render::{Columns, Quantity, age, align, tabbed};

/// What is read is written so that it reads the same; what is tidy stays so.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(duration) = parse_duration(&text) {
        let whole = Duration::from_secs(duration.as_secs());
        // Floating point has no more than 53 bits.
        if whole.as_secs() < 1 << 52 {
            assert_eq!(parse_duration(&format_duration(whole)), Some(whole), "{text:?}");
        }
        assert!(age(duration).len() < 30, "{text:?}");
    }
    if let Some(quantity) = Quantity::parse(&text) {
        quantity.milli_value();
        assert_eq!(quantity.is_zero(), quantity.value() == 0 && quantity.milli_value() == 0, "{text:?}");
        let shown = quantity.to_string();
        let again = Quantity::parse(&shown);
        assert_eq!(again.map(|again| again.value()), Some(quantity.value()), "{text:?} → {shown:?}");
    }
    for most in [None, Some(0), Some(1), Some(2), Some(7)] {
        let tidied = tidy(&text, most);
        assert_eq!(tidy(&tidied, most), tidied, "{text:?}");
        assert!(tidied.is_empty() || tidied.ends_with('\n'), "{text:?}");
        assert!(tidied.lines().all(|line| line == line.trim_end()), "{text:?}");
        assert!(!tidied.contains(|letter: char| letter.is_control() && !matches!(letter, '\n' | '\t')), "{text:?}");
        assert!(tidied.lines().count() <= most.unwrap_or(usize::MAX).max(1), "{text:?}");
    }
    tabbed(&text);
    let rows: Vec<Vec<String>> = text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    assert_eq!(align(&rows).lines().count(), rows.len(), "{rows:?}");
    let mut columns = Columns::default();
    for row in rows {
        columns.align(&[row]);
    }
}

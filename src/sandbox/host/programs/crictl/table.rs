//! Tables and sizes as crictl prints them.

/// Columns at least 20 wide, 3 apart: Go's tabwriter with crictl's settings.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count() + 3).max();
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0).max(20)).collect();
    let mut text = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            text += cell;
            if at + 1 < row.len() {
                text += &" ".repeat(widths[at] - cell.chars().count());
            }
        }
        text.push('\n');
    }
    text
}

/// A size in three digits: `86.7MB`. go-units, `HumanSizeWithPrecision`.
pub(super) fn size(bytes: i64) -> String {
    #[allow(clippy::cast_precision_loss)] // Images have far fewer than 2^52 bytes.
    let (mut number, mut unit) = (bytes as f64, 0);
    while number >= 1000.0 && unit < 4 {
        number /= 1000.0;
        unit += 1;
    }
    let digits = if number >= 100.0 {
        0
    } else if number >= 10.0 {
        1
    } else {
        2
    };
    let mut text = format!("{number:.digits$}");
    if text.contains('.') {
        text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{text}{}", ["B", "kB", "MB", "GB", "TB"][unit])
}

/// The first 13 digits of an id.
pub(super) fn short(id: &str) -> String {
    id.strip_prefix("sha256:").unwrap_or(id).chars().take(13).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        assert_eq!([132_714_699, 86_742_272, 685_568, 2_141_479].map(size), ["133MB", "86.7MB", "686kB", "2.14MB"]);
    }

    #[test]
    fn columns_are_twenty_wide_or_as_wide_as_it_takes() {
        let rows = [["A", "B"], ["a-name-that-is-longer-than-that", "b"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), format!("{:34}B\na-name-that-is-longer-than-that   b\n", "A"));
    }
}

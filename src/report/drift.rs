//! What `kpnb check` tells of a notebook: where it drifts, the difference, and what was masked.

use super::Style;
use crate::notebook::{Checked, CheckedCell, Masked, Notebook, count_masked};

/// Where a notebook says something else than what is recorded in it; empty where nowhere.
pub fn describe_drift(notebook: &Notebook, checked: &Checked, style: Style) -> String {
    let cells = checked.cells.iter().map(|cell| describe_cell(notebook, cell, style));
    let broken = checked.broken.iter().map(|broken| {
        let line = broken.second.line;
        format!("{} {broken}\n", style.bold(&format!("{}:{line}:", notebook.name)))
    });
    cells.chain(broken).collect()
}

/// In what a cell drifts, each with its difference.
pub fn describe_cell(notebook: &Notebook, checked: &CheckedCell, style: Style) -> String {
    let cell = &notebook.cells[checked.cell];
    let mut text = String::new();
    for drift in &checked.drifts {
        let line = drift.line().unwrap_or(cell.fence_line);
        let place = style.bold(&format!("{}:{line}:", notebook.name));
        text += &format!("{place} cell {}: {drift}\n", cell.reference());
        for line in drift.diff().lines() {
            text += &match line.chars().next() {
                Some('-') => style.bad(line),
                Some('+') => style.good(line),
                Some('@') => style.dim(line),
                _ => line.to_owned(),
            };
            text.push('\n');
        }
    }
    text
}

/// What was masked: how much of each class, or each one.
pub fn describe_masked(notebook: &Notebook, checked: &Checked, each: bool, style: Style) -> String {
    let masked = || checked.cells.iter().flat_map(|cell| &cell.masked);
    let counts: Vec<String> = count_masked(masked()).iter().map(|(class, count)| class.counted(*count)).collect();
    if counts.is_empty() {
        return format!("{}: nothing masked\n", notebook.name);
    }
    let hint = if each { ":" } else { " (-v shows each)" };
    let mut text = format!("{}: masked {}{hint}\n", notebook.name, counts.join(", "));
    if each {
        text.extend(masked().map(|masked| one(masked, style)));
    }
    text
}

fn one(masked: &Masked, style: Style) -> String {
    let Masked { class, recorded, now, line } = masked;
    let now = now.replace('\n', "\n      ");
    format!("  line {line}: {} {recorded} → {now}\n", style.dim(class.as_str()))
}

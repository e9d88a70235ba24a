//! Columns as Go's `text/tabwriter` aligns them with a padding of two spaces, which is how `kubectl describe` lays
//! out its text.
//!
//! A cell ends with a tab; what follows a line's last tab belongs to no column. A column is a run of adjacent lines
//! that have a cell there, and is as wide as its widest cell. A line without any tab ends all columns.

/// Spaces between a column's widest cell and the next one.
const PADDING: usize = 2;

/// The text with its tabs replaced by padding.
pub fn tabbed(text: &str) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut widths: Vec<usize> = Vec::new();
    // The columns that reach down to a line, by their places in `widths`; and those of each line.
    let mut open: Vec<usize> = Vec::new();
    let mut columns: Vec<Vec<usize>> = Vec::with_capacity(lines.len());
    for line in &lines {
        let cells = &line[..line.len() - 1]; // split yields at least one part
        open.truncate(cells.len());
        for (place, cell) in cells.iter().enumerate() {
            if place == open.len() {
                open.push(widths.len());
                widths.push(0);
            }
            let width = &mut widths[open[place]];
            *width = cell.chars().count().saturating_add(PADDING).max(*width);
        }
        columns.push(open.clone());
    }
    let mut out = String::with_capacity(text.len() * 2);
    for (line, columns) in lines.iter().zip(&columns) {
        for (place, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(column) = columns.get(place) {
                out.extend(std::iter::repeat_n(' ', widths[*column] - cell.chars().count()));
            }
        }
        out.push('\n');
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_widest_cell() {
        assert_eq!(tabbed("Name:\tx\nNamespace:\ty\n"), "Name:       x\nNamespace:  y\n");
        assert_eq!(tabbed("ä:\tx\nbc:\ty\n"), "ä:   x\nbc:  y\n", "counted in characters");
    }

    #[test]
    fn a_line_without_a_tab_ends_all_columns() {
        assert_eq!(tabbed("a:\tx\nConditions:\nlonger:\ty\n"), "a:  x\nConditions:\nlonger:  y\n");
    }

    #[test]
    fn a_line_with_fewer_cells_ends_the_columns_to_its_right_only() {
        let text = "Port:\thttp\t80/TCP\nTargetPort:\t8080/TCP\nPort:\tlonger\t81/TCP\n";
        assert_eq!(tabbed(text), "Port:        http  80/TCP\nTargetPort:  8080/TCP\nPort:        longer  81/TCP\n");
    }

    #[test]
    fn an_empty_cell_is_padded_and_the_last_is_not() {
        assert_eq!(tabbed("Name:\t\nName\t\tCPU\n"), "Name:  \nName     CPU\n");
        assert_eq!(tabbed("a\tb"), "a  b");
        assert_eq!(tabbed(""), "");
        assert_eq!(tabbed("no newline"), "no newline");
        // However many columns there are.
        assert_eq!(tabbed(&"\t".repeat(50_000)).len(), 100_000);
    }
}

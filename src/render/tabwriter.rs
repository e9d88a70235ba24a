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
    let mut block = Block { lines: &lines, widths: Vec::new(), out: String::with_capacity(text.len() * 2) };
    let mut start = 0;
    // A line without a tab has no influence on its neighbours, so each stretch between two of them stands alone.
    for (place, line) in lines.iter().enumerate() {
        if line.len() == 1 {
            block.format(start, place + 1);
            start = place + 1;
        }
    }
    block.format(start, lines.len());
    let last_newline = block.out.len() - 1; // split yields at least one line, and each was written with a newline
    block.out.truncate(last_newline);
    block.out
}

struct Block<'a> {
    lines: &'a [Vec<&'a str>],
    /// Of the columns to the left of the one being formatted.
    widths: Vec<usize>,
    out: String,
}

impl Block<'_> {
    /// Writes the lines from `start` to before `end`, whose cells left of column `widths.len()` are measured.
    fn format(&mut self, mut start: usize, end: usize) {
        let column = self.widths.len();
        let mut place = start;
        while place < end {
            if !self.has_cell(place, column) {
                place += 1;
                continue;
            }
            self.write(start, place);
            start = place;
            let mut width = 0;
            while place < end && self.has_cell(place, column) {
                width = width.max(self.lines[place][column].chars().count() + PADDING);
                place += 1;
            }
            self.widths.push(width);
            self.format(start, place);
            self.widths.pop();
            start = place;
        }
        self.write(start, end);
    }

    /// Whether the line has a cell in this column, that is, a tab behind it.
    fn has_cell(&self, line: usize, column: usize) -> bool {
        column + 1 < self.lines[line].len()
    }

    fn write(&mut self, start: usize, end: usize) {
        for line in &self.lines[start..end] {
            for (column, cell) in line.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(column) {
                    self.out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
                }
            }
            self.out.push('\n');
        }
    }
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
    }
}

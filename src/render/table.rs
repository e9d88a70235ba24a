//! Columns of text.

/// A column, its gap included, is at least so wide.
///
/// Source: k8s.io/cli-runtime `pkg/printers/tabwriter.go`.
const LEAST_WIDTH: usize = 6;

/// Spaces between a column's longest cell and the next column.
const GAP: usize = 3;

/// Aligns rows in columns as kubectl does; the last cell of a row is not padded. Each row ends with a newline.
pub fn align(rows: &[Vec<String>]) -> String {
    Columns::default().align(rows)
}

/// Column widths that are kept from one batch of rows to the next, as kubectl keeps them in a watch.
#[derive(Debug, Clone, Default)]
pub struct Columns(Vec<usize>);

impl Columns {
    /// Aligns one more batch of rows.
    pub fn align(&mut self, rows: &[Vec<String>]) -> String {
        for row in rows {
            for (at, cell) in row.iter().take(row.len().saturating_sub(1)).enumerate() {
                let width = (cell.chars().count() + GAP).max(LEAST_WIDTH);
                match self.0.get_mut(at) {
                    Some(widest) => *widest = width.max(*widest),
                    None => self.0.push(width),
                }
            }
        }
        let mut out = String::new();
        for row in rows {
            for (at, cell) in row.iter().enumerate() {
                out.push_str(cell);
                if at + 1 < row.len() {
                    out.extend(std::iter::repeat_n(' ', self.0[at] - cell.chars().count()));
                }
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let table = rows(&[&["NAME", "ERROR", "LAST"], &["controller", "", "xyz"], &["ü", "a", ""]]);
        assert_eq!(align(&table), "NAME         ERROR   LAST\ncontroller           xyz\nü            a       \n");
        assert_eq!(align(&rows(&[&["A", "B"], &["x", "y"]])), "A     B\nx     y\n");
    }

    #[test]
    fn a_watch_keeps_its_widths() {
        let mut columns = Columns::default();
        columns.align(&rows(&[&["long-name", "x"]]));
        assert_eq!(columns.align(&rows(&[&["a", "b"]])), "a           b\n");
    }
}

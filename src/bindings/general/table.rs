//! `table`: rows under headings, as kubectl's `get` lays them out.

use rhai::{Array, Dynamic, Map};

use crate::bindings::{Binding, Call, CallError, wrong_type};
use crate::script::text_of;

pub(super) const BINDING: Binding = Binding {
    name: "table",
    signature: "table(rows[, columns])",
    doc: "An array of maps as a table. Columns are the maps' keys, or those named, in their order.\n\n\
          ```rhai\ntable([#{name: \"a\", pods: 1}, #{name: \"b\", pods: 2}], [\"name\", \"pods\"])\n```",
    arity: (1, 2),
    call,
};

/// Spaces between columns, as in kubectl's tables.
const GAP: usize = 3;

fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let rows = array(&call.args[0], "rows")?;
    let mut maps = Vec::new();
    for row in &rows {
        maps.push(row.clone().try_cast::<Map>().ok_or_else(|| wrong_type("each row", "a map", row))?);
    }
    let columns: Vec<String> = match call.args.get(1) {
        Some(columns) if !columns.is_unit() => array(columns, "columns")?.iter().map(text_of).collect(),
        _ => {
            let mut names = Vec::new();
            for name in maps.iter().flat_map(Map::keys).map(ToString::to_string) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        }
    };
    let mut lines = vec![columns.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>()];
    for row in &maps {
        lines.push(columns.iter().map(|name| row.get(name.as_str()).map(cell).unwrap_or_default()).collect());
    }
    Ok(layout(&lines).into())
}

fn array(value: &Dynamic, name: &str) -> Result<Array, CallError> {
    value.clone().try_cast::<Array>().ok_or_else(|| wrong_type(name, "an array", value))
}

/// A value on one line.
fn cell(value: &Dynamic) -> String {
    if value.is_map() || value.is_array() {
        crate::script::to_json(value).to_string()
    } else {
        text_of(value).replace('\n', " ")
    }
}

fn layout(lines: &[Vec<String>]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let mut row = String::new();
        for (field, width) in line.iter().zip(&widths) {
            row.push_str(&format!("{field:<0$}", width + GAP));
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_field() {
        let line = |fields: [&str; 2]| fields.map(str::to_owned).to_vec();
        let text = layout(&[line(["NAME", "PODS"]), line(["a-long-name", "1"]), line(["b", ""])]);
        assert_eq!(text, "NAME          PODS\na-long-name   1\nb\n");
    }
}

//! What the README shows is what the notebooks say.

use std::path::Path;

#[test]
fn quotes_cells_and_outputs_as_they_stand() {
    let read = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (readme, notebook) = (read("README.md"), read("notebooks/finalizers.md"));
    let quoted: String = readme
        .lines()
        .skip_while(|line| *line != "    ```rhai {name=disagree}")
        .take_while(|line| !line.starts_with("Three notebooks"))
        .filter(|line| line.starts_with("    ") || line.is_empty())
        .flat_map(|line| [line.strip_prefix("    ").unwrap_or(line), "\n"])
        .collect();
    let (cell, output) = quoted.split_once("\n\n\n").unwrap();
    assert!(cell.ends_with("\n```") && notebook.contains(cell), "{cell}");
    assert!(output.contains("status=ok") && notebook.contains(output.trim_end()), "{output}");
}

//! The invariants on real markdown: what cargo has unpacked holds hundreds of README.md and CHANGELOG.md.

use kpnb::notebook::{clean, lint, parse};

use super::corpus;
use super::fuzz::notebook;

#[test]
fn real_markdown_passes_unchanged() {
    let files = corpus::markdown();
    if files.is_empty() {
        eprintln!("cargo's home holds no markdown: none is tested");
        return;
    }
    let mut cells = 0;
    for (path, text) in &files {
        let notebook = parse(path.display().to_string(), text.as_str());
        assert_eq!(clean(&notebook), *text, "{}", path.display());
        assert_eq!(lint(&notebook), [], "{}", path.display());
        notebook::hold(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // With its code blocks for cells, wherever they stand.
        let cell_text = text.replace("```rust", "```rhai").replace("```toml", "```rhai").replace("```sh", "```rhai");
        cells += parse("n.md", cell_text.as_str()).cells.len();
        notebook::hold(&cell_text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        notebook::hold(&cell_text.replace("\r\n", "\n").replace('\n', "\r\n"))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    eprintln!("{} files, {cells} code blocks for cells", files.len());
    assert!(files.len() < 100 || cells > 100, "the files hold no code blocks");
}

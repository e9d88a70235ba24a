//! Markdown that nobody here wrote: what cargo has unpacked.

use std::path::{Path, PathBuf};

/// Where cargo unpacks the sources of crates.
fn sources() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    Some(home.join("registry/src")).filter(|folder| folder.is_dir())
}

/// All markdown files below cargo's sources: path and text.
pub(crate) fn markdown() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    if let Some(folder) = sources() {
        walk(&folder, 0, &mut |path| {
            if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md"))
                && let Ok(text) = std::fs::read_to_string(path)
            {
                files.push((path.to_owned(), text));
            }
        });
    }
    files.sort();
    files
}

/// CommonMark's examples, as pulldown-cmark's tests carry them.
pub(crate) fn commonmark() -> Vec<String> {
    let mut files = Vec::new();
    if let Some(folder) = sources() {
        walk(&folder, 0, &mut |path| {
            if path.ends_with("tests/suite/spec.rs") || path.ends_with("tests/suite/regression.rs") {
                files.push(path.to_owned());
            }
        });
    }
    files.iter().filter_map(|path| std::fs::read_to_string(path).ok()).flat_map(|source| originals(&source)).collect()
}

/// The raw strings that are assigned to `original`.
fn originals(source: &str) -> Vec<String> {
    source
        .split("let original = r##\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\"##;"))
        .map(|(text, _)| text.to_owned())
        .collect()
}

fn walk(folder: &Path, depth: usize, visit: &mut impl FnMut(&Path)) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < 12 => walk(&path, depth + 1, visit),
            Ok(kind) if kind.is_file() => visit(&path),
            _ => {}
        }
    }
}

//! Front matter. Records: the YAML between the two `---`.

use kpnb::notebook::parse;

/// What is wrong with front matter has a place in the file, and the notebook below it stays as it is.
pub fn check(data: &[u8]) {
    let yaml = String::from_utf8_lossy(data);
    for (start, line_end) in [("", "\n"), ("\u{feff}", "\r\n")] {
        let yaml = yaml.replace('\n', line_end);
        let text =
            format!("{start}---{line_end}{yaml}{line_end}---{line_end}{line_end}```rhai{line_end}1{line_end}```");
        let notebook = parse("n.md", text.as_str());
        for diagnostic in &notebook.diagnostics {
            assert!(text.get(diagnostic.span.clone()).is_some(), "{text:?}: {diagnostic:?}");
            let place = notebook.places.line_and_column(&text, diagnostic.span.start);
            assert_eq!(place, (diagnostic.line, diagnostic.column), "{text:?}: {diagnostic:?}");
        }
        super::notebook::hold(&text).unwrap_or_else(|error| panic!("{error}"));
    }
}

//! The comment ahead of an output. Records: where an output was made, a line that may be a marker.

use std::time::Duration;

use kpnb::notebook::{CellOutput, OutputPiece, Status, parse, splice};

/// A marker says what it was given, whatever that is; a line that is read as a marker is written as one.
pub fn check(data: &[u8]) {
    let mut records = super::texts(data);
    let (on, line) = (records.next().unwrap_or_default(), records.next().unwrap_or_default());
    for status in [Status::Ok, Status::Failed, Status::Timeout, Status::Interrupted] {
        let cell = parse("n.md", "```rhai {name=a}\n1\n```\n");
        let pieces = vec![OutputPiece::new("text", "x", None)];
        let output = CellOutput { cell: 0, status, on: on.clone(), pieces, elapsed: Duration::ZERO };
        let ran = splice(&cell, &[output]);
        let after = parse("n.md", ran.as_str());
        assert_eq!(after.diagnostics, [], "{ran:?}");
        assert_eq!(after.outputs.len(), 1, "{ran:?}");
        assert_eq!((&after.outputs[0].marker.on, after.outputs[0].marker.status), (&on, status), "{ran:?}");
    }
    let around = |line: &str| format!("```rhai {{name=a}}\n1\n```\n\n{line}\n\n```text\nx\n```\n");
    let notebook = parse("n.md", around(&line));
    for output in &notebook.outputs {
        let written = around(&output.marker.to_string());
        let again = parse("n.md", written.as_str());
        assert_eq!(again.outputs.first().map(|output| &output.marker), Some(&output.marker), "{line:?}: {written:?}");
    }
}

//! A notebook that a person changes while it runs. Records: the notebook, the person's text, texts that cells leave.

use kpnb::notebook::{Change, Run, clean, merge, parse, update};

use super::notebook::outputs;

/// No byte that the person wrote is lost, and what could not be written is told.
pub fn check(data: &[u8]) {
    let records: Vec<String> = super::texts(data).collect();
    let (first, second) = (records[0].as_str(), records.get(1).map_or("", String::as_str));
    let texts: Vec<&str> = records.iter().skip(2).map(String::as_str).collect();
    let before = parse("n.md", first);
    let recorded = Run { outputs: outputs(&before, 0, &texts), ..Run::default() };
    let ran = parse("n.md", update(&before, &recorded).text);
    let now = parse("n.md", second);

    let run = Run { outputs: outputs(&ran, 1, &texts), ..Run::default() };
    let merged = merge(&ran, &now, &run);
    let after = parse("n.md", merged.update.text.as_str());
    assert_eq!(clean(&after), clean(&now), "the person's text has changed\n{first:?}\n{second:?}");
    assert_eq!(
        merged.conflicts.len() + merged.update.changes.len(),
        run.outputs.len(),
        "an output is in no file, untold"
    );
    for conflict in &merged.conflicts {
        let line = conflict.line;
        assert!(line.is_none_or(|line| now.cells.iter().any(|cell| cell.fence_line == line)), "{conflict:?}");
    }
    let again = merge(&ran, &after, &run);
    assert_eq!(again.update.text, merged.update.text, "merging twice changes bytes\n{first:?}\n{second:?}");
    assert!(again.update.changes.iter().all(|(_, change)| *change == Change::Kept), "{first:?}\n{second:?}");
}

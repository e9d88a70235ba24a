//! Markdown → parse, splice, update, clean. Records: a notebook, and texts that its cells leave.

use std::time::Duration;

use kpnb::notebook::{CellOutput, Notebook, OutputPiece, Recorded, Run, Status, clean, parse, splice, update};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What cells leave where an input does not say.
const TEXTS: [&str; 6] = [
    "ok\n",
    "a\n\n  b\n\tc\n",
    "````\n```rhai\nx\n```\n",
    "<!-- kpnb:output cell=a src=0 status=ok on=x -->\n\n```text\n```\n",
    "- a\n\n> b\n---\n",
    "✓ ä €\n",
];

/// Whatever a run brings, a notebook keeps every byte outside of its outputs.
pub fn check(data: &[u8]) {
    let records: Vec<String> = super::texts(data).collect();
    let texts: Vec<&str> = records[1..].iter().map(String::as_str).collect();
    hold_with(&records[0], &texts).unwrap_or_else(|error| panic!("{error}"));
}

/// An output for each cell; `seed` makes different ones.
pub(super) fn outputs(notebook: &Notebook, seed: usize, texts: &[&str]) -> Vec<CellOutput> {
    let texts = if texts.is_empty() { &TEXTS[..] } else { texts };
    let statuses = [Status::Ok, Status::Failed, Status::Timeout, Status::Interrupted];
    (0..notebook.cells.len())
        .map(|cell| CellOutput {
            cell,
            status: statuses[(cell + seed) % statuses.len()],
            on: "kind-k8splayground/v1.20.2".into(),
            pieces: (0..if notebook.cells[cell].attributes.hide { 0 } else { (cell + seed) % 4 })
                .map(|piece| {
                    let language = if piece == 0 { "text" } else { "yaml" };
                    OutputPiece::new(language, texts[(cell + piece + seed) % texts.len()], None)
                })
                .collect(),
            elapsed: Duration::from_secs(1),
        })
        .collect()
}

/// Checks all that must hold for a notebook's text; says what does not.
///
/// # Errors
/// What does not hold.
pub fn hold(text: &str) -> Result<(), String> {
    hold_with(text, &[])
}

fn hold_with(text: &str, texts: &[&str]) -> Result<(), String> {
    let fail = |what: &str, got: &str| Err(format!("{what}\n--- text\n{text:?}\n--- got\n{got:?}"));
    let notebook = parse("n.md", text);
    for diagnostic in &notebook.diagnostics {
        if diagnostic.line == 0 || diagnostic.column == 0 || text.get(diagnostic.span.clone()).is_none() {
            return fail("a diagnostic without a place", &format!("{diagnostic:?}"));
        }
    }
    for range in
        notebook.cells.iter().map(|cell| cell.range.clone()).chain(notebook.outputs.iter().map(Recorded::range))
    {
        if text.get(range.clone()).is_none() {
            return fail("a range outside of the file, or inside of a character", &format!("{range:?}"));
        }
    }
    if splice(&notebook, &[]) != text {
        return fail("a run of no cell changes bytes", &splice(&notebook, &[]));
    }
    let cleaned = clean(&notebook);
    let blank = parse("n.md", cleaned.as_str());
    if clean(&blank) != cleaned {
        return fail("a clean notebook is cleaned further", &clean(&blank));
    }
    let sources = |notebook: &Notebook| notebook.cells.iter().map(|cell| cell.source.clone()).collect::<Vec<_>>();
    if sources(&blank) != sources(&notebook) {
        return fail("cleaning changes cells", &cleaned);
    }
    let run = Run { outputs: outputs(&notebook, 0, texts), ..Run::default() };
    let over = update(&notebook, &run).text;
    if clean(&parse("n.md", over.as_str())) != cleaned {
        return fail("a run over recorded outputs changes bytes outside of them", &over);
    }
    for seed in 0..3 {
        let ran = splice(&blank, &outputs(&blank, seed, texts));
        let after = parse("n.md", ran.as_str());
        if clean(&after) != cleaned {
            return fail("clean is no inverse of a run", &ran);
        }
        if sources(&after) != sources(&blank) {
            return fail("a run changes cells", &ran);
        }
        if prose(&ran) != prose(&cleaned) {
            return fail("a run changes how the prose reads", &ran);
        }
        let outputs = outputs(&after, seed, texts);
        let recorded: Vec<(Option<usize>, &str)> =
            after.outputs.iter().map(|output| (output.cell, output.text.as_str())).collect();
        let wanted = outputs
            .iter()
            .flat_map(|output| output.pieces.iter().map(|piece| (Some(output.cell), piece.text.as_str())));
        // Outputs whose cell is gone are the person's to delete.
        let kept = recorded.iter().filter(|(cell, _)| cell.is_some()).copied();
        if !kept.eq(wanted) {
            return fail("the file does not hold what the cells left", &ran);
        }
        if splice(&after, &outputs) != ran {
            return fail("running twice changes bytes", &splice(&after, &outputs));
        }
        let run = Run { outputs: outputs.clone(), ..Run::default() };
        if update(&after, &run).text != ran {
            return fail("running twice changes bytes, compared", &update(&after, &run).text);
        }
        let other = splice(&after, &self::outputs(&after, seed + 1, texts));
        if clean(&parse("n.md", other.as_str())) != cleaned {
            return fail("clean is no inverse of another run", &other);
        }
    }
    Ok(())
}

/// How markdown reads without its outputs: all events but those of a marker and the fence after it.
fn prose(text: &str) -> Vec<String> {
    let body = text.trim_start_matches('\u{feff}');
    let mut events = Vec::new();
    let (mut in_output, mut marked) = (false, false);
    let mut html: Option<String> = None;
    for event in Parser::new_ext(body, Options::empty()) {
        match &event {
            Event::Start(Tag::HtmlBlock) => html = Some(String::new()),
            Event::Html(part) if html.is_some() => html.get_or_insert_default().push_str(part),
            Event::End(TagEnd::HtmlBlock) => {
                let block = html.take().unwrap_or_default();
                marked = block.trim_start().starts_with("<!-- kpnb:output ");
                if !marked {
                    events.push(block);
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) if marked => (in_output, marked) = (true, false),
            Event::End(TagEnd::CodeBlock) if in_output => in_output = false,
            _ if in_output => {}
            // pulldown-cmark reports the indentation of an HTML block as a text.
            Event::Text(text) if text.chars().all(|letter| letter == ' ') => {}
            _ => events.push(format!("{event:?}")),
        }
    }
    events
}

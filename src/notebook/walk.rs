//! Goes through a notebook's blocks and picks out fences and markers.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::diagnostic::Findings;
use super::{Marker, Places, attributes, marker};

/// A fenced code block.
#[derive(Debug, Clone)]
pub(super) struct Fence {
    /// From its first backtick to the end of the closing fence, without its line end.
    pub(super) range: Range<usize>,
    /// The info string, as it stands in the file.
    pub(super) info: Range<usize>,
    /// Between the fences: from the line after the opening one to the line of the closing one.
    pub(super) body: Range<usize>,
    /// What stands inside: LF, without prefix.
    pub(super) text: String,
    /// Whether there is a closing fence.
    pub(super) closed: bool,
    /// Whether it stands in a list item or quote.
    pub(super) contained: bool,
}

/// What the walk finds, in the file's order.
#[derive(Debug)]
pub(super) enum Found {
    /// A fence that runs.
    Cell(Fence),
    /// A marker and the fence that it owns.
    Output { marker: Marker, at: Range<usize>, opens_block: bool, fence: Fence },
}

/// Walks through the markdown, which begins at byte `from`.
pub(super) fn walk(text: &str, from: usize, places: &Places, findings: &mut Findings<'_>) -> Vec<Found> {
    let mut walk = Walk { text, from, places, findings, found: Vec::new(), depth: 0, pending: None, block: 0 };
    let mut events = Parser::new_ext(&text[from..], Options::empty()).into_offset_iter();
    while let Some((event, range)) = events.next() {
        let range = range.start + from..range.end + from;
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                let fence = walk.fence(range, &mut events);
                walk.take(fence);
            }
            Event::Start(Tag::HtmlBlock) => {
                walk.forsake();
                walk.block = range.start;
            }
            Event::Html(html) => {
                if walk.pending.is_some() && !html.trim().is_empty() {
                    walk.forsake();
                }
                if html.contains("kpnb:") {
                    walk.marker(range);
                }
            }
            Event::End(TagEnd::HtmlBlock) => {}
            Event::Start(Tag::BlockQuote(_) | Tag::Item) => {
                walk.forsake();
                walk.depth += 1;
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::Item) => {
                walk.forsake();
                walk.depth -= 1;
            }
            _ => walk.forsake(),
        }
    }
    walk.forsake();
    walk.found
}

struct Walk<'t, 'f, 'd> {
    text: &'t str,
    from: usize,
    places: &'t Places,
    findings: &'f mut Findings<'d>,
    found: Vec<Found>,
    /// How many list items and quotes are open.
    depth: usize,
    /// A marker whose fence has not come yet, and whether it opens its HTML block.
    pending: Option<(Marker, Range<usize>, bool)>,
    /// Where the HTML block at hand begins.
    block: usize,
}

impl Walk<'_, '_, '_> {
    /// Reads a fence up to its end.
    fn fence<'e>(&self, range: Range<usize>, events: &mut impl Iterator<Item = (Event<'e>, Range<usize>)>) -> Fence {
        let raw = &self.text[range.clone()];
        let letter = if raw.starts_with('~') { '~' } else { '`' };
        let length = raw.len() - raw.trim_start_matches(letter).len();
        // To CommonMark a carriage return alone ends a line too.
        let line_end = raw.find(['\r', '\n']).unwrap_or(raw.len());
        let next_line = line_end + if raw[line_end..].starts_with("\r\n") { 2 } else { 1 };
        let info = range.start + length..range.start + line_end.max(length);
        let wanted = self.pending.is_some() || attributes::is_cell(&self.text[info.clone()]);

        let mut text = String::new();
        let mut text_end = 0;
        for (event, part) in events {
            match event {
                Event::Text(part_text) => {
                    text_end = part.end + self.from;
                    if wanted {
                        text.push_str(&part_text);
                    }
                }
                _ => break, // its end: nothing but text stands in a code block
            }
        }
        // An unclosed fence ends with its container, on a line that belongs to its text.
        let last = range.start + raw.rfind('\n').map_or(0, |end| end + 1);
        let closing = self.text[last..range.end].trim_start_matches([' ', '\t', '>']).trim_end();
        let closed = last > range.start
            && text_end <= last
            && closing.len() >= length
            && closing.trim_start_matches(letter).is_empty();
        let body = (range.start + next_line).min(range.end)..if closed { last } else { range.end };
        Fence { info, body, text, closed, contained: self.depth > 0, range }
    }

    /// Gives a fence to the marker ahead of it, or takes it as a cell.
    fn take(&mut self, fence: Fence) {
        if let Some((marker, at, opens_block)) = self.pending.take() {
            let blank_lines = self.text[at.end..fence.range.start].matches('\n').count().saturating_sub(1);
            if blank_lines > 2 || !fence.closed || attributes::is_cell(&self.text[fence.info.clone()]) {
                self.pending = Some((marker, at, opens_block));
                self.forsake();
            } else {
                return self.found.push(Found::Output { marker, at, opens_block, fence });
            }
        }
        let info = &self.text[fence.info.clone()];
        if attributes::is_cell(info) {
            if !fence.closed {
                let span = fence.range.start..fence.info.end;
                let hint = format!("close the cell with {}", &self.text[fence.range.start..fence.info.start]);
                return self.findings.error(span, "unclosed cell", hint);
            }
            self.found.push(Found::Cell(fence));
        } else if !fence.closed {
            // Markdown allows it, but it swallows the cells that follow.
            let swallowed = &self.text[fence.body.clone()];
            if swallowed.contains("```rhai") || swallowed.contains("~~~rhai") || swallowed.contains("<!-- kpnb:") {
                let span = fence.range.start..fence.info.end;
                let hint = "close it: the cells and outputs after it are taken for its text".to_owned();
                self.findings.error(span, "unclosed fence", hint);
            }
        }
    }

    /// Notes the marker on a line of HTML.
    fn marker(&mut self, html: Range<usize>) {
        let mut start = html.start;
        for line in self.text[html].split_inclusive('\n') {
            let line_start = start + (line.len() - line.trim_start().len());
            let content = line.trim();
            start += line.len();
            if !marker::is_meant(content) {
                if !content.is_empty() {
                    self.forsake();
                }
                continue;
            }
            self.forsake();
            let at = line_start..line_start + content.len();
            match marker::parse(content) {
                Ok(marker) => {
                    let opens_block = self.places.line(self.block) == self.places.line(line_start);
                    let block = &self.text[self.block..line_start];
                    if !opens_block && ["<!", "<?"].iter().any(|open| block.trim_start().starts_with(open)) {
                        // It ends what the block opens: without it, that would swallow the cells that follow.
                        let message = format!("the marker of cell `{}` stands inside a comment", marker.cell);
                        let hint = format!("close the comment of line {} above it", self.places.line(self.block));
                        self.findings.error(at, message, hint);
                        continue;
                    }
                    self.pending = Some((marker, at, opens_block));
                }
                Err((message, hint)) => self.findings.error(at, message, hint),
            }
        }
    }

    /// Says of a marker that no fence follows it.
    fn forsake(&mut self) {
        if let Some((marker, at, _)) = self.pending.take() {
            let message = format!("no output follows this marker of cell `{}`", marker.cell);
            let hint = "a marker owns the closed fence right after it, at most two blank lines down; \
                        put it back there, or delete the marker";
            self.findings.error(at, message, hint.to_owned());
        }
    }
}

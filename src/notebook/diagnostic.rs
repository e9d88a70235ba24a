//! What is wrong with a notebook, and where.

use std::ops::Range;

use miette::{LabeledSpan, SourceSpan};

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the notebook runs.
    Warning,
    /// The notebook does not run.
    Error,
}

/// Something wrong with a notebook. Shown with its source line once a source is attached:
/// `miette::Report::new(diagnostic).with_source_code(miette::NamedSource::new(name, text))`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The bytes of the notebook that it is about.
    pub span: Range<usize>,
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What to do next.
    pub hint: Option<String>,
}

impl miette::Diagnostic for Diagnostic {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn std::fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = SourceSpan::from(self.span.clone());
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(None, span))))
    }
}

/// Where the lines of a text begin, to tell a byte's line and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    starts: Vec<usize>,
}

impl Places {
    /// Finds the lines of `text`.
    pub fn new(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1);
        Self { starts: std::iter::once(0).chain(after).collect() }
    }

    /// The line that a byte stands on, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// Where the line that a byte stands on begins.
    pub fn line_start(&self, offset: usize) -> usize {
        self.starts[self.line(offset) - 1]
    }

    /// Line and column of a byte of `text`, both from 1; columns count characters.
    pub fn line_and_column(&self, text: &str, offset: usize) -> (usize, usize) {
        let before = text.get(self.line_start(offset)..offset).unwrap_or_default();
        (self.line(offset), before.chars().count() + 1)
    }
}

/// Collects the diagnostics of one notebook.
#[derive(Debug)]
pub(super) struct Findings<'t> {
    text: &'t str,
    places: &'t Places,
    found: Vec<Diagnostic>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(text: &'t str, places: &'t Places) -> Self {
        Self { text, places, found: Vec::new() }
    }

    pub(super) fn error(&mut self, span: Range<usize>, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.add(Severity::Error, span, message.into(), hint.into());
    }

    pub(super) fn warning(&mut self, span: Range<usize>, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.add(Severity::Warning, span, message.into(), hint.into());
    }

    fn add(&mut self, severity: Severity, span: Range<usize>, message: String, hint: Option<String>) {
        let (line, column) = self.places.line_and_column(self.text, span.start);
        self.found.push(Diagnostic { severity, message, span, line, column, hint });
    }

    /// All of them, in the file's order.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| diagnostic.span.start);
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "ä\nöü x\n";
        let places = Places::new(text);
        assert_eq!(places.line_and_column(text, 0), (1, 1));
        assert_eq!(places.line_and_column(text, text.find('x').unwrap()), (2, 4));
        assert_eq!(places.line_and_column(text, text.len()), (3, 1));
        assert_eq!(places.line_start(5), 3);
    }
}

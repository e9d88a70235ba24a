//! The one place that prints an error.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, NamedSource, Report, Severity};

use super::{Exit, Style};
use crate::client::{Failure, FailureKind};
use crate::script::unlabelled;

/// What ends the program before its time.
#[derive(Debug)]
pub struct Error {
    /// How the program ends because of it.
    pub exit: Exit,
    /// What went wrong, for a person.
    pub report: Report,
}

impl Error {
    /// An error without a place in a file.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, report: Report::new(Message { text: message.into(), hint: None }) }
    }

    /// The command line is wrong, or a file cannot be read or written.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// An error without a place, and what to do about it.
    pub fn with_hint(exit: Exit, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit, report: Report::new(Message { text: message.into(), hint: Some(hint.into()) }) }
    }

    /// An error in a file, of which `text` is the whole text.
    pub fn in_file(exit: Exit, error: impl Diagnostic + Send + Sync + 'static, file: &str, text: &str) -> Self {
        Self { exit, report: Report::new(error).with_source_code(NamedSource::new(file, text.to_owned())) }
    }
}

impl From<Failure> for Error {
    /// A failure outside of any cell: one of connecting to a cluster.
    fn from(failure: Failure) -> Self {
        let exit = match failure.kind {
            FailureKind::Usage => Exit::Usage,
            FailureKind::Interrupted => Exit::Interrupted,
            _ => Exit::Cluster,
        };
        Self { exit, report: Report::new(Message { text: failure.message, hint: failure.hint }) }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Message {
    text: String,
    hint: Option<String>,
}

impl Diagnostic for Message {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }
}

/// An error or warning as standard error shows it: drawn around the source line on a terminal, plain lines elsewhere.
pub fn describe(error: &dyn Diagnostic, style: Style) -> String {
    if !style.terminal {
        return plain(error);
    }
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    match GraphicalReportHandler::new_themed(theme).render_report(&mut text, error) {
        Ok(()) => text,
        Err(fmt::Error) => plain(error),
    }
}

/// `file:line:column: error: message`, the source line with the place underlined, and the hint.
fn plain(error: &dyn Diagnostic) -> String {
    let word = match error.severity() {
        None | Some(Severity::Error) => "error",
        Some(Severity::Warning) => "warning",
        Some(Severity::Advice) => "note",
    };
    let place = Place::of(error);
    let at =
        place.as_ref().map_or_else(String::new, |place| format!("{}:{}:{}: ", place.file, place.line, place.column()));
    let message = error.to_string();
    let mut text = format!("{at}{word}: {}\n", unlabelled(&message));
    if let Some(place) = place {
        let number = place.line.to_string();
        // Tabs stay, so that the mark stands under its place however wide they are shown.
        let indent: String = place.before.chars().map(|char| if char == '\t' { '\t' } else { ' ' }).collect();
        let mark = "^".repeat(place.marked.chars().count().max(1));
        text += &format!("{number} | {}{}{}\n", place.before, place.marked, place.after);
        text += &format!("{:width$} | {indent}{mark}\n", "", width = number.len());
    }
    if let Some(hint) = error.help() {
        text += &format!("hint: {hint}\n");
    }
    text
}

/// The source line of an error, in three parts.
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
    before: String,
    marked: String,
    after: String,
}

impl Place {
    /// The character in the line, from 1.
    pub(super) fn column(&self) -> usize {
        self.before.chars().count() + 1
    }

    pub(super) fn of(error: &dyn Diagnostic) -> Option<Self> {
        let source = error.source_code()?;
        let label = error.labels()?.next()?;
        let start = source.read_span(&(label.offset(), 0).into(), 0, 0).ok()?;
        // miette's column counts bytes; from the line's start on it gives this line and what follows.
        let from = label.offset().checked_sub(start.column())?;
        let lines = source.read_span(&(from, start.column()).into(), 0, 1).ok()?;
        let lines = String::from_utf8_lossy(lines.data()).into_owned();
        let line = lines.lines().next().unwrap_or_default();
        let begin = line.floor_char_boundary(start.column());
        let end = line.floor_char_boundary(begin.saturating_add(label.len()));
        Some(Self {
            file: start.name().unwrap_or("input").to_owned(),
            line: start.line() + 1,
            before: line[..begin].to_owned(),
            marked: line[begin..end].to_owned(),
            after: line[end..].to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use miette::LabeledSpan;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("unknown attribute foo")]
    struct Wrong(std::ops::Range<usize>);

    impl Diagnostic for Wrong {
        fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
            Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, self.0.clone()))))
        }
    }

    fn shown(text: &str, span: std::ops::Range<usize>, style: Style) -> String {
        describe(&*Error::in_file(Exit::Usage, Wrong(span), "a.md", text).report, style)
    }

    #[test]
    fn plain_lines_name_the_place_and_mark_it() {
        assert_eq!(
            shown("one\n\tä{foo=1}\nthree\n", 8..11, Style::default()),
            "a.md:2:4: error: unknown attribute foo\n2 | \tä{foo=1}\n  | \t  ^^^\n"
        );
        assert_eq!(
            shown("{foo}\r\nthree", 1..4, Style::default()),
            "a.md:1:2: error: unknown attribute foo\n1 | {foo}\n  |  ^^^\n"
        );
    }

    #[test]
    fn a_span_over_several_lines_marks_the_first() {
        assert_eq!(shown("ab\ncd", 1..5, Style::default()), "a.md:1:2: error: unknown attribute foo\n1 | ab\n  |  ^\n");
    }

    #[test]
    fn a_place_behind_the_end_does_no_harm() {
        assert_eq!(shown("one\n", 90..95, Style::default()), "error: unknown attribute foo\n");
        assert!(shown("one\n", 90..95, Style { terminal: true, color: false }).contains("unknown attribute foo"));
    }

    #[test]
    fn a_terminal_gets_a_drawing_without_color_when_there_is_none() {
        let text = shown("one\n{foo=1}\n", 5..8, Style { terminal: true, color: false });
        assert!(text.contains("a.md:2:2"), "{text}");
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn a_failure_becomes_an_exit_code_and_a_hint() {
        let error = Error::from(Failure::refused("not a playground").with_hint("add --allow-cluster"));
        assert_eq!(error.exit, Exit::Cluster);
        assert_eq!(plain(&*error.report), "error: not a playground\nhint: add --allow-cluster\n");
    }
}

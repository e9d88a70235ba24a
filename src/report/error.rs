//! The one place that prints an error.

use std::fmt;
use std::ops::Range;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use super::{Exit, Style};
use crate::client::{Failure, FailureKind};

/// What went wrong, for a person.
#[derive(Debug, Clone)]
pub struct Error {
    /// How the program ends because of it.
    pub exit: Exit,
    /// One or more lines, without `error:`.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where it is in a notebook or script.
    pub place: Option<Place>,
}

/// A place in a file, with the file's text.
#[derive(Debug, Clone)]
pub struct Place {
    /// As the person named the file.
    pub file: String,
    /// The whole text.
    pub text: String,
    /// The bytes that are meant; empty for a point.
    pub span: Range<usize>,
}

impl Error {
    /// An error without place or hint.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, place: None }
    }

    /// The command line is wrong, or a file cannot be read or written.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The same error with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error with its place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

impl From<Failure> for Error {
    /// A failure outside of any cell: only connecting to a cluster fails here.
    fn from(failure: Failure) -> Self {
        let exit = match failure.kind {
            FailureKind::Usage => Exit::Usage,
            FailureKind::Interrupted => Exit::Interrupted,
            _ => Exit::Cluster,
        };
        Self { exit, message: failure.message, hint: failure.hint, place: None }
    }
}

/// Prints to standard error: drawn around the source line on a terminal, plain lines elsewhere.
pub fn print(error: &Error, style: Style) {
    eprint!("{}", if style.terminal { drawn(error, style) } else { plain(error) });
}

fn drawn(error: &Error, style: Style) -> String {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let diagnostic =
        Drawn { error, source: error.place.as_ref().map(|place| NamedSource::new(&place.file, place.text.clone())) };
    match GraphicalReportHandler::new_themed(theme).render_report(&mut text, &diagnostic) {
        Ok(()) => text,
        Err(fmt::Error) => plain(error),
    }
}

/// `file:line:column: error: message`, the source line with the place underlined, and the hint.
fn plain(error: &Error) -> String {
    let mut text = String::new();
    if let Some(place) = &error.place {
        let (line, column) = place.line_and_column();
        text += &format!("{}:{line}:{column}: ", place.file);
    }
    text += &format!("error: {}\n", error.message);
    if let Some(place) = &error.place {
        let (number, column) = place.line_and_column();
        let number = number.to_string();
        let line = place.line();
        // Tabs stay, so that the mark stands under its place however wide they are shown.
        let indent: String = line.chars().take(column - 1).map(|char| if char == '\t' { '\t' } else { ' ' }).collect();
        let rest = line.chars().count().saturating_sub(column - 1).max(1);
        let width = place.text.get(place.span.clone()).map_or(1, |marked| marked.chars().count()).clamp(1, rest);
        text += &format!("{number} | {line}\n{:1$} | {indent}{2}\n", "", number.len(), "^".repeat(width));
    }
    if let Some(hint) = &error.hint {
        text += &format!("hint: {hint}\n");
    }
    text
}

impl Place {
    /// Both counted from one; columns in characters.
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    fn line(&self) -> &str {
        let (line, _) = self.line_and_column();
        self.text.lines().nth(line - 1).unwrap_or_default()
    }
}

/// An [`Error`] in the form that miette draws.
#[derive(Debug)]
struct Drawn<'a> {
    error: &'a Error,
    source: Option<NamedSource<String>>,
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.error.place.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(None, place.span.clone()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error() -> Error {
        let text = "one\n\t{foo=1}\n".to_owned();
        Error::usage("unknown attribute foo").with_hint("known: name").at(Place {
            file: "a.md".to_owned(),
            text,
            span: 6..9,
        })
    }

    #[test]
    fn plain_lines_name_the_place_and_mark_it() {
        assert_eq!(
            plain(&error()),
            "a.md:2:3: error: unknown attribute foo\n2 | \t{foo=1}\n  | \t ^^^\nhint: known: name\n"
        );
    }

    #[test]
    fn a_place_behind_the_end_does_no_harm() {
        let mut error = error();
        if let Some(place) = &mut error.place {
            place.span = 90..95;
        }
        assert!(plain(&error).starts_with("a.md:3:1: error:"));
        drawn(&error, Style::default());
    }

    #[test]
    fn a_terminal_gets_a_drawing_without_color_when_there_is_none() {
        let text = drawn(&error(), Style { terminal: true, color: false });
        assert!(text.contains("a.md:2:3") && text.contains("help: known: name"), "{text}");
        assert!(!text.contains('\x1b'));
    }
}

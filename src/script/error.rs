//! A cell or line that failed: what, where and what to do about it.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::Place;

/// Why a cell or line did not run to its end.
#[derive(Debug, Clone)]
pub struct ScriptError {
    /// What sort of error.
    pub kind: ScriptErrorKind,
    /// One or more lines, without a final newline.
    pub message: String,
    /// Where it arose: within a function, where that is called from a cell.
    pub place: Option<Place>,
    /// The calls that led there, the innermost first.
    pub calls: Vec<CallSite>,
    /// What the reader can do about it.
    pub hint: Option<String>,
}

/// A call on the way to an error.
#[derive(Debug, Clone)]
pub struct CallSite {
    /// The function.
    pub function: String,
    /// Where it was called.
    pub place: Option<Place>,
}

/// What sort of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptErrorKind {
    /// It does not compile; nothing of it ran.
    Syntax,
    /// An error that nothing caught.
    Failed,
    /// An `expect` whose condition was false.
    Claim,
    /// The cell's deadline passed.
    Timeout,
    /// Ctrl-C.
    Interrupted,
    /// kpnb itself broke.
    Panic,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ScriptError {}

impl ScriptError {
    /// The error for the cell's output: the same in each run and wherever the cell stands in its file, so lines of the
    /// cell count from its own first.
    pub fn plain(&self) -> String {
        let mut text = format!("error: {}\n", unlabelled(&self.message));
        if let Some(place) = &self.place {
            let shown = if place.in_cell { place.line - place.first_line + 1 } else { place.line };
            let number = shown.to_string();
            let margin = " ".repeat(number.len());
            if !place.in_cell {
                text.push_str(&format!("{margin}--> {}\n", short(&place.file)));
            }
            let line = place.source_line().trim_end();
            let before: String = line.chars().take(place.column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
            text.push_str(&format!("{number} | {line}\n{margin} | {before}^\n"));
        }
        for call in &self.calls {
            if let Some(place) = &call.place {
                let (file, line) = if place.in_cell {
                    ("cell".to_owned(), place.line - place.first_line + 1)
                } else {
                    (short(&place.file), place.line)
                };
                text.push_str(&format!("in {}, called at {file}:{line}\n", call.function));
            }
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("help: {hint}\n"));
        }
        text
    }
}

/// A message without the `error: ` with which kubectl and etcdctl begin some of theirs, for where it stands already.
pub fn unlabelled(message: &str) -> &str {
    ["error: ", "Error: "].iter().find_map(|label| message.strip_prefix(label)).unwrap_or(message)
}

/// A module's file without the folders before it, which differ from machine to machine.
fn short(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    format!("stdlib/{name}")
}

impl Diagnostic for ScriptError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| place as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        let start = place.offset();
        // A name is underlined whole; anything else, such as an operator, at its first character.
        let rest = &place.text[start..];
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
        let length = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, (start, length)))))
    }
}

/// Shows a cell with the line numbers of its notebook.
impl SourceCode for Place {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text: &Arc<str> = &self.text;
        let inside = text.as_ref().read_span(span, lines_before, lines_after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.to_string(),
            inside.data(),
            *inside.span(),
            inside.line() + self.first_line - 1,
            inside.column(),
            inside.line_count(),
        )))
    }
}

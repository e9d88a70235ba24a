//! What a cell leaves in the file, and how it is written.

use std::time::Duration;

use super::{Marker, Status};

/// What a cell left in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellOutput {
    /// Which of [`Notebook::cells`](super::Notebook::cells), from 0.
    pub cell: usize,
    /// How it ended.
    pub status: Status,
    /// Where it ran: `kind-k8splayground/v1.20.2`.
    pub on: String,
    /// Its outputs, each a fence of its own; none for a cell that showed nothing or has `hide`.
    pub pieces: Vec<OutputPiece>,
    /// From the start of the run to the end of the cell: an age beyond it is that of something which the run found.
    pub elapsed: Duration,
}

/// One fence of a cell's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputPiece {
    /// The fence's language: `text`, `yaml`, `json`, `diff`, `mermaid`.
    pub language: String,
    /// What stands inside, as [`tidy`] leaves it: lines end in LF, also the last.
    pub text: String,
}

impl OutputPiece {
    /// A piece of a fence's language and raw text, made tidy.
    pub fn new(language: impl Into<String>, text: &str, max_lines: Option<usize>) -> Self {
        Self { language: language.into(), text: tidy(text, max_lines) }
    }
}

/// What may stand in a fence: no ANSI sequences or other control characters, no trailing spaces, no blank lines at the
/// end; LF line ends. Of more than `max_lines` the first two thirds and the last third stay around one line that says
/// that there were more. It names no number, which would differ from run to run.
pub fn tidy(text: &str, max_lines: Option<usize>) -> String {
    let plain = strip(text);
    let mut lines: Vec<&str> = plain.split('\n').map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    if let Some(max) = max_lines.map(|max| max.max(1))
        && lines.len() > max
    {
        let tail = (max - 1) / 3;
        let head = max - 1 - tail;
        lines.splice(head..lines.len() - tail, [ELISION]);
    }
    lines.into_iter().flat_map(|line| [line, "\n"]).collect()
}

/// Stands for the lines that `--max-lines` left out.
pub(super) const ELISION: &str = "[… more lines; --max-lines shows them …]";

/// Text as a terminal would leave it on paper: without escape sequences, with what a carriage return overwrote gone.
fn strip(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => match letters.next() {
                // CSI: up to its final byte; OSC: up to BEL or ST; others have one letter.
                Some('[') => while letters.next().is_some_and(|next| !('\u{40}'..='\u{7e}').contains(&next)) {},
                Some(']') => {
                    while let Some(next) = letters.next() {
                        if next == '\u{7}' || (next == '\u{1b}' && letters.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                _ => {}
            },
            '\r' if letters.peek().is_none_or(|next| *next == '\n') => {}
            '\r' => plain.truncate(plain.rfind('\n').map_or(0, |end| end + 1)),
            '\n' | '\t' => plain.push(letter),
            _ if letter.is_control() => {}
            _ => plain.push(letter),
        }
    }
    plain
}

/// How the lines around an output look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout<'a> {
    /// Ahead of each line but the first.
    pub(super) prefix: &'a str,
    /// Whether it stands in a list item or quote: then no blank lines, which would make a tight list loose.
    pub(super) contained: bool,
    /// `\n` or `\r\n`.
    pub(super) line_end: &'a str,
}

impl Layout<'_> {
    /// Ends the line and begins the next one.
    pub(super) fn next_line(&self, into: &mut String, line: &str) {
        into.push_str(self.line_end);
        if line.is_empty() {
            into.push_str(self.prefix.trim_end());
        } else {
            into.push_str(self.prefix);
            into.push_str(line);
        }
    }

    /// A marker and its fence, from the marker's first byte to the closing fence's last.
    pub(super) fn output(&self, into: &mut String, marker: &Marker, piece: &OutputPiece) {
        into.push_str(&marker.to_string());
        if !self.contained {
            self.next_line(into, "");
        }
        self.fence(into, piece);
    }

    fn fence(&self, into: &mut String, piece: &OutputPiece) {
        let fence = "`".repeat((longest_run(&piece.text) + 1).max(3));
        self.next_line(into, &format!("{fence}{}", piece.language));
        for line in piece.text.lines() {
            self.next_line(into, line);
        }
        self.next_line(into, &fence);
    }
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tidies_what_a_terminal_would_hide() {
        assert_eq!(tidy("\u{1b}[1;32mok\u{1b}[0m  \r\nb\t\n\n\n", None), "ok\nb\n");
        assert_eq!(tidy("10%\r100%\n\u{1b}]0;title\u{7}x\u{8}y", None), "100%\nxy\n");
        assert_eq!(tidy("", None), "");
        assert_eq!(tidy("\n\nx", None), "\n\nx\n");
    }

    #[test]
    fn cuts_long_text_in_its_middle() {
        let text: String = (1..=20).map(|number| format!("{number}\n")).collect();
        assert_eq!(tidy(&text, Some(4)), format!("1\n2\n{ELISION}\n20\n"));
        assert_eq!(tidy(&text, Some(20)), text);
        assert_eq!(tidy(&text, Some(0)), format!("{ELISION}\n"));
        // The same for any number of lines left out.
        assert_eq!(tidy("1\n2\n3\n4\n20\n", Some(4)), tidy(&text, Some(4)));
    }

    #[test]
    fn a_fence_is_longer_than_what_stands_inside() {
        let mut text = String::new();
        let layout = Layout { prefix: "> ", contained: true, line_end: "\r\n" };
        layout.fence(&mut text, &OutputPiece::new("text", "````\n\nx", None));
        assert_eq!(text, "\r\n> `````text\r\n> ````\r\n>\r\n> x\r\n> `````");
    }
}

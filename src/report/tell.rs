//! Standard error and standard output, whoever may have closed them, and whatever a stranger's text would do to them.

use std::borrow::Cow;
use std::io::Write as _;

/// Writes text to standard error. A terminal that has gone is no reason to stop: what cleans up has to go on.
pub fn tell(text: &str) {
    let _ = std::io::stderr().write_all(harmless(text).as_bytes());
}

/// Writes text to standard output. A reader that has seen enough is no error.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(harmless(text).as_bytes()).and_then(|()| out.flush());
}

/// Text without what a terminal would obey but colors: a notebook, a log or an object's name may hold sequences that
/// set the clipboard, move the cursor or hide what was printed.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if c == '\x1b' { color(rest) } else { is_plain(c).then(|| c.len_utf8()) };
        kept.push_str(&rest[..length.unwrap_or(0)]);
        rest = &rest[length.unwrap_or(c.len_utf8())..];
    }
    Cow::Owned(kept)
}

/// The length of the sequence that `text` begins with, where that is one for colors: `ESC [ 1 ; 31 m`.
fn color(text: &str) -> Option<usize> {
    let numbers = text.strip_prefix("\x1b[")?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    numbers[end..].starts_with('m').then_some("\x1b[".len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_colors_and_nothing_else_to_obey() {
        assert_eq!(harmless("a\tb\nü ✓"), "a\tb\nü ✓");
        assert_eq!(harmless("\x1b[1;31mred\x1b[0m"), "\x1b[1;31mred\x1b[0m");
        assert_eq!(harmless("\x1b]52;c;cm0=\x07x"), "]52;c;cm0=x");
        assert_eq!(harmless("\x1b[2Jgone\rback\u{9b}1A\x08\x1b"), "[2Jgoneback1A");
        assert_eq!(harmless("\x1b[31"), "[31");
    }
}

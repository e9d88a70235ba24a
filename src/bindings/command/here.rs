//! `<<EOF`: what a command reads on its standard input, written below it as in sh.

use std::iter::Peekable;
use std::str::Chars;

use super::words::check_expansion;
use crate::client::Failure;

/// A here-document that was opened.
#[derive(Debug)]
pub(super) struct Here {
    /// The line that ends it.
    end: String,
    /// Opened with quotes (`<<'EOF'`): no character in it is special.
    literal: bool,
}

impl Here {
    /// Reads what follows `<<`.
    pub(super) fn open(chars: &mut Peekable<Chars<'_>>) -> Result<Self, Failure> {
        while chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        let quote = chars.next_if(|c| matches!(c, '\'' | '"'));
        let ends = |c: &char| quote.map_or_else(|| c.is_whitespace() || "|;&<>".contains(*c), |quote| *c == quote);
        let mut end = String::new();
        while let Some(c) = chars.next_if(|c| !ends(c) && *c != '\n') {
            end.push(c);
        }
        let closed = quote.is_none() || chars.next().is_some_and(|c| Some(c) == quote);
        if end.is_empty() || !closed {
            return Err(Failure::usage("error: << is followed by the word that ends the lines to read, as in <<'EOF'"));
        }
        Ok(Self { end, literal: quote.is_some() })
    }

    /// The lines of `text` up to the one that ends them; after that nothing may follow.
    pub(super) fn read(self, text: &str) -> Result<String, Failure> {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if line.trim_end_matches(['\n', '\r']) == self.end {
                if !text[start + line.len()..].trim().is_empty() {
                    return Err(Failure::refused(format!(
                        "error: {} ends the command; write one call a command",
                        self.end
                    )));
                }
                return if self.literal { Ok(text[..start].to_owned()) } else { unescaped(&text[..start]) };
            }
            start += line.len();
        }
        Err(self.unfinished())
    }

    /// No line ends it.
    pub(super) fn unfinished(&self) -> Failure {
        Failure::usage(format!("error: <<{0} is not closed: a line that is {0} alone ends it", self.end))
    }
}

/// As sh reads it without quotes, but that nothing is put in place of `$NAME`.
fn unescaped(text: &str) -> Result<String, Failure> {
    let mut read = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\n') => {}
                Some(c @ ('\\' | '$' | '`')) => read.push(c),
                other => read.extend(['\\'].into_iter().chain(other)),
            },
            '$' | '`' => {
                check_expansion(c, chars.peek().copied())?;
                read.push(c);
            }
            c => read.push(c),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str, text: &str) -> Result<String, String> {
        let here = Here::open(&mut word.chars().peekable()).map_err(|failure| failure.message)?;
        here.read(text).map_err(|failure| failure.message)
    }

    #[test]
    fn reads_up_to_its_word() {
        assert_eq!(read("EOF", "a\n\nEOF x\nEOF\n").unwrap(), "a\n\nEOF x\n");
        assert_eq!(read(" 'END OF' | wc", "a $b `c` \\\\\nEND OF").unwrap(), "a $b `c` \\\\\n");
        assert_eq!(read("EOF", "a \\$b \\x \\\nc $.d\nEOF").unwrap(), "a $b \\x c $.d\n");
        assert_eq!(read("\"E\"", "E").unwrap(), "");
    }

    #[test]
    fn refuses_what_is_open_or_needs_a_shell() {
        assert!(read("", "EOF").is_err() && read("'EOF", "EOF").is_err());
        assert!(read("EOF", "a\n EOF\n").unwrap_err().contains("<<EOF is not closed"));
        assert!(read("EOF", "EOF\nkubectl get pods").unwrap_err().contains("one call a command"));
        assert!(read("EOF", "$HOME\nEOF").unwrap_err().contains("outside of quotes"));
    }
}

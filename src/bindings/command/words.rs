//! A line as words, as sh splits it: quotes, escapes, pipes, a here-document. What needs a shell is refused with the
//! reason.

use super::here::Here;
use crate::client::Failure;

/// A line, split.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// The commands between the unquoted `|`, each as its words.
    pub(super) commands: Vec<Vec<String>>,
    /// What the first command reads.
    pub(super) stdin: Option<String>,
}

/// Splits a line.
pub(super) fn split(line: &str) -> Result<Words, Failure> {
    let mut commands = vec![Vec::new()];
    let (mut here, mut stdin) = (None, None);
    let mut word: Option<String> = None;
    let mut chars = line.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err(open('\'')),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => match chars.next() {
                            Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                            Some('\n') => {}
                            Some(c) => word.extend(['\\', c]),
                            None => return Err(open('"')),
                        },
                        Some(c @ ('$' | '`')) => {
                            check_expansion(c, chars.peek().copied())?;
                            word.push(c);
                        }
                        Some(c) => word.push(c),
                        None => return Err(open('"')),
                    }
                }
            }
            '\\' => match chars.next() {
                Some('\n') => {}
                Some(c) => word.get_or_insert_default().push(c),
                None => return Err(refused("\\", "nothing follows it")),
            },
            '|' if chars.peek() == Some(&'|') => return Err(operator("||")),
            '|' => {
                finish(&mut commands, &mut word);
                commands.push(Vec::new());
            }
            '&' if chars.peek() == Some(&'&') => return Err(operator("&&")),
            '&' => return Err(refused("&", "background(\"…\") runs a command beside the notebook")),
            '<' if here.is_none() && chars.next_if_eq(&'<').is_some() => {
                finish(&mut commands, &mut word);
                here = Some(Here::open(&mut chars)?);
            }
            '\n' if here.is_some() => {
                let below: String = chars.by_ref().collect();
                stdin = here.take().map(|here: Here| here.read(&below)).transpose()?;
            }
            ';' | '\n' => return Err(operator(if c == ';' { ";" } else { "a line break" })),
            '>' => return Err(refused(">", "a command writes no files; assign its result")),
            '<' => {
                return Err(refused("<", "a command reads no files; <<'EOF' and lines up to EOF give it text to read"));
            }
            '$' | '`' => {
                check_expansion(c, chars.peek().copied())?;
                word.get_or_insert_default().push(c);
            }
            c if c.is_whitespace() => finish(&mut commands, &mut word),
            c => word.get_or_insert_default().push(c),
        }
    }
    finish(&mut commands, &mut word);
    if let Some(here) = here {
        return Err(here.unfinished());
    }
    if commands.iter().any(Vec::is_empty) {
        let what = if commands.len() == 1 { "the command is empty" } else { "there is no command on one side of |" };
        return Err(Failure::usage(format!("error: {what}")));
    }
    Ok(Words { commands, stdin })
}

fn finish(commands: &mut [Vec<String>], word: &mut Option<String>) {
    if let (Some(words), Some(word)) = (commands.last_mut(), word.take()) {
        words.push(word);
    }
}

/// `$(…)`, `` `…` ``, `$NAME`, `${NAME}`: sh would put something else in their place.
pub(super) fn check_expansion(c: char, next: Option<char>) -> Result<(), Failure> {
    let expands = next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '(' | '{' | '_'));
    if c == '`' || expands {
        let what = if c == '`' { "`".to_owned() } else { format!("${}", next.unwrap_or_default()) };
        return Err(refused(
            &what,
            "no shell runs here; put it in single quotes to mean the character, or build the text in the script",
        ));
    }
    Ok(())
}

fn open(quote: char) -> Failure {
    Failure::usage(format!("error: the quote {quote} is not closed"))
}

fn operator(operator: &str) -> Failure {
    refused(operator, "no shell runs here; write one call a command")
}

fn refused(what: &str, why: &str) -> Failure {
    Failure::refused(format!("error: {what} outside of quotes: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Vec<String>> {
        split(line).unwrap_or_else(|failure| panic!("{line}: {failure}")).commands
    }

    #[test]
    fn splits_as_sh() {
        assert_eq!(words("a 'b c'  d\"e 'f'\"g \\|"), [["a", "b c", "de 'f'g", "|"]]);
        assert_eq!(words("a '' \"\""), [["a", "", ""]]);
        assert_eq!(words("a | grep 'x|y' |wc"), [vec!["a"], vec!["grep", "x|y"], vec!["wc"]]);
        assert_eq!(words(r#"a "\"\\\n$" '$(x)' b$ "#), [["a", "\"\\\\n$", "$(x)", "b$"]]);
        assert_eq!(words("a \\\n  b"), [["a", "b"]]);
        assert_eq!(words("a -o jsonpath='{.items[*].x}{\"\\n\"}'"), [["a", "-o", "jsonpath={.items[*].x}{\"\\n\"}"]]);
    }

    #[test]
    fn lines_below_are_what_it_reads() {
        let read = split("a b <<'EOF' | c\n$x\n\ny\nEOF\n").unwrap();
        assert_eq!(read.commands, [vec!["a", "b"], vec!["c"]]);
        assert_eq!(read.stdin.as_deref(), Some("$x\n\ny\n"));
        assert!(split("a <<EOF").is_err() && split("a <<EOF\nb").is_err() && split("a <<A <<B\nA\nB").is_err());
    }

    #[test]
    fn refuses_what_needs_a_shell() {
        for line in
            ["a; b", "a && b", "a || b", "a > f", "a < f", "a &", "a $(b)", "a `b`", "a \"$(b)\"", "a $HOME", "a\nb"]
        {
            let message = split(line).unwrap_err().message;
            assert!(message.contains("outside of quotes"), "{line}: {message}");
        }
        for line in ["a 'b", "a \"b", "| a", "a |", "", "a | | b"] {
            assert!(split(line).is_err(), "{line}");
        }
    }
}

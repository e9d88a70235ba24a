//! grep's patterns (POSIX basic and extended, with GNU's `\|`, `\+`, `\?`, `\b`, `\w`, `\<`) as regular expressions.

use regex::{Regex, RegexBuilder};

use crate::client::Failure;

/// How patterns are read and matched.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Syntax {
    pub(super) extended: bool,
    pub(super) fixed: bool,
    pub(super) ignore_case: bool,
    pub(super) words: bool,
    pub(super) lines: bool,
}

/// One expression that matches where any of the patterns does.
pub(super) fn compile(patterns: &[&str], syntax: Syntax) -> Result<Regex, Failure> {
    let each: Vec<String> = patterns
        .iter()
        .flat_map(|pattern| pattern.split('\n'))
        .map(|pattern| if syntax.fixed { regex::escape(pattern) } else { translate(pattern, syntax.extended) })
        .map(|pattern| format!("(?:{pattern})"))
        .collect();
    let mut expression = format!("(?:{})", each.join("|"));
    if syntax.lines {
        expression = format!("^{expression}$");
    } else if syntax.words {
        // -w: neither before nor after the match stands a letter, digit or underscore.
        expression = format!("\\b{{start-half}}{expression}\\b{{end-half}}");
    }
    RegexBuilder::new(&expression)
        .case_insensitive(syntax.ignore_case)
        .build()
        .map_err(|error| Failure::usage(format!("grep: bad pattern: {error}")))
}

/// POSIX to Rust: in basic patterns `+ ? | ( ) { }` mean themselves and, after a backslash, what they mean in extended ones.
fn translate(pattern: &str, extended: bool) -> String {
    let mut result = String::new();
    let mut chars = pattern.chars().peekable();
    // Whether nothing stands before that a `*` could repeat.
    let mut at_start = true;
    while let Some(c) = chars.next() {
        let started = std::mem::take(&mut at_start);
        match c {
            '\\' => match chars.next() {
                Some(c @ ('|' | '(' | '{' | '}' | ')' | '+' | '?')) if !extended => {
                    result.push(c);
                    at_start = matches!(c, '|' | '(');
                }
                Some(c @ ('w' | 'W' | 's' | 'S' | 'b' | 'B' | '<' | '>')) => result.extend(['\\', c]),
                Some(c) => result.push_str(&regex::escape(&c.to_string())),
                None => result.push_str("\\\\"),
            },
            '[' => bracket(&mut chars, &mut result),
            '+' | '?' | '|' | '(' | ')' | '{' | '}' if !extended => result.extend(['\\', c]),
            '*' if started => result.push_str("\\*"),
            '^' => {
                result.push(if started || extended { '^' } else { '\u{0}' });
                at_start = started;
            }
            '$' if !extended && chars.peek().is_some_and(|next| *next != '\\') => result.push_str("\\$"),
            '|' | '(' => {
                result.push(c);
                at_start = true;
            }
            c => result.push(c),
        }
    }
    // A `^` in the midst of a basic pattern means itself.
    result.replace('\u{0}', "\\^")
}

/// `[…]`: a backslash means itself there, and Rust's set operators have to be kept from their meaning.
fn bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, result: &mut String) {
    result.push('[');
    if chars.next_if_eq(&'^').is_some() {
        result.push('^');
    }
    if chars.next_if_eq(&']').is_some() {
        result.push_str("\\]");
    }
    while let Some(c) = chars.next() {
        match c {
            ']' => {
                result.push(']');
                return;
            }
            '[' if chars.peek() == Some(&':') => {
                result.push('[');
                for c in chars.by_ref() {
                    result.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '\\' | '[' | '&' | '~' => result.extend(['\\', c]),
            c => result.push(c),
        }
    }
}

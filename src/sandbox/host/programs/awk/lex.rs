//! The words of a program.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    /// A name right before a parenthesis.
    Call(String),
    Word(&'static str),
    Sign(&'static str),
    Newline,
}

const WORDS: [&str; 18] = [
    "BEGIN", "END", "if", "else", "while", "for", "do", "break", "continue", "next", "exit", "delete", "in", "print",
    "printf", "function", "getline", "return",
];

const SIGNS: [&str; 43] = [
    "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", "!~", ">>", "{",
    "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=", "&",
    "@",
];

/// # Errors
/// What mawk says after the line's number.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut at): (Vec<Token>, usize) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        match c {
            '\n' => {
                tokens.push(Token::Newline);
                at += 1;
            }
            '\\' if chars.get(at + 1) == Some(&'\n') => at += 2,
            _ if c.is_whitespace() => at += 1,
            '#' => {
                while chars.get(at).is_some_and(|c| *c != '\n') {
                    at += 1;
                }
            }
            '"' => {
                let (raw, end) = quoted(&chars, at, '"').ok_or("runaway string constant")?;
                tokens.push(Token::Text(unescaped(&raw)));
                at = end;
            }
            '/' if regex_may_follow(tokens.last()) => {
                let (raw, end) = quoted(&chars, at, '/').ok_or("runaway regular expression")?;
                tokens.push(Token::Regex(raw.replace("\\/", "/")));
                at = end;
            }
            '0'..='9' | '.' => {
                let end = number(&chars, at);
                let text: String = chars[at..end].iter().collect();
                tokens.push(Token::Number(text.parse().map_err(|_| format!("syntax error at or near {text}"))?));
                at = end;
            }
            _ if c.is_ascii_alphabetic() || c == '_' => {
                let end = chars[at..].iter().position(|c| !c.is_ascii_alphanumeric() && *c != '_');
                let end = end.map_or(chars.len(), |length| at + length);
                let name: String = chars[at..end].iter().collect();
                tokens.push(match WORDS.iter().find(|word| **word == name) {
                    Some(word) => Token::Word(word),
                    None if chars.get(end) == Some(&'(') => Token::Call(name),
                    None => Token::Name(name),
                });
                at = end;
            }
            _ => {
                let rest: String = chars[at..].iter().take(3).collect();
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| format!("unexpected character '{c}'"))?;
                at += sign.len();
                tokens.push(Token::Sign(match *sign {
                    "**" => "^",
                    "**=" => "^=",
                    other => other,
                }));
            }
        }
    }
    Ok(tokens)
}

/// After a value a slash divides.
fn regex_may_follow(last: Option<&Token>) -> bool {
    !matches!(
        last,
        Some(
            Token::Number(_)
                | Token::Text(_)
                | Token::Name(_)
                | Token::Regex(_)
                | Token::Sign(")" | "]" | "$" | "++" | "--")
        )
    )
}

fn quoted(chars: &[char], start: usize, end: char) -> Option<(String, usize)> {
    let (mut text, mut at) = (String::new(), start + 1);
    loop {
        match *chars.get(at)? {
            c if c == end => return Some((text, at + 1)),
            '\n' => return None,
            '\\' => {
                text.push('\\');
                text.push(*chars.get(at + 1)?);
                at += 2;
            }
            c => {
                text.push(c);
                at += 1;
            }
        }
    }
}

/// What backslashes in a string mean; unknown ones stay, for expressions.
fn unescaped(raw: &str) -> String {
    crate::sandbox::host::programs::escapes(&raw.replace("\\\"", "\"").replace("\\/", "/")).0
}

fn number(chars: &[char], start: usize) -> usize {
    let mut at = start;
    while chars.get(at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
        at += 1;
    }
    if matches!(chars.get(at), Some('e' | 'E')) {
        let sign = usize::from(matches!(chars.get(at + 1), Some('+' | '-')));
        if chars.get(at + 1 + sign).is_some_and(char::is_ascii_digit) {
            at += 1 + sign;
            while chars.get(at).is_some_and(char::is_ascii_digit) {
                at += 1;
            }
        }
    }
    at
}

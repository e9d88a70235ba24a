//! What becomes of words: parameters, command output, arithmetic, fields, patterns.

use std::future::Future;
use std::pin::Pin;

use super::ast::{List, Part, Word};
use super::{Shell, arithmetic};
use crate::sandbox::host::files::absolute;

/// A field in the making: its text, and which of it is quoted.
#[derive(Default, Clone)]
struct Field {
    text: String,
    /// The same with quoted characters escaped, as a pattern.
    pattern: String,
    globs: bool,
    any: bool,
}

impl Field {
    fn push(&mut self, text: &str, quoted: bool) {
        self.any |= quoted || !text.is_empty();
        self.text += text;
        for c in text.chars() {
            if quoted && "*?[]\\".contains(c) {
                self.pattern.push('\\');
            } else if "*?[".contains(c) {
                self.globs = true;
            }
            self.pattern.push(c);
        }
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Shell {
    /// The fields that words become.
    pub(super) async fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, String> {
        let mut all = Vec::new();
        for word in words {
            for field in self.split(word, true).await? {
                let matches = if field.globs { self.glob(&field.pattern).await } else { Vec::new() };
                if matches.is_empty() {
                    all.push(field.text);
                } else {
                    all.extend(matches);
                }
            }
        }
        Ok(all)
    }

    /// A word as one text.
    pub(super) async fn single(&mut self, word: &Word) -> Result<String, String> {
        Ok(self.split(word, false).await?.into_iter().map(|field| field.text).collect::<Vec<_>>().join(" "))
    }

    /// A word as a pattern.
    pub(super) async fn pattern(&mut self, word: &Word) -> Result<String, String> {
        Ok(self.split(word, false).await?.into_iter().map(|field| field.pattern).collect())
    }

    fn split<'a>(&'a mut self, word: &'a Word, splits: bool) -> Boxed<'a, Result<Vec<Field>, String>> {
        Box::pin(async move {
            let mut done = Vec::new();
            let mut field = Field::default();
            for part in word {
                let (text, quoted) = match part {
                    Part::Text { text, quoted } => {
                        let home = !quoted
                            && std::ptr::eq(part, &raw const word[0])
                            && (text == "~" || text.starts_with("~/"));
                        let text = if home {
                            format!("{}{}", self.get("HOME").unwrap_or_default(), &text[1..])
                        } else {
                            text.clone()
                        };
                        field.push(&text, *quoted);
                        continue;
                    }
                    Part::Parameter { name, op: None, quoted: true } if name == "@" && splits => {
                        for (n, argument) in self.arguments.clone().iter().enumerate() {
                            if n > 0 {
                                done.push(std::mem::take(&mut field));
                            }
                            field.push(argument, true);
                        }
                        continue;
                    }
                    Part::Parameter { name, op, quoted } => {
                        if let Some((op, alternative)) = op
                            && let Some(word) = self.alternative(name, op, alternative).await?
                        {
                            // The word takes the parameter's place, with its own quotes.
                            if *quoted || !splits {
                                let text = self.single(&word).await?;
                                field.push(&text, true);
                            } else {
                                for (n, inner) in self.split(&word, true).await?.into_iter().enumerate() {
                                    if n > 0 {
                                        done.push(std::mem::take(&mut field));
                                    }
                                    field.push(&inner.text, true);
                                }
                            }
                            continue;
                        }
                        (self.parameter(name, op.as_ref()).await?, *quoted)
                    }
                    Part::Output { list, quoted } => (self.output(list).await, *quoted),
                    Part::Arithmetic { word, quoted } => {
                        let text = self.single(word).await?;
                        let mut sets = Vec::new();
                        let value = arithmetic::evaluate(&text, &|name| self.get(name), &mut |name, value| {
                            sets.push((name.to_owned(), value.to_string()));
                        })?;
                        for (name, value) in sets {
                            self.set(&name, value);
                        }
                        (value.to_string(), *quoted)
                    }
                };
                if quoted || !splits {
                    field.push(&text, quoted);
                    continue;
                }
                let separators = self.get("IFS").unwrap_or_default();
                let mut pieces = text.split(|c| separators.contains(c)).peekable();
                while let Some(piece) = pieces.next() {
                    field.push(piece, false);
                    if pieces.peek().is_some() {
                        done.extend(Some(std::mem::take(&mut field)).filter(|field| field.any));
                    }
                }
            }
            done.extend(Some(field).filter(|field| field.any || !splits));
            Ok(done)
        })
    }

    /// The word that stands for a parameter that is not set, or is.
    async fn alternative(&mut self, name: &str, op: &str, word: &Word) -> Result<Option<Word>, String> {
        let value = self.get(name);
        let missing = if op.starts_with(':') { value.as_ref().is_none_or(String::is_empty) } else { value.is_none() };
        match op.trim_start_matches(':') {
            "-" if missing => Ok(Some(word.clone())),
            "=" if missing => {
                let text = self.single(word).await?;
                self.set(name, text);
                Ok(None)
            }
            "+" => Ok(if missing { None } else { Some(word.clone()) }),
            "?" if missing => {
                let text = self.single(word).await?;
                let text = if text.is_empty() { "parameter null or not set".to_owned() } else { text };
                Err(format!("{name}: {text}"))
            }
            _ => Ok(None),
        }
    }

    async fn parameter(&mut self, name: &str, op: Option<&(String, Word)>) -> Result<String, String> {
        let value = self.get(name);
        if value.is_none() && self.options.contains(&'u') && !matches!(name, "@" | "*") && op.is_none() {
            return Err(format!("{name}: parameter not set"));
        }
        let value = value.unwrap_or_default();
        let Some((op, word)) = op else { return Ok(value) };
        Ok(match op.as_str() {
            "length" => value.chars().count().to_string(),
            "%" | "%%" | "#" | "##" => {
                let pattern = self.pattern(word).await?;
                let mut cuts: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
                // From the shortest match to the longest, or the other way round.
                if matches!(op.as_str(), "%" | "##") {
                    cuts.reverse();
                }
                let suffix = op.starts_with('%');
                let cut =
                    cuts.into_iter().find(|at| matches(&pattern, if suffix { &value[*at..] } else { &value[..*at] }));
                match cut {
                    Some(at) if suffix => value[..at].to_owned(),
                    Some(at) => value[at..].to_owned(),
                    None => value,
                }
            }
            "+" | ":+" => String::new(),
            _ => value,
        })
    }

    /// What commands write, without the newlines at its end.
    async fn output(&mut self, list: &List) -> String {
        let (text, code) = self.capture(list).await;
        self.last = code;
        text.trim_end_matches('\n').to_owned()
    }

    /// The files that a pattern names.
    async fn glob(&self, pattern: &str) -> Vec<String> {
        let (pattern, cwd) = (pattern.to_owned(), self.cwd.clone());
        self.sys
            .files(move |files, _| {
                let mut found = vec![if pattern.starts_with('/') { "/".to_owned() } else { String::new() }];
                for part in pattern.split('/').filter(|part| !part.is_empty()) {
                    let mut next = Vec::new();
                    for dir in &found {
                        let base = if dir.is_empty() { cwd.clone() } else { absolute(&cwd, dir) };
                        let names = files.list(&base).into_iter().map(|(name, _)| name);
                        let names = names
                            .filter(|name| (!name.starts_with('.') || part.starts_with('.')) && matches(part, name));
                        let slash = if dir.is_empty() || dir.ends_with('/') { "" } else { "/" };
                        next.extend(names.map(|name| format!("{dir}{slash}{name}")));
                    }
                    found = next;
                }
                found
            })
            .await
    }
}

/// Whether a text matches a shell pattern: `*`, `?`, `[a-z]`, `\` before what is meant literally.
pub(in super::super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // Where to go on when what follows the last `*` does not match.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            Some('?') => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            Some('[') => {
                if let Some((found, next)) = class(&pattern, p, text[t])
                    && found
                {
                    (p, t) = (next, t + 1);
                    continue;
                }
            }
            Some('\\') if pattern.get(p + 1) == Some(&text[t]) => {
                (p, t) = (p + 2, t + 1);
                continue;
            }
            Some(c) if *c == text[t] => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            _ => {}
        }
        let Some((at, from)) = star else { return false };
        star = Some((at, from + 1));
        (p, t) = (at + 1, from + 1);
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether a character is in the class that begins at `at`, and where the class ends.
fn class(pattern: &[char], at: usize, c: char) -> Option<(bool, usize)> {
    let close = pattern.get(at + 2..)?.iter().position(|c| *c == ']')? + at + 2;
    let mut inner = &pattern[at + 1..close];
    let not = matches!(inner.first(), Some('!' | '^'));
    if not {
        inner = &inner[1..];
    }
    let mut found = false;
    let mut n = 0;
    while n < inner.len() {
        if inner.get(n + 1) == Some(&'-') && n + 2 < inner.len() {
            found |= inner[n] <= c && c <= inner[n + 2];
            n += 3;
        } else {
            found |= inner[n] == c;
            n += 1;
        }
    }
    Some((found != not, close + 1))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("*", "abc"),
            ("a*c", "abbc"),
            ("[a-c]?", "bx"),
            ("[!a]", "b"),
            ("\\*", "*"),
            ("*.log", "a.b.log"),
            ("", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a*c", "ab"), ("[!a]", "a"), ("\\*", "x"), ("?", ""), ("b", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}

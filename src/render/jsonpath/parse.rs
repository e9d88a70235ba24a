//! From a template's text to its parts.

use serde_json::Value;

use super::{Comparison, Part, Slice, Step};

/// How deep ranges may stand in each other, and likewise filters.
const MOST_DEEP: usize = 64;

/// What a pair of braces holds.
enum Action {
    Print(Vec<Step>),
    Range(Vec<Step>),
    End,
}

/// Parses a whole template.
pub(super) fn template(text: &str) -> Result<Vec<Part>, String> {
    // The outermost level first; each range opens one more.
    let mut levels: Vec<(Vec<Step>, Vec<Part>)> = vec![(Vec::new(), Vec::new())];
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find('{').unwrap_or(rest.len());
        if start > 0 {
            add(&mut levels, Part::Print(vec![Step::Literal(rest[..start].into())]));
        }
        if start == rest.len() {
            break;
        }
        let mut action = Parser { text: &rest[start + 1..], depth: 0 };
        match action.action()? {
            Action::Print(steps) => add(&mut levels, Part::Print(steps)),
            Action::Range(_) if levels.len() > MOST_DEEP => return Err("too many ranges in each other".to_owned()),
            Action::Range(steps) => levels.push((steps, Vec::new())),
            Action::End if levels.len() > 1 => close(&mut levels),
            Action::End => return Err("not in range, nothing to end".to_owned()),
        }
        rest = action.text;
    }
    while levels.len() > 1 {
        close(&mut levels);
    }
    Ok(levels.pop().map(|(_, parts)| parts).unwrap_or_default())
}

fn add(levels: &mut [(Vec<Step>, Vec<Part>)], part: Part) {
    if let Some((_, parts)) = levels.last_mut() {
        parts.push(part);
    }
}

fn close(levels: &mut Vec<(Vec<Step>, Vec<Part>)>) {
    if let Some((steps, body)) = levels.pop() {
        add(levels, Part::Range(steps, body));
    }
}

/// What ends a name.
const TERMINATORS: &[char] = &[' ', '\t', '\n', '\r', '.', ',', '[', ']', '$', '@', '{', '}'];

/// Parses what stands in braces; `text` is what is left.
struct Parser<'a> {
    text: &'a str,
    /// In how many filters.
    depth: usize,
}

impl<'a> Parser<'a> {
    /// A parser of what stands within the text of this one.
    fn inside<'b>(&self, text: &'b str) -> Parser<'b> {
        Parser { text, depth: self.depth + 1 }
    }

    /// Up to and with the closing brace.
    fn action(&mut self) -> Result<Action, String> {
        let mut steps = Vec::new();
        let mut range = false;
        loop {
            if let Some(rest) = self.text.strip_prefix('}') {
                self.text = rest;
                return Ok(if range { Action::Range(steps) } else { Action::Print(steps) });
            }
            if self.text.is_empty() {
                return Err("unclosed action".to_owned());
            }
            match self.step(&mut steps)? {
                None => {}
                Some("range") => range = true,
                Some("end") => {
                    let end = self.text.find('}').ok_or("unclosed action")?;
                    self.text = &self.text[end + 1..];
                    return Ok(Action::End);
                }
                Some(other) => return Err(format!("unrecognized identifier {other}")),
            }
        }
    }

    /// A path without braces, to the end of the text.
    fn path(mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        while !self.text.is_empty() {
            if let Some(word) = self.step(&mut steps)? {
                return Err(format!("unrecognized identifier {word}"));
            }
        }
        Ok(steps)
    }

    /// One step, which is added to `steps`; a bare word that is no boolean is returned.
    fn step(&mut self, steps: &mut Vec<Step>) -> Result<Option<&'a str>, String> {
        if self.text.starts_with("[?(") {
            steps.push(self.filter()?);
            return Ok(None);
        }
        if let Some(rest) = self.text.strip_prefix("..") {
            self.text = rest;
            steps.push(Step::Recursive);
            if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                steps.push(field(self.name()));
            }
            return Ok(None);
        }
        let Some(first) = self.text.chars().next() else { return Ok(None) };
        match first {
            '\n' | '\r' => return Err("unclosed action".to_owned()),
            ' ' | '@' | '$' => self.text = &self.text[1..],
            '[' => self.brackets(steps)?,
            '"' | '\'' => steps.push(Step::Literal(self.quoted(first)?.into())),
            '.' => {
                self.text = &self.text[1..];
                let name = self.name();
                steps.push(field(name));
            }
            '+' | '-' | '0'..='9' => steps.push(Step::Literal(self.number()?)),
            _ if first.is_alphanumeric() || first == '_' => match self.name() {
                "true" => steps.push(Step::Literal(true.into())),
                "false" => steps.push(Step::Literal(false.into())),
                word => return Ok(Some(word)),
            },
            _ => return Err(format!("unrecognized character in action: U+{:04X} '{first}'", u32::from(first))),
        }
        Ok(None)
    }

    /// Up to the next terminator that no backslash stands before.
    fn name(&mut self) -> &'a str {
        let mut escaped = false;
        let end = self.text.find(|c: char| {
            let ends = !escaped && TERMINATORS.contains(&c);
            escaped = !escaped && c == '\\';
            ends
        });
        let (name, rest) = self.text.split_at(end.unwrap_or(self.text.len()));
        self.text = rest;
        name
    }

    fn number(&mut self) -> Result<Value, String> {
        let digits = &self.text[1..];
        let end = digits.find(|c: char| c != '.' && !c.is_ascii_digit()).map_or(self.text.len(), |end| end + 1);
        let (number, rest) = self.text.split_at(end);
        self.text = rest;
        let integer = number.parse::<i64>().ok().map(Value::from);
        let float = || number.parse::<f64>().ok().map(Value::from);
        integer.or_else(float).ok_or_else(|| format!("cannot parse number {number}"))
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut value = String::new();
        let mut chars = self.text.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.text = &self.text[at + c.len_utf8()..];
                return Ok(value);
            }
            if c == '\n' {
                break;
            }
            let c = match c {
                '\\' => match chars.next().map(|(_, escaped)| escaped) {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some('a') => '\u{7}',
                    Some('b') => '\u{8}',
                    Some('f') => '\u{c}',
                    Some('v') => '\u{b}',
                    Some(escaped @ ('\\' | '"' | '\'')) => escaped,
                    Some(_) => return Err("invalid syntax".to_owned()),
                    None => break,
                },
                c => c,
            };
            value.push(c);
        }
        Err("unterminated quoted string".to_owned())
    }

    /// `[…]` that is no filter.
    fn brackets(&mut self, steps: &mut Vec<Step>) -> Result<(), String> {
        let end = self.text.find([']', '\n']).filter(|end| self.text[*end..].starts_with(']'));
        let end = end.ok_or("unterminated array")?;
        let inner = &self.text[1..end];
        self.text = &self.text[end + 1..];
        if inner.contains(',') {
            let branch = |part: &str| self.inside(&format!("[{}]", part.trim_matches(' '))).path();
            steps.push(Step::Union(inner.split(',').map(branch).collect::<Result<_, _>>()?));
        } else if let Some(key) = inner.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            // As in kubectl, a dot in the key has to be escaped.
            steps.append(&mut self.inside(&format!(".{key}")).path()?);
        } else {
            steps.push(Step::Slice(slice(if inner == "*" { ":" } else { inner })?));
        }
        Ok(())
    }

    /// `[?(…)]`
    fn filter(&mut self) -> Result<Step, String> {
        let body = &self.text[3..];
        let (mut depth, mut quote, mut end) = (1, None, None);
        let mut behind_backslash = false;
        for (at, c) in body.char_indices() {
            match (quote, c) {
                (_, '\n') => break,
                (Some(open), c) if c == open && !behind_backslash => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => depth -= 1,
                _ => {}
            }
            behind_backslash = c == '\\' && !behind_backslash;
            if depth == 0 {
                end = Some(at);
                break;
            }
        }
        let end = end.ok_or("unterminated filter")?;
        if self.depth == MOST_DEEP {
            return Err("too many filters in each other".to_owned());
        }
        self.text = body[end + 1..].strip_prefix(']').ok_or("unclosed array expect ]")?;
        let condition = &body[..end];
        let is_sign = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let Some(start) = condition.find(is_sign).filter(|start| *start > 0) else {
            return Ok(Step::Filter(self.inside(condition).path()?, None));
        };
        let (left, rest) = condition.split_at(start);
        let (sign, right) = rest.split_at(rest.find(|c| !is_sign(c)).unwrap_or(rest.len()));
        let comparison = match sign {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return Err(format!("unrecognized filter operator {sign}")),
        };
        Ok(Step::Filter(self.inside(left).path()?, Some((comparison, self.inside(right).path()?))))
    }
}

fn field(name: &str) -> Step {
    if name == "*" { Step::Wildcard } else { Step::Field(name.replace('\\', "")) }
}

fn slice(text: &str) -> Result<Slice, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let number = |at: usize| match parts.get(at).copied().unwrap_or_default() {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| format!("invalid array index {text}")),
    };
    if parts.len() > 3 {
        return Err(format!("invalid array index {text}"));
    }
    Ok(Slice { from: number(0)?, to: number(1)?, step: number(2)?, single: parts.len() == 1 })
}

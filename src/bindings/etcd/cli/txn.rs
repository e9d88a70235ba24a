//! `txn`: comparisons, what to do where all hold, and what to do else, read from standard input.
//!
//! Each of the three ends with an empty line, also the last. In a notebook a here-document gives them.

use serde_json::Value;

use super::format::{Format, header_fields};
use super::json::Object;
use super::keys::Answer;
use super::{Command, INVALID_INPUT, bad_args, compare, help, requests, unquoted};
use crate::bindings::flags::Flags;
use crate::client::Failure;
use crate::client::etcd::{Txn, TxnAnswer, TxnOp, TxnResult};

impl Command<'_> {
    pub(super) async fn txn(&self, stdin: Option<&str>) -> Result<i32, Failure> {
        if !self.args().is_empty() {
            return Err(bad_args("Error: txn command does not accept argument"));
        }
        if self.flags.switch("interactive", false)? {
            return Err(Failure::refused("Error: txn --interactive asks a person, and here is none").with_hint(HOW));
        }
        let mut lines = Lines(stdin.unwrap_or_default());
        let txn = Txn {
            compare: lines.section(compare::parse)?,
            success: lines.section(request)?,
            failure: lines.section(request)?,
        };
        let answer = self.etcd.txn(txn).await?;
        self.out(&self.format.answer(&answer)?);
        Ok(0)
    }
}

const HOW: &str = "give it the lines in a here-document: etcdctl txn <<'EOF', comparisons, an empty line, what to do where \
                   they hold, an empty line, what to do else, an empty line, EOF";

/// What was read cannot be understood.
pub(super) fn invalid(message: String) -> Failure {
    Failure { code: INVALID_INPUT, ..Failure::usage(message) }
}

/// Standard input, as far as it is not read yet.
struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    /// The lines up to an empty one.
    fn section<T>(&mut self, parse: impl Fn(&'a str) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
        let mut section = Vec::new();
        loop {
            let (line, rest) =
                self.0.split_once('\n').ok_or_else(|| invalid("Error: EOF".to_owned()).with_hint(HOW))?;
            self.0 = rest;
            match line.trim() {
                "" => return Ok(section),
                line => section.push(parse(line)?),
            }
        }
    }
}

/// `put key "a value" --prev-kv`
fn request(line: &str) -> Result<TxnOp, Failure> {
    let words = words(line)?;
    if words.len() < 2 {
        return Err(invalid(format!("Error: invalid txn compare request: {line}")));
    }
    let wrong = || invalid(format!("Error: invalid txn request: {line}"));
    let command = words[0].as_str();
    let spec = help::Spec::find(command).filter(|_| ["get", "put", "del"].contains(&command)).ok_or_else(wrong)?;
    let flags = Flags::parse("etcdctl", &words[1..], &[spec.flags]).map_err(|_| wrong())?;
    requests::step(command, &flags)
}

/// Words between spaces, and texts in single or double quotes.
fn words(line: &str) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = match first {
            '"' => match unquoted::double(rest) {
                Some((word, after)) => {
                    rest = after;
                    word
                }
                None => return Err(invalid(format!("Error: invalid txn request: {line}"))),
            },
            '\'' if rest[1..].contains('\'') => {
                let (word, after) = rest[1..].split_once('\'').unwrap_or_default();
                rest = after;
                word.to_owned()
            }
            _ => {
                let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
                rest = after;
                word.to_owned()
            }
        };
        words.push(word);
        rest = rest.trim_start();
    }
    Ok(words)
}

impl TxnResult {
    fn answer(&self) -> (&'static str, &dyn Answer) {
        match self {
            Self::Get(range) => ("ResponseRange", range),
            Self::Put(put) => ("ResponsePut", put),
            Self::Delete(deleted) => ("ResponseDeleteRange", deleted),
        }
    }
}

impl Answer for TxnAnswer {
    fn simple(&self, format: Format) -> String {
        let results: String =
            self.results.iter().map(|result| format!("\n{}", result.answer().1.simple(format))).collect();
        format!("{}\n{results}", if self.succeeded { "SUCCESS" } else { "FAILURE" })
    }

    fn fields(&self) -> String {
        let results: String = self.results.iter().map(|result| result.answer().1.fields()).collect();
        format!("{}\"Succeeded\" : {}\n{results}", header_fields(&self.header), self.succeeded)
    }

    fn json(&self) -> Value {
        let response = |result: &TxnResult| {
            let (name, answer) = result.answer();
            Value::from(Object::default().with("Response", Object::default().with(name, answer.json())))
        };
        let responses: Value = self.results.iter().map(response).collect();
        Object::headed(&self.header).with_set("succeeded", self.succeeded).with_set("responses", responses).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_end_with_empty_lines() {
        let mut lines = Lines(" a\nb \n\n\n");
        assert_eq!(lines.section(|line| Ok(line.to_owned())).unwrap(), ["a", "b"]);
        assert!(lines.section(|line| Ok(line.to_owned())).unwrap().is_empty());
        let ended = lines.section(|line| Ok(line.to_owned())).unwrap_err();
        assert_eq!((ended.message.as_str(), ended.code), ("Error: EOF", 3));
    }

    #[test]
    fn words_may_be_quoted() {
        assert_eq!(words("put  a \"b \\\"c\\\"\\n\" 'd e' f'g").unwrap(), ["put", "a", "b \"c\"\n", "d e", "f'g"]);
    }

    #[test]
    fn requests_are_checked() {
        let said = |line: &str| request(line).map(|_| ()).unwrap_err().message;
        assert_eq!(said("put"), "Error: invalid txn compare request: put");
        assert_eq!(said("lease list"), "Error: invalid txn request: lease list");
        assert_eq!(said("get a --bogus"), "Error: invalid txn request: get a --bogus");
        assert!(matches!(request("del a --prefix").unwrap(), TxnOp::Delete(_, end, false) if end == b"b"));
    }
}

//! `test` and `[`.

use crate::sandbox::host::Kind;
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::sys::Sys;

/// 0: true, 1: false, 2: not understood.
pub(super) async fn main(sys: &Sys, args: &[String]) -> i32 {
    let mut words = &args[1..];
    if args[0] == "[" {
        match words.split_last() {
            Some((last, rest)) if last == "]" => words = rest,
            _ => {
                sys.err("[: missing ]\n").await;
                return 2;
            }
        }
    }
    let mut reader = Reader { sys, words, at: 0 };
    match Box::pin(reader.or()).await {
        Ok(value) if reader.at == words.len() => i32::from(!value),
        Ok(_) => {
            sys.err(format!("{}: {}: unexpected operator\n", args[0], words[reader.at.min(words.len() - 1)])).await;
            2
        }
        Err(why) => {
            sys.err(format!("{}: {why}\n", args[0])).await;
            2
        }
    }
}

struct Reader<'a> {
    sys: &'a Sys,
    words: &'a [String],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<&str> {
        self.words.get(self.at + ahead).map(String::as_str)
    }

    async fn or(&mut self) -> Result<bool, String> {
        let mut value = self.and().await?;
        while matches!(self.peek(0), Some("-o" | "||")) {
            self.at += 1;
            value |= self.and().await?;
        }
        Ok(value)
    }

    async fn and(&mut self) -> Result<bool, String> {
        let mut value = self.not().await?;
        while matches!(self.peek(0), Some("-a" | "&&")) {
            self.at += 1;
            value &= self.not().await?;
        }
        Ok(value)
    }

    async fn not(&mut self) -> Result<bool, String> {
        let mut not = false;
        while self.peek(0) == Some("!") && self.peek(1).is_some() {
            self.at += 1;
            not = !not;
        }
        Ok(self.primary().await? != not)
    }

    async fn primary(&mut self) -> Result<bool, String> {
        const BINARY: [&str; 13] = ["=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "<", ">", "-nt", "-ot"];
        let Some(first) = self.peek(0).map(str::to_owned) else { return Ok(false) };
        if let (Some(op), Some(right)) = (self.peek(1).map(str::to_owned), self.peek(2).map(str::to_owned))
            && BINARY.contains(&op.as_str())
        {
            self.at += 3;
            let number = |text: &str| text.trim().parse::<i64>().map_err(|_| format!("Illegal number: {text}"));
            return Ok(match op.as_str() {
                "=" | "==" => first == right,
                "!=" => first != right,
                "<" => first < right,
                ">" => first > right,
                "-eq" => number(&first)? == number(&right)?,
                "-ne" => number(&first)? != number(&right)?,
                "-lt" => number(&first)? < number(&right)?,
                "-le" => number(&first)? <= number(&right)?,
                "-gt" => number(&first)? > number(&right)?,
                "-ge" => number(&first)? >= number(&right)?,
                other => return Err(format!("{other}: not modelled in the sandbox")),
            });
        }
        if first == "(" {
            self.at += 1;
            let value = Box::pin(self.or()).await?;
            if self.peek(0) != Some(")") {
                return Err("closing paren expected".to_owned());
            }
            self.at += 1;
            return Ok(value);
        }
        if first.len() == 2
            && first.starts_with('-')
            && let Some(operand) = self.peek(1).map(str::to_owned)
        {
            self.at += 2;
            return match first.as_bytes()[1] {
                b'n' => Ok(!operand.is_empty()),
                b'z' => Ok(operand.is_empty()),
                b't' => Ok(false),
                kind => self.file(kind, operand).await,
            };
        }
        self.at += 1;
        Ok(!first.is_empty())
    }

    async fn file(&self, kind: u8, path: String) -> Result<bool, String> {
        let path = absolute(&self.sys.process(|process| process.cwd.clone()).await, &path);
        let (own, found) = self.sys.files(move |files, _| (files.own(&path), files.get(&path))).await;
        Ok(match kind {
            b'e' | b'r' | b'w' | b'O' | b'G' => found.is_some(),
            b'f' => found.is_some_and(|entry| entry.kind == Kind::File),
            b'd' => found.is_some_and(|entry| entry.is_dir()),
            b'x' => found.is_some_and(|entry| entry.mode & 0o111 != 0),
            b's' => found.is_some_and(|entry| entry.size > 0),
            b'L' | b'h' => own.is_some_and(|entry| matches!(entry.kind, Kind::Link(_))),
            b'p' | b'S' | b'b' | b'c' => false,
            other => return Err(format!("-{}: unexpected operator", char::from(other))),
        })
    }
}

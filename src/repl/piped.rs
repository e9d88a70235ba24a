//! Input from a pipe: no prompts, and the first error ends it.

use std::io::BufRead;

use super::Repl;
use super::commands::{self, Next};
use crate::report::{Error, Exit};
use crate::script::Session;

pub(super) fn run(repl: &mut Repl, input: impl BufRead) -> Result<Exit, Error> {
    let mut pending = String::new();
    for line in input.lines() {
        let line = line.map_err(|error| Error::usage(format!("standard input: {error}")))?;
        if pending.is_empty() && line.starts_with(':') {
            repl.line += 1;
            match commands::run(repl, &line) {
                Ok(Next::Line) => {}
                Ok(Next::Leave) => return Ok(Exit::Ok),
                Err(error) => return Err(error),
            }
            continue;
        }
        pending.push_str(&line);
        pending.push('\n');
        if !Session::is_open(&pending) {
            let text = std::mem::take(&mut pending);
            if text.trim().is_empty() {
                repl.line += 1;
                continue;
            }
            let exit = repl.enter(&text);
            if exit != Exit::Ok {
                return Ok(exit);
            }
        }
    }
    // The compiler says what is still open.
    Ok(if pending.trim().is_empty() { Exit::Ok } else { repl.enter(&pending) })
}

//! `awk`, as mawk on nodes and busybox in containers read it: programs of patterns and actions, without functions of their own,
//! `getline` and `system`, which are refused.
//!
//! - this file: the command line and what is read; `lex`, `parse`, `expressions`: programs; `value`: what variables hold
//! - `run`: statements; `evaluate`: expressions; `functions`: what is built in

mod array;
mod evaluate;
mod expressions;
mod functions;
mod lex;
mod parse;
mod run;
#[cfg(test)]
mod tests;
mod value;

use regex::Regex;

use super::{busybox, inputs};
use crate::sandbox::host::sys::Sys;
use run::{Run, Sink, Stop};

/// Where mawk says what it takes; without a program, 2 is its exit code, but 0 when there are no arguments at all.
const USAGE: &str = "Usage: mawk [Options] [Program] [file ...]\n";

/// What the command line says.
struct Asked {
    program: String,
    /// `-v` and `-F`, in order.
    assigns: Vec<(String, String)>,
    operands: Vec<String>,
}

async fn asked(sys: &Sys, args: &[String]) -> Result<Asked, i32> {
    let (mut assigns, mut files, mut rest) = (Vec::new(), Vec::new(), args[1..].to_vec());
    while let Some(arg) = rest.first().filter(|arg| arg.starts_with('-') && arg.len() > 1).cloned() {
        rest.remove(0);
        if arg == "--" {
            break;
        }
        let letter = arg[1..].chars().next().unwrap_or_default();
        if !"Ffv".contains(letter) {
            let text = if busybox(sys).await {
                format!("awk: invalid option -- '{letter}'\n")
            } else {
                format!("awk: not an option: {arg}\n")
            };
            sys.err(text).await;
            return Err(if busybox(sys).await { 1 } else { 2 });
        }
        let value = match &arg[2..] {
            "" if !rest.is_empty() => rest.remove(0),
            "" => {
                sys.err(format!("awk: option requires an argument -- {letter}\n")).await;
                return Err(2);
            }
            joined => joined.to_owned(),
        };
        match letter {
            'F' => assigns.push(("FS".to_owned(), if value == "t" { "\t".to_owned() } else { value })),
            'f' => files.push(value),
            _ => match value.split_once('=') {
                Some((name, value)) => assigns.push((name.to_owned(), value.to_owned())),
                None => {
                    sys.err(format!("awk: improper assignment: -v {value}\n")).await;
                    return Err(2);
                }
            },
        }
    }
    let mut program = String::new();
    if !files.is_empty() {
        let (found, code) = inputs(sys, "awk", &files).await;
        if code != 0 {
            return Err(2);
        }
        for (_, content) in found {
            program += &String::from_utf8_lossy(&content);
            program.push('\n');
        }
    } else if rest.is_empty() {
        sys.err(USAGE).await;
        return Err(if busybox(sys).await {
            1
        } else if args.len() == 1 {
            0
        } else {
            2
        });
    } else {
        program = rest.remove(0);
    }
    Ok(Asked { program, assigns, operands: rest })
}

pub(super) async fn main(sys: &Sys, args: &[String], env: &super::Env) -> i32 {
    let Asked { program, assigns, operands } = match asked(sys, args).await {
        Ok(asked) => asked,
        Err(code) => return code,
    };
    let ash = busybox(sys).await;
    let program = match parse::parse(&program) {
        Ok(program) => program,
        Err(why) => {
            let text = if ash {
                if why.ends_with("never defined") {
                    "awk: cmd. line:1: Call to undefined function\n".to_owned()
                } else {
                    "awk: cmd. line:1: Unexpected token\n".to_owned()
                }
            } else {
                format!("awk: line 1: {why}\n")
            };
            sys.err(text).await;
            return if ash { 1 } else { 2 };
        }
    };
    let reads = program.reads();
    let mut run = Run::new(program, env, &operands);
    run.divides = !ash;
    for (name, value) in &assigns {
        run.assign(name, value);
    }
    let mut code = match run.begin() {
        Ok(()) if reads => read(sys, &mut run, &operands).await,
        Ok(()) => Ok(0),
        Err(stop) => Err(stop),
    };
    flush(sys, &mut run).await;
    // `exit` still runs what END says.
    if matches!(code, Ok(_) | Err(Stop::Exit(_))) {
        match (run.end(), &code) {
            (Err(stop), _) => code = Err(stop),
            (Ok(()), _) => {}
        }
        flush(sys, &mut run).await;
    }
    for (command, text) in std::mem::take(&mut run.pipes) {
        let (input, shell) = (text, vec!["sh".to_owned(), "-c".to_owned(), command]);
        let stdin = super::super::fd::Fd::Text(std::sync::Arc::new(std::sync::Mutex::new(input.into_bytes().into())));
        let piped = sys.with_io(super::super::sys::Io { stdin, ..sys.io.clone() });
        super::child(&piped, shell, env.clone()).await;
    }
    match code {
        Ok(code) => code,
        Err(Stop::Exit(code)) => code,
        Err(Stop::Failed(why)) => {
            let text = if !ash {
                format!("awk: {why}\n")
            } else if why.starts_with("division") {
                "awk: cmd. line:1: Division by zero\n".to_owned()
            } else if why.contains("negative field") {
                "awk: cmd. line:1: Access to negative field\n".to_owned()
            } else {
                format!("awk: cmd. line:1: {why}\n")
            };
            sys.err(text).await;
            if ash { 1 } else { 2 }
        }
        Err(_) => 0,
    }
}

/// Gives all records to the program, of a stream as they come.
async fn read(sys: &Sys, run: &mut Run, operands: &[String]) -> Result<i32, Stop> {
    let assigned = |operand: &str| {
        let (name, value) = operand.split_once('=')?;
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then(|| (name.to_owned(), value.to_owned()))
    };
    let (mut code, mut any) = (0, false);
    for operand in operands {
        if let Some((name, value)) = assigned(operand) {
            run.assign(&name, &value);
            continue;
        }
        any = true;
        if operand == "-" {
            stream(sys, run).await?;
            continue;
        }
        let path = super::absolute(&sys.process(|process| process.cwd.clone()).await, operand);
        let content =
            sys.files(move |files, _| files.get(&path).filter(|e| !e.is_dir()).map(|e| e.content.to_vec())).await;
        let Some(content) = content else {
            let text = if busybox(sys).await {
                format!("awk: {operand}: No such file or directory\n")
            } else {
                format!("awk: cannot open {operand} (No such file or directory)\n")
            };
            sys.err(text).await;
            code = if busybox(sys).await { 1 } else { 2 };
            continue;
        };
        run.file(operand);
        let mut rest = String::from_utf8_lossy(&content).into_owned();
        while let Some(record) = next_record(&mut rest, &run.separator(), true) {
            run.record(record)?;
            flush(sys, run).await;
        }
    }
    if !any {
        stream(sys, run).await?;
    }
    Ok(code)
}

async fn stream(sys: &Sys, run: &mut Run) -> Result<(), Stop> {
    let (mut pending, mut text) = (Vec::new(), String::new());
    loop {
        let some = sys.read().await;
        let ended = some.is_empty();
        pending.extend(some);
        // A character may have come in part.
        let whole = if ended { pending.len() } else { pending.iter().rposition(|b| *b < 0x80).map_or(0, |at| at + 1) };
        text += &String::from_utf8_lossy(&pending.drain(..whole).collect::<Vec<u8>>());
        while let Some(record) = next_record(&mut text, &run.separator(), ended) {
            run.record(record)?;
            flush(sys, run).await;
        }
        if ended {
            return Ok(());
        }
        sys.tick().await;
    }
}

/// Takes a record off a text: up to `RS`, which may be empty (paragraphs), a character or an expression.
fn next_record(text: &mut String, separator: &str, ended: bool) -> Option<String> {
    if separator.is_empty() {
        let start = text.len() - text.trim_start_matches('\n').len();
        text.drain(..start);
    }
    let found = match separator {
        "" => Regex::new("\n\n+").ok().and_then(|regex| regex.find(text).map(|found| (found.start(), found.end()))),
        one if one.chars().count() == 1 => text.find(one).map(|at| (at, at + one.len())),
        more => value::regex(more).ok().and_then(|regex| regex.find(text).map(|found| (found.start(), found.end()))),
    };
    match found {
        Some((start, end)) if ended || end < text.len() || separator.chars().count() == 1 => {
            let record = text[..start].to_owned();
            text.drain(..end);
            Some(record)
        }
        _ if ended && !text.is_empty() => {
            let last = std::mem::take(text);
            Some(if separator.is_empty() { last.trim_end_matches('\n').to_owned() } else { last })
        }
        _ => None,
    }
}

/// Writes what the program has printed since.
async fn flush(sys: &Sys, run: &mut Run) {
    for (sink, text) in std::mem::take(&mut run.output) {
        match sink {
            Sink::Out => sys.out(text).await,
            Sink::Err => sys.err(text).await,
            Sink::File { path, append } => {
                let path = super::absolute(&sys.process(|process| process.cwd.clone()).await, &path);
                sys.files(move |files, now| {
                    if !append {
                        // Where it cannot be written, what is appended is lost.
                        let _ = files.write(&path, "", now);
                    } else if files.get(&path).is_none() {
                        let _ = files.write(&path, "", now);
                    }
                    files.append(&path, text.as_bytes(), now);
                })
                .await;
            }
        }
    }
}

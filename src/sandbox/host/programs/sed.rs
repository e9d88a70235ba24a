//! `sed`: s, p, d, q, with line numbers, `$` and patterns before them.

use regex::RegexBuilder;

use super::arguments::options;
use super::grep::extended;
use super::inputs;
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::sys::Sys;

enum Where {
    All,
    Line(usize),
    Last,
    Match(regex::Regex),
}

enum What {
    Substitute { regex: regex::Regex, with: String, all: bool, print: bool },
    Print,
    Delete,
    Quit,
}

struct Command {
    from: Where,
    to: Option<Where>,
    not: bool,
    what: What,
    inside: bool,
}

fn regex(pattern: &str, ere: bool, ignore: bool) -> Result<regex::Regex, String> {
    let pattern = if ere { pattern.to_owned() } else { extended(pattern) };
    RegexBuilder::new(&pattern).case_insensitive(ignore).build().map_err(|_| "invalid regular expression".to_owned())
}

/// Up to a delimiter that is not escaped, and what follows it.
fn delimited(text: &str, delimiter: char) -> Option<(String, &str)> {
    let mut done = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == delimiter {
            return Some((done, &text[at + c.len_utf8()..]));
        }
        done.push(c);
        if c == '\\'
            && let Some((_, next)) = chars.next()
        {
            if next == delimiter {
                done.pop();
            }
            done.push(next);
        }
    }
    None
}

fn address(text: &str, ere: bool) -> Result<(Option<Where>, &str), String> {
    if let Some(rest) = text.strip_prefix('$') {
        return Ok((Some(Where::Last), rest));
    }
    if let Some(rest) = text.strip_prefix('/') {
        let (pattern, rest) = delimited(rest, '/').ok_or("unterminated address regex")?;
        return Ok((Some(Where::Match(regex(&pattern, ere, false)?)), rest));
    }
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    Ok((text[..digits].parse().ok().map(Where::Line), &text[digits..]))
}

fn commands(script: &str, ere: bool) -> Result<Vec<Command>, String> {
    let (mut all, mut rest) = (Vec::new(), script);
    loop {
        rest = rest.trim_start_matches([' ', ';', '\n']);
        if rest.is_empty() {
            return Ok(all);
        }
        let (from, after) = address(rest, ere)?;
        rest = after;
        let mut to = None;
        if let Some(after) = rest.strip_prefix(',') {
            (to, rest) = address(after, ere)?;
        }
        rest = rest.trim_start();
        let not = rest.starts_with('!');
        rest = rest.trim_start_matches('!');
        let name = rest.chars().next().ok_or("missing command")?;
        rest = &rest[name.len_utf8()..];
        let what = match name {
            'p' => What::Print,
            'd' => What::Delete,
            'q' => What::Quit,
            's' => {
                let delimiter = rest.chars().next().ok_or("unterminated `s' command")?;
                let (pattern, after) =
                    delimited(&rest[delimiter.len_utf8()..], delimiter).ok_or("unterminated `s' command")?;
                let (with, after) = delimited(after, delimiter).ok_or("unterminated `s' command")?;
                let end = after.find([';', '\n', ' ', '}']).unwrap_or(after.len());
                let flags = &after[..end];
                rest = &after[end..];
                let regex = regex(&pattern, ere, flags.contains(['i', 'I']))?;
                What::Substitute {
                    regex,
                    with: replacement(&with),
                    all: flags.contains('g'),
                    print: flags.contains('p'),
                }
            }
            other => return Err(format!("command `{other}' is not modelled in the sandbox")),
        };
        all.push(Command { from: from.unwrap_or(Where::All), to, not, what, inside: false });
    }
}

/// sed's replacement as the crate regex has it.
fn replacement(text: &str) -> String {
    let (mut done, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '$' => done += "$$",
            '&' => done += "${0}",
            '\\' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => done += &format!("${{{digit}}}"),
                Some('n') => done.push('\n'),
                Some('t') => done.push('\t'),
                Some(c) => done.push(c),
                None => {}
            },
            c => done.push(c),
        }
    }
    done
}

fn hits(place: &Where, number: usize, last: bool, line: &str) -> bool {
    match place {
        Where::All => true,
        Where::Line(wanted) => *wanted == number,
        Where::Last => last,
        Where::Match(regex) => regex.is_match(line),
    }
}

pub(super) async fn main(sys: &Sys, args: &[String]) -> i32 {
    let (flags, values, mut operands) = options(args, "e");
    let mut scripts: Vec<String> = values.into_iter().map(|(_, script)| script).collect();
    if scripts.is_empty() {
        if operands.is_empty() {
            sys.err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n").await;
            return 1;
        }
        scripts.push(operands.remove(0));
    }
    let script = scripts.join("\n");
    let mut commands = match commands(&script, flags.contains(['E', 'r'])) {
        Ok(commands) => commands,
        Err(why) => {
            sys.err(format!("sed: -e expression #1, char {}: {why}\n", script.len())).await;
            return 1;
        }
    };
    let (found, code) = inputs(sys, "sed", &operands).await;
    let in_place = flags.contains('i');
    let cwd = sys.process(|process| process.cwd.clone()).await;
    for (name, content) in found {
        let mut text = String::new();
        let all: Vec<String> = String::from_utf8_lossy(&content).lines().map(str::to_owned).collect();
        'lines: for (n, line) in all.iter().enumerate() {
            let (number, last, mut line) = (n + 1, n + 1 == all.len(), line.clone());
            let mut quit = false;
            for command in &mut commands {
                let hit = match &command.to {
                    None => hits(&command.from, number, last, &line),
                    Some(to) if command.inside => {
                        command.inside = match to {
                            Where::Line(to) => number < *to,
                            to => !hits(to, number, last, &line),
                        };
                        true
                    }
                    Some(to) => {
                        let begins = hits(&command.from, number, last, &line);
                        command.inside = begins && !matches!(to, Where::Line(to) if *to <= number);
                        begins
                    }
                };
                if hit == command.not {
                    continue;
                }
                match &command.what {
                    What::Print => text += &format!("{line}\n"),
                    What::Delete => continue 'lines,
                    What::Quit => quit = true,
                    What::Substitute { regex, with, all, print } => {
                        if regex.is_match(&line) {
                            line = regex.replacen(&line, usize::from(!all), with.as_str()).into_owned();
                            if *print {
                                text += &format!("{line}\n");
                            }
                        }
                    }
                }
            }
            if !flags.contains('n') {
                text += &format!("{line}\n");
            }
            if quit {
                break;
            }
        }
        if in_place {
            let path = absolute(&cwd, &name);
            // It was read a moment ago.
            let _ = sys.files(move |files, now| files.write(&path, text, now)).await;
        } else {
            sys.out(text).await;
        }
    }
    code
}

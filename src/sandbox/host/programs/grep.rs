//! `grep`.

use regex::RegexBuilder;

use super::arguments::{lines, options};
use super::inputs;
use crate::sandbox::host::sys::Sys;

/// A basic regular expression as an extended one: the meaning of `\(`, `\|` and their like is turned round.
pub(super) fn extended(basic: &str) -> String {
    let (mut done, mut chars) = (String::new(), basic.chars().peekable());
    let mut bracket = false;
    while let Some(c) = chars.next() {
        match c {
            _ if bracket => {
                bracket = c != ']';
                done.push(c);
            }
            '[' => {
                bracket = true;
                done.push(c);
                for first in ['^', ']'] {
                    if chars.peek() == Some(&first) {
                        done.extend(if first == ']' { vec!['\\', ']'] } else { vec![first] });
                        chars.next();
                    }
                }
            }
            '\\' => match chars.next() {
                Some(c @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) => done.push(c),
                Some('<' | '>') => done += "\\b",
                Some(c) => done.extend(['\\', c]),
                None => done += "\\\\",
            },
            '(' | ')' | '{' | '}' | '|' | '+' | '?' => done.extend(['\\', c]),
            '*' if done.is_empty() || done == "^" => done += "\\*",
            c => done.push(c),
        }
    }
    done
}

pub(super) async fn grep(sys: &Sys, args: &[String]) -> i32 {
    let (mut flags, values, mut operands) = options(args, "eAmBCf");
    for (long, flag) in [
        ("--count", 'c'),
        ("--invert-match", 'v'),
        ("--ignore-case", 'i'),
        ("--word-regexp", 'w'),
        ("--line-regexp", 'x'),
        ("--only-matching", 'o'),
        ("--quiet", 'q'),
        ("--extended-regexp", 'E'),
        ("--fixed-strings", 'F'),
        ("--line-number", 'n'),
    ] {
        if args.iter().any(|arg| arg == long) {
            flags.push(flag);
        }
    }
    let has = |flag: char| flags.contains(flag);
    let value = |flag: char| values.iter().find(|(f, _)| *f == flag).and_then(|(_, v)| v.parse::<usize>().ok());
    let mut patterns: Vec<String> =
        values.iter().filter(|(flag, _)| *flag == 'e').map(|(_, value)| value.clone()).collect();
    if patterns.is_empty() {
        if operands.is_empty() {
            sys.err("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n").await;
            return 2;
        }
        patterns.push(operands.remove(0));
    }
    let source: Vec<String> = patterns
        .iter()
        .flat_map(|pattern| pattern.split('\n'))
        .map(|pattern| {
            let pattern = if has('F') || args[0] == "fgrep" {
                regex::escape(pattern)
            } else if has('E') || has('P') || args[0] == "egrep" {
                pattern.to_owned()
            } else {
                extended(pattern)
            };
            let pattern = format!("(?:{pattern})");
            if has('x') {
                format!("^{pattern}$")
            } else if has('w') {
                format!("\\b{pattern}\\b")
            } else {
                pattern
            }
        })
        .collect();
    let Ok(regex) = RegexBuilder::new(&source.join("|")).case_insensitive(has('i') || has('y')).build() else {
        sys.err("grep: Invalid regular expression\n").await;
        return 2;
    };
    let (found, mut code) = inputs(sys, "grep", &operands).await;
    let names = (operands.len() > 1 || has('H')) && !has('h');
    let (before, after) = (value('B').or(value('C')).unwrap_or(0), value('A').or(value('C')).unwrap_or(0));
    let (most, mut any) = (value('m').unwrap_or(usize::MAX), false);
    for (name, content) in found {
        let (all, mut count, mut last) = (lines(&content), 0, None::<usize>);
        let name = if name.is_empty() { "(standard input)".to_owned() } else { name };
        for (n, line) in all.iter().enumerate() {
            if regex.is_match(line) == has('v') || count >= most {
                continue;
            }
            (count, any) = (count + 1, true);
            if has('q') {
                return 0;
            }
            if has('c') || has('l') {
                continue;
            }
            let prefix = |n: usize, mark: char| {
                let name = if names { format!("{name}{mark}") } else { String::new() };
                if has('n') { format!("{name}{}{mark}", n + 1) } else { name }
            };
            let mut text = String::new();
            if has('o') {
                for one in regex.find_iter(line).filter(|one| !one.is_empty()) {
                    text += &format!("{}{}\n", prefix(n, ':'), one.as_str());
                }
            } else {
                let from = n.saturating_sub(before).max(last.map_or(0, |last| last + 1));
                if (before > 0 || after > 0) && last.is_some_and(|last| from > last + 1) {
                    text += "--\n";
                }
                for (at, context) in all.iter().enumerate().take(n).skip(from) {
                    text += &format!("{}{context}\n", prefix(at, '-'));
                }
                text += &format!("{}{line}\n", prefix(n, ':'));
                last = Some(n);
                for (at, context) in all.iter().enumerate().skip(n + 1).take(after) {
                    if regex.is_match(context) != has('v') {
                        break;
                    }
                    text += &format!("{}{context}\n", prefix(at, '-'));
                    last = Some(at);
                }
            }
            sys.out(text).await;
        }
        if has('c') {
            sys.out(if names { format!("{name}:{count}\n") } else { format!("{count}\n") }).await;
        } else if has('l') && count > 0 {
            sys.out(format!("{name}\n")).await;
        }
    }
    if code == 0 && !any {
        code = 1;
    }
    code
}

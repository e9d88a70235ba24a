//! Programs that read text: `cat`, `head`, `tail`, `wc`, `grep`, `sort`, `uniq`, `cut`, `tr`, `tee`.

use std::time::Duration;

use regex::RegexBuilder;

use super::{busybox, inputs};
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::sys::Sys;

/// Flags that are single letters, values of those in `takes`, and operands.
pub(super) fn options(args: &[String], takes: &str) -> (String, Vec<(char, String)>, Vec<String>) {
    let (mut flags, mut values, mut operands) = (String::new(), Vec::new(), Vec::new());
    let mut rest = args.iter().skip(1);
    while let Some(arg) = rest.next() {
        if arg == "--" {
            operands.extend(rest.by_ref().cloned());
        } else if arg.len() > 1 && arg.starts_with('-') && !arg.starts_with("--") {
            for (at, flag) in arg.char_indices().skip(1) {
                if takes.contains(flag) {
                    let value = match &arg[at + flag.len_utf8()..] {
                        "" => rest.next().cloned().unwrap_or_default(),
                        joined => joined.to_owned(),
                    };
                    values.push((flag, value));
                    break;
                }
                flags.push(flag);
            }
        } else if !arg.starts_with("--") {
            operands.push(arg.clone());
        }
    }
    (flags, values, operands)
}

fn lines(content: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(content).lines().map(str::to_owned).collect()
}

pub(super) async fn cat(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, "");
    if paths.is_empty() && flags.is_empty() && args[0] == "cat" {
        // As it comes: the writer may never end.
        loop {
            let some = sys.read().await;
            if some.is_empty() {
                return 0;
            }
            sys.out(some).await;
        }
    }
    let (found, code) = inputs(sys, &args[0], &paths).await;
    let mut number = 0;
    for (_, content) in found {
        if args[0] == "tac" {
            let text: String = lines(&content).into_iter().rev().map(|line| line + "\n").collect();
            sys.out(text).await;
        } else if flags.contains('n') {
            let mut text = String::new();
            for line in lines(&content) {
                number += 1;
                text += &format!("{number:>6}\t{line}\n");
            }
            sys.out(text).await;
        } else {
            sys.out(content).await;
        }
    }
    code
}

pub(super) async fn ends(sys: &Sys, args: &[String]) -> i32 {
    // `-5` is `-n 5`.
    let digits = |arg: &String| arg.len() > 1 && arg[1..].chars().all(|c| c.is_ascii_digit());
    let args: Vec<String> = args
        .iter()
        .map(|arg| if arg.starts_with('-') && digits(arg) { format!("-n{}", &arg[1..]) } else { arg.clone() })
        .collect();
    let (flags, values, paths) = options(&args, "nc");
    let bytes = values.iter().find(|(flag, _)| *flag == 'c').map(|(_, value)| value.clone());
    let count = values.iter().find(|(flag, _)| *flag == 'n').map_or("10".to_owned(), |(_, value)| value.clone());
    let head = args[0] == "head";
    let asked = bytes.clone().unwrap_or(count);
    let Ok(number) = asked.trim_start_matches(['+', '-']).parse::<usize>() else {
        sys.err(format!("{}: invalid number of lines: '{asked}'\n", args[0])).await;
        return 1;
    };
    if head && paths.is_empty() && bytes.is_none() && !asked.starts_with('-') {
        return head_of_stream(sys, number).await;
    }
    let (found, code) = inputs(sys, &args[0], &paths).await;
    let many = found.len() > 1 && !flags.contains('q');
    let follows = flags.to_lowercase().contains('f') && !head;
    for (n, (name, content)) in found.iter().enumerate() {
        if many {
            sys.out(format!("{}==> {name} <==\n", if n > 0 { "\n" } else { "" })).await;
        }
        let pieces: Vec<&[u8]> = if bytes.is_some() {
            content.chunks(1).collect()
        } else {
            content.split_inclusive(|byte| *byte == b'\n').collect()
        };
        let total = pieces.len();
        let range = match (head, asked.chars().next()) {
            (true, Some('-')) => 0..total.saturating_sub(number),
            (true, _) => 0..number.min(total),
            (false, Some('+')) => number.saturating_sub(1).min(total)..total,
            (false, _) => total.saturating_sub(number)..total,
        };
        sys.out(pieces[range].concat()).await;
    }
    if follows {
        return follow(sys, &paths).await;
    }
    code
}

async fn head_of_stream(sys: &Sys, mut number: usize) -> i32 {
    while number > 0 {
        let some = sys.read().await;
        if some.is_empty() {
            break;
        }
        let mut text = Vec::new();
        for line in some.split_inclusive(|byte| *byte == b'\n').take(number) {
            text.extend(line);
            number -= usize::from(line.ends_with(b"\n"));
        }
        sys.out(text).await;
    }
    0
}

/// Prints what is added to a file, looking once a second.
async fn follow(sys: &Sys, paths: &[String]) -> i32 {
    let Some(path) = paths.first() else { return sys.forever().await };
    let path = absolute(&sys.process(|process| process.cwd.clone()).await, path);
    let mut seen = None;
    loop {
        let wanted = path.clone();
        let content =
            sys.files(move |files, _| files.get(&wanted).map(|e| e.content.clone())).await.unwrap_or_default();
        let from = seen.unwrap_or(content.len()).min(content.len());
        sys.out(content.slice(from..)).await;
        seen = Some(content.len());
        sys.sleep(Duration::from_secs(1)).await;
    }
}

pub(super) async fn wc(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, "");
    let (found, code) = inputs(sys, "wc", &paths).await;
    let long = |name: &str| args.iter().any(|arg| arg == name);
    let (l, w, c) =
        (flags.contains('l') || long("--lines"), flags.contains('w'), flags.contains('c') || flags.contains('m'));
    let all = !l && !w && !c;
    let count = |content: &[u8]| {
        let text = String::from_utf8_lossy(content);
        [content.iter().filter(|byte| **byte == b'\n').count(), text.split_whitespace().count(), content.len()]
    };
    let mut totals = [0; 3];
    let mut rows: Vec<([usize; 3], String)> = Vec::new();
    for (name, content) in &found {
        let row = count(content);
        totals.iter_mut().zip(row).for_each(|(total, value)| *total += value);
        rows.push((row, name.clone()));
    }
    if rows.len() > 1 {
        rows.push((totals, "total".to_owned()));
    }
    let shown = |row: &[usize; 3]| {
        [(l || all, row[0]), (w || all, row[1]), (c || all, row[2])]
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, v)| v)
            .collect::<Vec<_>>()
    };
    let one = rows.len() == 1 && shown(&[0; 3]).len() == 1;
    let width = match (one, paths.is_empty(), busybox(sys).await) {
        (true, ..) => 1,
        (_, _, true) => 9,
        (_, true, _) => 7,
        _ => totals[2].to_string().len(),
    };
    for (row, name) in rows {
        let cells: Vec<String> = shown(&row).iter().map(|value| format!("{value:>width$}")).collect();
        let name = if name.is_empty() { name } else { format!(" {name}") };
        sys.out(format!("{}{name}\n", cells.join(" "))).await;
    }
    code
}

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

pub(super) async fn sort(sys: &Sys, args: &[String]) -> i32 {
    let (flags, values, paths) = options(args, "kt");
    let (found, code) = inputs(sys, "sort", &paths).await;
    let mut all: Vec<String> = found.iter().flat_map(|(_, content)| lines(content)).collect();
    let field = values.iter().find(|(flag, _)| *flag == 'k').map(|(_, value)| value.clone());
    let separator = values.iter().find(|(flag, _)| *flag == 't').and_then(|(_, value)| value.chars().next());
    let number: Option<usize> =
        field.as_ref().and_then(|f| f.split([',', '.', 'n', 'r']).next().and_then(|first| first.parse().ok()));
    let numeric = flags.contains('n') || field.as_ref().is_some_and(|field| field.contains('n'));
    let reverse = flags.contains('r') || field.as_ref().is_some_and(|field| field.contains('r'));
    let key = |line: &str| -> String {
        let Some(number) = number else { return line.to_owned() };
        let parts: Vec<&str> = match separator {
            Some(separator) => line.split(separator).collect(),
            None => line.split_whitespace().collect(),
        };
        parts.get(number - 1).copied().unwrap_or_default().to_owned()
    };
    let value = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
        text[..end].parse::<f64>().unwrap_or(0.0)
    };
    all.sort_by(|a, b| {
        let (x, y) = (key(a), key(b));
        let order = if numeric { value(&x).total_cmp(&value(&y)) } else { x.cmp(&y) };
        let order = order.then_with(|| a.cmp(b));
        if reverse { order.reverse() } else { order }
    });
    if flags.contains('u') {
        all.dedup_by(|a, b| key(a) == key(b));
    }
    let text: String = all.into_iter().map(|line| line + "\n").collect();
    sys.out(text).await;
    code
}

pub(super) async fn uniq(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, "");
    let (found, code) = inputs(sys, "uniq", &paths).await;
    let mut groups: Vec<(usize, String)> = Vec::new();
    for line in found.iter().flat_map(|(_, content)| lines(content)) {
        match groups.last_mut() {
            Some((count, last)) if *last == line => *count += 1,
            _ => groups.push((1, line)),
        }
    }
    for (count, line) in groups {
        if flags.contains('d') && count < 2 || flags.contains('u') && count > 1 {
            continue;
        }
        sys.out(if flags.contains('c') { format!("{count:>7} {line}\n") } else { format!("{line}\n") }).await;
    }
    code
}

pub(super) async fn cut(sys: &Sys, args: &[String]) -> i32 {
    let (flags, values, paths) = options(args, "dfcb");
    let value = |flag: char| values.iter().find(|(f, _)| *f == flag).map(|(_, value)| value.clone());
    let separator = value('d').unwrap_or_else(|| "\t".to_owned());
    let Some(list) = value('f').or_else(|| value('c')).or_else(|| value('b')) else {
        sys.err(
            "cut: you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.\n",
        )
        .await;
        return 1;
    };
    let fields = value('f').is_some();
    let ranges: Vec<(usize, usize)> = list
        .split(',')
        .map(|range| match range.split_once('-') {
            Some((from, to)) => (from.parse().unwrap_or(1), to.parse().unwrap_or(usize::MAX)),
            None => (range.parse().unwrap_or(0), range.parse().unwrap_or(0)),
        })
        .collect();
    let chosen = |n: usize| ranges.iter().any(|(from, to)| (*from..=*to).contains(&(n + 1)));
    let (found, code) = inputs(sys, "cut", &paths).await;
    for line in found.iter().flat_map(|(_, content)| lines(content)) {
        let text = if !fields {
            line.chars().enumerate().filter(|(n, _)| chosen(*n)).map(|(_, c)| c).collect()
        } else if line.contains(&separator) {
            let parts: Vec<&str> =
                line.split(separator.as_str()).enumerate().filter(|(n, _)| chosen(*n)).map(|(_, p)| p).collect();
            parts.join(&separator)
        } else if flags.contains('s') {
            continue;
        } else {
            line
        };
        sys.out(text + "\n").await;
    }
    code
}

pub(super) async fn tr(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, sets) = options(args, "");
    let set = |n: usize| -> Vec<char> {
        let text = super::escapes(sets.get(n).map_or("", String::as_str)).0;
        let text = text
            .replace("[:lower:]", "a-z")
            .replace("[:upper:]", "A-Z")
            .replace("[:digit:]", "0-9")
            .replace("[:alpha:]", "a-zA-Z")
            .replace("[:alnum:]", "a-zA-Z0-9")
            .replace("[:space:]", " \t\n\r");
        let chars: Vec<char> = text.chars().collect();
        let (mut all, mut n) = (Vec::new(), 0);
        while n < chars.len() {
            if chars.get(n + 1) == Some(&'-') && n + 2 < chars.len() {
                all.extend(chars[n]..=chars[n + 2]);
                n += 3;
            } else {
                all.push(chars[n]);
                n += 1;
            }
        }
        all
    };
    let (from, to) = (set(0), set(1));
    let not = flags.contains('c') || flags.contains('C');
    let text = String::from_utf8_lossy(&sys.read_all().await).into_owned();
    let (mut done, mut last) = (String::new(), None);
    for c in text.chars() {
        let at = from.iter().rposition(|f| *f == c);
        let hit = at.is_some() != not;
        if hit && flags.contains('d') {
            continue;
        }
        let new = match (hit, at) {
            (true, Some(at)) if !to.is_empty() => to[at.min(to.len() - 1)],
            (true, None) if !to.is_empty() => to[to.len() - 1],
            _ => c,
        };
        let squeezed = if to.is_empty() { hit } else { to.contains(&new) };
        if flags.contains('s') && squeezed && last == Some(new) {
            continue;
        }
        last = Some(new);
        done.push(new);
    }
    sys.out(done).await;
    0
}

pub(super) async fn tee(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, "");
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let paths: Vec<String> = paths.iter().map(|path| absolute(&cwd, path)).collect();
    let (wanted, append) = (paths.clone(), flags.contains('a'));
    sys.files(move |files, now| {
        for path in wanted {
            if !append || files.get(&path).is_none() {
                // Where it cannot be written, only the copy is missing.
                let _ = files.write(&path, "", now);
            }
        }
    })
    .await;
    loop {
        let some = sys.read().await;
        if some.is_empty() {
            return 0;
        }
        let (wanted, bytes) = (paths.clone(), some.clone());
        sys.files(move |files, now| wanted.iter().for_each(|path| files.append(path, &bytes, now))).await;
        sys.out(some).await;
    }
}

//! `sort`, `uniq` and `comm`.

use super::arguments::{lines, options};
use super::inputs;
use crate::sandbox::host::sys::Sys;

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

/// Lines of two sorted files: those of the first, of the second, of both.
pub(super) async fn comm(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, "");
    if paths.len() < 2 {
        let after = paths.first().map(|path| format!(" after '{path}'")).unwrap_or_default();
        sys.err(format!("comm: missing operand{after}\nTry 'comm --help' for more information.\n")).await;
        return 1;
    }
    let (found, code) = inputs(sys, "comm", &paths[..2]).await;
    if code != 0 {
        return code;
    }
    let [left, right] = [0, 1].map(|n| found.get(n).map(|(_, content)| lines(content)).unwrap_or_default());
    let indent = |column: usize| "\t".repeat(["1", "2"].iter().take(column).filter(|c| !flags.contains(**c)).count());
    let (mut a, mut b, mut text) = (left.iter().peekable(), right.iter().peekable(), String::new());
    loop {
        let (column, line) = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(x), Some(y)) if x == y => {
                a.next();
                (2, b.next())
            }
            (Some(x), Some(y)) if x < y => (0, a.next()),
            (Some(_), None) => (0, a.next()),
            _ => (1, b.next()),
        };
        if let Some(line) = line.filter(|_| !flags.contains(["1", "2", "3"][column])) {
            text += &format!("{}{line}\n", indent(column));
        }
    }
    sys.out(text).await;
    0
}

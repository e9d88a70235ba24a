//! `cut` and `tr`.

use super::arguments::{lines, options};
use super::inputs;
use crate::sandbox::host::sys::Sys;

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

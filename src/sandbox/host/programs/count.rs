//! `wc`.

use super::arguments::options;
use super::{busybox, inputs};
use crate::sandbox::host::sys::Sys;

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

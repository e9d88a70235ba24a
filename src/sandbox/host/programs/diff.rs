//! `diff` of two files: in GNU's normal format or as a unified diff, which busybox's always is.

use super::super::files::absolute;
use super::super::sys::Sys;
use super::{arguments, busybox};

/// Lines around a change in a unified diff.
const CONTEXT: usize = 3;

/// Where lines of one file stand for lines of the other: from and to in the first, from and to in the second.
type Change = (usize, usize, usize, usize);

pub(super) async fn diff(sys: &Sys, args: &[String]) -> i32 {
    let (flags, values, operands) = arguments::options(args, "U");
    let ash = busybox(sys).await;
    if let Some(letter) = flags.chars().find(|letter| !"uqabBiwtdsN".contains(*letter)) {
        sys.err(format!("diff: the option -{letter} is not modelled in kpnb's sandbox\n")).await;
        return 2;
    }
    let [from, to] = &operands[..] else {
        sys.err(format!("diff: missing operand after '{}'\n", args.last().map_or("", String::as_str))).await;
        return 2;
    };
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let mut read = Vec::new();
    for path in [from, to] {
        let full = absolute(&cwd, path);
        let found = sys.files(move |files, _| files.get(&full).filter(|entry| !entry.is_dir())).await;
        let Some(entry) = found else {
            let why = if ash { format!("can't stat '{path}'") } else { path.clone() };
            sys.err(format!("diff: {why}: No such file or directory\n")).await;
            return 2;
        };
        let text = String::from_utf8_lossy(&entry.content).into_owned();
        read.push((text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>(), entry.mtime));
    }
    let (old, new) = (&read[0].0, &read[1].0);
    if old == new {
        return 0;
    }
    if flags.contains('q') {
        sys.out(format!("Files {from} and {to} differ\n")).await;
        return 1;
    }
    let changes = changes(old, new);
    let unified = ash || flags.contains('u') || !values.is_empty();
    let context = values.first().and_then(|(_, count)| count.parse().ok()).unwrap_or(CONTEXT);
    let mut text = String::new();
    if unified {
        for ((mark, path), (_, changed)) in [("---", from), ("+++", to)].into_iter().zip(&read) {
            let time = changed.strftime("%Y-%m-%d %H:%M:%S.%9f +0000");
            text += &if ash { format!("{mark} {path}\n") } else { format!("{mark} {path}\t{time}\n") };
        }
        text += &hunks(old, new, &changes, context);
    } else {
        text += &changes.iter().map(|change| normal(old, new, *change)).collect::<String>();
    }
    sys.out(text).await;
    1
}

/// What changes the one into the other, keeping as many lines as can be.
fn changes(old: &[String], new: &[String]) -> Vec<Change> {
    // The longest common subsequence of what is left from each place on.
    let mut longest = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            longest[a][b] = match old[a] == new[b] {
                true => longest[a + 1][b + 1] + 1,
                false => longest[a + 1][b].max(longest[a][b + 1]),
            };
        }
    }
    let (mut found, mut a, mut b) = (Vec::new(), 0, 0);
    while a < old.len() || b < new.len() {
        let (from_a, from_b) = (a, b);
        while a < old.len() || b < new.len() {
            if a < old.len() && b < new.len() && old[a] == new[b] {
                break;
            }
            if a < old.len() && (b == new.len() || longest[a + 1][b] >= longest[a][b + 1]) {
                a += 1;
            } else {
                b += 1;
            }
        }
        if (a, b) != (from_a, from_b) {
            found.push((from_a, a, from_b, b));
        }
        while a < old.len() && b < new.len() && old[a] == new[b] {
            (a, b) = (a + 1, b + 1);
        }
    }
    found
}

/// Lines behind a mark; the last may lack its end.
fn marked(mark: &str, lines: &[String]) -> String {
    let shown = |line: &String| match line.ends_with('\n') {
        true => format!("{mark}{line}"),
        false => format!("{mark}{line}\n\\ No newline at end of file\n"),
    };
    lines.iter().map(shown).collect()
}

fn normal(old: &[String], new: &[String], (a, to_a, b, to_b): Change) -> String {
    let range = |from: usize, to: usize| match to - from {
        0 => from.to_string(),
        1 => to.to_string(),
        _ => format!("{},{to}", from + 1),
    };
    let (left, right) = (range(a, to_a), range(b, to_b));
    let (gone, come) = (marked("< ", &old[a..to_a]), marked("> ", &new[b..to_b]));
    match (to_a - a, to_b - b) {
        (0, _) => format!("{left}a{right}\n{come}"),
        (_, 0) => format!("{left}d{right}\n{gone}"),
        _ => format!("{left}c{right}\n{gone}---\n{come}"),
    }
}

fn hunks(old: &[String], new: &[String], changes: &[Change], context: usize) -> String {
    let mut text = String::new();
    // Changes whose contexts touch are told together.
    for group in changes.chunk_by(|one, next| next.0 - one.1 <= 2 * context) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (a, b) = (first.0.saturating_sub(context), first.2.saturating_sub(context));
        let (to_a, to_b) = ((last.1 + context).min(old.len()), (last.3 + context).min(new.len()));
        let range = |from: usize, to: usize| match to - from {
            0 => format!("{from},0"),
            1 => to.to_string(),
            count => format!("{},{count}", from + 1),
        };
        text += &format!("@@ -{} +{} @@\n", range(a, to_a), range(b, to_b));
        let mut at = a;
        for (from, to, come, to_come) in group {
            text += &marked(" ", &old[at..*from]);
            text += &marked("-", &old[*from..*to]);
            text += &marked("+", &new[*come..*to_come]);
            at = *to;
        }
        text += &marked(" ", &old[at..to_a]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split_inclusive('\n').map(str::to_owned).collect()
    }

    /// As GNU diff told them.
    #[test]
    fn files_are_told_apart_in_both_formats() {
        let (old, new) = (lines("a\nb\nc\nd\n"), lines("a\nB\nc\ne\nd\n"));
        let changes = changes(&old, &new);
        let told: String = changes.iter().map(|change| normal(&old, &new, *change)).collect();
        assert_eq!(told, "2c2\n< b\n---\n> B\n3a4\n> e\n");
        let unified = hunks(&old, &new, &changes, CONTEXT);
        assert_eq!(unified, "@@ -1,4 +1,5 @@\n a\n-b\n+B\n c\n+e\n d\n");
        let long = |last: &str| lines(&format!("x\n1\n2\n3\n4\n5\n6\n7\n8\n{last}"));
        let (old, mut new) = (long("y"), long("z\n"));
        new.remove(0);
        let changes = super::changes(&old, &new);
        let unified = hunks(&old, &new, &changes, CONTEXT);
        assert_eq!(
            unified,
            "@@ -1,4 +1,3 @@\n-x\n 1\n 2\n 3\n@@ -7,4 +6,4 @@\n 6\n 7\n 8\n-y\n\\ No newline at end of file\n+z\n"
        );
    }
}

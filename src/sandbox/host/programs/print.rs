//! `echo`, `printf` and `seq`.

use super::arguments::options;
use super::escapes;
use crate::sandbox::host::sys::Sys;

pub(super) async fn echo(sys: &Sys, args: &[String]) -> i32 {
    let mut rest = &args[1..];
    let (mut newline, mut reads) = (true, false);
    while let Some(flag) = rest.first().filter(|arg| matches!(arg.as_str(), "-n" | "-e" | "-ne" | "-en" | "-E")) {
        newline &= !flag.contains('n');
        reads |= flag.contains('e');
        rest = &rest[1..];
    }
    let text = rest.join(" ");
    let text = if reads { escapes(&text).0 } else { text };
    sys.out(if newline { text + "\n" } else { text }).await;
    0
}

pub(super) async fn printf(sys: &Sys, args: &[String]) -> i32 {
    let Some(format) = args.get(1) else {
        sys.err("printf: usage: printf format [arguments]\n").await;
        return 2;
    };
    let format: Vec<char> = escapes(format).0.chars().collect();
    let mut values = args[2..].iter().peekable();
    let (mut text, mut code) = (String::new(), 0);
    loop {
        let (mut at, mut used) = (0, false);
        while at < format.len() {
            if format[at] != '%' {
                text.push(format[at]);
                at += 1;
                continue;
            }
            at += 1;
            if format.get(at) == Some(&'%') {
                text.push('%');
                at += 1;
                continue;
            }
            let end = format[at..].iter().position(char::is_ascii_alphabetic).map_or(format.len(), |n| at + n);
            let spec: String = format[at..end].iter().collect();
            let kind = format.get(end).copied().unwrap_or('s');
            at = end + 1;
            used = true;
            let value = values.next().cloned().unwrap_or_default();
            let (left, zero) = (spec.contains('-'), spec.starts_with('0'));
            let (width, precision) = spec.trim_start_matches(['-', '0', '+', ' ']).split_once('.').map_or_else(
                || (spec.trim_start_matches(['-', '0', '+', ' ']), None),
                |(w, p)| (w, p.parse::<usize>().ok()),
            );
            let width: usize = width.parse().unwrap_or(0);
            let number = || match value.strip_prefix("0x") {
                Some(hex) => i64::from_str_radix(hex, 16).ok(),
                None => value.trim().parse::<i64>().ok(),
            };
            let shown = match kind {
                'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                    let number = number().unwrap_or_else(|| {
                        code = i32::from(!value.is_empty());
                        0
                    });
                    match kind {
                        'x' => format!("{number:x}"),
                        'X' => format!("{number:X}"),
                        'o' => format!("{number:o}"),
                        _ => number.to_string(),
                    }
                }
                'f' => format!("{:.*}", precision.unwrap_or(6), value.parse::<f64>().unwrap_or(0.0)),
                'c' => value.chars().take(1).collect(),
                'b' => escapes(&value).0,
                _ => value.chars().take(precision.unwrap_or(usize::MAX)).collect(),
            };
            let pad = width.saturating_sub(shown.chars().count());
            if left {
                text += &shown;
                text += &" ".repeat(pad);
            } else {
                text += &(if zero && kind != 's' { "0" } else { " " }).repeat(pad);
                text += &shown;
            }
        }
        if !used || values.peek().is_none() {
            break;
        }
    }
    sys.out(text).await;
    code
}

pub(super) async fn seq(sys: &Sys, args: &[String]) -> i32 {
    let (_, values, mut numbers) = options(args, "s");
    if numbers.is_empty() {
        // Negative numbers look like options.
        numbers = args[1..].to_vec();
    }
    let separator = values.first().map_or("\n".to_owned(), |(_, separator)| separator.clone());
    let Ok(numbers) = numbers.iter().map(|n| n.parse::<i64>()).collect::<Result<Vec<_>, _>>() else {
        sys.err("seq: invalid floating point argument\n").await;
        return 1;
    };
    let (from, step, to) = match numbers.as_slice() {
        [to] => (1, 1, *to),
        [from, to] => (*from, 1, *to),
        [from, step, to] if *step != 0 => (*from, *step, *to),
        _ => {
            sys.err("seq: missing operand\n").await;
            return 1;
        }
    };
    let (mut at, mut text) = (from, String::new());
    while if step > 0 { at <= to } else { at >= to } {
        if !text.is_empty() {
            text += &separator;
        }
        text += &at.to_string();
        at += step;
        if text.len() > 65_536 {
            sys.out(std::mem::take(&mut text)).await;
            sys.out(&separator).await;
            sys.tick().await;
        }
    }
    sys.out(if text.is_empty() { text } else { text + "\n" }).await;
    0
}

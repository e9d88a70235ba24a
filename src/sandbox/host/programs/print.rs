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
            if "diuxXo".contains(kind) && whole(&value).is_none() {
                code = i32::from(!value.is_empty());
            }
            text += &formatted(&spec, kind, &value).unwrap_or_default();
        }
        if !used || values.peek().is_none() {
            break;
        }
    }
    sys.out(text).await;
    code
}

fn whole(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.trim().parse().ok(),
    }
}

/// A value as `%SPECkind` of printf(3) shows it; none: there is no such kind.
pub(super) fn formatted(spec: &str, kind: char, value: &str) -> Option<String> {
    let flags: String = spec.chars().take_while(|c| "-0+ #".contains(*c)).collect();
    let (width, precision) = match spec[flags.len()..].split_once('.') {
        Some((width, precision)) => (width, Some(precision.parse::<usize>().unwrap_or(0))),
        None => (&spec[flags.len()..], None),
    };
    let width: usize = width.parse().unwrap_or(0);
    let real = || value.trim().parse::<f64>().unwrap_or(0.0);
    let number = whole(value).unwrap_or(0);
    let mut shown = match kind {
        'd' | 'i' | 'u' => number.to_string(),
        'x' => format!("{number:x}"),
        'X' => format!("{number:X}"),
        'o' => format!("{number:o}"),
        'f' | 'F' => format!("{:.*}", precision.unwrap_or(6), real()),
        'e' | 'E' => exponent(real(), precision.unwrap_or(6), kind),
        'g' | 'G' => general(real(), precision.unwrap_or(6).max(1), kind),
        'c' => value.chars().take(1).collect(),
        'b' => escapes(value).0,
        's' => value.chars().take(precision.unwrap_or(usize::MAX)).collect(),
        _ => return None,
    };
    let is_number = !"cbs".contains(kind);
    if is_number && flags.contains('+') && !shown.starts_with('-') {
        shown.insert(0, '+');
    }
    let pad = width.saturating_sub(shown.chars().count());
    if flags.contains('-') {
        return Some(shown + " ".repeat(pad).as_str());
    }
    if flags.contains('0') && is_number {
        let sign = usize::from(shown.starts_with(['-', '+']));
        shown.insert_str(sign, &"0".repeat(pad));
        return Some(shown);
    }
    Some(" ".repeat(pad) + shown.as_str())
}

/// `1.500000e+00`.
fn exponent(number: f64, precision: usize, kind: char) -> String {
    let text = format!("{number:.precision$e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{digits}{kind}{sign}{power:0>2}")
}

/// `%g`: as many digits as there are, at most `precision`.
fn general(number: f64, precision: usize, kind: char) -> String {
    let scientific = exponent(number, precision - 1, if kind == 'g' { 'e' } else { 'E' });
    let power: i64 = scientific.split(['e', 'E']).nth(1).and_then(|power| power.parse().ok()).unwrap_or(0);
    let short = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    let most = i64::try_from(precision).unwrap_or(i64::MAX);
    if power < -4 || power >= most {
        let (digits, rest) = scientific.split_at(scientific.find(['e', 'E']).unwrap_or(scientific.len()));
        return short(digits) + rest;
    }
    let decimals = usize::try_from(most - 1 - power).unwrap_or(0);
    short(&format!("{number:.decimals$}"))
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

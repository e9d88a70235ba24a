//! Go's string literals, as `fmt.Sscanf` reads a `%q`.

/// The text of a literal in double quotes at the start, and what follows it; none where there is no such.
pub(super) fn double(text: &str) -> Option<(String, &str)> {
    let mut bytes = Vec::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => return Some((String::from_utf8_lossy(&bytes).into_owned(), rest)),
            '\n' => return None,
            '\\' => rest = escape(rest, &mut bytes)?,
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// A literal in double quotes or backticks at the start, after any spaces, and what follows it.
pub(super) fn literal(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches(' ');
    match text.strip_prefix('`') {
        Some(raw) => raw.split_once('`').map(|(inside, rest)| (inside.to_owned(), rest)),
        None => double(text),
    }
}

/// What stands after a backslash; returns what follows it.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let kind = text.chars().next()?;
    let simple = match kind {
        'a' => Some(7),
        'b' => Some(8),
        'f' => Some(12),
        'n' => Some(b'\n'),
        'r' => Some(b'\r'),
        't' => Some(b'\t'),
        'v' => Some(11),
        '\\' => Some(b'\\'),
        '"' => Some(b'"'),
        _ => None,
    };
    if let Some(byte) = simple {
        bytes.push(byte);
        return Some(&text[1..]);
    }
    let (start, length, radix) = match kind {
        'x' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        '0'..='7' => (0, 3, 8),
        _ => return None,
    };
    let code = u32::from_str_radix(text.get(start..start + length)?, radix).ok()?;
    match kind {
        'u' | 'U' => bytes.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes()),
        _ => bytes.push(u8::try_from(code).ok()?),
    }
    Some(&text[start + length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_literals() {
        assert_eq!(double(r#""a\n\"\\\x41\101\u00e9" b"#), Some(("a\n\"\\AAé".to_owned(), " b")));
        assert_eq!(literal(" `a\\n`)"), Some(("a\\n".to_owned(), ")")));
        for wrong in ["a", "\"a", r#""\q""#, r#""\x4""#, r#""\400""#] {
            assert_eq!(literal(wrong), None, "{wrong}");
        }
    }
}

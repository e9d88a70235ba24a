//! Descriptions in lines of 80 columns.
//!
//! Source: k8s.io/kubectl v0.20 `pkg/explain/formatter.go`.

/// The width of a page.
const WIDTH: usize = 80;

/// The text set in by `indent`, each line with its newline. Lines are joined and broken anew, but code, empty lines and
/// lists stay as they are, and so does a line's end behind a colon.
pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for source in text.split('\n') {
        if source.starts_with("    ") {
            flush(&mut lines, &mut line);
            lines.push(source.to_owned());
            continue;
        }
        if !lines.is_empty() && source.trim().is_empty() {
            flush(&mut lines, &mut line);
            lines.push(String::new());
            continue;
        }
        if line.ends_with(':') || source.trim().is_empty() || is_item(source.trim()) {
            flush(&mut lines, &mut line);
        }
        for word in source.split_whitespace() {
            if !line.is_empty() && line.len() + 1 + word.len() > WIDTH - indent {
                flush(&mut lines, &mut line);
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    flush(&mut lines, &mut line);
    lines.iter().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{:indent$}{line}\n", "") }).collect()
}

fn flush(lines: &mut Vec<String>, line: &mut String) {
    if !line.is_empty() {
        lines.push(std::mem::take(line));
    }
}

/// `- x`, `* x`, `1. x`, `1 x`.
fn is_item(line: &str) -> bool {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = match line.strip_prefix(['-', '*']) {
        Some(rest) => rest,
        None if digits.len() < line.len() => digits.strip_prefix('.').unwrap_or(digits),
        None => return false,
    };
    rest.starts_with(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_filled() {
        assert_eq!(wrapped("a\nb", 2), "  a b\n");
        let words = "word ".repeat(16);
        assert_eq!(wrapped(&words, 5), format!("     {}\n     word\n", "word ".repeat(15).trim_end()));
        assert_eq!(wrapped("", 5), "");
    }

    #[test]
    fn lists_code_and_paragraphs_stay() {
        assert_eq!(
            wrapped("one of:\nx\n- y\n* z\n1. u\n\nv\n    code\nw", 1),
            " one of:\n x\n - y\n * z\n 1. u\n\n v\n     code\n w\n"
        );
    }
}

//! Command lines as most programs read them, and the lines of what they read.

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

pub(super) fn lines(content: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(content).lines().map(str::to_owned).collect()
}

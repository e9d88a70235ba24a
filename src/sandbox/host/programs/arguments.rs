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

/// What getopt_long(3) says of an option that a program does not have; none: it has it. `short` and `long` are those that it
/// has; a long one may be cut short.
pub(super) fn unrecognized(program: &str, option: &str, short: &str, long: &str) -> Option<String> {
    if let Some(name) = option.strip_prefix("--") {
        let known = long.split_whitespace().any(|known| known.starts_with(name));
        return (!known).then(|| format!("{program}: unrecognized option '{option}'\n"));
    }
    let unknown = option.chars().skip(1).find(|letter| !short.contains(*letter))?;
    Some(format!("{program}: invalid option -- '{unknown}'\n"))
}

pub(super) fn lines(content: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(content).lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::unrecognized;

    #[test]
    fn options_that_a_program_has_not_are_told_as_getopt_tells_them() {
        let told = |option: &str| unrecognized("x", option, "ab", "all before").unwrap_or_default();
        assert_eq!((told("-ab"), told("--all"), told("--bef")), Default::default());
        assert_eq!(told("-ac"), "x: invalid option -- 'c'\n");
        assert_eq!(told("--alls"), "x: unrecognized option '--alls'\n");
    }
}

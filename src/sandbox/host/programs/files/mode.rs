//! `chmod` and `chown`.

use super::cwd;
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::programs::busybox;
use crate::sandbox::host::sys::Sys;

/// The mode that `chmod` makes of one: octal, or `u+x,g-w` and the like.
pub(super) fn mode(old: u32, text: &str, is_dir: bool) -> Option<u32> {
    if text.chars().all(|c| c.is_digit(8)) {
        return u32::from_str_radix(text, 8).ok();
    }
    let mut mode = old;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, op, what) = (&clause[..at], clause.as_bytes()[at], &clause[at + 1..]);
        let mut mask = 0;
        for (name, bits) in [('u', 0o700), ('g', 0o070), ('o', 0o007)] {
            // Without a name all, as far as the umask 022 lets it.
            if who.is_empty() || who.contains('a') || who.contains(name) {
                mask |= bits;
            }
        }
        let mut bits = 0;
        for c in what.chars() {
            bits |= match c {
                'r' => 0o444,
                'w' if who.is_empty() => 0o200,
                'w' => 0o222,
                'x' => 0o111,
                'X' if is_dir || old & 0o111 != 0 => 0o111,
                'X' | 's' | 't' => 0,
                _ => return None,
            };
        }
        bits &= mask;
        mode = match op {
            b'+' => mode | bits,
            b'-' => mode & !bits,
            _ => mode & !mask | bits,
        };
    }
    Some(mode)
}

pub(in crate::sandbox::host::programs) async fn chmod(sys: &Sys, args: &[String]) -> i32 {
    // `-x` is a mode, not an option.
    let mut rest: Vec<String> = args[1..]
        .iter()
        .filter(|arg| !matches!(arg.as_str(), "-R" | "-v" | "-f" | "-c" | "--recursive" | "--"))
        .cloned()
        .collect();
    if rest.len() < 2 {
        sys.err(format!("{0}: missing operand\nTry '{0} --help' for more information.\n", args[0])).await;
        return 1;
    }
    let (wanted, cwd, mut code, owner) = (rest.remove(0), cwd(sys).await, 0, args[0] == "chown");
    for path in rest {
        let (full, text) = (absolute(&cwd, &path), wanted.clone());
        let done = sys
            .files(move |files, _| {
                let entry = files.get(&full).ok_or("No such file or directory")?;
                if owner {
                    let (user, group) = text.split_once(':').unwrap_or((&text, ""));
                    return files.change(&full, |entry| {
                        for (given, kept) in [(user, &mut entry.user), (group, &mut entry.group)] {
                            if !given.is_empty() {
                                *kept = if given == "0" { "root".to_owned() } else { given.to_owned() };
                            }
                        }
                    });
                }
                let new = mode(entry.mode, &text, entry.is_dir()).ok_or("invalid mode")?;
                files.change(&full, |entry| entry.mode = new)
            })
            .await;
        let text = match done {
            Ok(()) => continue,
            Err("invalid mode") => format!("chmod: invalid mode: '{wanted}'\n"),
            Err(why) if busybox(sys).await => format!("{}: {path}: {why}\n", args[0]),
            Err(why) if why.starts_with("Op") && owner => format!("chown: changing ownership of '{path}': {why}\n"),
            Err(why) if why.starts_with("Op") => format!("chmod: changing permissions of '{path}': {why}\n"),
            Err(why) => format!("{}: cannot access '{path}': {why}\n", args[0]),
        };
        sys.err(text).await;
        code = 1;
    }
    code
}

#[cfg(test)]
mod tests {
    use super::mode;

    #[test]
    fn modes() {
        for (old, text, new) in [
            (0o755, "-x", 0o644),
            (0o644, "+x", 0o755),
            (0o644, "u+x,go-r", 0o700),
            (0o600, "755", 0o755),
            (0o777, "a=r", 0o444),
        ] {
            assert_eq!(mode(old, text, false), Some(new), "{text}");
        }
        assert_eq!(mode(0, "u", false), None);
    }
}

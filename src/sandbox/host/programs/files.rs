//! Programs about files: `ls`, `stat`, `chmod`, `touch`, `mkdir`, `rm`, `cp`, `mv`, `ln`, `readlink`, `find` and their like.

use super::text::options;
use super::{Env, busybox};
use crate::sandbox::host::files::{Entry, Files, Kind, absolute};
use crate::sandbox::host::runtime::make_dirs;
use crate::sandbox::host::shell::matches;
use crate::sandbox::host::sys::Sys;

async fn cwd(sys: &Sys) -> String {
    sys.process(|process| process.cwd.clone()).await
}

fn long(name: &str, entry: &Entry, links: usize, width: usize) -> String {
    let zoned = entry.mtime.to_zoned(jiff::tz::TimeZone::UTC);
    let time = jiff::fmt::strtime::format("%b %e %H:%M", &zoned).unwrap_or_default();
    let to = if let Kind::Link(to) = &entry.kind { format!(" -> {to}") } else { String::new() };
    format!("{} {links} {1} {1} {2:>width$} {time} {name}{to}\n", entry.permissions(), entry.user, entry.size)
}

pub(super) async fn ls(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, mut paths) = options(args, "");
    if paths.is_empty() {
        paths.push(".".to_owned());
    }
    let (cwd, busybox, many) = (cwd(sys).await, busybox(sys).await, paths.len() > 1);
    let (text, errors) = sys
        .files(move |files, _| {
            let (mut text, mut errors) = (String::new(), String::new());
            let shown = |entries: Vec<(String, Entry)>| {
                let width = entries.iter().map(|(_, entry)| entry.size.to_string().len()).max().unwrap_or(1);
                entries
                    .iter()
                    .map(|(name, entry)| {
                        if flags.contains('l') {
                            let links = if entry.is_dir() { 2 } else { 1 };
                            if busybox {
                                let line = long(name, entry, links, 9);
                                let (mode, rest) = line.split_at(10);
                                let fields: Vec<&str> = rest.trim_start().splitn(4, ' ').collect();
                                return format!(
                                    "{mode} {:>4} {:<8} {:<8}{}",
                                    fields[0], fields[1], fields[2], &fields[3]
                                );
                            }
                            long(name, entry, links, width)
                        } else {
                            format!("{name}\n")
                        }
                    })
                    .collect::<String>()
            };
            for (n, path) in paths.iter().enumerate() {
                let full = absolute(&cwd, path);
                let Some(entry) = files.get(&full) else {
                    errors += &if busybox {
                        format!("ls: {path}: No such file or directory\n")
                    } else {
                        format!("ls: cannot access '{path}': No such file or directory\n")
                    };
                    continue;
                };
                if !entry.is_dir() || flags.contains('d') {
                    let own = files.own(&full).unwrap_or(entry).clone();
                    text += &shown(vec![(path.clone(), own)]);
                    continue;
                }
                if many {
                    text += &format!("{}{path}:\n", if n > 0 { "\n" } else { "" });
                }
                let mut entries = files.list(&full);
                if flags.contains('a') {
                    let up = files.get(&format!("{full}/..")).unwrap_or(entry).clone();
                    entries.splice(0..0, [(".".to_owned(), entry.clone()), ("..".to_owned(), up)]);
                } else if !flags.contains('A') {
                    entries.retain(|(name, _)| !name.starts_with('.'));
                }
                if flags.contains('t') {
                    entries.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.mtime));
                }
                if flags.contains('r') {
                    entries.reverse();
                }
                if flags.contains('l') {
                    text += &format!("total {}\n", entries.iter().map(|(_, e)| e.size.div_ceil(4096) * 4).sum::<u64>());
                }
                text += &shown(entries);
            }
            (text, errors)
        })
        .await;
    sys.out(text).await;
    let code = if errors.is_empty() {
        0
    } else if busybox {
        1
    } else {
        2
    };
    sys.err(errors).await;
    code
}

pub(super) async fn stat(sys: &Sys, args: &[String]) -> i32 {
    let (_, values, mut paths) = options(args, "c");
    let mut format = values.first().map(|(_, format)| format.clone());
    for arg in args {
        if let Some(given) = arg.strip_prefix("--format=").or_else(|| arg.strip_prefix("--printf=")) {
            format = Some(given.to_owned());
        }
    }
    paths.retain(|path| !path.starts_with("--"));
    let (cwd, mut code) = (cwd(sys).await, 0);
    for path in paths {
        let full = absolute(&cwd, &path);
        let Some(entry) =
            sys.files(move |files, _| files.own(&files.resolve(&full).unwrap_or(full.clone())).cloned()).await
        else {
            let text = if busybox(sys).await {
                format!("stat: can't stat '{path}'")
            } else {
                format!("stat: cannot statx '{path}'")
            };
            sys.err(format!("{text}: No such file or directory\n")).await;
            code = 1;
            continue;
        };
        let kind = match entry.kind {
            Kind::Dir => "directory",
            Kind::File if entry.size == 0 => "regular empty file",
            Kind::File => "regular file",
            Kind::Link(_) => "symbolic link",
        };
        let time = entry.mtime.to_zoned(jiff::tz::TimeZone::UTC);
        let time = jiff::fmt::strtime::format("%Y-%m-%d %H:%M:%S.%9f +0000", &time).unwrap_or_default();
        let text = match &format {
            Some(format) => {
                let replaced = format
                    .replace("%a", &format!("{:o}", entry.mode))
                    .replace("%A", &entry.permissions())
                    .replace("%n", &path)
                    .replace("%s", &entry.size.to_string())
                    .replace("%U", &entry.user)
                    .replace("%G", &entry.user)
                    .replace("%u", "0")
                    .replace("%g", "0")
                    .replace("%F", kind)
                    .replace("%y", &time)
                    .replace("%Y", &entry.mtime.as_second().to_string());
                replaced + "\n"
            }
            None => format!(
                "  File: {path}\n  Size: {:<15} Blocks: {:<10} IO Block: 4096   {kind}\nDevice: 0,50\tInode: 1           Links: 1\n\
                 Access: ({:04o}/{})  Uid: (    0/    root)   Gid: (    0/    root)\nAccess: {time}\nModify: {time}\nChange: {time}\n Birth: -\n",
                entry.size,
                entry.size.div_ceil(512),
                entry.mode,
                entry.permissions(),
            ),
        };
        sys.out(text).await;
    }
    code
}

/// The mode that `chmod` makes of one: octal, or `u+x,g-w` and the like.
fn mode(old: u32, text: &str, is_dir: bool) -> Option<u32> {
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

pub(super) async fn chmod(sys: &Sys, args: &[String]) -> i32 {
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
                let entry = files.get(&full).cloned().ok_or("No such file or directory")?;
                if owner {
                    let user = text.split(':').next().unwrap_or_default().to_owned();
                    return files.change(&full, |entry| entry.user = user);
                }
                let new = mode(entry.mode, &text, entry.is_dir()).ok_or("invalid mode")?;
                files.change(&full, |entry| entry.mode = new)
            })
            .await;
        let text = match done {
            Ok(()) => continue,
            Err("invalid mode") => format!("chmod: invalid mode: '{wanted}'\n"),
            Err(why) if busybox(sys).await => format!("{}: {path}: {why}\n", args[0]),
            Err(why) => format!("{}: cannot access '{path}': {why}\n", args[0]),
        };
        sys.err(text).await;
        code = 1;
    }
    code
}

pub(super) async fn change(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, if args[0] == "rm" { "" } else { "m" });
    let (cwd, mut code) = (cwd(sys).await, 0);
    for path in paths {
        let (full, flags, program) = (absolute(&cwd, &path), flags.clone(), args[0].clone());
        let done = sys.files(move |files, now| change_one(files, now, &program, &flags, &full)).await;
        if let Err(why) = done {
            code = 1;
            let text = match args[0].as_str() {
                "mkdir" => format!("mkdir: cannot create directory '{path}': {why}\n"),
                "touch" => format!("touch: cannot touch '{path}': {why}\n"),
                "rmdir" => format!("rmdir: failed to remove '{path}': {why}\n"),
                _ => format!("rm: cannot remove '{path}': {why}\n"),
            };
            sys.err(text).await;
        }
    }
    code
}

fn change_one(
    files: &mut Files,
    now: jiff::Timestamp,
    program: &str,
    flags: &str,
    full: &str,
) -> Result<(), &'static str> {
    let found = files.own(&clean(files, full)).cloned();
    match (program, found) {
        ("mkdir", Some(_)) if flags.contains('p') => Ok(()),
        ("mkdir", Some(_)) => Err("File exists"),
        ("mkdir", None) => {
            if flags.contains('p') {
                make_dirs(files, full, now);
            }
            files.put(full, Entry::dir(0o755, now))
        }
        ("touch", Some(_)) => files.change(full, |entry| entry.mtime = now),
        ("touch", None) => files.put(full, Entry::file(0o644, "", now)),
        (_, None) if flags.contains('f') => Ok(()),
        (_, None) => Err("No such file or directory"),
        ("rmdir", Some(entry)) if !entry.is_dir() => Err("Not a directory"),
        ("rmdir", Some(_)) if !files.list(full).is_empty() => Err("Directory not empty"),
        ("rm", Some(entry)) if entry.is_dir() && !flags.contains(['r', 'R']) => Err("Is a directory"),
        _ => {
            files.remove(&clean(files, full));
            Ok(())
        }
    }
}

/// The path of an entry itself: its directory's links are followed, its own is not.
fn clean(files: &Files, path: &str) -> String {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some((dir, name)) if !matches!(name, "." | "..") => {
            let dir = files.resolve(dir).unwrap_or_else(|| dir.to_owned());
            format!("{}/{name}", dir.trim_end_matches('/'))
        }
        _ => files.resolve(path).unwrap_or_else(|| path.to_owned()),
    }
}

pub(super) async fn copy(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, mut paths) = options(args, "");
    let (Some(to), false) = (paths.pop(), paths.is_empty()) else {
        sys.err(format!("{}: missing file operand\n", args[0])).await;
        return 1;
    };
    let (cwd, mut code) = (cwd(sys).await, 0);
    for from in paths {
        let (source, mut target) = (absolute(&cwd, &from), absolute(&cwd, &to));
        let (program, flags, text) = (args[0].clone(), flags.clone(), from.clone());
        let done = sys
            .files(move |files, now| {
                if files.get(&target).is_some_and(Entry::is_dir) {
                    target =
                        format!("{target}/{}", source.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
                }
                if program == "ln" && flags.contains('s') {
                    return files.put(&target, Entry::link(&text, now));
                }
                let entry = files.get(&source).cloned().ok_or("No such file or directory")?;
                let (source, target) = (clean(files, &source), clean(files, &target));
                if entry.is_dir() && program != "mv" && !flags.contains(['r', 'R', 'a']) {
                    return Err("omitting directory");
                }
                copy_tree(files, &source, &target)?;
                if program == "mv" {
                    files.remove(&source);
                }
                Ok(())
            })
            .await;
        match done {
            Ok(()) => {}
            Err("omitting directory") => {
                sys.err(format!("cp: -r not specified; omitting directory '{from}'\n")).await;
                code = 1;
            }
            Err(why) => {
                sys.err(format!("{}: cannot stat '{from}': {why}\n", args[0])).await;
                code = 1;
            }
        }
    }
    code
}

fn copy_tree(files: &mut Files, from: &str, to: &str) -> Result<(), &'static str> {
    let entry = files.own(from).cloned().ok_or("No such file or directory")?;
    let inside = if entry.is_dir() { files.list(from) } else { Vec::new() };
    files.put(to, entry)?;
    for (name, _) in inside {
        copy_tree(files, &format!("{from}/{name}"), &format!("{to}/{name}"))?;
    }
    Ok(())
}

pub(super) async fn path(sys: &Sys, args: &[String], env: &Env) -> i32 {
    let (_, _, paths) = options(args, "s");
    let (cwd, mut code) = (cwd(sys).await, 0);
    for (n, path) in paths.iter().enumerate() {
        let (full, program, name, env, cwd) =
            (absolute(&cwd, path), args[0].clone(), path.clone(), env.clone(), cwd.clone());
        let follows = args.iter().any(|arg| arg.starts_with('-') && (arg.contains('f') || arg.contains('e')));
        let text = match program.as_str() {
            "basename" => {
                let base = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let suffix = paths.get(1).map_or("", String::as_str);
                Some(if base == suffix { base } else { base.strip_suffix(suffix).unwrap_or(base) }.to_owned())
            }
            "dirname" => Some(match path.trim_end_matches('/').rsplit_once('/') {
                Some(("", _)) => "/".to_owned(),
                Some((dir, _)) => dir.to_owned(),
                None => ".".to_owned(),
            }),
            "which" => sys.files(move |files, _| super::find(files, &env, &cwd, &name).ok()).await,
            _ => {
                sys.files(move |files, _| {
                    if program == "realpath" || follows {
                        return files.resolve(&full).filter(|path| files.own(path).is_some());
                    }
                    match &files.own(&clean(files, &full))?.kind {
                        Kind::Link(to) => Some(to.clone()),
                        _ => None,
                    }
                })
                .await
            }
        };
        match text {
            Some(text) => sys.out(text + "\n").await,
            None => {
                if args[0] == "realpath" {
                    sys.err(format!("realpath: {path}: No such file or directory\n")).await;
                }
                code = 1;
            }
        }
        if args[0] == "basename" && n == 0 {
            break;
        }
    }
    code
}

pub(super) async fn find(sys: &Sys, args: &[String]) -> i32 {
    let mut rest = args[1..].iter().peekable();
    let mut roots = Vec::new();
    while let Some(root) = rest.next_if(|arg| !arg.starts_with('-') && *arg != "!") {
        roots.push(root.clone());
    }
    if roots.is_empty() {
        roots.push(".".to_owned());
    }
    let (mut names, mut kind, mut deepest, mut shallowest, mut deletes) = (Vec::new(), None, usize::MAX, 0, false);
    let mut not = false;
    while let Some(arg) = rest.next() {
        let mut value = || rest.next().cloned().unwrap_or_default();
        match arg.as_str() {
            "-name" | "-iname" | "-path" => names.push((arg == "-path", std::mem::take(&mut not), value())),
            "-type" => kind = Some(value()),
            "-maxdepth" => deepest = value().parse().unwrap_or(usize::MAX),
            "-mindepth" => shallowest = value().parse().unwrap_or(0),
            "!" | "-not" => not = true,
            "-print" | "-a" => {}
            "-delete" => deletes = true,
            other => {
                sys.err(format!("find: {other} is not modelled in kpnb's sandbox\n")).await;
                return 1;
            }
        }
    }
    let (cwd, mut code) = (cwd(sys).await, 0);
    for root in roots {
        let cwd = cwd.clone();
        let (names, kind, shown) = (names.clone(), kind.clone(), root.clone());
        let found = sys
            .files(move |files, _| {
                files.get(&absolute(&cwd, &root))?;
                let (mut found, mut todo) = (Vec::new(), vec![(root.clone(), 0)]);
                while let Some((path, depth)) = todo.pop() {
                    let full = absolute(&cwd, &path);
                    let Some(entry) = files.own(&clean(files, &full)).or_else(|| files.get(&full)).cloned() else {
                        continue;
                    };
                    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                    let letter = match entry.kind {
                        Kind::Dir => "d",
                        Kind::File => "f",
                        Kind::Link(_) => "l",
                    };
                    let fits = names
                        .iter()
                        .all(|(whole, not, pattern)| matches(pattern, if *whole { &path } else { name }) != *not);
                    if fits && depth >= shallowest && kind.as_ref().is_none_or(|kind| kind == letter) {
                        found.push(path.clone());
                    }
                    if entry.is_dir() && depth < deepest {
                        let below = files.list(&full).into_iter().rev();
                        todo.extend(
                            below.map(|(name, _)| (format!("{}/{name}", path.trim_end_matches('/')), depth + 1)),
                        );
                    }
                }
                if deletes {
                    for path in &found {
                        files.remove(&clean(files, &absolute(&cwd, path)));
                    }
                }
                Some(found)
            })
            .await;
        match found {
            Some(found) if !deletes => sys.out(found.into_iter().map(|path| path + "\n").collect::<String>()).await,
            Some(_) => {}
            None => {
                let quote = if busybox(sys).await { shown.clone() } else { format!("'{shown}'") };
                sys.err(format!("find: {quote}: No such file or directory\n")).await;
                code = 1;
            }
        }
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

//! `ls` and `stat`.

use super::cwd;
use crate::sandbox::host::files::{Entry, Kind, absolute};
use crate::sandbox::host::programs::arguments::options;
use crate::sandbox::host::programs::busybox;
use crate::sandbox::host::sys::Sys;

fn long(name: &str, entry: &Entry, links: usize, width: usize) -> String {
    let zoned = entry.mtime.to_zoned(jiff::tz::TimeZone::UTC);
    let time = jiff::fmt::strtime::format("%b %e %H:%M", &zoned).unwrap_or_default();
    let to = if let Kind::Link(to) = &entry.kind { format!(" -> {to}") } else { String::new() };
    let (user, group) = (&entry.user, &entry.group);
    format!("{} {links} {user} {group} {:>width$} {time} {name}{to}\n", entry.permissions(), entry.size)
}

pub(in crate::sandbox::host::programs) async fn ls(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, mut paths) = options(args, "");
    if paths.is_empty() {
        paths.push(".".to_owned());
    }
    let (cwd, busybox, many) = (cwd(sys).await, busybox(sys).await, paths.len() > 1 || flags.contains('R'));
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
                                    "{mode} {:>4} {:<8} {:<8} {}",
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
            // What is no folder comes first.
            paths.sort_by_key(|path| {
                let dir = files.get(&absolute(&cwd, path)).is_some_and(|entry| entry.is_dir());
                (dir && !flags.contains('d'), path.clone())
            });
            let mut todo: std::collections::VecDeque<String> = paths.into();
            let mut n = 0;
            while let Some(path) = todo.pop_front() {
                let path = &path;
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
                    text += &format!("{}{path}:\n", if n > 0 || !text.is_empty() { "\n" } else { "" });
                }
                n += 1;
                let mut entries = files.list(&full);
                if flags.contains('a') {
                    let up = files.get(&format!("{full}/..")).unwrap_or_else(|| entry.clone());
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
                if flags.contains('R') {
                    let below =
                        entries.iter().rev().filter(|(name, entry)| entry.is_dir() && !matches!(&name[..], "." | ".."));
                    for (name, _) in below {
                        todo.push_front(format!("{}/{name}", path.trim_end_matches('/')));
                    }
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

pub(in crate::sandbox::host::programs) async fn stat(sys: &Sys, args: &[String]) -> i32 {
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
        let Some(entry) = sys.files(move |files, _| files.own(&files.resolve(&full).unwrap_or(full.clone()))).await
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
                    .replace("%G", &entry.group)
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

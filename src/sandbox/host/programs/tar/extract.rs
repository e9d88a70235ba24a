//! `tar x` and `tar t`.

use super::{Asked, cannot_open, code, enter};
use crate::sandbox::host::archive::{self, Broken, Member};
use crate::sandbox::host::files::{Kind, NOT_FOUND};
use crate::sandbox::host::runtime::make_dirs;
use crate::sandbox::host::sys::Sys;

/// A member as `tar tv` tells it; busybox's tells seconds.
fn long(member: &Member, ash: bool) -> String {
    let entry = &member.entry;
    let format = if ash { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    let time = jiff::fmt::strtime::format(format, &entry.mtime.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default();
    let size = if entry.kind == Kind::File { entry.content.len() } else { 0 };
    let owner = format!("{}/{}", entry.user, entry.group);
    let to = if let Kind::Link(to) = &entry.kind { format!(" -> {to}") } else { String::new() };
    let width = 19_usize.saturating_sub(owner.len()).max(1);
    format!("{} {owner}{size:>width$} {time} {}{to}\n", entry.permissions(), member.name)
}

/// Whether a member is one that was asked for, or below it.
fn wanted(member: &str, names: &[String]) -> bool {
    let member = member.trim_end_matches('/');
    names.is_empty()
        || names.iter().any(|name| {
            let name = name.trim_end_matches('/');
            member == name || member.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
        })
}

/// What is left of a name without its first parts and what leads out of the folder; none: nothing.
fn stripped(name: &str, parts: usize) -> Option<String> {
    let left: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).skip(parts).collect();
    (!left.is_empty() && !left.contains(&"..")).then(|| left.join("/"))
}

pub(super) async fn extract(sys: &Sys, asked: &Asked, file: Option<(String, String)>, dir: &str, ash: bool) -> i32 {
    let bytes = match &file {
        None => sys.read_all().await,
        Some((path, name)) => {
            let path = path.clone();
            let found = sys.files(move |files, _| files.get(&path).map(|entry| entry.content.to_vec())).await;
            match found {
                Some(bytes) => bytes,
                None => return cannot_open(sys, name, NOT_FOUND, ash).await,
            }
        }
    };
    if !enter(sys, asked, dir, ash).await {
        return code(true, ash);
    }
    if asked.has('z') && archive::gunzip(&bytes).is_none() {
        sys.err(if ash {
            "tar: invalid magic\ntar: short read\n"
        } else {
            "\ngzip: stdin: not in gzip format\ntar: Child returned status 1\ntar: Error is not recoverable: exiting now\n"
        })
        .await;
        return code(true, ash);
    }
    let (members, broken) = archive::members(&bytes);
    let mut failed = false;
    for member in members.iter().filter(|member| wanted(&member.name, &asked.names)) {
        if asked.has('t') {
            sys.out(if asked.has('v') { long(member, ash) } else { format!("{}\n", member.name) }).await;
            continue;
        }
        if asked.has('v') {
            let line = format!("{}\n", member.name);
            if asked.has('O') { sys.err(line).await } else { sys.out(line).await }
        }
        if asked.has('O') {
            sys.out(&member.entry.content).await;
            continue;
        }
        let Some(name) = stripped(&member.name, asked.strip) else { continue };
        let (mut entry, dir, keep) = (member.entry.clone(), dir.to_owned(), asked.has('k'));
        let (now_too, own) = (asked.has('m'), asked.has('o'));
        let path = name.clone();
        let made = sys
            .files(move |files, now| {
                if now_too {
                    entry.mtime = now;
                }
                if own {
                    "root".clone_into(&mut entry.user);
                    "root".clone_into(&mut entry.group);
                }
                let full = format!("{}/{name}", dir.trim_end_matches('/'));
                match files.own(&full) {
                    Some(there) if keep && !there.is_dir() => return Err("File exists"),
                    Some(there) if !there.is_dir() => files.remove(&full),
                    _ => {}
                }
                make_dirs(files, &full, now);
                archive::put(files, &dir, &name, entry)
            })
            .await;
        if let Err(why) = made {
            failed = true;
            let place = &member.name;
            sys.err(match (&member.entry.kind, ash) {
                (Kind::Link(to), false) => format!("tar: {place}: Cannot create symlink to '{to}': {why}\n"),
                (_, false) => format!("tar: {place}: Cannot open: {why}\n"),
                (_, true) => format!("tar: can't open '{path}': {why}\n"),
            })
            .await;
            if ash {
                return 1;
            }
        }
    }
    for name in &asked.names {
        if !members.iter().any(|member| wanted(&member.name, std::slice::from_ref(name))) {
            failed = true;
            let not = if ash { "not" } else { "Not" };
            sys.err(format!("tar: {name}: {not} found in archive\n")).await;
        }
    }
    // What GNU's finds too short for a header is no archive, or its end.
    let short = broken == Some(Broken::Short) && !members.is_empty();
    match (broken, ash) {
        (None, _) => {}
        (Some(Broken::Magic), true) => sys.err("tar: invalid tar magic\n").await,
        (Some(Broken::Short), true) => sys.err("tar: short read\n").await,
        (Some(_), false) if short => {
            sys.err("tar: Unexpected EOF in archive\ntar: Error is not recoverable: exiting now\n").await;
            return 2;
        }
        (Some(why), false) => {
            let more = if why == Broken::Magic { "tar: Skipping to next header\n" } else { "" };
            sys.err(format!("tar: This does not look like a tar archive\n{more}")).await;
        }
    }
    failed |= broken.is_some();
    if failed && !ash {
        sys.err("tar: Exiting with failure status due to previous errors\n").await;
    }
    code(failed, ash)
}

#[cfg(test)]
mod tests {
    use super::{stripped, wanted};

    #[test]
    fn members_are_taken_by_their_names_and_folders() {
        let names = ["d/".to_owned()];
        assert_eq!(["d/", "d/f", "dd"].map(|member| wanted(member, &names)), [true, true, false]);
        assert_eq!(stripped("./a/b", 1).as_deref(), Some("b"));
        assert_eq!((stripped("a/", 1), stripped("a/../../b", 0)), (None, None));
    }
}

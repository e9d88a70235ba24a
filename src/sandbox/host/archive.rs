//! Trees of files as tar archives: what `tar` and `docker cp` make of them.

use std::io::{self, Read as _};

use jiff::Timestamp;

use super::files::{Entry, Files, Kind};
use super::who::number_of;

/// What is put into an archive.
#[derive(Debug, Default, Clone, Copy)]
pub struct Packing<'a> {
    /// Whether a link is what it points to.
    pub follow: bool,
    /// Names, or whole paths, that are left out with what is below them.
    pub exclude: &'a [String],
}

/// A member of an archive.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name there, a directory's with a slash at its end.
    pub name: String,
    /// What it is.
    pub entry: Entry,
}

/// Why an archive ends before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It is none.
    Magic,
    /// Something is missing.
    Short,
}

/// Adds what is at a path, and below it, to an archive under a name. Returns the names of its members.
///
/// # Errors
/// A name is longer than an archive can have it.
pub fn pack(
    builder: &mut tar::Builder<Vec<u8>>,
    files: &Files,
    at: &str,
    name: &str,
    how: Packing<'_>,
) -> io::Result<Vec<String>> {
    let (mut names, mut todo) = (Vec::new(), vec![(at.to_owned(), name.to_owned())]);
    while let Some((path, name)) = todo.pop() {
        let found = if how.follow { files.get(&path) } else { files.own(&path) };
        let Some(entry) = found else { continue };
        let last = name.rsplit('/').next().unwrap_or_default();
        if how.exclude.iter().any(|pattern| pattern == last || *pattern == name) {
            continue;
        }
        let mut header = tar::Header::new_gnu();
        header.set_mode(entry.mode);
        header.set_mtime(u64::try_from(entry.mtime.as_second()).unwrap_or(0));
        header.set_username(&entry.user)?;
        header.set_groupname(&entry.group)?;
        header.set_uid(number_of(files, "passwd", &entry.user).into());
        header.set_gid(number_of(files, "group", &entry.group).into());
        header.set_size(0);
        match &entry.kind {
            Kind::Dir => {
                header.set_entry_type(tar::EntryType::Directory);
                let name = name.trim_end_matches('/');
                builder.append_data(&mut header, format!("{name}/"), io::empty())?;
                for (inner, _) in files.list(&path).into_iter().rev() {
                    todo.push((format!("{}/{inner}", path.trim_end_matches('/')), format!("{name}/{inner}")));
                }
                names.push(format!("{name}/"));
                continue;
            }
            Kind::Link(to) => {
                header.set_entry_type(tar::EntryType::Symlink);
                builder.append_link(&mut header, &name, to)?;
            }
            Kind::File => {
                header.set_size(entry.content.len() as u64);
                builder.append_data(&mut header, &name, &entry.content[..])?;
            }
        }
        names.push(name);
    }
    Ok(names)
}

/// The members of an archive up to where it is broken. What is packed by gzip is unpacked before.
pub fn members(bytes: &[u8]) -> (Vec<Member>, Option<Broken>) {
    let unpacked;
    let bytes = match gunzip(bytes) {
        Some(bytes) => {
            unpacked = bytes;
            &unpacked[..]
        }
        None => bytes,
    };
    let mut found: Vec<Member> = Vec::new();
    if bytes.len() < 512 {
        return (found, Some(Broken::Short));
    }
    let mut archive = tar::Archive::new(bytes);
    let Ok(entries) = archive.entries() else { return (found, Some(Broken::Magic)) };
    for entry in entries {
        match entry.and_then(|mut entry| member(&mut entry, &found)) {
            Ok(member) => found.push(member),
            Err(error) => {
                let short = error.kind() == io::ErrorKind::UnexpectedEof || !found.is_empty();
                return (found, Some(if short { Broken::Short } else { Broken::Magic }));
            }
        }
    }
    (found, None)
}

/// The name of a user or a group by its number, or the number where it has none.
fn named(number: u64, nobody: &str) -> String {
    match number {
        0 => "root".to_owned(),
        65_534 => nobody.to_owned(),
        other => other.to_string(),
    }
}

fn member(entry: &mut tar::Entry<'_, &[u8]>, before: &[Member]) -> io::Result<Member> {
    let name = entry.path()?.to_string_lossy().into_owned();
    let header = entry.header();
    let mode = header.mode()? & 0o7777;
    let mtime = i64::try_from(header.mtime()?).ok().and_then(|at| Timestamp::from_second(at).ok()).unwrap_or_default();
    let (user, group) = (header.uid().unwrap_or(0), header.gid().unwrap_or(0));
    let to = entry.link_name()?.map(|to| to.to_string_lossy().into_owned()).unwrap_or_default();
    let mut made = match entry.header().entry_type() {
        tar::EntryType::Directory => Entry::dir(mode, mtime),
        tar::EntryType::Symlink => Entry::link(&to, mtime),
        // Another name of a file that came before.
        tar::EntryType::Link => {
            let other = before.iter().find(|member| member.name == to);
            other.map_or_else(|| Entry::file(mode, "", mtime), |member| member.entry.clone())
        }
        _ => {
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            if (content.len() as u64) < entry.size() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Entry::file(mode, content, mtime)
        }
    };
    (made.user, made.group) = (named(user, "nobody"), named(group, "nogroup"));
    let name = if made.is_dir() { format!("{}/", name.trim_end_matches('/')) } else { name };
    Ok(Member { name, entry: made })
}

/// What was packed by gzip; none: it was not.
pub fn gunzip(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut unpacked).ok()?;
    Some(unpacked)
}

/// Packs by gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    // Reading from memory does not fail.
    let _ = flate2::read::GzEncoder::new(bytes, flate2::Compression::default()).read_to_end(&mut packed);
    packed
}

/// Puts a member below a directory under a name. A directory that is there stays as it is.
///
/// # Errors
/// As of [`Files::put`].
pub fn put(files: &mut Files, dir: &str, name: &str, entry: Entry) -> Result<(), &'static str> {
    let path = format!("{}/{}", dir.trim_end_matches('/'), name.trim_end_matches('/'));
    if entry.is_dir() && files.get(&path).is_some_and(|entry| entry.is_dir()) {
        return Ok(());
    }
    files.put(&path, entry)
}

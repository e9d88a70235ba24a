//! A tree of files: a base that many share, and what was changed on top.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Dir,
    /// A file.
    File,
    /// A symbolic link to a path.
    Link(String),
}

/// One file, directory or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its permissions.
    pub mode: u32,
    /// Whose it is.
    pub user: String,
    /// Its size, which for a program is told without its content.
    pub size: u64,
    /// When it was changed.
    pub mtime: Timestamp,
    /// Its content, as far as that is modelled.
    pub content: Bytes,
}

impl Entry {
    /// A directory.
    pub fn dir(mode: u32, mtime: Timestamp) -> Self {
        Self { kind: Kind::Dir, mode, user: "root".to_owned(), size: 4096, mtime, content: Bytes::new() }
    }

    /// A file.
    pub fn file(mode: u32, content: impl Into<Bytes>, mtime: Timestamp) -> Self {
        let content = content.into();
        let size = content.len() as u64;
        Self { kind: Kind::File, mode, user: "root".to_owned(), size, mtime, content }
    }

    /// A link.
    pub fn link(to: &str, mtime: Timestamp) -> Self {
        let size = to.len() as u64;
        let kind = Kind::Link(to.to_owned());
        Self { kind, mode: 0o777, user: "root".to_owned(), size, mtime, content: Bytes::new() }
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind == Kind::Dir
    }

    /// `-rwxr-xr-x`.
    pub fn permissions(&self) -> String {
        let kind = match self.kind {
            Kind::Dir => 'd',
            Kind::File => '-',
            Kind::Link(_) => 'l',
        };
        let bits = "rwxrwxrwx".chars().enumerate();
        let bits = bits.map(|(at, c)| if self.mode >> (8 - at) & 1 == 1 { c } else { '-' });
        let mut text: Vec<char> = std::iter::once(kind).chain(bits).collect();
        if self.mode & 0o1000 != 0 {
            text[9] = if text[9] == 'x' { 't' } else { 'T' };
        }
        text.into_iter().collect()
    }
}

/// A tree of files.
#[derive(Debug, Clone, Default)]
pub struct Files {
    base: Arc<BTreeMap<String, Entry>>,
    /// What differs from the base; none: deleted.
    over: BTreeMap<String, Option<Entry>>,
}

/// `ENOENT`, as `strerror` says it.
pub(super) const NOT_FOUND: &str = "No such file or directory";

impl Files {
    pub(super) fn on(base: Arc<BTreeMap<String, Entry>>) -> Self {
        Self { base, over: BTreeMap::new() }
    }

    /// The entry at a path itself, though it be a link.
    pub fn own(&self, path: &str) -> Option<&Entry> {
        match self.over.get(path) {
            Some(entry) => entry.as_ref(),
            None => self.base.get(path),
        }
    }

    /// The path without links, `.` and `..`; none where a directory on the way is missing or links go round.
    pub fn resolve(&self, path: &str) -> Option<String> {
        let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut at = String::new();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    at.truncate(at.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let next = format!("{at}/{part}");
            if let Some(Entry { kind: Kind::Link(to), .. }) = self.own(&next) {
                links += 1;
                if links > 40 {
                    return None;
                }
                if to.starts_with('/') {
                    at.clear();
                }
                todo.extend(to.split('/').rev().map(str::to_owned));
            } else {
                at = next;
            }
        }
        Some(if at.is_empty() { "/".to_owned() } else { at })
    }

    /// The entry at a path, links followed.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.own(&self.resolve(path)?)
    }

    /// The names in a directory, in order.
    pub fn list(&self, dir: &str) -> Vec<(String, Entry)> {
        let Some(dir) = self.resolve(dir) else { return Vec::new() };
        let prefix = if dir == "/" { dir } else { format!("{dir}/") };
        let mut found = BTreeMap::new();
        let below = |path: &str| {
            path.strip_prefix(&prefix).filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned)
        };
        for (path, entry) in self.base.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)) {
            if let Some(name) = below(path) {
                found.insert(name, entry.clone());
            }
        }
        for (path, entry) in self.over.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)) {
            let Some(name) = below(path) else { continue };
            match entry {
                Some(entry) => found.insert(name, entry.clone()),
                None => found.remove(&name),
            };
        }
        found.into_iter().collect()
    }

    /// Puts an entry at a path, links followed.
    ///
    /// # Errors
    /// The directory is missing, as `strerror` says it.
    pub fn put(&mut self, path: &str, entry: Entry) -> Result<(), &'static str> {
        let path = self.resolve(path).ok_or("Too many levels of symbolic links")?;
        let parent = match path.rfind('/') {
            Some(0) | None => "/",
            Some(at) => &path[..at],
        };
        match self.own(parent) {
            Some(parent) if parent.is_dir() => {}
            Some(_) => return Err("Not a directory"),
            None => return Err(NOT_FOUND),
        }
        self.over.insert(path, Some(entry));
        Ok(())
    }

    /// Changes an entry.
    ///
    /// # Errors
    /// It is missing.
    pub fn change(&mut self, path: &str, change: impl FnOnce(&mut Entry)) -> Result<(), &'static str> {
        let path = self.resolve(path).ok_or(NOT_FOUND)?;
        let mut entry = self.own(&path).cloned().ok_or(NOT_FOUND)?;
        change(&mut entry);
        self.over.insert(path, Some(entry));
        Ok(())
    }

    /// Writes a file anew, or makes it.
    ///
    /// # Errors
    /// The directory is missing, or it is one.
    pub fn write(&mut self, path: &str, content: impl Into<Bytes>, now: Timestamp) -> Result<(), &'static str> {
        match self.get(path) {
            Some(entry) if entry.is_dir() => Err("Is a directory"),
            Some(_) => self.change(path, |entry| {
                entry.content = content.into();
                entry.size = entry.content.len() as u64;
                entry.mtime = now;
            }),
            None => self.put(path, Entry::file(0o644, content, now)),
        }
    }

    pub(super) fn append(&mut self, path: &str, bytes: &[u8], now: Timestamp) {
        // Opened before; where it was deleted since, what is written is lost, as in life.
        let _ = self.change(path, |entry| {
            entry.content = Bytes::from([&entry.content[..], bytes].concat());
            entry.size = entry.content.len() as u64;
            entry.mtime = now;
        });
    }

    /// Removes what is at a path, and below it.
    pub fn remove(&mut self, path: &str) {
        let below = format!("{path}/");
        let in_base: Vec<String> =
            self.base.range(path.to_owned()..).map(|(p, _)| p).take_while(|p| p.starts_with(path)).cloned().collect();
        let over: Vec<String> =
            self.over.range(path.to_owned()..).map(|(p, _)| p).take_while(|p| p.starts_with(path)).cloned().collect();
        for gone in in_base.into_iter().chain(over).filter(|p| p == path || p.starts_with(&below)) {
            self.over.insert(gone, None);
        }
    }
}

/// The absolute path of one that may be relative.
pub(super) fn absolute(cwd: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", cwd.trim_end_matches('/')) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn links_are_followed_and_deletions_hide_the_base() {
        let now = Timestamp::UNIX_EPOCH;
        let base = [
            ("/", Entry::dir(0o755, now)),
            ("/bin", Entry::link("usr/bin", now)),
            ("/usr", Entry::dir(0o755, now)),
            ("/usr/bin", Entry::dir(0o755, now)),
            ("/usr/bin/ls", Entry::file(0o755, "x", now)),
        ];
        let mut files = Files::on(Arc::new(base.map(|(path, entry)| (path.to_owned(), entry)).into()));
        assert_eq!(files.get("/bin/../bin/ls").unwrap().size, 1);
        files.write("/bin/new", "abc", now).unwrap();
        assert_eq!(files.list("/bin").len(), 2);
        files.remove("/usr/bin/ls");
        assert_eq!(files.get("/bin/ls"), None);
        assert_eq!(files.write("/none/x", "", now), Err(NOT_FOUND));
        assert_eq!(files.get("/bin/new").unwrap().permissions(), "-rw-r--r--");
    }
}

//! Trees of files, and what of one is mounted into another.

mod entry;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use jiff::Timestamp;

pub use self::entry::{Entry, Kind};
use self::tree::Tree;
use super::proc::Proc;
use super::sys::lock;
use super::who::Who;

/// A part of another tree, in its place.
#[derive(Debug, Clone)]
struct Mount {
    at: String,
    tree: Arc<Mutex<Tree>>,
    /// Where it is there; `/` has no slash: empty.
    inside: String,
    read_only: bool,
    /// Whether it is in memory: gone with the machine that has it.
    volatile: bool,
}

/// The files that processes see: a tree of their own, and what is mounted into it.
#[derive(Debug, Default)]
pub struct Files {
    root: Arc<Mutex<Tree>>,
    /// Longer paths first.
    mounts: Vec<Mount>,
    /// What is in `/proc`, while a process looks.
    proc: Option<Box<Proc>>,
    /// Who looks, where that is not root.
    who: Option<Who>,
}

/// `ENOENT`, as `strerror` says it.
pub(super) const NOT_FOUND: &str = "No such file or directory";
/// `EROFS`.
const READ_ONLY: &str = "Read-only file system";

impl Files {
    pub(super) fn on(base: Arc<BTreeMap<String, Entry>>) -> Self {
        Self { root: Arc::new(Mutex::new(Tree::on(base))), mounts: Vec::new(), proc: None, who: None }
    }

    /// Mounts what is at a path of `other` (a directory or a file, links followed) at a path of these, which is made.
    pub(super) fn mount(&mut self, at: &str, other: &Self, from: &str, read_only: bool, now: Timestamp) {
        let at = at.trim_end_matches('/');
        let Some((from, entry)) = other.resolve(from).and_then(|from| Some((from.clone(), other.own(&from)?))) else {
            return;
        };
        super::runtime::make_dirs(self, &format!("{at}/"), now);
        if !entry.is_dir() {
            // The directory on the way is there now.
            self.remove(at);
            let _ = self.put(at, Entry::file(0o644, "", now));
        }
        let Some(at) = self.resolve(at) else { return };
        let (tree, inside, _) = other.place(&from);
        let inside = inside.trim_end_matches('/').to_owned();
        self.add(Mount { at, tree: tree.clone(), inside, read_only, volatile: false });
    }

    fn add(&mut self, mount: Mount) {
        self.mounts.push(mount);
        self.mounts.sort_by_key(|mount| std::cmp::Reverse(mount.at.len()));
    }

    /// Mounts a tmpfs at directories, each new: with the directories that are beneath it, and no file.
    pub(super) fn mount_tmpfs(&mut self, at: &[&str]) {
        self.mounts.retain(|mount| !mount.volatile);
        for at in at {
            let mut tree = Tree::default();
            let mut todo = vec![String::new()];
            while let Some(dir) = todo.pop() {
                let below = format!("{at}{dir}");
                let Some(entry) = self.own(&below).filter(Entry::is_dir) else { continue };
                todo.extend(self.list(&below).into_iter().map(|(name, _)| format!("{dir}/{name}")));
                tree.put(if dir.is_empty() { "/".to_owned() } else { dir }, Some(entry));
            }
            let (at, tree) = ((*at).to_owned(), Arc::new(Mutex::new(tree)));
            self.add(Mount { at, tree, inside: String::new(), read_only: false, volatile: true });
        }
    }

    /// The same files as one sees them who is outside of the machine: neither what is in memory there nor `/proc`.
    pub fn on_disk(&self) -> Self {
        let lasting = self.mounts.iter().filter(|mount| !mount.volatile).cloned();
        Self { root: self.root.clone(), mounts: lasting.collect(), proc: None, who: None }
    }

    /// In which tree a path without links is, and where there; whether nothing may be written.
    fn place(&self, path: &str) -> (&Arc<Mutex<Tree>>, String, bool) {
        let mount = self.mounts.iter().find_map(|mount| {
            let rest = path.strip_prefix(&mount.at).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
            Some((mount, rest))
        });
        match mount {
            Some((mount, rest)) => {
                let inside = format!("{}{rest}", mount.inside);
                (&mount.tree, if inside.is_empty() { "/".to_owned() } else { inside }, mount.read_only)
            }
            None => (&self.root, path.to_owned(), false),
        }
    }

    /// Shows the processes in `/proc` until they are taken back.
    pub(super) fn lend(&mut self, proc: Box<Proc>, who: Option<Who>) {
        (self.proc, self.who) = (Some(proc), who);
    }

    pub(super) fn take_back(&mut self) -> Option<Box<Proc>> {
        self.who = None;
        self.proc.take()
    }

    /// The path below `/proc` of one that is there.
    fn in_proc<'a>(&self, path: &'a str) -> Option<(&Proc, &'a str)> {
        let groups = || path.strip_prefix("/sys/fs/").filter(|path| path.starts_with("cgroup/"));
        Some((self.proc.as_deref()?, path.strip_prefix("/proc/").or_else(groups)?))
    }

    /// Who knows a path of containers' logs.
    fn in_logs(&self, path: &str) -> Option<&Proc> {
        self.proc.as_deref().filter(|proc| proc.has_log(path))
    }

    /// The entry at a path itself, though it be a link.
    pub fn own(&self, path: &str) -> Option<Entry> {
        if let Some((proc, path)) = self.in_proc(path) {
            return proc.entry(self, path);
        }
        if let Some(proc) = self.in_logs(path) {
            return proc.log_entry(path);
        }
        if self.mounts.is_empty() {
            return lock(&self.root).own(path).cloned();
        }
        let (tree, inside, _) = self.place(path);
        lock(tree).own(&inside).cloned()
    }

    /// Where a link points; none: it is none.
    fn link(&self, path: &str) -> Option<String> {
        let of = |entry: Option<&Entry>| match entry {
            Some(Entry { kind: Kind::Link(to), .. }) => Some(to.clone()),
            _ => None,
        };
        if let Some((proc, path)) = self.in_proc(path) {
            return of(proc.entry(self, path).as_ref());
        }
        if let Some(proc) = self.in_logs(path) {
            return of(proc.log_entry(path).as_ref());
        }
        if self.mounts.is_empty() {
            return of(lock(&self.root).own(path));
        }
        let (tree, inside, _) = self.place(path);
        of(lock(tree).own(&inside))
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
            if let Some(to) = self.link(&next) {
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
    pub fn get(&self, path: &str) -> Option<Entry> {
        self.own(&self.resolve(path)?)
    }

    /// The names in a directory, in order.
    pub fn list(&self, dir: &str) -> Vec<(String, Entry)> {
        let Some(dir) = self.resolve(dir) else { return Vec::new() };
        if let Some((proc, inside)) = self.in_proc(&format!("{dir}/")) {
            return proc.list(self, inside.trim_end_matches('/'));
        }
        if let Some(proc) = self.in_logs(&format!("{dir}/")) {
            return proc.log_list(&dir);
        }
        let (tree, inside, _) = self.place(&dir);
        let mut found = lock(tree).list(&inside);
        for mount in &self.mounts {
            let name = mount.at.strip_prefix(dir.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
            if let Some(entry) = name.and_then(|name| found.get_mut(name))
                && let Some(mounted) = self.own(&mount.at)
            {
                *entry = mounted;
            }
        }
        found.into_iter().collect()
    }

    /// Puts an entry at a path, links followed.
    ///
    /// # Errors
    /// The directory is missing or cannot be written, as `strerror` says it.
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
        let entry = if self.own(&path).is_some() { entry } else { self.new_in(parent, entry) };
        self.insert(&path, Some(entry))
    }

    /// A new entry as a directory has it: whoever makes it owns it, in the directory's group where that is passed on.
    fn new_in(&self, parent: &str, mut entry: Entry) -> Entry {
        if let Some(who) = &self.who {
            (entry.user, entry.group) = (who.user.clone(), who.group.clone());
        }
        if let Some(parent) = self.own(parent).filter(|parent| parent.mode & 0o2000 != 0) {
            entry.group = parent.group;
            entry.mode |= if entry.kind == Kind::Dir { 0o2000 } else { 0 };
        }
        entry
    }

    /// Whether what is at a path may be read or written by who looks: 4, 2.
    ///
    /// # Errors
    /// It may not.
    pub(super) fn may(&self, path: &str, bit: u32) -> Result<(), &'static str> {
        let allowed = match (&self.who, self.get(path)) {
            (Some(who), Some(entry)) => who.may(&entry, bit),
            _ => true,
        };
        if allowed { Ok(()) } else { Err("Permission denied") }
    }

    /// Whether an entry may be put where another is, or none, by who looks.
    fn may_put(&self, path: &str, entry: Option<&Entry>) -> Result<(), &'static str> {
        let Some(who) = &self.who else { return Ok(()) };
        let parent = path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
        match (self.own(path), entry) {
            (Some(old), Some(new)) if (&old.user, &old.group, old.mode) != (&new.user, &new.group, new.mode) => {
                let own = old.user == who.user && new.user == who.user;
                if own { Ok(()) } else { Err("Operation not permitted") }
            }
            (Some(old), Some(_)) => {
                let own = old.user == who.user || who.may(&old, 2);
                if own { Ok(()) } else { Err("Permission denied") }
            }
            (Some(old), None) => {
                self.may(parent, 2)?;
                let sticky = self.get(parent).filter(|parent| parent.mode & 0o1000 != 0);
                let held = sticky.is_some_and(|parent| parent.user != who.user && old.user != who.user);
                if held { Err("Operation not permitted") } else { Ok(()) }
            }
            (None, _) => self.may(parent, 2),
        }
    }

    fn insert(&mut self, path: &str, entry: Option<Entry>) -> Result<(), &'static str> {
        if path.starts_with("/proc/") {
            return Err("Permission denied");
        }
        if path.starts_with("/sys/fs/cgroup/") {
            return Err(READ_ONLY);
        }
        let (tree, inside, read_only) = self.place(path);
        if read_only {
            return Err(READ_ONLY);
        }
        self.may_put(path, entry.as_ref())?;
        lock(tree).put(inside, entry);
        Ok(())
    }

    /// Changes an entry.
    ///
    /// # Errors
    /// It is missing, or cannot be written.
    pub fn change(&mut self, path: &str, change: impl FnOnce(&mut Entry)) -> Result<(), &'static str> {
        let path = self.resolve(path).ok_or(NOT_FOUND)?;
        let mut entry = self.own(&path).ok_or(NOT_FOUND)?;
        change(&mut entry);
        self.insert(&path, Some(entry))
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

    /// What was written beside the image and what is mounted, in bytes.
    pub(super) fn written(&self) -> u64 {
        lock(&self.root).written()
    }

    /// Whether what is at a path cannot be removed: why not.
    pub(super) fn held(&self, path: &str) -> Option<&'static str> {
        if path.starts_with("/proc/") {
            return Some("Operation not permitted");
        }
        if self.mounts.iter().any(|mount| mount.at == path) {
            return Some("Device or resource busy");
        }
        self.place(path).2.then_some(READ_ONLY).or_else(|| self.may_put(path, None).err())
    }

    /// Removes what is at a path, and below it; not what is mounted there.
    pub fn remove(&mut self, path: &str) {
        if self.held(path).is_none() {
            let (tree, inside, _) = self.place(path);
            lock(tree).remove(&inside);
        }
    }
}

/// The absolute path of one that may be relative.
pub(super) fn absolute(cwd: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", cwd.trim_end_matches('/')) }
}

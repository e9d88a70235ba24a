//! Directories of a node that kubelets make for Pods and that containers have mounted.

use super::files::{Entry, Files, Kind};
use super::runtime::make_dirs;
use crate::sandbox::World;

/// A directory or a file of a node, in its place in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where on the node.
    pub from: String,
    /// Where in the container.
    pub at: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// Makes a directory of a node, and those on the way.
pub fn make_dir(world: &mut World, node: &str, path: &str) {
    let now = world.now();
    if let Some(files) = world.hosts.files_mut(node) {
        make_dirs(files, &format!("{}/", path.trim_end_matches('/')), now);
    }
}

/// Makes an empty file of a node where there is nothing, and the directories on the way.
pub fn make_file(world: &mut World, node: &str, path: &str) {
    let now = world.now();
    let Some(files) = world.hosts.files_mut(node) else { return };
    make_dirs(files, path, now);
    if files.get(path).is_none() {
        // Its directory is there now.
        let _ = files.put(path, Entry::file(0o644, "", now));
    }
}

/// Gives what is at a path of a node, and below it, to a group. Files and directories get modes, 0 being the one that they
/// have; links stay.
pub fn give(world: &mut World, node: &str, path: &str, group: Option<i64>, modes: [u32; 2]) {
    let Some(files) = world.hosts.files_mut(node) else { return };
    let mut todo = vec![path.to_owned()];
    while let Some(path) = todo.pop() {
        let Some(entry) = files.own(&path).filter(|entry| !matches!(entry.kind, Kind::Link(_))) else { continue };
        let mode = modes[usize::from(entry.is_dir())];
        // It is there.
        let _ = files.change(&path, |entry| {
            if let Some(group) = group {
                entry.group = group.to_string();
            }
            entry.mode = if mode == 0 { entry.mode } else { mode };
        });
        if entry.is_dir() {
            todo.extend(files.list(&path).into_iter().map(|(name, _)| format!("{path}/{name}")));
        }
    }
}

/// Writes a file of a node with a mode, and makes the directories on the way.
pub fn write_file(world: &mut World, node: &str, path: &str, content: &[u8], mode: u32) {
    let now = world.now();
    let Some(files) = world.hosts.files_mut(node) else { return };
    make_dirs(files, path, now);
    // The directories are there now.
    let _ = files.put(path, Entry::file(mode, content.to_vec(), now));
}

/// What is at a path of a node and below it takes, in bytes.
pub fn usage(world: &World, node: &str, path: &str) -> i64 {
    let Some(node) = world.hosts.node(node) else { return 0 };
    let (mut sum, mut todo) = (0, vec![path.to_owned()]);
    while let Some(path) = todo.pop() {
        let Some(entry) = node.files.own(&path) else { continue };
        sum += i64::try_from(entry.size).unwrap_or(i64::MAX);
        if entry.is_dir() {
            todo.extend(node.files.list(&path).into_iter().map(|(name, _)| format!("{path}/{name}")));
        }
    }
    sum
}

/// Removes what is at a path of a node, and below it.
pub fn remove(world: &mut World, node: &str, path: &str) {
    if let Some(files) = world.hosts.files_mut(node) {
        files.remove(path);
    }
}

/// What is at a path of a node: `directory`, `file`; links are followed.
pub fn what_is(world: &World, node: &str, path: &str) -> Option<&'static str> {
    let entry = world.hosts.node(node)?.files.get(path)?;
    Some(if entry.is_dir() { "directory" } else { "file" })
}

/// Writes files into a directory of a node so that whoever reads them sees all of them change at once: pkg/volume/util,
/// `AtomicWriter`. They are in a directory of their own, named after the time, to which `..data` points.
pub fn write_at_once(world: &mut World, node: &str, dir: &str, all: &[(String, Vec<u8>)]) {
    let now = world.now();
    let stamp = format!("{}{}", now.strftime("..%Y_%m_%d_%H_%M_%S."), world.rng.u32(100_000_000..999_999_999));
    let Some(files) = world.hosts.files_mut(node) else { return };
    let data = format!("{dir}/..data");
    let old = match files.own(&data).map(|entry| entry.kind) {
        Some(Kind::Link(old)) => Some(old),
        _ => None,
    };
    make_dirs(files, &format!("{dir}/{stamp}/"), now);
    for (path, content) in all {
        let full = format!("{dir}/{stamp}/{path}");
        make_dirs(files, &full, now);
        // The directories are there now.
        let _ = files.put(&full, Entry::file(0o644, content.clone(), now));
    }
    files.remove(&data);
    let _ = files.put(&data, Entry::link(&stamp, now));
    show(files, dir, all, now);
    if let Some(old) = old {
        files.remove(&format!("{dir}/{old}"));
    }
}

/// Links from where files are looked for to where they are, and none to what is gone.
fn show(files: &mut Files, dir: &str, all: &[(String, Vec<u8>)], now: jiff::Timestamp) {
    let first = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    for (name, _) in files.list(dir).into_iter().filter(|(name, _)| !name.starts_with("..")) {
        if !all.iter().any(|(path, _)| first(path) == name) {
            files.remove(&format!("{dir}/{name}"));
        }
    }
    for (path, _) in all {
        let name = first(path);
        let full = format!("{dir}/{name}");
        if files.own(&full).is_none() {
            let _ = files.put(&full, Entry::link(&format!("..data/{name}"), now));
        }
    }
}

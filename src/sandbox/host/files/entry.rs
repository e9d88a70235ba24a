//! Files, directories and links.

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
    /// Whose group it has.
    pub group: String,
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
        let (user, group) = ("root".to_owned(), "root".to_owned());
        Self { kind: Kind::Dir, mode, user, group, size: 4096, mtime, content: Bytes::new() }
    }

    /// A file.
    pub fn file(mode: u32, content: impl Into<Bytes>, mtime: Timestamp) -> Self {
        let content = content.into();
        let size = content.len() as u64;
        let (user, group) = ("root".to_owned(), "root".to_owned());
        Self { kind: Kind::File, mode, user, group, size, mtime, content }
    }

    /// A link.
    pub fn link(to: &str, mtime: Timestamp) -> Self {
        let size = to.len() as u64;
        let kind = Kind::Link(to.to_owned());
        let (user, group) = ("root".to_owned(), "root".to_owned());
        Self { kind, mode: 0o777, user, group, size, mtime, content: Bytes::new() }
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
        if self.mode & 0o2000 != 0 {
            text[6] = if text[6] == 'x' { 's' } else { 'S' };
        }
        if self.mode & 0o1000 != 0 {
            text[9] = if text[9] == 'x' { 't' } else { 'T' };
        }
        text.into_iter().collect()
    }
}

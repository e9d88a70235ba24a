//! As whom a process runs, and what it may do with files.

use super::files::{Entry, Files};
use super::process::Process;

/// A user with its groups: names, or numbers where they have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The user.
    pub user: String,
    /// Its own group.
    pub group: String,
    /// All groups that count, in order; none: its own alone.
    pub groups: Vec<String>,
}

impl Who {
    /// The user who may do anything.
    pub fn root() -> Self {
        Self { user: "root".to_owned(), group: "root".to_owned(), groups: Vec::new() }
    }

    /// A user of a container by its numbers, none being root's: its group and those beyond that, which containerd lists with it.
    pub fn numbered(user: Option<i64>, group: Option<i64>, more: &[i64]) -> Self {
        let name = |number: i64| if number == 0 { "root".to_owned() } else { number.to_string() };
        let own = group.unwrap_or(0);
        let mut all = [&[own][..], more].concat();
        all.sort_unstable();
        all.dedup();
        let groups = if more.is_empty() && own == 0 { Vec::new() } else { all.into_iter().map(name).collect() };
        Self { user: name(user.unwrap_or(0)), group: name(own), groups }
    }

    /// A user as `docker exec -u` has it, `user[:group]` in names or numbers. As runc, which looks in `/etc/passwd` and
    /// `/etc/group` (libcontainer/user, `GetExecUser`).
    ///
    /// # Errors
    /// Nobody has that name.
    pub fn named(files: &Files, text: &str) -> Result<Self, String> {
        let (user, group) = text.split_once(':').unwrap_or((text, ""));
        let found = if user.is_empty() { Some(line(files, "passwd", "root")) } else { None };
        let found = found.unwrap_or_else(|| line(files, "passwd", user));
        let own = match &found {
            Some(fields) => (fields[0].clone(), fields.get(3).cloned().unwrap_or_default()),
            None if user.is_empty() => ("root".to_owned(), "0".to_owned()),
            None if user.parse::<u32>().is_ok() => (user.to_owned(), "0".to_owned()),
            None => return Err(format!("unable to find user {user}: no matching entries in passwd file")),
        };
        let wanted = if group.is_empty() { own.1.as_str() } else { group };
        let group = match line(files, "group", wanted) {
            Some(fields) => fields[0].clone(),
            None if wanted == "0" => "root".to_owned(),
            None if wanted.parse::<u32>().is_ok() => wanted.to_owned(),
            None => return Err(format!("unable to find group {wanted}: no matching entries in group file")),
        };
        Ok(Self { user: own.0, group, groups: Vec::new() })
    }

    /// Whether it may do anything.
    pub fn is_root(&self) -> bool {
        self.user == "root"
    }

    /// Whether the mode of a file lets it: 4 to read, 2 to write, 1 to run.
    pub fn may(&self, entry: &Entry, bit: u32) -> bool {
        let shift = if entry.user == self.user {
            6
        } else if entry.group == self.group || self.groups.contains(&entry.group) {
            3
        } else {
            0
        };
        self.is_root() || entry.mode >> shift & bit == bit
    }
}

impl Process {
    /// As whom it runs.
    pub(super) fn who(&self) -> Who {
        Who { user: self.user.clone(), group: self.group.clone(), groups: self.groups.clone() }
    }
}

/// The line of a name or a number in `/etc/passwd` or `/etc/group`.
fn line(files: &Files, file: &str, wanted: &str) -> Option<Vec<String>> {
    let content = files.get(&format!("/etc/{file}"))?.content;
    let text = String::from_utf8_lossy(&content).into_owned();
    let mut lines = text.lines().map(|line| line.split(':').map(str::to_owned).collect::<Vec<_>>());
    lines.find(|fields| fields.len() > 2 && (fields[0] == wanted || fields[2] == wanted))
}

/// The number that files know a user or a group by.
pub(super) fn number_of(files: &Files, file: &str, name: &str) -> u32 {
    let known = line(files, file, name).and_then(|fields| fields[2].parse().ok());
    known.or_else(|| name.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Who;
    use crate::sandbox::host::files::Entry;

    #[test]
    fn modes_let_owners_groups_and_others_do_what_their_bits_say() {
        let who = Who::numbered(Some(1_000), Some(3_000), &[2_000]);
        assert_eq!(who.groups, ["2000", "3000"]);
        let mut entry = Entry::file(0o640, "", jiff::Timestamp::UNIX_EPOCH);
        assert!(!who.may(&entry, 4));
        entry.group = "2000".to_owned();
        assert_eq!((who.may(&entry, 4), who.may(&entry, 2)), (true, false));
        entry.user = "1000".to_owned();
        assert!(who.may(&entry, 2));
        assert!(Who::root().may(&entry, 1));
    }
}

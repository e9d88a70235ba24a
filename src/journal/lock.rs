//! One run on a cluster at a time: a lock that dies with its holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::private_folder;

/// The right to change a cluster. Given up when dropped, or when the process ends, however it ends.
#[derive(Debug)]
pub struct ClusterLock(File);

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// What it runs.
    pub notebook: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {})", self.notebook, self.pid)
    }
}

impl ClusterLock {
    /// Takes the lock of the cluster whose namespace kube-system has this UID, in the folder for kpnb's state.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn try_take(state: &Path, uid: &str, notebook: &str) -> io::Result<Result<Self, Holder>> {
        let folder = state.join("locks");
        private_folder(&folder)?;
        let path = folder.join(format!("{uid}.lock"));
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                let lock = Self(file);
                lock.tell(notebook)?;
                Ok(Ok(lock))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                // Its holder may just be writing.
                let unknown = Holder { pid: 0, notebook: "another run".to_owned() };
                Ok(Err(serde_json::from_str(&text).unwrap_or(unknown)))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Says what this process runs now, to those who wait.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn tell(&self, notebook: &str) -> io::Result<()> {
        let holder = Holder { pid: std::process::id(), notebook: notebook.to_owned() };
        let mut file = &self.0;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(serde_json::to_string(&holder)?.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_learns_who_the_first_is() {
        let state = tempfile::tempdir().unwrap();
        let first = ClusterLock::try_take(state.path(), "uid", "a.md").unwrap().unwrap();
        let holder = ClusterLock::try_take(state.path(), "uid", "b.md").unwrap().unwrap_err();
        assert_eq!(holder, Holder { pid: std::process::id(), notebook: "a.md".to_owned() });
        assert!(ClusterLock::try_take(state.path(), "another", "b.md").unwrap().is_ok());
        drop(first);
        assert!(ClusterLock::try_take(state.path(), "uid", "b.md").unwrap().is_ok());
    }
}

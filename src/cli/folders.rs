//! Folders of this user's own.

use std::path::PathBuf;

/// For what lasts from run to run: `KPNB_STATE`, else `~/.local/state/kpnb` on Linux.
pub(super) fn state() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("KPNB_STATE").filter(|folder| !folder.is_empty()) {
        // A journal is found again from another folder.
        return std::path::absolute(folder).ok();
    }
    let folders = directories::ProjectDirs::from("", "", "kpnb")?;
    Some(folders.state_dir().unwrap_or(folders.data_local_dir()).to_owned())
}

/// As [`state`], or a temporary folder where a user has no home.
pub(super) fn lasting() -> PathBuf {
    state().unwrap_or_else(|| std::env::temp_dir().join("kpnb"))
}

/// For the files that cells of one notebook write, the `at`-th of a run; made when one does. Not in a folder that others can
/// write to.
pub(super) fn output(at: usize) -> PathBuf {
    let now = jiff::Zoned::now().strftime("%Y-%m-%dT%H-%M-%S");
    let name = format!("{now}-{}-{}", std::process::id(), at + 1);
    lasting().join("runs").join(name)
}

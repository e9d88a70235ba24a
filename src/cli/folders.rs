//! Folders of this user's own.

use std::path::PathBuf;

/// For what lasts from run to run: `~/.local/state/kpnb` on Linux.
pub(super) fn state() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "kpnb")?;
    Some(folders.state_dir().unwrap_or(folders.data_local_dir()).to_owned())
}

/// For the files that cells of one run write; made when one does. Not in a folder that others can write to.
pub(super) fn output() -> PathBuf {
    let now = jiff::Zoned::now().strftime("%Y-%m-%dT%H-%M-%S");
    let name = format!("{now}-{}", std::process::id());
    state().unwrap_or_else(|| std::env::temp_dir().join("kpnb")).join("runs").join(name)
}

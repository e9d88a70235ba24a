//! Programs about files: `ls`, `stat`, `chmod`, `touch`, `mkdir`, `rm`, `cp`, `mv`, `ln`, `readlink`, `find` and their like.

mod change;
mod copy;
mod find;
mod list;
mod mode;
mod path;

use crate::sandbox::host::files::Files;
use crate::sandbox::host::sys::Sys;

pub(super) use change::change;
pub(super) use copy::copy;
pub(super) use find::find;
pub(super) use list::{ls, stat};
pub(super) use mode::chmod;
pub(super) use path::path;

async fn cwd(sys: &Sys) -> String {
    sys.process(|process| process.cwd.clone()).await
}

/// The path of an entry itself: its directory's links are followed, its own is not.
fn clean(files: &Files, path: &str) -> String {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some((dir, name)) if !matches!(name, "." | "..") => {
            let dir = files.resolve(dir).unwrap_or_else(|| dir.to_owned());
            format!("{}/{name}", dir.trim_end_matches('/'))
        }
        _ => files.resolve(path).unwrap_or_else(|| path.to_owned()),
    }
}

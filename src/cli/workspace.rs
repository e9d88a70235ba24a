//! What a notebook can reach, from where its file lies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bindings::Workspace;
use crate::bindings::files::is_within;
use crate::cluster::Cluster;
use crate::journal::Journal;
use crate::report::{Error, Exit};

/// The workspace of a notebook in `folder` whose front matter names the folders `manifests`.
///
/// Files are looked up in the notebook's folder, in those of its front matter, in `manifests/` beside the notebook and
/// in `manifests/` beside its folder; modules in `stdlib/` likewise. None of them may be a link to elsewhere: the
/// notebook may have come with the links.
///
/// # Errors
/// A folder of the front matter that lies neither in the notebook's nor in `manifests/` beside that.
pub(super) fn workspace(
    cluster: Arc<Cluster>,
    folder: &Path,
    manifests: &[String],
    journal: Journal,
    output: PathBuf,
) -> Result<Workspace, Error> {
    let Folders { files, stdlib } = folders(folder, manifests)?;
    Ok(Workspace { cluster, files, stdlib, journal, output })
}

/// Where a notebook's files and modules are looked up, in order.
pub(super) struct Folders {
    pub(super) files: Vec<PathBuf>,
    stdlib: Vec<PathBuf>,
}

/// The folders of a notebook in `folder` whose front matter names `manifests`.
///
/// # Errors
/// As [`workspace`].
pub(super) fn folders(folder: &Path, manifests: &[String]) -> Result<Folders, Error> {
    // `.` has no parent that a path could show.
    let folder = folder.canonicalize().map_err(|error| Error::usage(format!("{}: {error}", folder.display())))?;
    let around = folder.parent().unwrap_or(&folder);
    let mut files = vec![folder.clone()];
    for named in manifests {
        let path = folder.join(named);
        let beside = around.join("manifests");
        let inside = is_within(&path, &folder) || (is_within(&path, &beside) && is_within(&beside, around));
        if !inside {
            return Err(Error::with_hint(
                Exit::Usage,
                format!("front matter: manifests: {named} is outside of the notebook's reach"),
                format!("a notebook reads files in {} and in {}", folder.display(), beside.display()),
            ));
        }
        files.push(path);
    }
    let beside = |name: &str| {
        let folders = [(folder.join(name), folder.as_path()), (around.join(name), around)];
        folders.into_iter().filter(|(path, reach)| is_within(path, reach)).map(|(path, _)| path).collect::<Vec<_>>()
    };
    files.extend(beside("manifests"));
    let stdlib = beside("stdlib");
    Ok(Folders { files, stdlib })
}

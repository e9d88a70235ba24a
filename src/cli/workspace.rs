//! What a notebook can reach, from where its file lies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bindings::Workspace;
use crate::cluster::Cluster;
use crate::journal::Journal;
use crate::report::{Error, Exit};

/// The workspace of a notebook in `folder` whose front matter names the folders `manifests`.
///
/// Files are looked up in the notebook's folder, in those of its front matter, in `manifests/` beside the notebook and
/// in `manifests/` beside its folder; modules in `stdlib/` likewise.
///
/// # Errors
/// A folder of the front matter that lies outside of the one around the notebook's.
pub(super) fn workspace(
    cluster: Arc<Cluster>,
    folder: &Path,
    manifests: &[String],
    output: PathBuf,
) -> Result<Workspace, Error> {
    // `.` has no parent that a path could show.
    let folder = folder.canonicalize().map_err(|error| Error::usage(format!("{}: {error}", folder.display())))?;
    let around = folder.parent().unwrap_or(&folder);
    let mut files = vec![folder.clone()];
    for named in manifests {
        let path = folder.join(named);
        if path.canonicalize().is_ok_and(|path| !path.starts_with(around)) {
            return Err(Error::with_hint(
                Exit::Usage,
                format!("front matter: manifests: {named} is outside of the notebook's reach"),
                format!("a notebook reads files in {} and below", around.display()),
            ));
        }
        files.push(path);
    }
    files.extend([folder.join("manifests"), around.join("manifests")]);
    let stdlib = vec![folder.join("stdlib"), around.join("stdlib")];
    Ok(Workspace { cluster, files, stdlib, journal: Journal::default(), output })
}

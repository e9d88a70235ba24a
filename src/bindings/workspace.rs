//! What a notebook can reach: its cluster, the files that it may read, and the folder that it may write to.

use std::path::PathBuf;
use std::sync::Arc;

use super::command::{Line, Streams};
use crate::client::Failure;
use crate::client::docker::Docker;
use crate::client::etcd::Etcd;
use crate::client::k8s::K8s;
use crate::cluster::Cluster;
use crate::journal::Journal;

/// A notebook's reach.
#[derive(Debug)]
pub struct Workspace {
    /// The chosen cluster.
    pub cluster: Arc<Cluster>,
    /// Folders in which manifests and other files are looked up, in order.
    pub files: Vec<PathBuf>,
    /// Folders of the author's own modules, in order; they come before the embedded library.
    pub stdlib: Vec<PathBuf>,
    /// What undoes the notebook's changes.
    pub journal: Journal,
    /// The per-run folder for what the notebook writes; made when first needed.
    pub output: PathBuf,
}

impl Workspace {
    /// The Kubernetes API.
    pub fn k8s(&self) -> &K8s {
        &self.cluster.k8s
    }

    /// Docker Engine.
    ///
    /// # Errors
    /// Why it cannot be reached.
    pub fn docker(&self) -> Result<&Docker, Failure> {
        self.cluster.docker.as_ref().map_err(Clone::clone)
    }

    /// etcd.
    ///
    /// # Errors
    /// Why it cannot be reached.
    pub fn etcd(&self) -> Result<&Etcd, Failure> {
        self.cluster.etcd.as_ref().map_err(Clone::clone)
    }

    /// Runs a command that was registered with `undo`.
    ///
    /// # Errors
    /// What failed; a command that ends with another exit code than 0 without saying why fails with what it printed.
    pub async fn revert(&self, command: &str) -> Result<(), Failure> {
        let streams = Streams::default();
        let ran = Line::parse(command)?.run(self, &streams).await?;
        match ran.failure {
            Some(failure) => Err(failure),
            None if ran.code == 0 => Ok(()),
            None => Err(Failure::answer(streams.output().terminal.trim_end())),
        }
    }

    /// The canonical path of a file or folder that a script names.
    ///
    /// # Errors
    /// A missing one, with the folders that were searched; a path that leads outside of them.
    pub fn locate(&self, name: &str) -> Result<PathBuf, Failure> {
        if name.contains("://") {
            return Err(Failure::refused(format!("{name}: URLs are not fetched"))
                .with_hint("save the manifest beside the notebook and name the file"));
        }
        for folder in &self.files {
            let Ok(path) = folder.join(name).canonicalize() else { continue };
            if !self.files.iter().filter_map(|folder| folder.canonicalize().ok()).any(|folder| path.starts_with(folder))
            {
                return Err(Failure::refused(format!("{name}: outside of the notebook's reach")).with_hint(
                    "files are looked up in the notebook's folder and in manifests/ beside it or its folder",
                ));
            }
            return Ok(path);
        }
        let searched: Vec<String> = self.files.iter().map(|folder| folder.display().to_string()).collect();
        Err(Failure::usage(format!("error: the path {name:?} does not exist"))
            .with_hint(format!("looked in {}", searched.join(", "))))
    }

    /// The canonical path of a file that a script names, and its text.
    ///
    /// # Errors
    /// As [`Workspace::locate`], or an unreadable file.
    pub fn read(&self, name: &str) -> Result<(PathBuf, String), Failure> {
        let path = self.locate(name)?;
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::usage(format!("error: cannot read {name}: {error}")))?;
        Ok((path, text))
    }
}

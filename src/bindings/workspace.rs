//! What a notebook can reach: its cluster, the files that it may read, and the folder that it may write to.

use std::path::PathBuf;
use std::sync::Arc;

use super::command::{Line, Streams};
use super::{files, reverted};
use crate::client::Failure;
use crate::client::docker::Docker;
use crate::client::etcd::Etcd;
use crate::client::k8s::K8s;
use crate::cluster::Cluster;
use crate::journal::{Journal, Touched};

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
    /// A reach that is the cluster alone; what is written goes to `output`.
    pub fn new(cluster: Arc<Cluster>, output: PathBuf) -> Self {
        Self { cluster, files: Vec::new(), stdlib: Vec::new(), journal: Journal::default(), output }
    }

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

    /// The same reach, through clients whose calls nobody notes, for what undoes changes.
    #[must_use]
    pub fn reverting(&self) -> Self {
        Self {
            cluster: Arc::new(self.cluster.unnoted()),
            files: self.files.clone(),
            stdlib: self.stdlib.clone(),
            journal: Journal::default(),
            output: self.output.clone(),
        }
    }

    /// The layers in which changes are undone.
    pub fn touched(&self) -> Touched {
        let (docker, etcd) = (self.cluster.docker.clone(), self.cluster.etcd.clone());
        Touched { k8s: self.cluster.k8s.clone(), docker, etcd, clock: Arc::clone(&self.cluster.clock) }
    }

    /// Runs a command that was registered with `undo`. One whose work is done already has not failed.
    ///
    /// # Errors
    /// What failed; a command that ends with another exit code than 0 without saying why fails with what it printed.
    pub async fn revert(&self, command: &str) -> Result<(), Failure> {
        let streams = Streams::default();
        let line = Line::parse(command)?;
        let ran = line.run(self, &streams).await?;
        match ran.failure {
            Some(failure) if reverted::is_done(&line, &failure) => Ok(()),
            Some(failure) => Err(failure),
            None if ran.code == 0 => Ok(()),
            None => Err(Failure::answer(streams.output().terminal.trim_end())),
        }
    }

    /// The canonical path of a file or folder that a script names.
    ///
    /// # Errors
    /// As [`files::locate`].
    pub fn locate(&self, name: &str) -> Result<PathBuf, Failure> {
        files::locate(&self.files, name)
    }

    /// The canonical path of a file that a script names, and its text.
    ///
    /// # Errors
    /// As [`Workspace::bytes`]; a file that is no text.
    pub fn read(&self, name: &str) -> Result<(PathBuf, String), Failure> {
        let (path, bytes) = self.bytes(name)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage(format!("error: cannot read {name}: stream did not contain valid UTF-8")))?;
        Ok((path, text))
    }

    /// The canonical path of a file that a script names, and what is in it.
    ///
    /// # Errors
    /// As [`files::locate`] and [`files::read`].
    pub fn bytes(&self, name: &str) -> Result<(PathBuf, Vec<u8>), Failure> {
        let path = self.locate(name)?;
        let bytes = files::read(&path, name)?;
        Ok((path, bytes))
    }
}

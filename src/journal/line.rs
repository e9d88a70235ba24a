//! The lines of a journal, one JSON object each.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Inventory;

/// The version of the format, in each header. A journal of another version is left alone.
pub(super) const FORMAT: u32 = 1;

/// What a journal is about: its first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of this format.
    pub format: u32,
    /// The version of kpnb that wrote it.
    pub version: String,
    /// The kubeconfig's context: `kind-k8splayground`.
    pub cluster: String,
    /// The UID of its namespace kube-system, which no other cluster has.
    pub uid: String,
    /// The notebook's path, or `repl`.
    pub notebook: String,
    /// The folder in which its files are looked up.
    pub folder: String,
    /// The folders that its front matter names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manifests: Vec<String>,
    /// The process that ran it.
    pub pid: u32,
    /// When it began.
    pub started: jiff::Timestamp,
}

impl Header {
    /// A header of this process, now.
    pub fn new(cluster: String, uid: String, notebook: String, folder: &Path, manifests: &[String]) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cluster,
            uid,
            notebook,
            folder: folder.to_string_lossy().into_owned(),
            manifests: manifests.to_vec(),
            pid: std::process::id(),
            started: jiff::Timestamp::now(),
        }
    }
}

/// What takes one change back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inverse {
    /// Deletes an object that the run created.
    Delete {
        /// Its path in the API.
        path: String,
        /// The finalizers that its manifest brought.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        finalizers: Vec<String>,
        /// Those that the Pods made from its template have.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        template_finalizers: Vec<String>,
    },
    /// Deletes an object that got its name from the server, when nobody has noted that name.
    DeleteGenerated {
        /// The path of its collection.
        collection: String,
        /// What its name begins with.
        prefix: String,
        /// Names that begin so and were there before.
        others: Vec<String>,
        /// As in `Delete`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        finalizers: Vec<String>,
    },
    /// Takes the run's changes out of an object.
    Restore {
        /// Its path.
        path: String,
        /// The subresource through which it has to be written, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subresource: Option<String>,
        /// As it was.
        before: Value,
    },
    /// Creates an object again that the run deleted.
    Create {
        /// Its path.
        path: String,
        /// As it was.
        object: Value,
    },
    /// Writes a key of etcd as it was; key and value in base64.
    Put {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// Only where the key is missing: it was deleted, not written.
        missing: bool,
    },
    /// Deletes a key of etcd, in base64, that the run wrote and that was not there before.
    DeleteKey {
        /// The key.
        key: String,
    },
    /// Brings a container back to how it was.
    Node(NodeState),
    /// Runs a command that the script registered with `undo`.
    Command {
        /// As in `kubectl uncordon k8splayground-worker`.
        command: String,
    },
}

/// A container, with what a notebook may do to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeState {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Its name, which is the node's.
    pub name: String,
    /// Whether it ran.
    pub running: bool,
    /// Whether it was frozen.
    pub paused: bool,
    /// The networks that it was on.
    pub networks: Vec<Attachment>,
    /// The permissions of its /usr/bin/kubelet; none: it has none, or they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet: Option<u32>,
}

/// How a container is on a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The network.
    pub network: String,
    /// The container's address there; empty while it does not run.
    pub ip: String,
    /// Its other names there.
    pub aliases: Vec<String>,
}

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first.
    Header(Header),
    /// The cluster before the run.
    Inventory(Inventory),
    /// A change that may have been made; written before it.
    Entry {
        /// Counts entries from 1.
        n: u64,
        /// What takes it back.
        inverse: Inverse,
    },
    /// What an object was after the change of entry `n`, so that later changes by others are told apart.
    Became {
        /// The entry.
        n: u64,
        /// The object.
        object: Value,
    },
    /// Entry `n` was undone, or its change was refused.
    Done {
        /// The entry.
        n: u64,
    },
}

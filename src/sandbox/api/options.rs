//! What a request can ask for besides its object.

/// What can be asked of a deletion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Seconds between SIGTERM and SIGKILL; none: as the object says.
    pub grace_period_seconds: Option<i64>,
    /// `Background`, `Foreground` or `Orphan`; none: as the resource does by default.
    pub propagation_policy: Option<String>,
    /// The object must have this UID.
    pub uid: Option<String>,
    /// The object must have this resourceVersion.
    pub resource_version: Option<String>,
    /// Do all but the deletion.
    pub dry_run: bool,
}

/// How a patch is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own: lists merge by their keys.
    Strategic,
    /// Server-side apply.
    Apply {
        /// Take fields from other managers.
        force: bool,
    },
}

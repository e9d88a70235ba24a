//! What may differ between a recorded output and a new one that says the same.

use std::fmt;

/// The class of something that may differ between two outputs that say the same. A comparison says what it masked in
/// these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MaskedClass {
    /// The generated end of a name: `deployment-65cd5869f-rwzjn`'s `rwzjn`.
    Name,
    /// A pod-template-hash or controller-revision-hash: `65cd5869f`.
    TemplateHash,
    /// A UID.
    Uid,
    /// An address.
    Address,
    /// A resourceVersion, revision or mod_revision.
    Revision,
    /// A container's id.
    ContainerId,
    /// An id of an etcd lease, cluster or member.
    EtcdId,
    /// A moment.
    Moment,
    /// An age or another duration.
    Duration,
    /// A row of a process list: its PIDs, CPU and memory, start and time.
    Process,
    /// CPU and memory as `kubectl top` shows them.
    Usage,
    /// Ages and counts of events, and the ends of their names.
    Event,
    /// A database's size.
    Size,
    /// A raft term or index.
    Raft,
    /// What `...` or `[..]` stands for.
    Pattern,
}

impl MaskedClass {
    /// One word for it, as in reports: `name`, `template-hash`, `duration`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::TemplateHash => "template-hash",
            Self::Uid => "uid",
            Self::Address => "address",
            Self::Revision => "revision",
            Self::ContainerId => "container-id",
            Self::EtcdId => "etcd-id",
            Self::Moment => "moment",
            Self::Duration => "duration",
            Self::Process => "process",
            Self::Usage => "usage",
            Self::Event => "event",
            Self::Size => "size",
            Self::Raft => "raft-counter",
            Self::Pattern => "pattern",
        }
    }
}

impl MaskedClass {
    /// So many of it: `1 duration`, `2 addresses`.
    pub fn counted(self, count: usize) -> String {
        let word = self.as_str();
        let end = match count {
            1 => "",
            _ if word.ends_with(['s', 'h']) => "es",
            _ => "s",
        };
        format!("{count} {word}{end}")
    }
}

impl fmt::Display for MaskedClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

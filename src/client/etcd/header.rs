//! What every answer of etcd begins with.

use etcd_client::ResponseHeader;

use crate::client::{Seen, TokenClass};

/// Who answered, and the store's revision then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Header {
    /// The cluster's id.
    pub cluster_id: u64,
    /// The id of the member that answered.
    pub member_id: u64,
    /// The store's revision; 0 where the answer is not about keys.
    pub revision: i64,
    /// The raft term.
    pub raft_term: u64,
}

impl From<Option<&ResponseHeader>> for Header {
    fn from(header: Option<&ResponseHeader>) -> Self {
        header.map_or_else(Self::default, |header| Self {
            cluster_id: header.cluster_id(),
            member_id: header.member_id(),
            revision: header.revision(),
            raft_term: header.raft_term(),
        })
    }
}

impl Header {
    pub(super) fn note(&self, seen: &Seen) {
        note_revision(seen, self.revision);
        note_id(seen, self.cluster_id);
        note_id(seen, self.member_id);
    }
}

/// Notes a revision; 0 stands for none.
pub(super) fn note_revision(seen: &Seen, revision: i64) {
    if revision > 0 {
        seen.note(TokenClass::Revision, revision.to_string());
    }
}

/// Notes the id of a lease, member or cluster in the forms in which it is printed; 0 stands for none.
pub(super) fn note_id(seen: &Seen, id: u64) {
    if id != 0 {
        seen.note(TokenClass::EtcdId, format!("{id:x}"));
        seen.note(TokenClass::EtcdId, format!("{id:016x}"));
        seen.note(TokenClass::EtcdId, id.to_string());
    }
}

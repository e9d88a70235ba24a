//! The tokens that the new run has fetched.

use std::collections::HashSet;

use super::shape;

/// The class of a token. Two tokens can stand for each other only within a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenClass {
    /// A name with a generated suffix.
    GeneratedName,
    /// A UID.
    Uid,
    /// Address of a Pod, node or container.
    Ip,
    /// A resourceVersion, an etcd revision or mod_revision: one number space.
    Revision,
    /// Id of a container, whole or shortened.
    ContainerId,
    /// A moment.
    Timestamp,
    /// Id of an etcd lease, cluster or member.
    EtcdId,
    /// A pod-template-hash or controller-revision-hash.
    TemplateHash,
    /// An integer from a field of another type. It is no token, and keeps a revision of the same value from being taken
    /// for one.
    Integer,
}

/// The tokens of the new run that cannot be told by their shape. The host notes whatever stands in a field of some
/// name (a node event's `uid` is the node's name), so a token that does not look like its class is none.
#[derive(Debug, Default)]
pub(in crate::notebook) struct Known {
    names: HashSet<String>,
    revisions: HashSet<String>,
    containers: HashSet<String>,
    etcd_ids: HashSet<String>,
    hashes: HashSet<String>,
    integers: HashSet<String>,
}

impl Known {
    pub(in crate::notebook) fn new(tokens: &[(String, TokenClass)]) -> Self {
        let mut known = Self::default();
        let whole = |length: Option<usize>, token: &str| length == Some(token.len());
        for (token, class) in tokens {
            match class {
                TokenClass::GeneratedName
                    if token.rsplit_once('-').is_some_and(|(_, end)| whole(shape::suffix(end), end)) =>
                {
                    known.names.insert(token.clone());
                }
                TokenClass::Revision if whole(shape::integer(token), token) => {
                    known.revisions.insert(token.clone());
                }
                TokenClass::ContainerId => {
                    let id = token.rsplit_once("://").map_or(token.as_str(), |(_, id)| id);
                    if whole(shape::container_id(id), id) {
                        // Tools shorten ids to 12 digits.
                        known.containers.insert(id[..12].to_owned());
                    }
                }
                TokenClass::EtcdId if whole(shape::etcd_id(token), token) => {
                    known.etcd_ids.insert(token.clone());
                }
                TokenClass::TemplateHash if whole(shape::template_hash(token), token) => {
                    known.hashes.insert(token.clone());
                }
                TokenClass::Integer => {
                    known.integers.insert(token.clone());
                }
                // The others look like nothing else.
                _ => {}
            }
        }
        known
    }

    pub(super) fn is_name(&self, word: &str) -> bool {
        self.names.contains(word)
    }

    pub(super) fn is_revision(&self, number: &str) -> bool {
        self.revisions.contains(number)
    }

    pub(super) fn is_container(&self, id: &str) -> bool {
        id.get(..12).is_some_and(|short| self.containers.contains(short))
    }

    pub(super) fn is_etcd_id(&self, id: &str) -> bool {
        self.etcd_ids.contains(id)
    }

    pub(super) fn is_hash(&self, hash: &str) -> bool {
        self.hashes.contains(hash)
    }

    /// Whether an integer was seen in a field that holds no revision.
    pub(super) fn is_other_integer(&self, number: &str) -> bool {
        self.integers.contains(number)
    }
}

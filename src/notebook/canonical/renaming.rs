//! The one-to-one map from recorded tokens to new ones.

use std::collections::HashMap;

use super::MaskedClass;

/// The classes of tokens that are the same wherever they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::notebook) enum Identity {
    /// The generated end of a name.
    Suffix,
    /// A pod-template-hash.
    TemplateHash,
    /// A UUID.
    Uid,
    /// An address.
    Ip,
    /// A resourceVersion or revision.
    Revision,
    /// A container's id.
    Container,
    /// An id of etcd's.
    EtcdId,
    /// A moment with microseconds. Whole seconds are no identity: two things that happen in one second in one run
    /// happen in two in the next.
    Moment,
}

impl Identity {
    /// What differs where such tokens do.
    pub(in crate::notebook) fn class(self) -> MaskedClass {
        match self {
            Self::Suffix => MaskedClass::Name,
            Self::TemplateHash => MaskedClass::TemplateHash,
            Self::Uid => MaskedClass::Uid,
            Self::Ip => MaskedClass::Address,
            Self::Revision => MaskedClass::Revision,
            Self::Container => MaskedClass::ContainerId,
            Self::EtcdId => MaskedClass::EtcdId,
            Self::Moment => MaskedClass::Moment,
        }
    }

    /// What tells a token from others: of a container's id the part that all tools show.
    pub(in crate::notebook) fn key(self, token: &str) -> &str {
        match self {
            Self::Container => token.get(..12).unwrap_or(token),
            _ => token,
        }
    }
}

/// A recorded token and the new one in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::notebook) struct Pair<'o, 'n> {
    pub(super) identity: Identity,
    pub(super) old: &'o str,
    pub(super) new: &'n str,
}

/// A one-to-one map that can go back to where it was.
#[derive(Debug, Clone, Default)]
pub(in crate::notebook) struct Renaming {
    to_new: HashMap<(Identity, String), String>,
    to_old: HashMap<(Identity, String), String>,
    /// The recorded tokens in the order in which they came.
    trail: Vec<(Identity, String)>,
}

impl Renaming {
    /// Where the map stands, for [`Renaming::back_to`].
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Forgets what came after `mark`.
    pub(super) fn back_to(&mut self, mark: usize) {
        for old in self.trail.drain(mark..) {
            if let Some(new) = self.to_new.remove(&old) {
                self.to_old.remove(&(old.0, new));
            }
        }
    }

    /// Takes pairs in; false, and unchanged, where one contradicts what the map holds.
    pub(super) fn extend(&mut self, pairs: &[Pair<'_, '_>]) -> bool {
        let mark = self.mark();
        for pair in pairs {
            let old = (pair.identity, pair.identity.key(pair.old).to_owned());
            let new = (pair.identity, pair.identity.key(pair.new).to_owned());
            let fits = match (self.to_new.get(&old), self.to_old.get(&new)) {
                (None, None) => {
                    self.to_new.insert(old.clone(), new.1.clone());
                    self.to_old.insert(new, old.1.clone());
                    self.trail.push(old);
                    true
                }
                (Some(to), Some(from)) => *to == new.1 && *from == old.1,
                _ => false,
            };
            if !fits {
                self.back_to(mark);
                return false;
            }
        }
        true
    }

    /// Whether the map holds a pair, or nothing that contradicts it.
    pub(super) fn allows(&self, pair: &Pair<'_, '_>) -> bool {
        let Pair { identity, old, new } = pair;
        let (old, new) = (identity.key(old), identity.key(new));
        match (self.new_of(*identity, old), self.old_of(*identity, new)) {
            (None, None) => true,
            (Some(to), Some(from)) => to == new && from == old,
            _ => false,
        }
    }

    /// The new token that a recorded one stands for.
    pub(super) fn new_of(&self, identity: Identity, old: &str) -> Option<&str> {
        self.to_new.get(&(identity, identity.key(old).to_owned())).map(String::as_str)
    }

    /// The recorded token that a new one stands for.
    pub(super) fn old_of(&self, identity: Identity, new: &str) -> Option<&str> {
        self.to_old.get(&(identity, identity.key(new).to_owned())).map(String::as_str)
    }

    /// All recorded tokens, and the new ones that they stand for.
    pub(in crate::notebook) fn all(&self) -> impl Iterator<Item = (Identity, &str, &str)> {
        self.to_new.iter().map(|((identity, old), new)| (*identity, old.as_str(), new.as_str()))
    }
}

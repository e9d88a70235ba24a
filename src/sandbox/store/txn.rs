//! Transactions: compare, then do one thing or the other.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use bytes::Bytes;

use super::write::Write;
use super::{Error, Found, KeyValue, Keys, Query, Store};

/// How many operations one branch may have (etcd's `--max-txn-ops`).
pub const MAX_TXN_OPERATIONS: usize = 128;

/// A transaction.
#[derive(Debug, Clone, Default)]
pub struct Txn {
    /// What must hold.
    pub compare: Vec<Compare>,
    /// What is done if all of it holds.
    pub then: Vec<Op>,
    /// What is done else.
    pub or_else: Vec<Op>,
}

/// A condition on every key of a range.
#[derive(Debug, Clone)]
pub struct Compare {
    /// The keys; none there: as one whose numbers are 0.
    pub keys: Keys,
    /// How they have to be.
    pub result: Comparison,
    /// What of them, and to what it is compared.
    pub target: Target,
}

/// How two values have to be to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equal,
    Greater,
    Less,
    NotEqual,
}

/// What of a key is compared, with the value that it is compared to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the fields of a KeyValue")]
pub enum Target {
    Version(i64),
    CreateRevision(i64),
    ModRevision(i64),
    /// Never holds of a key that is not there.
    Value(Bytes),
    Lease(i64),
}

/// A write of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Put {
    /// The key.
    pub key: Bytes,
    /// Its value.
    pub value: Bytes,
    /// The lease that it dies with; 0 for none.
    pub lease: i64,
    /// Keep its present value.
    pub ignore_value: bool,
    /// Keep its present lease.
    pub ignore_lease: bool,
}

/// An operation.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Op {
    Range(Keys, Query),
    Put(Put),
    Delete(Keys),
    Txn(Txn),
}

/// What an operation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// What was found.
    Range(Found),
    /// What the key was.
    Put(Option<KeyValue>),
    /// What the keys were.
    Delete(Vec<KeyValue>),
    /// What the transaction did.
    Txn(TxnDone),
}

/// What a transaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxnDone {
    /// Whether all that was compared held.
    pub succeeded: bool,
    /// What the operations did, each with the revision at its end.
    pub done: Vec<(i64, Done)>,
}

impl Store {
    /// Does one operation, in one revision.
    ///
    /// # Errors
    /// As etcd's; then nothing was done.
    pub fn apply(&mut self, op: &Op) -> Result<Done, Error> {
        check(std::slice::from_ref(op))?;
        let mut branches = Vec::new();
        self.plan(std::slice::from_ref(op), &mut branches)?;
        let mut write = Write::begin(self);
        let done = write.run(op, &mut branches.into_iter());
        write.end();
        done
    }

    /// Does a transaction, in one revision.
    ///
    /// # Errors
    /// As etcd's; then nothing was done.
    pub fn txn(&mut self, txn: &Txn) -> Result<TxnDone, Error> {
        match self.apply(&Op::Txn(txn.clone()))? {
            Done::Txn(done) => Ok(done),
            // `apply` answers an operation by its like.
            _ => Ok(TxnDone { succeeded: false, done: Vec::new() }),
        }
    }

    /// Decides which branch each transaction takes, by how things are before all of them, and finds what cannot be done.
    fn plan(&self, ops: &[Op], branches: &mut Vec<bool>) -> Result<(), Error> {
        for op in ops {
            match op {
                Op::Range(keys, query) => drop(self.range(keys, &Query { count_only: true, ..query.clone() })?),
                Op::Put(put) => self.check_put(put)?,
                Op::Delete(_) => {}
                Op::Txn(txn) => {
                    let holds = txn.compare.iter().all(|compare| self.holds(compare));
                    branches.push(holds);
                    self.plan(txn.branch(holds), branches)?;
                }
            }
        }
        Ok(())
    }

    fn check_put(&self, put: &Put) -> Result<(), Error> {
        if (put.ignore_value || put.ignore_lease) && !self.live.contains_key(&put.key) {
            return Err(Error::KeyNotFound);
        }
        if put.lease != 0 && !self.leases.has(put.lease) {
            return Err(Error::LeaseNotFound);
        }
        Ok(())
    }

    fn holds(&self, compare: &Compare) -> bool {
        let mut found = self.live_in(&compare.keys).peekable();
        if found.peek().is_none() {
            let nothing = KeyValue::default();
            return !matches!(compare.target, Target::Value(_)) && compare.holds(&nothing);
        }
        found.all(|kv| compare.holds(kv))
    }
}

impl Write<'_> {
    fn run(&mut self, op: &Op, branches: &mut impl Iterator<Item = bool>) -> Result<Done, Error> {
        Ok(match op {
            Op::Range(keys, query) => {
                // What the transaction has written is in it, as etcd's own reads within one see it.
                let now = query.revision <= 0 || query.revision == self.store.revision() + 1;
                let revision = if now { 0 } else { query.revision };
                Done::Range(self.store.range(keys, &Query { revision, ..query.clone() })?)
            }
            Op::Put(put) => {
                let before = self.store.live.get(&put.key);
                let value = before.filter(|_| put.ignore_value).map_or(&put.value, |kv| &kv.value).clone();
                let lease = before.filter(|_| put.ignore_lease).map_or(put.lease, |kv| kv.lease);
                Done::Put(self.put(put.key.clone(), value, lease))
            }
            Op::Delete(keys) => Done::Delete(self.delete(keys)),
            Op::Txn(txn) => {
                // As many branches were planned as there are transactions on the way.
                let succeeded = branches.next().unwrap_or_default();
                let mut done = Vec::new();
                for op in txn.branch(succeeded) {
                    let answer = self.run(op, branches)?;
                    done.push((self.revision(), answer));
                }
                Done::Txn(TxnDone { succeeded, done })
            }
        })
    }
}

impl Txn {
    fn branch(&self, holds: bool) -> &[Op] {
        if holds { &self.then } else { &self.or_else }
    }
}

impl Compare {
    fn holds(&self, kv: &KeyValue) -> bool {
        let order = match &self.target {
            Target::Version(than) => kv.version.cmp(than),
            Target::CreateRevision(than) => kv.create_revision.cmp(than),
            Target::ModRevision(than) => kv.mod_revision.cmp(than),
            Target::Value(than) => kv.value.cmp(than),
            Target::Lease(than) => kv.lease.cmp(than),
        };
        match self.result {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::Less => order == Ordering::Less,
            Comparison::NotEqual => order != Ordering::Equal,
        }
    }
}

/// Whether the request makes sense (etcd 3.4 `etcdserver/api/v3rpc/key.go`).
fn check(ops: &[Op]) -> Result<(), Error> {
    for op in ops {
        match op {
            Op::Range(keys, _) | Op::Delete(keys) if keys.first().is_empty() => return Err(Error::EmptyKey),
            Op::Put(put) if put.key.is_empty() => return Err(Error::EmptyKey),
            Op::Put(put) if put.ignore_value && !put.value.is_empty() => return Err(Error::ValueProvided),
            Op::Put(put) if put.ignore_lease && put.lease != 0 => return Err(Error::LeaseProvided),
            Op::Txn(txn) => {
                let most = txn.compare.len().max(txn.then.len()).max(txn.or_else.len());
                if most > MAX_TXN_OPERATIONS {
                    return Err(Error::TooManyOperations);
                }
                if txn.compare.iter().any(|compare| compare.keys.first().is_empty()) {
                    return Err(Error::EmptyKey);
                }
                check(&txn.then)?;
                check(&txn.or_else)?;
                written(&txn.then)?;
                written(&txn.or_else)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The keys that a branch may put and the ranges that it may delete. No key may be put twice, or put and deleted; but the
/// two branches of an inner transaction may put the same.
fn written(ops: &[Op]) -> Result<(BTreeSet<&Bytes>, Vec<&Keys>), Error> {
    let mut deletes: Vec<&Keys> =
        ops.iter().filter_map(|op| if let Op::Delete(keys) = op { Some(keys) } else { None }).collect();
    let mut puts = BTreeSet::new();
    for op in ops {
        let Op::Txn(txn) = op else { continue };
        let (then, or_else) = (written(&txn.then)?, written(&txn.or_else)?);
        for key in then.0.union(&or_else.0) {
            if !puts.insert(*key) || deletes.iter().any(|keys| keys.contains(key)) {
                return Err(Error::DuplicateKey);
            }
        }
        deletes.extend(then.1.into_iter().chain(or_else.1));
    }
    for op in ops {
        if let Op::Put(put) = op
            && (!puts.insert(&put.key) || deletes.iter().any(|keys| keys.contains(&put.key)))
        {
            return Err(Error::DuplicateKey);
        }
    }
    Ok((puts, deletes))
}

//! Transactions: compare, then do one thing or the other.

pub use etcd_client::CompareOp;
use etcd_client::{DeleteOptions, TxnOpResponse, TxnResponse};

use super::kv::{Deleted, KeyValue, Put, PutOptions, Range, RangeOptions};
use super::{Etcd, Header};
use crate::client::{Failure, KeyChange, Seen};

/// What of a key is compared, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareTarget {
    /// How often it was written; 0 where it is not there.
    Version(i64),
    /// The revision that created it; 0 where it is not there.
    CreateRevision(i64),
    /// The revision that wrote it last; 0 where it is not there.
    ModRevision(i64),
    /// Its value.
    Value(Vec<u8>),
    /// Its lease; 0: none.
    Lease(i64),
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    /// The key.
    pub key: Vec<u8>,
    /// `=`, `!=`, `<` or `>`.
    pub op: CompareOp,
    /// The key's part on the left and the value on the right.
    pub target: CompareTarget,
}

/// One step of a transaction.
#[derive(Debug, Clone)]
pub enum TxnOp {
    /// Gets keys.
    Get(RangeOptions),
    /// Writes a key: key, value, options.
    Put(Vec<u8>, Vec<u8>, PutOptions),
    /// Deletes keys: first key, end of the range, whether to return them.
    Delete(Vec<u8>, Vec<u8>, bool),
}

/// A transaction.
#[derive(Debug, Clone, Default)]
pub struct Txn {
    /// All have to hold.
    pub compare: Vec<Compare>,
    /// Done when they hold.
    pub success: Vec<TxnOp>,
    /// Done when they do not.
    pub failure: Vec<TxnOp>,
}

/// What one step answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TxnResult {
    /// A get.
    Get(Range),
    /// A put.
    Put(Put),
    /// A delete.
    Delete(Deleted),
}

/// What a transaction answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxnAnswer {
    /// Its revision is the transaction's own, where it changed anything.
    pub header: Header,
    /// Whether all conditions held.
    pub succeeded: bool,
    /// One for each step done.
    pub results: Vec<TxnResult>,
}

impl Etcd {
    /// Runs a transaction.
    ///
    /// # Errors
    /// A key written twice; a lease that is not there; no connection.
    pub async fn txn(&self, txn: Txn) -> Result<TxnAnswer, Failure> {
        // Which branch is taken shows only afterwards.
        let changes = |ops: &[TxnOp]| ops.iter().filter_map(TxnOp::change).collect::<Vec<KeyChange>>();
        let success = self.before(&changes(&txn.success)).await?;
        let failure = self.before(&changes(&txn.failure)).await?;
        let operations = |ops: Vec<TxnOp>| ops.into_iter().map(Into::into).collect::<Vec<etcd_client::TxnOp>>();
        let wanted = etcd_client::Txn::new()
            .when(txn.compare.into_iter().map(Into::into).collect::<Vec<etcd_client::Compare>>())
            .and_then(operations(txn.success))
            .or_else(operations(txn.failure));
        let answer = self.kv().txn(wanted).await.map_err(|error| self.failed(&error));
        let not_taken = Err::<(), _>(Failure::answer("the other branch"));
        let (taken, other) =
            if answer.as_ref().is_ok_and(TxnResponse::succeeded) { (success, failure) } else { (failure, success) };
        self.after(taken, &answer).await;
        self.after(other, &answer.as_ref().map_err(Clone::clone).and(not_taken)).await;
        let answer = answer?;
        Ok(TxnAnswer::new(&answer, &self.seen))
    }
}

impl TxnOp {
    /// What it changes; none for a get.
    fn change(&self) -> Option<KeyChange> {
        match self {
            Self::Get(_) => None,
            Self::Put(key, ..) => Some(KeyChange::Put(key.clone())),
            Self::Delete(key, end, _) => Some(KeyChange::Delete(key.clone(), end.clone())),
        }
    }
}

impl TxnAnswer {
    fn new(answer: &TxnResponse, seen: &Seen) -> Self {
        let results = answer.op_responses().iter().filter_map(|response| TxnResult::new(response, seen)).collect();
        let header = Header::from(answer.header());
        header.note(seen);
        Self { header, succeeded: answer.succeeded(), results }
    }
}

impl TxnResult {
    fn new(response: &TxnOpResponse, seen: &Seen) -> Option<Self> {
        let result = match response {
            TxnOpResponse::Get(get) => Self::Get(Range::new(get, seen)),
            TxnOpResponse::Put(put) => {
                Self::Put(Put { header: put.header().into(), previous: put.prev_key().map(KeyValue::from) })
            }
            TxnOpResponse::Delete(delete) => Self::Delete(Deleted {
                header: delete.header().into(),
                deleted: delete.deleted(),
                previous: delete.prev_kvs().iter().map(KeyValue::from).collect(),
            }),
            // None is ever asked for.
            TxnOpResponse::Txn(_) => return None,
        };
        Some(result)
    }
}

impl From<Compare> for etcd_client::Compare {
    fn from(compare: Compare) -> Self {
        let Compare { key, op, target } = compare;
        match target {
            CompareTarget::Version(version) => Self::version(key, op, version),
            CompareTarget::CreateRevision(revision) => Self::create_revision(key, op, revision),
            CompareTarget::ModRevision(revision) => Self::mod_revision(key, op, revision),
            CompareTarget::Value(value) => Self::value(key, op, value),
            CompareTarget::Lease(lease) => Self::lease(key, op, lease),
        }
    }
}

impl From<TxnOp> for etcd_client::TxnOp {
    fn from(op: TxnOp) -> Self {
        match op {
            TxnOp::Get(options) => Self::get(options.key.clone(), Some((&options).into())),
            TxnOp::Put(key, value, options) => Self::put(key, value, Some(options.into())),
            TxnOp::Delete(key, range_end, previous) => {
                let options = DeleteOptions::new().with_range(range_end);
                Self::delete(key, Some(if previous { options.with_prev_key() } else { options }))
            }
        }
    }
}

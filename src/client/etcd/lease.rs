//! Leases: keys that go when nobody keeps them alive.

use etcd_client::{LeaseGrantOptions, LeaseTimeToLiveOptions};

use super::Etcd;
use super::header::{Header, note_id};
use crate::client::{Failure, FailureKind, KeyChange, Read};

/// A lease that was granted or kept alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who answered.
    pub header: Header,
    /// Its id.
    pub id: i64,
    /// Seconds that it lives from now on.
    pub ttl: i64,
}

/// How long a lease has to live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseTime {
    /// Who answered.
    pub header: Header,
    /// Its id.
    pub id: i64,
    /// Seconds left; -1 where it is gone.
    pub ttl: i64,
    /// Seconds that it was granted.
    pub granted: i64,
    /// The keys that hang on it, where they were asked for.
    pub keys: Vec<Vec<u8>>,
}

impl Etcd {
    /// Grants a lease of `ttl` seconds; `id` 0 lets etcd choose one.
    ///
    /// # Errors
    /// An id in use; a `ttl` out of range; no connection.
    pub async fn lease_grant(&self, ttl: i64, id: i64) -> Result<Lease, Failure> {
        let options = LeaseGrantOptions::new().with_id(id);
        let answer = self.client.lease_client().grant(ttl, Some(options)).await.map_err(|error| self.failed(&error))?;
        note_id(&self.seen, answer.id().cast_unsigned());
        let header = Header::from(answer.header());
        header.note(&self.seen);
        Ok(Lease { header, id: answer.id(), ttl: answer.ttl() })
    }

    /// Ends a lease; its keys are deleted.
    ///
    /// # Errors
    /// No such lease; no connection.
    pub async fn lease_revoke(&self, id: i64) -> Result<Header, Failure> {
        let mut changes = Vec::new();
        if self.recorder.is_some() {
            let keys = self.unnoted().lease_time(id, true).await?.keys;
            changes.extend(keys.into_iter().map(|key| KeyChange::Delete(key, Vec::new())));
        }
        let ticket = self.before(&changes).await?;
        let answer = self.client.lease_client().revoke(id).await.map_err(|error| self.failed(&error));
        self.after(ticket, &answer).await;
        Ok(answer?.header().into())
    }

    /// Keeps a lease alive, once.
    ///
    /// # Errors
    /// No such lease; no connection.
    pub async fn lease_keep_alive(&self, id: i64) -> Result<Lease, Failure> {
        // The library swallows the first answer; what it learns from it is whether there is such a lease.
        let kept = self.client.lease_client().keep_alive(id).await;
        let (mut keeper, mut answers) = kept.map_err(|error| self.lease_failed(&error))?;
        keeper.keep_alive().await.map_err(|error| self.lease_failed(&error))?;
        let answer = answers.message().await.map_err(|error| self.lease_failed(&error))?;
        let answer = answer.ok_or_else(|| Failure::unreachable("Error: etcd ended the lease's stream"))?;
        Ok(Lease { header: answer.header().into(), id: answer.id(), ttl: answer.ttl() })
    }

    /// How long a lease has to live, and with `keys` what hangs on it.
    ///
    /// # Errors
    /// No connection.
    pub async fn lease_time(&self, id: i64, keys: bool) -> Result<LeaseTime, Failure> {
        let options = if keys { LeaseTimeToLiveOptions::new().with_keys() } else { LeaseTimeToLiveOptions::new() };
        let mut client = self.client.lease_client();
        let answer = client.time_to_live(id, Some(options)).await.map_err(|error| self.failed(&error))?;
        // etcd tells nobody how time passes.
        self.reads.record(|| Read::Polled);
        Ok(LeaseTime {
            header: answer.header().into(),
            id: answer.id(),
            ttl: answer.ttl(),
            granted: answer.granted_ttl(),
            keys: answer.keys().to_vec(),
        })
    }

    /// The ids of all leases.
    ///
    /// # Errors
    /// No connection.
    pub async fn leases(&self) -> Result<(Header, Vec<i64>), Failure> {
        let answer = self.client.lease_client().leases().await.map_err(|error| self.failed(&error))?;
        let ids: Vec<i64> = answer.leases().iter().map(etcd_client::LeaseStatus::id).collect();
        ids.iter().for_each(|id| note_id(&self.seen, id.cast_unsigned()));
        self.reads.record(|| Read::Polled);
        Ok((answer.header().into(), ids))
    }

    fn lease_failed(&self, error: &etcd_client::Error) -> Failure {
        let etcd_client::Error::LeaseKeepAliveError(_) = error else { return self.failed(error) };
        let answer = "etcdserver: requested lease not found";
        let mut failure = Failure::new(FailureKind::Answer, format!("Error: {answer}"));
        failure.answer = answer.to_owned();
        failure.reason = "NotFound".to_owned();
        failure.code = i64::from(i32::from(tonic::Code::NotFound));
        failure
    }
}

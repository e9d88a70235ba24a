//! Members and their upkeep.

use etcd_client::{AlarmAction, AlarmOptions, AlarmType};

use super::header::{Header, note_id};
use super::{Endpoint, Etcd};
use crate::client::{Failure, Read};

/// What a member says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Who answered.
    pub header: Header,
    /// `3.4.23`.
    pub version: String,
    /// Bytes of its database.
    pub db_size: i64,
    /// Bytes of its database in use.
    pub db_size_in_use: i64,
    /// The leader's id.
    pub leader: u64,
    /// The raft index that it has committed.
    pub raft_index: u64,
    /// The raft index that it has applied.
    pub raft_applied_index: u64,
    /// The raft term.
    pub raft_term: u64,
    /// Whether it has no vote yet.
    pub is_learner: bool,
    /// What is wrong with it.
    pub errors: Vec<String>,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: u64,
    /// Its name; empty until it has started.
    pub name: String,
    /// Where the other members reach it.
    pub peer_urls: Vec<String>,
    /// Where clients reach it.
    pub client_urls: Vec<String>,
    /// Whether it has no vote yet.
    pub is_learner: bool,
}

/// The members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Who answered.
    pub header: Header,
    /// In the order of etcd.
    pub members: Vec<Member>,
}

/// One alarm that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// The member that has it.
    pub member_id: u64,
    /// `NOSPACE` or `CORRUPT`.
    pub alarm: &'static str,
}

/// The hash of a member's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashKv {
    /// Who answered.
    pub header: Header,
    /// Equal on all members that are whole.
    pub hash: u32,
    /// The revision of the compaction.
    pub compact_revision: i64,
}

impl Etcd {
    /// What the member at `endpoint` says about itself; one of [`Etcd::endpoints`].
    ///
    /// # Errors
    /// It does not answer.
    pub async fn status(&self, endpoint: &str) -> Result<Status, Failure> {
        self.reads.record(|| Read::Polled);
        let mut client = self.endpoint(endpoint)?.client.maintenance_client();
        let answer = client.status().await.map_err(|error| super::failure::failure(&error, endpoint))?;
        let header = Header::from(answer.header());
        header.note(&self.seen);
        note_id(&self.seen, answer.leader());
        Ok(Status {
            header,
            version: answer.version().to_owned(),
            db_size: answer.db_size(),
            db_size_in_use: answer.raft_used_db_size(),
            leader: answer.leader(),
            raft_index: answer.raft_index(),
            raft_applied_index: answer.raft_applied_index(),
            raft_term: answer.raft_term(),
            is_learner: answer.is_learner(),
            errors: answer.errors().to_vec(),
        })
    }

    /// The members.
    ///
    /// # Errors
    /// No connection.
    pub async fn members(&self) -> Result<Members, Failure> {
        self.reads.record(|| Read::Polled);
        let answer = self.client.cluster_client().member_list().await.map_err(|error| self.failed(&error))?;
        let members = answer.members().iter().map(|member| Member {
            id: member.id(),
            name: member.name().to_owned(),
            peer_urls: member.peer_urls().to_vec(),
            client_urls: member.client_urls().to_vec(),
            is_learner: member.is_learner(),
        });
        let members: Vec<Member> = members.collect();
        members.iter().for_each(|member| note_id(&self.seen, member.id));
        Ok(Members { header: answer.header().into(), members })
    }

    /// Gives the space of deleted keys back to the file system; the member answers nothing else meanwhile.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn defragment(&self, endpoint: &str) -> Result<(), Failure> {
        let mut client = self.endpoint(endpoint)?.client.maintenance_client();
        client.defragment().await.map(drop).map_err(|error| super::failure::failure(&error, endpoint))
    }

    /// The hash of a member's keys at a revision; 0: as they are.
    ///
    /// # Errors
    /// A revision that is compacted away or to come; the member does not answer.
    pub async fn hash_kv(&self, endpoint: &str, revision: i64) -> Result<HashKv, Failure> {
        let mut client = self.endpoint(endpoint)?.client.maintenance_client();
        let answer = client.hash_kv(revision).await.map_err(|error| super::failure::failure(&error, endpoint))?;
        Ok(HashKv { header: answer.header().into(), hash: answer.hash(), compact_revision: answer.compact_version() })
    }

    /// The alarms that are on; `disarm` turns them off and returns what was on.
    ///
    /// # Errors
    /// No connection.
    pub async fn alarms(&self, disarm: bool) -> Result<Vec<Alarm>, Failure> {
        self.reads.record(|| Read::Polled);
        let mut client = self.client.maintenance_client();
        let answer =
            client.alarm(AlarmAction::Get, AlarmType::None, None).await.map_err(|error| self.failed(&error))?;
        let mut alarms = Vec::new();
        for member in answer.alarms() {
            let alarm = match member.alarm() {
                AlarmType::None => continue,
                AlarmType::Nospace => "NOSPACE",
                AlarmType::Corrupt => "CORRUPT",
            };
            alarms.push(Alarm { member_id: member.member_id(), alarm });
            if disarm {
                let mut options = AlarmOptions::new();
                options.with_member(member.member_id());
                let off = client.alarm(AlarmAction::Deactivate, member.alarm(), Some(options)).await;
                off.map_err(|error| self.failed(&error))?;
            }
        }
        Ok(alarms)
    }

    /// Streams the database of the first member into `sink`, and returns its size in bytes.
    ///
    /// # Errors
    /// The stream broke; `sink` did not take it.
    pub async fn snapshot(&self, mut sink: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<u64, Failure> {
        let mut stream = self.client.maintenance_client().snapshot().await.map_err(|error| self.failed(&error))?;
        let mut size = 0;
        while let Some(part) = stream.message().await.map_err(|error| self.failed(&error))? {
            sink(part.blob())?;
            size += part.blob().len() as u64;
        }
        Ok(size)
    }

    fn endpoint(&self, url: &str) -> Result<&Endpoint, Failure> {
        self.endpoints
            .iter()
            .find(|endpoint| endpoint.url == url)
            .ok_or_else(|| Failure::refused(format!("Error: {url} is no endpoint of this cluster")))
    }
}

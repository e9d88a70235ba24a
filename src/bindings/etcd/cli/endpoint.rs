//! `endpoint status|health|hashkv`, one line for each endpoint that kpnb is connected to.

use std::time::Instant;

use serde_json::Value;

use super::Command;
use super::format::{Kind, header_fields, quoted, size, table, took};
use super::json::Object;
use crate::client::Failure;
use crate::client::etcd::{HashKv, RangeOptions, Status};

impl Command<'_> {
    pub(super) async fn endpoint_status(&self) -> Result<i32, Failure> {
        let mut found = Vec::new();
        for Asked { shown, endpoint } in self.endpoints().await? {
            found.push((shown, self.etcd.status(&endpoint).await?));
        }
        let text = match self.format.kind {
            Kind::Simple => found.iter().map(|(url, status)| format!("{}\n", row(url, status).join(", "))).collect(),
            Kind::Table => {
                let titles = [
                    "ENDPOINT",
                    "ID",
                    "VERSION",
                    "DB SIZE",
                    "IS LEADER",
                    "IS LEARNER",
                    "RAFT TERM",
                    "RAFT INDEX",
                    "RAFT APPLIED INDEX",
                    "ERRORS",
                ];
                table(&titles, &found.iter().map(|(url, status)| row(url, status)).collect::<Vec<_>>())
            }
            Kind::Fields => found.iter().map(|(url, status)| status_fields(url, status)).collect(),
            Kind::Json => lines(found.iter().map(|(url, status)| status_json(url, status))),
        };
        self.out(&text);
        Ok(0)
    }

    pub(super) async fn endpoint_health(&self) -> Result<i32, Failure> {
        let mut found = Vec::new();
        for Asked { shown, endpoint } in self.endpoints().await? {
            let began = Instant::now();
            let probe = RangeOptions { key: b"health".to_vec(), ..RangeOptions::default() };
            let answer = match self.etcd.status(&endpoint).await {
                Ok(_) => self.etcd.get(&probe).await.map(drop),
                Err(failure) => Err(failure),
            };
            let error = answer.err().map(|failure| failure.message.trim_start_matches("Error: ").to_owned());
            found.push((shown, took(began.elapsed()), error));
        }
        match self.format.kind {
            // On standard error also where all is well: that is where etcdctl writes it.
            Kind::Simple => {
                for (url, took, error) in &found {
                    self.streams.err(&match error {
                        None => format!("{url} is healthy: successfully committed proposal: took = {took}\n"),
                        Some(error) => format!("{url} is unhealthy: failed to commit proposal: {error}\n"),
                    });
                }
            }
            Kind::Fields => {
                for (url, took, error) in &found {
                    let (url, error) = (quoted(url.as_bytes()), error.as_deref());
                    let healthy = error.is_none();
                    let error = error.unwrap_or_default();
                    self.out(&format!(
                        "\"Endpoint\" : {url}\n\"Health\" : {healthy}\n\"Took\" : {took}\n\"Error\" : {error}\n\n"
                    ));
                }
            }
            Kind::Table => {
                let rows = found.iter().map(|(url, took, error)| {
                    vec![url.clone(), error.is_none().to_string(), took.clone(), error.clone().unwrap_or_default()]
                });
                self.out(&table(&["ENDPOINT", "HEALTH", "TOOK", "ERROR"], &rows.collect::<Vec<_>>()));
            }
            Kind::Json => self.out(&lines(found.iter().map(|(url, took, error)| {
                let object = Object::default().with("endpoint", url.as_str()).with("health", error.is_none());
                object.with("took", took.as_str()).with_set("error", error.clone()).into()
            }))),
        }
        if found.iter().any(|(_, _, error)| error.is_some()) {
            return Err(Failure::answer("Error: unhealthy cluster"));
        }
        Ok(0)
    }

    pub(super) async fn endpoint_hashkv(&self) -> Result<i32, Failure> {
        let revision = self.flags.integer("rev")?.unwrap_or(0);
        let mut found = Vec::new();
        for Asked { shown, endpoint } in self.endpoints().await? {
            found.push((shown, self.etcd.hash_kv(&endpoint, revision).await?));
        }
        let text = match self.format.kind {
            Kind::Simple => found.iter().map(|(url, hash)| format!("{url}, {}\n", hash.hash)).collect(),
            Kind::Table => {
                let rows = found.iter().map(|(url, hash)| vec![url.clone(), hash.hash.to_string()]);
                table(&["ENDPOINT", "HASH"], &rows.collect::<Vec<_>>())
            }
            Kind::Fields => found
                .iter()
                .map(|(url, hash)| {
                    let url = quoted(url.as_bytes());
                    format!("{}\"Endpoint\" : {url}\n\"Hash\" : {}\n\n", header_fields(&hash.header), hash.hash)
                })
                .collect(),
            Kind::Json => lines(found.iter().map(|(url, hash)| hash_json(url, hash))),
        };
        self.out(&text);
        Ok(0)
    }

    /// The endpoints that kpnb is connected to; with `--cluster` those that the members name, in their order. A member's
    /// address need not lead to it from this machine, so that it is asked where kpnb is connected to it.
    pub(super) async fn endpoints(&self) -> Result<Vec<Asked>, Failure> {
        let mut connected = Vec::new();
        let cluster = self.flags.switch("cluster", false)?;
        for endpoint in self.etcd.endpoints() {
            let member = if cluster { self.etcd.status(endpoint).await?.header.member_id } else { 0 };
            connected.push((member, endpoint));
        }
        if !cluster {
            return Ok(connected
                .into_iter()
                .map(|(_, endpoint)| Asked { shown: endpoint.to_owned(), endpoint: endpoint.to_owned() })
                .collect());
        }
        let mut asked = Vec::new();
        for member in self.etcd.members().await?.members {
            let Some((_, endpoint)) = connected.iter().find(|(id, _)| *id == member.id) else {
                let message = format!("Error: --cluster: kpnb is not connected to member {:x}", member.id);
                return Err(Failure::refused(message).with_hint("ETCDCTL_ENDPOINTS names the endpoints to connect to"));
            };
            asked.extend(member.client_urls.into_iter().map(|shown| Asked { shown, endpoint: (*endpoint).to_owned() }));
        }
        Ok(asked)
    }
}

/// An endpoint as it is shown, and where it is asked.
pub(super) struct Asked {
    pub(super) shown: String,
    pub(super) endpoint: String,
}

fn row(url: &str, status: &Status) -> Vec<String> {
    vec![
        url.to_owned(),
        format!("{:x}", status.header.member_id),
        status.version.clone(),
        size(status.db_size),
        (status.leader == status.header.member_id).to_string(),
        status.is_learner.to_string(),
        status.raft_term.to_string(),
        status.raft_index.to_string(),
        status.raft_applied_index.to_string(),
        status.errors.join(", "),
    ]
}

fn status_fields(url: &str, status: &Status) -> String {
    let errors: Vec<String> = status.errors.iter().map(|error| quoted(error.as_bytes())).collect();
    format!(
        "{}\"Version\" : {}\n\"DBSize\" : {}\n\"Leader\" : {}\n\"IsLearner\" : {}\n\"RaftIndex\" : {}\n\"RaftTerm\" : {}\n\
         \"RaftAppliedIndex\" : {}\n\"Errors\" : [{}]\n\"Endpoint\" : {}\n\n",
        header_fields(&status.header),
        quoted(status.version.as_bytes()),
        status.db_size,
        status.leader,
        status.is_learner,
        status.raft_index,
        status.raft_term,
        status.raft_applied_index,
        errors.join(" "),
        quoted(url.as_bytes())
    )
}

fn status_json(url: &str, status: &Status) -> Value {
    let inner = Object::headed(&status.header)
        .with_set("version", status.version.as_str())
        .with_set("dbSize", status.db_size)
        .with_set("leader", status.leader)
        .with_set("raftIndex", status.raft_index)
        .with_set("raftTerm", status.raft_term)
        .with_set("raftAppliedIndex", status.raft_applied_index)
        .with_set("errors", status.errors.clone())
        .with_set("dbSizeInUse", status.db_size_in_use)
        .with_set("isLearner", status.is_learner);
    Object::default().with("Endpoint", url).with("Status", inner).into()
}

fn hash_json(url: &str, hash: &HashKv) -> Value {
    let inner = Object::headed(&hash.header).with_set("hash", hash.hash);
    Object::default()
        .with("Endpoint", url)
        .with("HashKV", inner.with_set("compact_revision", hash.compact_revision))
        .into()
}

fn lines(values: impl Iterator<Item = Value>) -> String {
    format!("{}\n", values.collect::<Value>())
}

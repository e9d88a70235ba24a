//! `lease grant|revoke|timetolive|list|keep-alive`.

use std::time::Duration;

use serde_json::Value;

use super::format::{Kind, header_fields, no_table, quoted};
use super::json::{Object, base64};
use super::{BAD_CONNECTION, Command, bad_args};
use crate::client::Failure;

impl Command<'_> {
    pub(super) async fn lease_grant(&self) -> Result<i32, Failure> {
        let args = self.args();
        let [ttl] = args[..] else { return Err(bad_args("Error: lease grant command needs TTL argument")) };
        let ttl: i64 = ttl
            .parse()
            .map_err(|_| bad_args(format!("Error: bad TTL (strconv.ParseInt: parsing {ttl:?}: invalid syntax)")))?;
        let lease = self.etcd.lease_grant(ttl, 0).await.map_err(|failure| told("grant", failure))?;
        let text = match self.format.kind {
            Kind::Simple => format!("lease {:016x} granted with TTL({}s)\n", lease.id, lease.ttl),
            Kind::Fields => format!("{}\"ID\" : {}\n\"TTL\" : {}\n", header_fields(&lease.header), lease.id, lease.ttl),
            Kind::Json => {
                let object = Object::default().with_header(&lease.header).with("ID", lease.id);
                object.with("TTL", lease.ttl).with("Error", "").line()
            }
            Kind::Table => return Err(no_table()),
        };
        self.out(&text);
        Ok(0)
    }

    pub(super) async fn lease_revoke(&self) -> Result<i32, Failure> {
        let args = self.args();
        let [id] = args[..] else {
            return Err(bad_args("Error: lease revoke command needs 1 argument"));
        };
        let id = lease_argument(id)?;
        let header = self.etcd.lease_revoke(id).await.map_err(|failure| told("revoke", failure))?;
        let text = match self.format.kind {
            Kind::Simple => format!("lease {id:016x} revoked\n"),
            Kind::Fields => header_fields(&header),
            Kind::Json => Object::headed(&header).line(),
            Kind::Table => return Err(no_table()),
        };
        self.out(&text);
        Ok(0)
    }

    pub(super) async fn lease_timetolive(&self) -> Result<i32, Failure> {
        let args = self.args();
        let [id] = args[..] else {
            return Err(bad_args("Error: lease timetolive command needs lease ID as argument"));
        };
        let with_keys = self.flags.switch("keys", false)?;
        let lease = self.etcd.lease_time(lease_argument(id)?, with_keys).await?;
        let text = match self.format.kind {
            Kind::Simple if lease.ttl < 0 => format!("lease {:016x} already expired\n", lease.id),
            Kind::Simple => {
                let keys: Vec<String> =
                    lease.keys.iter().map(|key| String::from_utf8_lossy(key).into_owned()).collect();
                let keys = if with_keys { format!(", attached keys([{}])", keys.join(" ")) } else { String::new() };
                format!(
                    "lease {:016x} granted with TTL({}s), remaining({}s){keys}\n",
                    lease.id, lease.granted, lease.ttl
                )
            }
            Kind::Fields => {
                let keys: String = lease.keys.iter().map(|key| format!("\"Key\" : {}\n", quoted(key))).collect();
                let header = header_fields(&lease.header);
                format!(
                    "{header}\"ID\" : {}\n\"TTL\" : {}\n\"GrantedTTL\" : {}\n{keys}",
                    lease.id, lease.ttl, lease.granted
                )
            }
            Kind::Json => {
                let keys: Vec<Value> = lease.keys.iter().map(|key| base64(key).into()).collect();
                let keys = if keys.is_empty() { Value::Null } else { keys.into() };
                let object = Object::default().with_header(&lease.header).with("id", lease.id).with("ttl", lease.ttl);
                object.with("granted-ttl", lease.granted).with("keys", keys).line()
            }
            Kind::Table => return Err(no_table()),
        };
        self.out(&text);
        Ok(0)
    }

    pub(super) async fn lease_list(&self) -> Result<i32, Failure> {
        let (header, ids) = self.etcd.leases().await?;
        let text = match self.format.kind {
            Kind::Simple => {
                let ids: String = ids.iter().map(|id| format!("{id:016x}\n")).collect();
                format!("found {} leases\n{ids}", ids.lines().count())
            }
            Kind::Fields => {
                let ids: String = ids.iter().map(|id| format!("\"ID\" : {id}\n")).collect();
                format!("{}{ids}", header_fields(&header))
            }
            Kind::Json => {
                let leases: Value = ids.iter().map(|id| Value::from(Object::default().with("id", *id))).collect();
                Object::default().with_header(&header).with("leases", leases).line()
            }
            Kind::Table => return Err(no_table()),
        };
        self.out(&text);
        Ok(0)
    }

    pub(super) async fn lease_keep_alive(&self) -> Result<i32, Failure> {
        let args = self.args();
        let [id] = args[..] else {
            return Err(bad_args("Error: lease keep-alive command needs lease ID as argument"));
        };
        let id = lease_argument(id)?;
        loop {
            let once = self.flags.switch("once", false)?;
            let lease = match self.etcd.lease_keep_alive(id).await {
                Err(failure) if failure.is_not_found() && once => {
                    self.streams.err(&format!("{failure}\n"));
                    return Ok(BAD_CONNECTION);
                }
                Err(failure) if failure.is_not_found() => {
                    self.out(&format!("lease {id:016x} expired or revoked.\n"));
                    return Ok(0);
                }
                kept => kept?,
            };
            let text = match self.format.kind {
                Kind::Simple => format!("lease {:016x} keepalived with TTL({})\n", lease.id, lease.ttl),
                Kind::Fields => {
                    format!("{}\"ID\" : {}\n\"TTL\" : {}\n", header_fields(&lease.header), lease.id, lease.ttl)
                }
                Kind::Json => {
                    let object = Object::default().with_header(&lease.header);
                    object.with("ID", lease.id).with("TTL", lease.ttl).line()
                }
                Kind::Table => return Err(no_table()),
            };
            self.out(&text);
            if once {
                return Ok(0);
            }
            // As etcd's clients do: a third of its life is left for two more tries.
            let seconds = u64::try_from(lease.ttl / 3).unwrap_or_default().max(1);
            self.workspace.cluster.clock.sleep(Duration::from_secs(seconds)).await;
        }
    }
}

/// The value of `--lease`: hexadecimal.
pub(super) fn lease_id(text: &str) -> Result<i64, Failure> {
    hexadecimal("bad lease ID", text)
}

/// A lease's id as an argument.
fn lease_argument(text: &str) -> Result<i64, Failure> {
    hexadecimal("bad lease ID arg", text)
}

fn hexadecimal(what: &str, text: &str) -> Result<i64, Failure> {
    i64::from_str_radix(text, 16).map_err(|_| {
        let reason = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
        bad_args(format!("Error: {what} ({reason}), expecting ID in Hex"))
    })
}

/// etcdctl tells what it could not do.
fn told(verb: &str, failure: Failure) -> Failure {
    if failure.answer.is_empty() {
        return failure;
    }
    Failure { message: format!("Error: failed to {verb} lease ({})", failure.answer), ..failure }
}

//! `get`, `put`, `del`.

use serde_json::Value;

use super::format::{Format, Kind, header_fields, kv_fields, no_table};
use super::json::{Object, kv, kvs};
use super::{Command, bad_args, requests};
use crate::client::Failure;
use crate::client::etcd::{Deleted, Put, Range};

impl Command<'_> {
    pub(super) async fn get(&self) -> Result<i32, Failure> {
        let only_values = self.flags.switch("print-value-only", false)?;
        if only_values && self.format.kind != Kind::Simple {
            // After what is wrong with the key.
            requests::get(&self.flags)?;
            return Err(bad_args("Error: print-value-only is only for `--write-out=simple`"));
        }
        let range = self.etcd.get(&requests::get(&self.flags)?).await?;
        self.out(&match only_values {
            true => range.kvs.iter().map(|kv| format!("{}\n", self.format.bytes(&kv.value))).collect(),
            false => self.format.answer(&range)?,
        });
        Ok(0)
    }

    pub(super) async fn put(&self, stdin: Option<&str>) -> Result<i32, Failure> {
        let (key, value, options) = requests::put(&self.flags, stdin)?;
        let put = self.etcd.put(&key, &value, options).await?;
        self.out(&self.format.answer(&put)?);
        Ok(0)
    }

    pub(super) async fn del(&self) -> Result<i32, Failure> {
        let (key, range_end, previous) = requests::del(&self.flags)?;
        let deleted = self.etcd.delete(&key, &range_end, previous).await?;
        self.out(&self.format.answer(&deleted)?);
        Ok(0)
    }
}

/// What etcd answers to a request, by itself or within a transaction.
pub(super) trait Answer {
    fn simple(&self, format: Format) -> String;
    fn fields(&self) -> String;
    fn json(&self) -> Value;
}

impl Format {
    /// An answer in this format.
    pub(super) fn answer(self, answer: &dyn Answer) -> Result<String, Failure> {
        match self.kind {
            Kind::Simple => Ok(answer.simple(self)),
            Kind::Fields => Ok(answer.fields()),
            Kind::Json => Ok(format!("{}\n", answer.json())),
            Kind::Table => Err(no_table()),
        }
    }
}

impl Answer for Range {
    fn simple(&self, format: Format) -> String {
        self.kvs.iter().map(|kv| format.pair(kv)).collect()
    }

    fn fields(&self) -> String {
        let kvs: String = self.kvs.iter().map(|kv| kv_fields("", kv)).collect();
        format!("{}{kvs}\"More\" : {}\n\"Count\" : {}\n", header_fields(&self.header), self.more, self.count)
    }

    fn json(&self) -> Value {
        let object = Object::headed(&self.header).with_set("kvs", kvs(&self.kvs));
        object.with_set("more", self.more).with_set("count", self.count).into()
    }
}

impl Answer for Put {
    fn simple(&self, format: Format) -> String {
        format!("OK\n{}", self.previous.as_ref().map(|kv| format.pair(kv)).unwrap_or_default())
    }

    fn fields(&self) -> String {
        let previous = self.previous.as_ref().map(|kv| kv_fields("Prev", kv)).unwrap_or_default();
        header_fields(&self.header) + previous.as_str()
    }

    fn json(&self) -> Value {
        Object::headed(&self.header).with_set("prev_kv", self.previous.as_ref().map(kv)).into()
    }
}

impl Answer for Deleted {
    fn simple(&self, format: Format) -> String {
        let previous: String = self.previous.iter().map(|kv| format.pair(kv)).collect();
        format!("{}\n{previous}", self.deleted)
    }

    fn fields(&self) -> String {
        let previous: String = self.previous.iter().map(|kv| kv_fields("Prev", kv)).collect();
        format!("{}\"Deleted\" : {}\n{previous}", header_fields(&self.header), self.deleted)
    }

    fn json(&self) -> Value {
        let object = Object::headed(&self.header).with_set("deleted", self.deleted);
        object.with_set("prev_kvs", kvs(&self.previous)).into()
    }
}

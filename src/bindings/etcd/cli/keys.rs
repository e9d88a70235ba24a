//! `get`, `put`, `del`.

use super::format::{Kind, header_fields, kv_fields, no_table};
use super::json::{Object, kv, kvs};
use super::lease::lease_id;
use super::{Command, bad_args, bad_feature};
use crate::client::Failure;
use crate::client::etcd::{PutOptions, RangeOptions, SortBy, SortOrder, prefix_range};

impl Command<'_> {
    pub(super) async fn get(&self) -> Result<i32, Failure> {
        let (key, range_end) = self.range("get")?;
        let only_values = self.flags.switch("print-value-only", false)?;
        if only_values && self.format.kind != Kind::Simple {
            return Err(bad_args("Error: print-value-only is only for `--write-out=simple`"));
        }
        let serializable = match self.flags.get("consistency").unwrap_or("l") {
            "l" => false,
            "s" => true,
            other => return Err(bad_feature(format!("Error: unknown consistency flag {other:?}"))),
        };
        let options = RangeOptions {
            key,
            range_end,
            revision: self.flags.integer("rev")?.unwrap_or(0),
            limit: self.flags.integer("limit")?.unwrap_or(0),
            keys_only: self.flags.switch("keys-only", false)?,
            sort: self.sort()?,
            serializable,
            ..RangeOptions::default()
        };
        let range = self.etcd.get(&options).await?;
        let text = match self.format.kind {
            Kind::Simple if only_values => {
                range.kvs.iter().map(|kv| format!("{}\n", self.format.bytes(&kv.value))).collect()
            }
            Kind::Simple => range.kvs.iter().map(|kv| self.format.pair(kv)).collect(),
            Kind::Fields => {
                let kvs: String = range.kvs.iter().map(|kv| kv_fields("", kv)).collect();
                format!("{}{kvs}\"More\" : {}\n\"Count\" : {}\n", header_fields(&range.header), range.more, range.count)
            }
            Kind::Json => Object::headed(&range.header)
                .with_set("kvs", kvs(&range.kvs))
                .with_set("more", range.more)
                .with_set("count", range.count)
                .line(),
            Kind::Table => return Err(no_table()),
        };
        self.out(&text);
        Ok(0)
    }

    pub(super) async fn put(&self, stdin: Option<&str>) -> Result<i32, Failure> {
        let ignore_value = self.flags.switch("ignore-value", false)?;
        let args = self.args();
        let (key, value) = match (&args[..], stdin) {
            ([_, _, ..], _) if ignore_value => {
                return Err(bad_args("Error: put command needs only 1 argument when 'ignore-value' is set"));
            }
            ([key], _) if ignore_value => (*key, ""),
            ([key, value, ..], _) => (*key, *value),
            ([key], Some(stdin)) => (*key, stdin),
            _ => return Err(bad_args("Error: put command needs 1 argument and input from stdin or 2 arguments")),
        };
        let options = PutOptions {
            lease: self.flags.get("lease").map(lease_id).transpose()?.unwrap_or(0),
            previous: self.flags.switch("prev-kv", false)?,
            ignore_value,
            ignore_lease: self.flags.switch("ignore-lease", false)?,
        };
        let put = self.etcd.put(key.as_bytes(), value.as_bytes(), options).await?;
        let text = match self.format.kind {
            Kind::Simple => format!("OK\n{}", put.previous.as_ref().map(|kv| self.format.pair(kv)).unwrap_or_default()),
            Kind::Fields => {
                let previous = put.previous.as_ref().map(|kv| kv_fields("Prev", kv)).unwrap_or_default();
                header_fields(&put.header) + previous.as_str()
            }
            Kind::Json => Object::headed(&put.header).with_set("prev_kv", put.previous.as_ref().map(kv)).line(),
            Kind::Table => return Err(no_table()),
        };
        self.out(&text);
        Ok(0)
    }

    pub(super) async fn del(&self) -> Result<i32, Failure> {
        let (key, range_end) = self.range("del")?;
        let deleted = self.etcd.delete(&key, &range_end, self.flags.switch("prev-kv", false)?).await?;
        let text = match self.format.kind {
            Kind::Simple => {
                let previous: String = deleted.previous.iter().map(|kv| self.format.pair(kv)).collect();
                format!("{}\n{previous}", deleted.deleted)
            }
            Kind::Fields => {
                let previous: String = deleted.previous.iter().map(|kv| kv_fields("Prev", kv)).collect();
                format!("{}\"Deleted\" : {}\n{previous}", header_fields(&deleted.header), deleted.deleted)
            }
            Kind::Json => Object::headed(&deleted.header)
                .with_set("deleted", deleted.deleted)
                .with_set("prev_kvs", kvs(&deleted.previous))
                .line(),
            Kind::Table => return Err(no_table()),
        };
        self.out(&text);
        Ok(0)
    }

    /// The range that a key, `range_end`, `--prefix` and `--from-key` name.
    fn range(&self, command: &str) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let (prefix, from_key) = (self.flags.switch("prefix", false)?, self.flags.switch("from-key", false)?);
        if prefix && from_key {
            return Err(bad_args("Error: `--prefix` and `--from-key` cannot be set at the same time, choose one"));
        }
        let args = self.args();
        // etcdctl looks at no third argument.
        let key = match args[..] {
            [key, end, ..] if !prefix && !from_key => return Ok((key.as_bytes().to_vec(), end.as_bytes().to_vec())),
            [_, _, ..] => {
                let message =
                    "Error: too many arguments, only accept one argument when `--prefix` or `--from-key` is set";
                return Err(bad_args(message));
            }
            [key] => key.as_bytes(),
            [] => {
                let message =
                    format!("Error: {command} command needs one argument as key and an optional argument as range_end");
                return Err(bad_args(message));
            }
        };
        Ok(match () {
            () if prefix => prefix_range(key),
            // etcd takes no empty key.
            () if from_key => (if key.is_empty() { vec![0] } else { key.to_vec() }, vec![0]),
            () => (key.to_vec(), Vec::new()),
        })
    }

    fn sort(&self) -> Result<Option<(SortBy, SortOrder)>, Failure> {
        let order = match self.flags.get("order").unwrap_or_default().to_uppercase().as_str() {
            "ASCEND" => Some(SortOrder::Ascend),
            "DESCEND" => Some(SortOrder::Descend),
            "" => None,
            _ => {
                let given = self.flags.get("order").unwrap_or_default();
                return Err(bad_feature(format!("Error: bad sort order {given}")));
            }
        };
        let by = match self.flags.get("sort-by").unwrap_or_default().to_uppercase().as_str() {
            "CREATE" => Some(SortBy::Create),
            "KEY" => Some(SortBy::Key),
            "MODIFY" => Some(SortBy::Mod),
            "VALUE" => Some(SortBy::Value),
            "VERSION" => Some(SortBy::Version),
            "" => None,
            _ => {
                let given = self.flags.get("sort-by").unwrap_or_default();
                return Err(bad_feature(format!("Error: bad sort target {given}")));
            }
        };
        Ok(match (by, order) {
            (None, None) => None,
            (by, order) => Some((by.unwrap_or(SortBy::Key), order.unwrap_or(SortOrder::Ascend))),
        })
    }
}

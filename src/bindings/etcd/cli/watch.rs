//! `watch`: prints changes as they come, until it is stopped.

use super::format::{Kind, header_fields, kv_fields, no_table};
use super::json::{Object, kv};
use super::{Command, INTERRUPTED, bad_args};
use crate::client::etcd::{EventKind, WatchBatch, WatchEvent, WatchOptions, prefix_range};
use crate::client::{Failure, FailureKind};

impl Command<'_> {
    pub(super) async fn watch(&self) -> Result<i32, Failure> {
        if self.format.kind == Kind::Table {
            return Err(no_table());
        }
        if !self.flags.after_dashes.is_empty() {
            return Err(Failure::refused("Error: watch: a command to run at each event would run on this machine")
                .with_hint("use etcd::watch and a loop"));
        }
        let args = self.args();
        let (key, range_end) = match (&args[..], self.flags.switch("prefix", false)?) {
            ([key], true) => prefix_range(key.as_bytes()),
            ([key], false) => (key.as_bytes().to_vec(), Vec::new()),
            ([_, _, ..], true) => {
                return Err(bad_args("Error: `range_end` and `--prefix` are mutually exclusive"));
            }
            ([key, end, ..], false) => (key.as_bytes().to_vec(), end.as_bytes().to_vec()),
            ([], _) => return Err(bad_args("Error: bad number of arguments")),
        };
        let options = WatchOptions {
            key,
            range_end,
            revision: self.flags.integer("rev")?.unwrap_or(0),
            previous: self.flags.switch("prev-kv", false)?,
            progress: false,
        };
        let Err(failure) = self.follow(&options).await else {
            return Err(Failure::unreachable("Error: watch is canceled by the server"));
        };
        if failure.kind != FailureKind::Answer {
            return Err(failure);
        }
        self.streams.err(&format!("{failure}\n"));
        Ok(INTERRUPTED)
    }

    async fn follow(&self, options: &WatchOptions) -> Result<(), Failure> {
        let mut watch = self.etcd.watch_with(options).await?;
        while let Some(batch) = watch.next().await? {
            if !batch.events.is_empty() {
                self.out(&self.batch(&batch));
            }
        }
        Ok(())
    }

    fn batch(&self, batch: &WatchBatch) -> String {
        let events = batch.events.iter();
        match self.format.kind {
            Kind::Fields => {
                let events: String = events.map(fields).collect();
                format!("{}{events}", header_fields(&batch.header))
            }
            Kind::Json => {
                let header = Object::default().with_header(&batch.header);
                let events: serde_json::Value = events.map(json).collect();
                Object::default()
                    .with("Header", header)
                    .with("Events", events)
                    .with("CompactRevision", 0)
                    .with("Canceled", false)
                    .with("Created", false)
                    .line()
            }
            Kind::Simple | Kind::Table => events
                .map(|event| {
                    let previous = event.previous.as_ref().map(|kv| self.format.pair(kv)).unwrap_or_default();
                    format!("{}\n{previous}{}", name(event), self.format.pair(&event.kv))
                })
                .collect(),
        }
    }
}

fn name(event: &WatchEvent) -> &'static str {
    match event.kind {
        EventKind::Put => "PUT",
        EventKind::Delete => "DELETE",
    }
}

fn fields(event: &WatchEvent) -> String {
    let previous = event.previous.as_ref().map(|kv| kv_fields("Prev", kv)).unwrap_or_default();
    format!("\"Type\" : {}\n{previous}{}", name(event), kv_fields("", &event.kv))
}

fn json(event: &WatchEvent) -> serde_json::Value {
    Object::default()
        .with_set("type", i64::from(event.kind == EventKind::Delete))
        .with("kv", kv(&event.kv))
        .with_set("prev_kv", event.previous.as_ref().map(kv))
        .into()
}

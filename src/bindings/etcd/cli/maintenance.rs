//! `compaction`, `defrag`, `alarm list|disarm`, `snapshot save`.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use super::endpoint::Asked;
use super::format::{Kind, no_table};
use super::json::Object;
use super::{Command, bad_args};
use crate::client::Failure;

impl Command<'_> {
    pub(super) async fn compaction(&self) -> Result<i32, Failure> {
        let args = self.args();
        let [revision] = args[..] else { return Err(bad_args("Error: compaction command needs 1 argument")) };
        let revision: i64 = revision
            .parse()
            .map_err(|_| Failure::usage(format!("Error: strconv.ParseInt: parsing {revision:?}: invalid syntax")))?;
        self.etcd.compact(revision, self.flags.switch("physical", false)?).await?;
        self.out(&format!("compacted revision {revision}\n"));
        Ok(0)
    }

    pub(super) async fn defrag(&self) -> Result<i32, Failure> {
        for Asked { shown, endpoint } in self.endpoints().await? {
            self.etcd.defragment(&endpoint).await?;
            self.out(&format!("Finished defragmenting etcd member[{shown}]\n"));
        }
        Ok(0)
    }

    pub(super) async fn alarms(&self, disarm: bool) -> Result<i32, Failure> {
        if !self.args().is_empty() {
            let verb = if disarm { "disarm" } else { "list" };
            return Err(bad_args(format!("Error: alarm {verb} command accepts no arguments")));
        }
        let alarms = self.etcd.alarms(disarm).await?;
        let text = match self.format.kind {
            Kind::Simple => {
                alarms.iter().map(|alarm| format!("memberID:{} alarm:{} \n", alarm.member_id, alarm.alarm)).collect()
            }
            Kind::Fields => alarms
                .iter()
                .map(|alarm| format!("\"MemberID\" : {}\n\"AlarmType\" : {}\n\n", alarm.member_id, alarm.alarm))
                .collect(),
            Kind::Json => {
                let alarms: Value = alarms
                    .iter()
                    .map(|alarm| {
                        let number = if alarm.alarm == "NOSPACE" { 1 } else { 2 };
                        Value::from(Object::default().with("memberID", alarm.member_id).with("alarm", number))
                    })
                    .collect();
                Object::default().with_set("alarms", alarms).line()
            }
            Kind::Table => return Err(no_table()),
        };
        self.out(&text);
        Ok(0)
    }

    /// Saves into the run's output folder, and never over a file. What was written is removed when the stream breaks.
    pub(super) async fn snapshot_save(&self) -> Result<i32, Failure> {
        let args = self.args();
        let [name] = args[..] else { return Err(bad_args("Error: snapshot save expects one argument")) };
        let plain = Path::new(name).file_name().is_some_and(|file| file == name);
        if !plain {
            return Err(Failure::refused(format!("Error: {name}: a snapshot goes into the run's output folder"))
                .with_hint("give a file's name without a folder"));
        }
        let folder = &self.workspace.output;
        let broken = |error: std::io::Error| Failure::answer(format!("Error: could not save {name}: {error}"));
        std::fs::create_dir_all(folder).map_err(broken)?;
        let path = folder.join(name);
        if path.exists() {
            return Err(Failure::refused(format!("Error: {name} is there already, and kpnb writes over no file")));
        }
        // A file that was not persisted is removed when it is dropped.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(broken)?;
        self.etcd.snapshot(|part| file.write_all(part).map_err(broken)).await?;
        file.persist_noclobber(&path).map_err(|error| broken(error.error))?;
        self.out(&format!("Snapshot saved at {name}\n"));
        Ok(0)
    }
}

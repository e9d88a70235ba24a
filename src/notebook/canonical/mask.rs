//! Masks what says nothing inside a line.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::MaskedClass;
use super::shape::regex;

/// How keys of events begin.
pub(super) const EVENT_KEY: &str = "/registry/events/";

static EVENT_NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"/registry/events/([a-z0-9-]+)/\S+"));
static EVENT_SUFFIX: LazyLock<Regex> = LazyLock::new(|| regex(r"([a-z0-9])\.[0-9a-f]{16}\b"));
static RAFT: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"(?i)("?\b(?:raft_?term|raft_?index|raft_?applied_?index)"? ?[:=] ?"?)\d+"#));
static DB_SIZE: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?i)("?\b(?:db_?size|db_?size_?in_?use)"? ?[:=] ?"?)\d+"#));
static SIZE: LazyLock<Regex> = LazyLock::new(|| regex(r"\b\d+(?:\.\d+)? ?(?:B|kB|MB|GB)\b"));
static STATUS: LazyLock<Regex> = LazyLock::new(|| regex(r"((?:true|false), (?:true|false)), \d+, \d+, \d+,"));
static COUNTED: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9a-z]+ \(x\d+ over [0-9a-z]+\)"));

/// Masks what says nothing inside a line, and notes it.
pub(super) fn mask(mut text: String, masked: &mut Vec<(MaskedClass, String)>) -> String {
    let status = text.contains(", true, ") || text.contains(", false, ") || text.contains("etcd");
    let mut replace = |class, needed: &[&str], pattern: &Regex, with: &dyn Fn(&Captures<'_>) -> String| {
        if !needed.iter().any(|needed| text.contains(needed)) {
            return;
        }
        let changed = pattern.replace_all(&text, |found: &Captures<'_>| {
            masked.push((class, found[0].to_owned()));
            with(found)
        });
        if let Cow::Owned(changed) = changed {
            text = changed;
        }
    };
    let (event, raft) = (MaskedClass::Event, MaskedClass::Raft);
    replace(event, &[EVENT_KEY], &EVENT_NAME, &|found| format!("{EVENT_KEY}{}/<event>", &found[1]));
    replace(event, &["."], &EVENT_SUFFIX, &|found| format!("{}.<event>", &found[1]));
    replace(raft, &["raft", "Raft", "RAFT"], &RAFT, &|found| format!("{}<number>", &found[1]));
    replace(MaskedClass::Size, &["db", "DB"], &DB_SIZE, &|found| format!("{}<number>", &found[1]));
    replace(raft, &["true, ", "false, "], &STATUS, &|found| format!("{}, <raft>,", &found[1]));
    replace(event, &[" over "], &COUNTED, &|_| "<masked>".to_owned());
    if status {
        replace(MaskedClass::Size, &["B"], &SIZE, &|_| "<size>".to_owned());
    }
    text
}

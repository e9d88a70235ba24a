//! What journald has written down.

use jiff::Timestamp;

use crate::sandbox::World;

/// One line.
#[derive(Debug, Clone)]
pub(in crate::sandbox::host) struct Entry {
    pub time: Timestamp,
    /// Of which unit, in the order of the node's units.
    pub unit: usize,
    /// Who wrote it: `systemd`, `kubelet`.
    pub ident: &'static str,
    pub pid: u32,
    pub text: String,
}

/// The lines that are kept.
const KEPT: usize = 20_000;

/// Writes a line down.
pub(in crate::sandbox::host) fn log(
    world: &mut World,
    at: usize,
    unit: usize,
    (ident, pid): (&'static str, u32),
    text: &str,
) {
    let time = world.now();
    let journal = &mut world.hosts.nodes[at].systemd.journal;
    journal.extend(text.lines().map(|text| Entry { time, unit, ident, pid, text: text.to_owned() }));
    if journal.len() > 2 * KEPT {
        journal.drain(..KEPT);
    }
}

/// A line as `journalctl` prints it: `Jan 13 12:00:05 host kubelet[512]: …`.
pub(in crate::sandbox::host) fn line(entry: &Entry, host: &str) -> String {
    let zoned = entry.time.to_zoned(jiff::tz::TimeZone::UTC);
    let time = jiff::fmt::strtime::format("%b %d %H:%M:%S", &zoned).unwrap_or_default();
    format!("{time} {host} {}[{}]: {}\n", entry.ident, entry.pid, entry.text)
}

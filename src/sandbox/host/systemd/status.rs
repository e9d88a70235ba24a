//! What `systemctl status` says: src/systemctl/systemctl.c of systemd 246.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::run::how_it_ended;
use super::{State, Unit, line};
use crate::sandbox::host::node::Node;

/// How many lines of the journal are shown.
const LINES: usize = 10;

/// A duration for people: the two largest units, or milliseconds.
fn ago(passed: Duration) -> String {
    let seconds = passed.as_secs();
    match seconds {
        0 => format!("{}ms ago", passed.as_millis()),
        1..60 => format!("{seconds}s ago"),
        60..3600 => format!("{}min {}s ago", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {}min ago", seconds / 3600, seconds / 60 % 60),
        86_400..172_800 => format!("1 day {}h ago", seconds / 3600 % 24),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

fn since(then: Timestamp, now: Timestamp) -> String {
    let zoned = then.to_zoned(jiff::tz::TimeZone::UTC);
    let shown = jiff::fmt::strtime::format("%a %Y-%m-%d %H:%M:%S UTC", &zoned).unwrap_or_default();
    format!("{shown}; {}", ago(now.duration_since(then).unsigned_abs()))
}

/// What is said of a unit.
pub(in crate::sandbox::host) fn describe(node: &Node, unit: &Unit, now: Timestamp, journal: bool) -> String {
    let definition = unit.definition;
    let mut text = format!("● {} - {}\n", definition.name, definition.description);
    let mut field = |name: &str, value: &str| {
        // Only a lack of memory is an error.
        let _ = writeln!(text, "{name:>11}: {value}");
    };
    let enabled = unit.enabled(&node.files);
    field("Loaded", &format!("loaded ({}; {enabled}; vendor preset: enabled)", definition.path));
    if let Some((dir, file)) = definition.drop_in.and_then(|path| path.rsplit_once('/')) {
        field("Drop-In", &format!("{dir}\n             └─{file}"));
    }
    let result = match unit.result() {
        "success" => String::new(),
        result => format!(" (Result: {result})"),
    };
    field("Active", &format!("{} ({}){result} since {}", unit.active(), unit.sub(), since(unit.since, now)));
    field("Docs", &definition.docs.join("\n             "));
    if let Some(before) = definition.before.filter(|_| unit.state == State::Running) {
        field("Process", &format!("{} ExecStartPre={before} (code=exited, status=0/SUCCESS)", unit.before));
    }
    match (node.processes.get(&unit.main), unit.end) {
        (Some(main), _) if unit.main != 0 => {
            field("Main PID", &format!("{} ({})", main.pid, main.comm));
            let mut inside = vec![main];
            if definition.leaves {
                inside.extend(node.processes.values().filter(|process| process.comm == "containerd-shim"));
            }
            let memory: u64 = inside.iter().map(|process| process.rss).sum();
            field("Tasks", &format!("{} (limit: 28873)", inside.len() * 12));
            field("Memory", &format!("{}.{}M", memory / 1024, memory % 1024 * 10 / 1024));
            let mut tree = format!("/docker/{}/system.slice/{}", node.id, definition.name);
            for (at, process) in inside.iter().enumerate() {
                let branch = if at + 1 == inside.len() { "└" } else { "├" };
                let _ = write!(tree, "\n             {branch}─{} {}", process.pid, process.args.join(" "));
            }
            field("CGroup", &tree);
        }
        (_, Some(end)) => {
            let how = how_it_ended(&end).replace("code=killed, status=", "code=killed, signal=");
            let how = match end.signal {
                Some(_) => how.split('/').next_back().map(|name| format!("code=killed, signal={name}")).unwrap_or(how),
                None => how,
            };
            field("Process", &format!("{} ExecStart={} ({how})", end.pid, definition.command));
            field("Main PID", &format!("{} ({how})", end.pid));
        }
        _ => {}
    }
    if journal {
        let at = node.systemd.units.iter().position(|known| std::ptr::eq(known, unit));
        let entries: Vec<_> = node.systemd.journal.iter().filter(|entry| Some(entry.unit) == at).collect();
        let from = entries.len().saturating_sub(LINES);
        if !entries.is_empty() {
            text.push('\n');
        }
        for entry in &entries[from..] {
            text += &line(entry, &node.spec.name);
        }
    }
    text
}

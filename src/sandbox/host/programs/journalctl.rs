//! `journalctl` of systemd 246, on a node of profile `kind`.

use jiff::Timestamp;

use super::arguments::unrecognized;
use crate::sandbox::host::sys::Sys;
use crate::sandbox::host::systemd;

/// The options that it has, modelled or not.
const SHORT: &str = "hefoalnqmbkDpgcSUtuNFxrM";
const LONG: &str = "help version no-pager pager-end follow force output all full no-full lines no-tail new-id128 quiet merge \
    this-boot boot list-boots dmesg system user directory file root image header identifier priority facility grep \
    case-sensitive setup-keys interval verify verify-key disk-usage cursor cursor-file after-cursor show-cursor since until \
    unit user-unit field fields catalog list-catalog dump-catalog update-catalog reverse machine utc flush relinquish-var \
    smart-relinquish-var sync rotate vacuum-size vacuum-files vacuum-time no-hostname output-fields namespace";

/// `journalctl`: of all units or some, since the node's start.
pub(super) async fn journalctl(sys: &Sys, args: &[String]) -> i32 {
    let (mut units, mut lines, mut grep, mut reverse, mut bare, mut quiet) =
        (Vec::new(), usize::MAX, None, false, false, false);
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
        let (name, value) = match name.get(..2) {
            Some(short @ ("-u" | "-n" | "-g" | "-o")) if name.len() > 2 && !name.starts_with("--") => {
                (short, Some(&name[2..]))
            }
            _ => (name, value),
        };
        let mut value = || value.map(str::to_owned).or_else(|| rest.next().cloned()).unwrap_or_default();
        match name {
            "-u" | "--unit" => units.push(value()),
            "-n" | "--lines" => lines = value().parse().unwrap_or(10),
            "-g" | "--grep" => grep = regex::Regex::new(&value()).ok(),
            "-r" | "--reverse" => reverse = true,
            "-o" | "--output" => match value().as_str() {
                "cat" => bare = true,
                "short" => {}
                other => {
                    sys.err(format!("journalctl: the output {other} is not modelled in kpnb's sandbox\n")).await;
                    return 1;
                }
            },
            "-q" | "--quiet" => quiet = true,
            "--no-pager" | "-b" | "--boot" | "-e" | "--pager-end" | "-x" | "-l" | "--full" | "-a" | "--all" | "-xe" => {
            }
            other if unrecognized("journalctl", other, SHORT, LONG).is_some() => {
                sys.err(unrecognized("journalctl", other, SHORT, LONG).unwrap_or_default()).await;
                return 1;
            }
            other => {
                sys.err(format!("journalctl: {other} is not modelled in kpnb's sandbox\n")).await;
                return 1;
            }
        }
    }
    let text = sys
        .with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            let wanted: Vec<Option<usize>> = units.iter().map(|name| node.systemd.find(name)).collect();
            let mut entries: Vec<_> = node
                .systemd
                .journal
                .iter()
                .filter(|entry| wanted.is_empty() || wanted.contains(&Some(entry.unit)))
                .filter(|entry| grep.as_ref().is_none_or(|grep| grep.is_match(&entry.text)))
                .collect();
            entries.drain(..entries.len().saturating_sub(lines));
            if reverse {
                entries.reverse();
            }
            let last = world.now();
            let mut text =
                if quiet || bare { String::new() } else { header(node.started_at, last, entries.is_empty()) };
            for entry in entries {
                text += &if bare { format!("{}\n", entry.text) } else { systemd::line(entry, &node.spec.name) };
            }
            text
        })
        .await;
    sys.out(text).await;
    0
}

fn header(first: Timestamp, last: Timestamp, empty: bool) -> String {
    let shown = |time: Timestamp| {
        let zoned = time.to_zoned(jiff::tz::TimeZone::UTC);
        jiff::fmt::strtime::format("%a %Y-%m-%d %H:%M:%S UTC", &zoned).unwrap_or_default()
    };
    let none = if empty { "-- No entries --\n" } else { "" };
    format!("-- Logs begin at {}, end at {}. --\n{none}", shown(first), shown(last))
}

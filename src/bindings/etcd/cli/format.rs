//! How answers are written: `-w simple|fields|json|table`, `--hex`.

use std::time::Duration;

use super::bad_feature;
use crate::bindings::flags::Flags;
use crate::client::Failure;
use crate::client::etcd::{Header, KeyValue};

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) kind: Kind,
    pub(super) hex: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Simple,
    Fields,
    Json,
    Table,
}

impl Format {
    pub(super) fn of(flags: &Flags) -> Result<Self, Failure> {
        let kind = match flags.get("write-out").unwrap_or("simple") {
            "simple" => Kind::Simple,
            "fields" => Kind::Fields,
            "json" => Kind::Json,
            "table" => Kind::Table,
            "protobuf" => {
                return Err(Failure::usage("Error: protobuf is no text: kpnb does not print it")
                    .with_hint("use -w json, or etcd::get for bytes"));
            }
            _ => return Err(bad_feature("Error: unsupported output format")),
        };
        Ok(Self { kind, hex: flags.switch("hex", false)? })
    }

    /// Bytes as the simple format shows them.
    pub(super) fn bytes(self, bytes: &[u8]) -> String {
        if self.hex {
            return bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        }
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// A key and its value, on two lines.
    pub(super) fn pair(self, kv: &KeyValue) -> String {
        format!("{}\n{}\n", self.bytes(&kv.key), self.bytes(&kv.value))
    }
}

/// etcdctl has tables for some answers only.
pub(super) fn no_table() -> Failure {
    bad_feature("Error: table not supported as output format")
}

pub(super) fn header_fields(header: &Header) -> String {
    format!(
        "\"ClusterID\" : {}\n\"MemberID\" : {}\n\"Revision\" : {}\n\"RaftTerm\" : {}\n",
        header.cluster_id, header.member_id, header.revision, header.raft_term
    )
}

/// A key's fields, each name after `prefix`: `Prev`, or nothing.
pub(super) fn kv_fields(prefix: &str, kv: &KeyValue) -> String {
    let (key, value) = (quoted(&kv.key), quoted(&kv.value));
    format!(
        "\"{prefix}Key\" : {key}\n\"{prefix}CreateRevision\" : {}\n\"{prefix}ModRevision\" : {}\n\
         \"{prefix}Version\" : {}\n\"{prefix}Value\" : {value}\n\"{prefix}Lease\" : {}\n",
        kv.create_revision, kv.mod_revision, kv.version, kv.lease
    )
}

/// Go's `%q` of bytes.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '"' | '\\' => text.extend(['\\', letter]),
                '\x07' => text.push_str("\\a"),
                '\x08' => text.push_str("\\b"),
                '\x0c' => text.push_str("\\f"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '\x0b' => text.push_str("\\v"),
                control if control < ' ' || control == '\x7f' => {
                    text.push_str(&format!("\\x{:02x}", u32::from(control)));
                }
                other => text.push(other),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text + "\""
}

/// A table as etcdctl draws it: titles in the middle, cells at the right.
pub(super) fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(column, title)| rows.iter().map(|row| row[column].len()).fold(title.len(), usize::max))
        .collect();
    let rule = widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("+");
    let rule = format!("+{rule}+\n");
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let centred = titles.iter().zip(&widths).map(|(title, width)| {
        let left = (width - title.len()) / 2;
        format!("{}{title}{}", " ".repeat(left), " ".repeat(width - title.len() - left))
    });
    let mut text = format!("{rule}{}{rule}", line(centred.collect()));
    for row in rows {
        text.push_str(&line(row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect()));
    }
    text + rule.as_str()
}

/// A size in bytes with a decimal unit: `1.1 MB`, `25 kB`.
pub(super) fn size(bytes: i64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    if bytes < 10 {
        return format!("{bytes} B");
    }
    #[allow(clippy::cast_precision_loss)] // shown with two digits
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let value = (value * 10.0 + 0.5).floor() / 10.0;
    if value < 10.0 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// A duration as Go prints it: `7.02524ms`.
pub(super) fn took(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let (unit, name) = match nanos {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let digits = unit.to_string().len() - 1;
    let fraction = format!("{:0digits$}", nanos % unit);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() || unit == 1 {
        return format!("{}{name}", nanos / unit);
    }
    format!("{}.{fraction}{name}", nanos / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_quoted_as_go_does() {
        assert_eq!(quoted(b"a\"\n\x00\xffz\xc3\xa9"), r#""a\"\n\x00\xffzé""#);
    }

    #[test]
    fn sizes_have_decimal_units() {
        assert_eq!([0, 999, 25_000, 1_146_880].map(size), ["0 B", "999 B", "25 kB", "1.1 MB"]);
    }

    #[test]
    fn durations_are_gos() {
        let text = |nanos| took(Duration::from_nanos(nanos));
        assert_eq!([7_025_240, 1_000_000, 800, 2_500_000_000].map(text), ["7.02524ms", "1ms", "800ns", "2.5s"]);
    }

    #[test]
    fn a_table_has_titles_in_the_middle() {
        let text = table(&["ID", "STATUS"], &[vec!["12345".to_owned(), "started".to_owned()]]);
        assert_eq!(
            text,
            "+-------+---------+\n|  ID   | STATUS  |\n+-------+---------+\n| 12345 | started |\n+-------+---------+\n"
        );
    }
}

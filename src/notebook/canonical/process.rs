//! Process lists: `ps`, `docker top`, `pgrep`. Of a process it tells whose it is and what it runs; PIDs, CPU, memory
//! and times say nothing.

use std::sync::LazyLock;

use regex::Regex;

use super::MaskedClass;
use super::layout::{GAP, Line};
use super::shape::regex;

/// A process list with a header.
#[derive(Debug)]
pub(super) struct ProcessTable {
    names: Vec<String>,
}

/// Columns that differ from run to run.
const MASKED: [&str; 22] = [
    "PID", "PPID", "PGID", "SID", "TGID", "LWP", "NLWP", "%CPU", "%MEM", "C", "CPU", "VSZ", "RSS", "SZ", "START",
    "STIME", "STARTED", "TIME", "TIME+", "ELAPSED", "ETIME", "ETIMES",
];

impl ProcessTable {
    /// A header in capitals with a column `PID`.
    pub(super) fn begin(line: &str) -> Option<Self> {
        let names: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let in_capitals =
            |name: &String| name.bytes().all(|letter| letter.is_ascii_uppercase() || matches!(letter, b'%' | b'+'));
        (names.iter().any(|name| name == "PID") && names.iter().all(in_capitals)).then_some(Self { names })
    }

    /// The header in canonical form.
    pub(super) fn header(&self) -> String {
        self.names.join(&GAP.to_string())
    }

    /// A row; none for a line that is none.
    pub(super) fn row(&self, line: &str) -> Option<Line> {
        let mut rest = line.trim_start();
        let mut kept = vec!["<process>"];
        for (column, name) in self.names.iter().enumerate() {
            let last = column + 1 == self.names.len();
            let end = if last { rest.len() } else { rest.find(' ').unwrap_or(rest.len()) };
            let cell = rest[..end].trim_end();
            if cell.is_empty() || (name == "PID" && !cell.bytes().all(|letter| letter.is_ascii_digit())) {
                return None;
            }
            match name.as_str() {
                "STAT" | "S" => kept.push(state(cell)),
                name if MASKED.contains(&name) => {}
                _ => kept.push(cell),
            }
            rest = rest[end..].trim_start();
        }
        Some(found(kept.join(&GAP.to_string()), line))
    }
}

static PS_AUX: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?P<user>\S+) +\d+ +\d+(?:\.\d+)? +\d+\.\d +\d+ +\d+ +(?P<tty>\S+) +(?P<stat>\S+) +(?:\d\d:\d\d|[A-Z][a-z]{2} ?\d\d|\d{4}) +\d+:\d\d (?P<command>.*)$",
    )
});
static PS_EF: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?P<user>\S+) +\d+ +\d+ +\d+ +(?:\d\d:\d\d|[A-Z][a-z]{2} ?\d\d|\d{4}) +(?P<tty>\S+) +\d\d:\d\d:\d\d (?P<command>.*)$",
    )
});
static PGREP: LazyLock<Regex> = LazyLock::new(|| regex(r"^ *\d+ (?P<command>/(?:usr|bin|sbin|opt|pause)\b.*)$"));

/// A row of `ps aux`, `ps -ef`, `docker top` or `pgrep -a` whose header was filtered out.
pub(super) fn row(line: &str) -> Option<Line> {
    if !line.contains(' ') || !line.bytes().any(|letter| letter.is_ascii_digit()) {
        return None;
    }
    let captured = PS_AUX.captures(line).or_else(|| PS_EF.captures(line)).or_else(|| PGREP.captures(line))?;
    let part = |name| captured.name(name).map_or("", |part| part.as_str());
    let kept = ["<process>", part("user"), part("tty"), state(part("stat")), part("command").trim()];
    Some(found(kept.join(&GAP.to_string()), line))
}

/// Whether a typed command prints bare PIDs.
pub(super) fn prints_pids(command: &str) -> bool {
    command.split_whitespace().any(|word| matches!(word.trim_matches(['\'', '"']), "pgrep" | "pidof"))
        && !command.contains("wc -l")
}

/// A line with nothing but PIDs.
pub(super) fn pid(line: &str) -> Option<Line> {
    let bare = line.bytes().all(|letter| letter.is_ascii_digit() || letter == b' ');
    bare.then(|| {
        let each = line.split_whitespace().map(|_| "<pid>").collect::<Vec<_>>();
        found(each.join(" "), line)
    })
}

/// States change from moment to moment between running and sleeping; a zombie's or a stopped process's is telling.
fn state(stat: &str) -> &str {
    stat.trim_start_matches(['R', 'S', 'D', 'I'])
}

fn found(text: String, line: &str) -> Line {
    let masked = vec![(MaskedClass::Process, line.trim().to_owned())];
    Line { is_process: true, ..Line::new(text, masked) }
}

//! The columns that `ps` has, and which are asked for.

pub(super) struct Column {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) width: usize,
    pub(super) left: bool,
}

impl Column {
    /// Whether a tree of processes is drawn in it.
    pub(super) fn is_command(&self) -> bool {
        matches!(self.key.as_str(), "comm" | "ucmd" | "ucomm" | "CMD" | "args" | "command" | "cmd")
    }
}

/// A column by its name, with procps' title and width.
pub(super) fn column(key: &str) -> Option<Column> {
    let (title, width, left) = match key {
        "pid" | "tgid" => ("PID", 7, false),
        "ppid" => ("PPID", 7, false),
        "pgid" | "pgrp" => ("PGID", 7, false),
        "sid" | "sess" | "session" => ("SID", 7, false),
        "user" | "euser" | "ruser" | "uname" => ("USER", 8, true),
        "uid_name" => ("UID", 8, true),
        "uid" | "euid" => ("UID", 5, false),
        "tty" | "tt" | "tname" => ("TT", 8, true),
        "TTY" => ("TTY", 8, true),
        "stat" => ("STAT", 4, true),
        "s" | "state" => ("S", 1, true),
        "vsz" | "vsize" => ("VSZ", 6, false),
        "rss" | "rssize" | "rsz" => ("RSS", 5, false),
        "pcpu" | "%cpu" => ("%CPU", 4, false),
        "pmem" | "%mem" => ("%MEM", 4, false),
        "c" => ("C", 2, false),
        "comm" | "ucmd" | "ucomm" => ("COMMAND", 15, true),
        "CMD" => ("CMD", 15, true),
        "args" | "command" => ("COMMAND", 27, true),
        "cmd" => ("CMD", 27, true),
        "time" | "cputime" => ("TIME", 8, false),
        "bsdtime" => ("TIME", 6, false),
        "etime" => ("ELAPSED", 11, false),
        "etimes" => ("ELAPSED", 7, false),
        "start" | "bsdstart" | "start_time" => ("START", 5, false),
        "stime" => ("STIME", 5, false),
        "lstart" => ("STARTED", 24, false),
        "ni" | "nice" => ("NI", 3, false),
        "pri" | "priority" | "opri" => ("PRI", 3, false),
        "f" => ("F", 1, false),
        "tpgid" => ("TPGID", 7, false),
        "size" | "sz" => ("SZ", 5, false),
        "addr" => ("ADDR", 4, true),
        "psr" => ("PSR", 3, false),
        "wchan" => ("WCHAN", 6, true),
        "nlwp" | "thcount" => ("NLWP", 4, false),
        _ => return None,
    };
    Some(Column { key: key.to_owned(), title: title.to_owned(), width, left })
}

pub(super) fn columns(keys: &[&str]) -> Vec<Column> {
    keys.iter().filter_map(|key| column(key)).collect()
}

pub(super) fn formats(list: &str, into: &mut Vec<Column>) -> Result<(), String> {
    // A title takes all that follows it.
    let mut rest = list;
    while !rest.is_empty() {
        let end = rest.find([',', '=', ' ']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let mut found =
            column(key.trim()).ok_or_else(|| format!("error: unknown user-defined format specifier \"{key}\""))?;
        if let Some(title) = after.strip_prefix('=') {
            let end = if title.starts_with(',') { 0 } else { title.len() };
            title[..end].clone_into(&mut found.title);
            found.width = found.width.max(end);
            rest = title[end..].trim_start_matches(',');
        } else {
            rest = after.trim_start_matches([',', ' ']);
        }
        into.push(found);
    }
    Ok(())
}

//! What `ps` is asked.

use super::columns::{Column, columns, formats};

/// What was asked for.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) columns: Vec<Column>,
    pub(super) all: bool,
    pub(super) pids: Vec<u32>,
    pub(super) commands: Vec<String>,
    pub(super) users: Vec<String>,
    pub(super) parents: Vec<u32>,
    pub(super) headers: Option<bool>,
    pub(super) sort: Vec<String>,
}

pub(super) fn wanted(args: &[String]) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    let mut own = Vec::new();
    let mut bsd = "pid TTY stat bsdtime command";
    let (mut user_format, mut full, mut is_bsd) = (false, false, false);
    let mut rest = args.iter();
    let numbers = |list: &str| list.split([',', ' ']).filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>();
    while let Some(arg) = rest.next() {
        if let Some(long) = arg.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
            let value = || value.clone().or_else(|| rest.clone().next().cloned()).unwrap_or_default();
            match name {
                "no-headers" | "no-heading" | "noheaders" => wanted.headers = Some(false),
                "sort" => wanted.sort = value().split(',').map(str::to_owned).collect(),
                "pid" => wanted.pids = numbers(&value()),
                "ppid" => wanted.parents = numbers(&value()),
                "format" => formats(&value(), &mut own)?,
                "forest" | "headers" | "cols" | "width" => {}
                _ => return Err("error: unknown gnu long option".to_owned()),
            }
            continue;
        }
        let dashed = arg.starts_with('-');
        if !dashed && arg.chars().all(|c| c.is_ascii_digit() || c == ',') {
            wanted.pids.extend(numbers(arg));
            is_bsd = true;
            continue;
        }
        is_bsd |= !dashed;
        let flags = arg.trim_start_matches('-');
        for (at, flag) in flags.char_indices() {
            let takes = matches!(flag, 'o' | 'O' | 'p' | 'C' | 'k') || dashed && matches!(flag, 'u' | 'U' | 'g' | 't');
            if takes {
                let value = match &flags[at + 1..] {
                    "" => rest.next().cloned().unwrap_or_default(),
                    joined => joined.to_owned(),
                };
                match flag {
                    'o' | 'O' => formats(&value, &mut own)?,
                    'p' => wanted.pids = numbers(&value),
                    'C' => wanted.commands = value.split(',').map(str::to_owned).collect(),
                    'u' | 'U' => wanted.users = value.split(',').map(str::to_owned).collect(),
                    _ => {}
                }
                break;
            }
            match (flag, dashed) {
                ('e' | 'A', true) | ('x', false) => wanted.all = true,
                ('a', _) => {}
                ('f' | 'F', true) => full = true,
                ('u', false) => user_format = true,
                ('h', false) => wanted.headers = Some(false),
                ('w' | 'f' | 'l' | 'T' | 'H' | 'L' | 'e' | 'g' | 'S' | 'x' | 'd', _) => {}
                ('V', _) => return Err("ps from procps-ng 4.0.2".to_owned()),
                _ => return Err("error: unsupported option (BSD syntax)".to_owned()),
            }
        }
    }
    if is_bsd && args.iter().any(|arg| !arg.starts_with('-') && arg.contains('a')) {
        bsd = "pid TTY stat bsdtime command";
    }
    let keys: Vec<&str> = if user_format {
        "user pid pcpu pmem vsz rss TTY stat bsdstart bsdtime command".split(' ').collect()
    } else if full {
        "uid_name pid ppid c stime TTY time cmd".split(' ').collect()
    } else if is_bsd {
        bsd.split(' ').collect()
    } else {
        "pid TTY time CMD".split(' ').collect()
    };
    wanted.columns = if own.is_empty() { columns(&keys) } else { own };
    wanted.headers.get_or_insert_with(|| wanted.columns.iter().any(|column| !column.title.is_empty()));
    Ok(wanted)
}

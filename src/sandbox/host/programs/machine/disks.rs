//! `df`, `mount` and `mountpoint`.

use super::{inside, invalid, unknown};
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::proc::{MEMORY, mounts_of};
use crate::sandbox::host::programs::{busybox, out};
use crate::sandbox::host::sys::Sys;

/// What is mounted where a program runs: what, where, which kind, how.
async fn mounts(sys: &Sys) -> Vec<[String; 4]> {
    sys.with(|world, me| {
        let node = &world.hosts.nodes[me.node];
        let container = inside(world, me).map(|(container, _)| container);
        let own = node.processes.get(&me.pid);
        own.map(|process| mounts_of(process, container, node.sandboxes.values())).unwrap_or_default()
    })
    .await
}

pub(super) async fn mount(sys: &Sys, args: &[String]) -> i32 {
    if let Some(letter) = unknown(args, "aclfnvrwtoLUTsBMRh") {
        return invalid(sys, "mount", letter).await;
    }
    let kind = args.iter().position(|arg| arg == "-t").and_then(|at| args.get(at + 1));
    if args.iter().any(|arg| !arg.starts_with('-') && Some(arg) != kind) {
        sys.err("mount: not modelled in kpnb's sandbox: mounting\n").await;
        return 32;
    }
    let mut text = String::new();
    for [what, at, of, how] in mounts(sys).await {
        if kind.is_none_or(|kind| kind.split(',').any(|kind| kind == of)) {
            text += &format!("{what} on {at} type {of} ({how})\n");
        }
    }
    out(sys, &text).await
}

pub(super) async fn mountpoint(sys: &Sys, args: &[String]) -> i32 {
    let quiet = args.iter().any(|arg| arg == "-q");
    let Some(path) = args.iter().find(|arg| !arg.starts_with('-')) else {
        sys.err("mountpoint: bad usage\nTry 'mountpoint --help' for more information.\n").await;
        return 1;
    };
    let full = absolute(&sys.process(|process| process.cwd.clone()).await, path);
    let there = {
        let full = full.clone();
        sys.files(move |files, _| files.resolve(&full).filter(|path| files.own(path).is_some())).await
    };
    let (text, code) = match there {
        None => (format!("mountpoint: {path}: No such file or directory\n"), 1),
        Some(full) if mounts(sys).await.iter().any(|mount| mount[1] == full) => {
            (format!("{path} is a mountpoint\n"), 0)
        }
        Some(_) => (format!("{path} is not a mountpoint\n"), 32),
    };
    if !quiet {
        sys.out(text).await;
    }
    code
}

/// KiB in all, used and free, and how many files there are and may be: of the lab's disk and of memory as a disk.
fn figures(what: &str, at: &str) -> Option<[u64; 5]> {
    let half = MEMORY[0] / 2;
    match (what, at) {
        ("overlay" | "/dev/vda", _) => Some([264_212_084, 51_875_148, 43_410_740, 532_191, 16_777_216]),
        ("shm", _) | ("tmpfs", "/dev") => Some([65_536, 0, 65_536, 16, half / 4]),
        ("tmpfs", "/run") => Some([half, 96, half - 96, 50, half / 4]),
        ("tmpfs", at) if at.contains("secrets") || at.contains("pods/") => Some([half, 12, half - 12, 9, half / 4]),
        ("tmpfs", _) => Some([half, 0, half, 1, half / 4]),
        _ => None,
    }
}

/// KiB for people, rounded up: `252G`, `9.5M`; busybox has `252.0G`.
fn size(kib: u64, ash: bool) -> String {
    #[allow(clippy::cast_precision_loss)] // Disks are far below 2^52 KiB.
    let mut value = kib as f64;
    let mut units = "KMGT".chars();
    let mut unit = units.next().unwrap_or('K');
    if kib == 0 {
        return "0".to_owned();
    }
    while value >= 1024.0 {
        value /= 1024.0;
        unit = units.next().unwrap_or('T');
    }
    if ash {
        return format!("{value:.1}{unit}");
    }
    let tenths = (value * 10.0).ceil() / 10.0;
    if tenths < 10.0 && unit != 'K' { format!("{tenths:.1}{unit}") } else { format!("{:.0}{unit}", value.ceil()) }
}

pub(super) async fn df(sys: &Sys, args: &[String]) -> i32 {
    if let Some(letter) = unknown(args, "aBhHiklmPTtx") {
        return invalid(sys, "df", letter).await;
    }
    let flag =
        |letter: char| args.iter().any(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.contains(letter));
    let (human, inodes, kinds, mega, ash) = (flag('h'), flag('i'), flag('T'), flag('m'), busybox(sys).await);
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let mut all = mounts(sys).await;
    let mut code = 0;
    let paths: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    if paths.is_empty() {
        // A disk once, where its path is shortest; busybox tells every one.
        let every = all.clone();
        all.retain(|mount| {
            let shorter = |other: &&[String; 4]| other[0] == mount[0] && other[1].len() < mount[1].len();
            ash || mount[0] != "/dev/vda" || !every.iter().any(|other| shorter(&other))
        });
    } else {
        let mut chosen = Vec::new();
        for path in paths {
            let full = absolute(&cwd, path);
            let found = sys.files(move |files, _| files.resolve(&full).filter(|path| files.own(path).is_some())).await;
            let Some(full) = found else {
                let why = if ash {
                    format!("df: {path}: can't find mount point\n")
                } else {
                    format!("df: {path}: No such file or directory\n")
                };
                sys.err(why).await;
                code = 1;
                continue;
            };
            let under = |at: &str| at == "/" || full == at || full.starts_with(&format!("{at}/"));
            chosen.extend(all.iter().filter(|mount| under(&mount[1])).max_by_key(|mount| mount[1].len()).cloned());
        }
        all = chosen;
    }
    let cell = |kib: u64| match (human, mega) {
        (true, _) => size(kib, ash),
        (_, true) => kib.div_ceil(1024).to_string(),
        _ => kib.to_string(),
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for [what, at, kind, _] in &all {
        let Some([total, used, free, files, most]) = figures(what, at) else { continue };
        let (total, used, free) = if inodes { (most, files, most - files) } else { (total, used, free) };
        let percent = (used * 100).div_ceil((used + free).max(1));
        let shown = |value: u64| if inodes && !human { value.to_string() } else { cell(value) };
        let mut row = vec![what.clone()];
        row.extend(kinds.then(|| kind.clone()));
        row.extend([shown(total), shown(used), shown(free), format!("{percent}%"), at.clone()]);
        rows.push(row);
    }
    let first = match (inodes, human, mega) {
        (true, ..) => "Inodes",
        (_, true, _) => "Size",
        (_, _, true) => "1M-blocks",
        _ => "1K-blocks",
    };
    let (used, free, percent) = match (inodes, human && !ash) {
        (true, _) => ("IUsed", "IFree", "IUse%"),
        (_, true) => ("Used", "Avail", "Use%"),
        _ => ("Used", "Available", "Use%"),
    };
    let mut titles = vec!["Filesystem"];
    titles.extend(kinds.then_some("Type"));
    titles.extend([first, used, free, percent, "Mounted on"]);
    rows.insert(0, titles.into_iter().map(str::to_owned).collect());
    if rows.len() == 1 && code == 1 {
        return code;
    }
    sys.out(table(&rows, ash, kinds)).await;
    code
}

/// As wide as is needed; busybox's columns are as wide as they are.
fn table(rows: &[Vec<String>], ash: bool, kinds: bool) -> String {
    let last = rows[0].len() - 1;
    let width = |at: usize| {
        let needed = rows.iter().map(|row| row[at].len()).max().unwrap_or(0);
        match (ash, at) {
            (true, 0) => 20,
            (true, _) if at == last - 1 => 4,
            (true, _) => 9,
            (false, 0) => needed.max(14),
            _ if kinds && at == 1 => needed,
            _ => needed.max(if at + 1 == last { 4 } else { 5 }),
        }
    };
    let mut text = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            let width = width(at);
            if at == last {
                text += &format!(" {cell}\n");
            } else if at == 0 {
                text += &format!("{cell:<width$}");
            } else if kinds && at == 1 {
                text += &format!(" {cell:<width$}");
            } else {
                text += &format!(" {cell:>width$}");
            }
        }
    }
    text
}

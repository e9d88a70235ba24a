//! `dd`, `truncate` and `fallocate`: files by their size.

use std::time::Duration;

use super::arguments::options;
use super::busybox;
use crate::sandbox::host::files::{Entry, NOT_FOUND, absolute};
use crate::sandbox::host::sys::Sys;

/// Zeros beyond this are counted and not kept, in bytes: such a file has its size and reads as empty.
const KEPT: u64 = 16 << 20;

/// Bytes that a disk takes in a second, as on a v1.20.2 lab, and what starting takes.
const SPEED: u64 = 500_000_000;
const START: Duration = Duration::from_micros(50);

/// A number with its unit: `1k`, `10M`, `2MB`, `3b`.
fn number(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[digits..] {
        "" | "c" => 1,
        "w" => 2,
        "b" => 512,
        "kB" => 1_000,
        "k" | "K" | "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "M" | "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "G" | "GiB" => 1 << 30,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(unit)
}

/// What is to be copied.
struct Wanted {
    from: Option<String>,
    to: Option<String>,
    /// Bytes that are read and written at once.
    blocks: (u64, u64),
    count: Option<u64>,
    skip: u64,
    seek: u64,
    append: bool,
    truncate: bool,
    /// Whether the end says what was copied, and how fast.
    tells: (bool, bool),
}

/// Reads a command line; or what is wrong with it.
fn read(args: &[String], ash: bool) -> Result<Wanted, String> {
    let mut wanted = Wanted {
        from: None,
        to: None,
        blocks: (512, 512),
        count: None,
        skip: 0,
        seek: 0,
        append: false,
        truncate: true,
        // busybox's tells no rate here.
        tells: (true, !ash),
    };
    for arg in &args[1..] {
        let unknown = || {
            if ash {
                String::new()
            } else {
                format!("dd: unrecognized operand '{arg}'\nTry 'dd --help' for more information.\n")
            }
        };
        let (key, value) = arg.split_once('=').ok_or_else(unknown)?;
        let counted = || {
            let text = if ash {
                format!("dd: invalid number '{value}'\n")
            } else {
                format!("dd: invalid number: '{value}'\n")
            };
            number(value).ok_or(text)
        };
        match key {
            "if" => wanted.from = Some(value.to_owned()),
            "of" => wanted.to = Some(value.to_owned()),
            "bs" => wanted.blocks = (counted()?, counted()?),
            "ibs" => wanted.blocks.0 = counted()?,
            "obs" => wanted.blocks.1 = counted()?,
            "count" => wanted.count = Some(counted()?),
            "skip" => wanted.skip = counted()?,
            "seek" => wanted.seek = counted()?,
            "conv" => wanted.truncate = !value.split(',').any(|word| word == "notrunc"),
            "oflag" => wanted.append = value.split(',').any(|word| word == "append"),
            "iflag" => {}
            "status" => match value {
                "none" => wanted.tells = (false, false),
                "noxfer" => wanted.tells.1 = false,
                "progress" if !ash => {}
                _ if ash => return Err(format!("dd: invalid argument '{value}' to 'status'\n")),
                _ => {
                    let more = "Try 'dd --help' for more information.\n";
                    return Err(format!("dd: invalid status level: '{value}'\n{more}"));
                }
            },
            _ => return Err(unknown()),
        }
    }
    Ok(wanted)
}

/// `1.0 kB`, `10 MB`, `4.0 MiB`: with one digit behind the point below `point`.
fn human(value: f64, base: f64, units: &[&str], point: f64) -> String {
    let (mut value, mut units) = (value, units.iter());
    let mut unit = units.next().copied().unwrap_or_default();
    while value >= base {
        let Some(next) = units.next() else { break };
        (value, unit) = (value / base, next);
    }
    if value < point { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// The line in which GNU's tells how fast it was.
#[allow(clippy::cast_precision_loss)] // Files are far below 2^52 bytes.
fn rate(bytes: u64, took: Duration) -> String {
    let (amount, seconds) = (bytes as f64, took.as_secs_f64());
    let decimal = ["B", "kB", "MB", "GB"];
    let sizes = match bytes {
        0..1_000 => String::new(),
        1_000..1_024 => format!(" ({})", human(amount, 1e3, &decimal, 10.0)),
        _ => {
            let binary = human(amount, 1_024.0, &["B", "KiB", "MiB", "GiB"], 10.0);
            format!(" ({}, {binary})", human(amount, 1e3, &decimal, 10.0))
        }
    };
    let speed = human(amount / seconds / 1e3, 1e3, &["kB", "MB", "GB"], 100.0);
    let seconds = if seconds < 1e-4 { format!("{:e}", seconds).replace("e-", "e-0") } else { format!("{seconds:.6}") };
    let bytes = if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
    format!("{bytes}{sizes} copied, {seconds} s, {speed}/s\n")
}

pub(super) async fn dd(sys: &Sys, args: &[String]) -> i32 {
    let ash = busybox(sys).await;
    let wanted = match read(args, ash) {
        Ok(wanted) => wanted,
        Err(why) => {
            let usage = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: dd [if=FILE] [of=FILE] \
                [ibs=N obs=N/bs=N] [count=N] [skip=N] [seek=N]\n\t[conv=notrunc|noerror|sync|fsync]\n\
                \t[iflag=skip_bytes|count_bytes|fullblock|direct] [oflag=seek_bytes|append|direct]\n";
            sys.err(if why.is_empty() { usage.to_owned() } else { why }).await;
            return 1;
        }
    };
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let (block, most) = (wanted.blocks.0, wanted.count.map(|count| count.saturating_mul(wanted.blocks.0)));
    // Beyond what is kept, only how much there is.
    let (mut content, mut total) = (Vec::new(), 0);
    match wanted.from.as_deref() {
        Some("/dev/zero") => match most {
            Some(most) => {
                content = vec![0; usize::try_from(most.min(KEPT)).unwrap_or(0)];
                total = most;
            }
            None => {
                sys.err("dd: reading /dev/zero without a count is not modelled in kpnb's sandbox\n").await;
                return 1;
            }
        },
        Some("/dev/urandom" | "/dev/random") => {
            let most = most.unwrap_or(0).min(KEPT);
            content = sys.with(move |world, _| (0..most).map(|_| world.rng.u8(..)).collect::<Vec<u8>>()).await;
            total = most;
        }
        Some("/dev/null") => {}
        from => {
            let skip = usize::try_from(wanted.skip.saturating_mul(block)).unwrap_or(usize::MAX);
            let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
            let all = match from {
                None => {
                    let mut all = Vec::new();
                    while all.len() < skip.saturating_add(most) {
                        let some = sys.io.stdin.clone().read(sys, skip.saturating_add(most) - all.len()).await;
                        if some.is_empty() {
                            break;
                        }
                        all.extend(some);
                    }
                    all
                }
                Some(name) => {
                    let path = absolute(&cwd, name);
                    let found = sys.files(move |files, _| files.get(&path).map(|entry| entry.content.to_vec())).await;
                    let Some(found) = found else { return cannot_open(sys, name, NOT_FOUND, ash).await };
                    found
                }
            };
            content = all.into_iter().skip(skip).take(most).collect();
            total = content.len() as u64;
        }
    }
    let took = START + Duration::from_nanos(total.saturating_mul(1_000_000_000 / SPEED));
    match wanted.to.as_deref() {
        None => sys.out(content).await,
        Some("/dev/null") => {}
        Some(name) => {
            let path = absolute(&cwd, name);
            let (seek, append, truncate) =
                (wanted.seek.saturating_mul(wanted.blocks.1), wanted.append, wanted.truncate);
            let done = sys.files(move |files, now| {
                let there = files.get(&path);
                let mut kept = there.map(|entry| entry.content.to_vec()).unwrap_or_default();
                if append {
                    kept.extend(content);
                    return files.write(&path, kept, now);
                }
                if seek.saturating_add(total) > KEPT {
                    files.write(&path, "", now)?;
                    return files.change(&path, |entry| entry.size = seek.saturating_add(total));
                }
                let (start, end) = (usize::try_from(seek).unwrap_or(0), usize::try_from(seek + total).unwrap_or(0));
                if truncate || kept.len() < end {
                    kept.resize(end, 0);
                }
                kept[start..end].copy_from_slice(&content);
                files.write(&path, kept, now)
            });
            if let Err(why) = done.await {
                return cannot_open(sys, name, why, ash).await;
            }
        }
    }
    if took > START {
        sys.sleep(took).await;
    }
    if wanted.tells.0 {
        let records = |size: u64| format!("{}+{}", total / size.max(1), u8::from(total % size.max(1) > 0));
        let (read, written) = (records(wanted.blocks.0), records(wanted.blocks.1));
        let rate = if wanted.tells.1 { rate(total, took) } else { String::new() };
        sys.err(format!("{read} records in\n{written} records out\n{rate}")).await;
    }
    0
}

async fn cannot_open(sys: &Sys, name: &str, why: &str, ash: bool) -> i32 {
    sys.err(if ash {
        format!("dd: can't open '{name}': {why}\n")
    } else {
        format!("dd: failed to open '{name}': {why}\n")
    })
    .await;
    1
}

/// `truncate` and `fallocate`.
pub(super) async fn resize(sys: &Sys, args: &[String]) -> i32 {
    let (ash, program) = (busybox(sys).await, args[0].as_str());
    let (flags, values, paths) = options(args, "solr");
    let letter = if program == "truncate" { 's' } else { 'l' };
    let size = values.iter().find(|(flag, _)| *flag == letter).map(|(_, value)| value.as_str());
    let (Some(size), false) = (size, paths.is_empty()) else {
        let why = match (program, ash, size) {
            ("truncate", true, _) => {
                "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: truncate [-c] -s SIZE FILE...\n\n\
                 Truncate FILEs to SIZE\n\n\t-c\tDo not create files\n\t-s SIZE\n"
            }
            (_, true, _) => {
                "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: fallocate [-o OFS] -l LEN FILE\n\n\
                 Preallocate space for FILE\n\n\t-o OFS\tOffset of range\n\t-l LEN\tLength of range\n"
            }
            ("truncate", _, None) => {
                "truncate: you must specify either '--size' or '--reference'\nTry 'truncate --help' for more information.\n"
            }
            ("truncate", ..) => "truncate: missing file operand\nTry 'truncate --help' for more information.\n",
            _ => "fallocate: no filename specified\n",
        };
        sys.err(why).await;
        return 1;
    };
    let (grows, plain) = match size.strip_prefix('+').filter(|_| !ash && program == "truncate") {
        Some(rest) => (true, rest),
        None => (false, size),
    };
    let Some(wanted) = number(plain) else {
        sys.err(match (program, ash) {
            (_, true) => format!("{program}: invalid number '{size}'\n"),
            ("truncate", _) => format!("truncate: Invalid number: '{size}'\n"),
            _ => "fallocate: failed to parse length\n".to_owned(),
        })
        .await;
        return 1;
    };
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let (mut code, makes, cuts) = (0, !flags.contains('c'), program == "truncate");
    for name in paths {
        let path = absolute(&cwd, &name);
        let done = sys
            .files(move |files, now| {
                let there = files.get(&path);
                if there.is_none() && !makes {
                    return Ok(());
                }
                let Entry { mut content, size, .. } = there.unwrap_or_else(|| Entry::file(0o644, "", now));
                let size = match (grows, cuts) {
                    (true, _) => size + wanted,
                    (false, true) => wanted,
                    (false, false) => size.max(wanted),
                };
                let mut kept = std::mem::take(&mut content).to_vec();
                kept.resize(if size > KEPT { 0 } else { usize::try_from(size).unwrap_or(0) }, 0);
                files.write(&path, kept, now)?;
                files.change(&path, |entry| entry.size = size)
            })
            .await;
        if let Err(why) = done {
            sys.err(format!("{program}: cannot open '{name}' for writing: {why}\n")).await;
            code = 1;
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{number, rate};

    #[test]
    fn sizes_and_rates_are_told_as_gnu_tells_them() {
        assert_eq!(
            ["512", "2b", "1kB", "3M", "x", "1z"].map(number),
            [Some(512), Some(1_024), Some(1_000), Some(3 << 20), None, None]
        );
        let text = rate(10 << 20, Duration::from_micros(53_200));
        assert_eq!(text, "10485760 bytes (10 MB, 10 MiB) copied, 0.053200 s, 197 MB/s\n");
        assert_eq!(rate(8, Duration::from_micros(50)), "8 bytes copied, 5e-05 s, 160 kB/s\n");
    }
}

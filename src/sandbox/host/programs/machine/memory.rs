//! `free`.

use super::{BUSYBOX, unknown};
use crate::sandbox::host::proc::MEMORY;
use crate::sandbox::host::programs::{busybox, out};
use crate::sandbox::host::sys::Sys;

pub(super) async fn free(sys: &Sys, args: &[String]) -> i32 {
    let ash = busybox(sys).await;
    if let Some(letter) = unknown(args, if ash { "bkmgh" } else { "bkmghltvscw" }) {
        let text = if ash {
            format!(
                "free: invalid option -- '{letter}'\n{BUSYBOX}\nUsage: free [-bkmgh]\n\nDisplay free and used memory\n"
            )
        } else {
            format!("free: invalid option -- '{letter}'\n\nUsage:\n free [options]\n\nFor more details see free(1).\n")
        };
        sys.err(text).await;
        return 1;
    }
    let flag =
        |letter: char| args.iter().any(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.contains(letter));
    let [total, unused, buffers, cached, available, shared] = MEMORY;
    let cells = [total, total - available, unused, shared, buffers + cached, available];
    let shown = |kib: u64| {
        if flag('h') {
            return human(kib);
        }
        match (flag('b'), flag('m'), flag('g')) {
            (true, ..) => kib * 1024,
            (_, true, _) => kib / 1024,
            (_, _, true) => kib / 1_048_576,
            _ => kib,
        }
        .to_string()
    };
    // busybox's titles are a place to the left.
    let width = if ash { 11 } else { 12 };
    let titles = ["total", "used", "free", "shared", "buff/cache", "available"];
    let line = |name: &str, first: usize, cells: &[String]| {
        let mut text = format!("{name:<first$}");
        for (at, cell) in cells.iter().enumerate() {
            let width = if at == 0 { if ash { 11 } else { 12 } } else { width };
            text += &(if at == 0 {
                format!("{cell:>width$}")
            } else {
                format!(" {cell:>width$}", width = width - usize::from(!ash))
            });
        }
        text + "\n"
    };
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let memory: Vec<String> = cells.iter().map(|kib| shown(*kib)).collect();
    let none = if flag('h') { "0B" } else { "0" }.to_owned();
    let swap = vec![none; 3];
    out(sys, &[line("", 8, &titles), line("Mem:", 8, &memory), line("Swap:", 8, &swap)].concat()).await
}

/// `1.1Gi`, `23Gi`, `8.8Mi`.
fn human(kib: u64) -> String {
    #[allow(clippy::cast_precision_loss)] // Memory is far below 2^52 KiB.
    let mut value = kib as f64;
    let mut units = ["Ki", "Mi", "Gi", "Ti"].into_iter();
    let mut unit = units.next().unwrap_or("Ki");
    while value >= 1000.0 {
        value /= 1024.0;
        unit = units.next().unwrap_or("Ti");
    }
    if value < 10.0 {
        format!("{:.1}{unit}", (value * 10.0).floor() / 10.0)
    } else {
        format!("{:.0}{unit}", value.floor())
    }
}

//! `top -b`.

use std::time::Duration;

use super::{invalid, seen, unknown, up};
use crate::sandbox::World;
use crate::sandbox::host::Process;
use crate::sandbox::host::proc::{LOAD, MEMORY};
use crate::sandbox::host::programs::busybox;
use crate::sandbox::host::sys::{Me, Sys};

pub(super) async fn top(sys: &Sys, args: &[String]) -> i32 {
    let ash = busybox(sys).await;
    let flags: Vec<String> = args.iter().filter(|arg| arg.starts_with('-')).cloned().collect();
    let letters: Vec<String> =
        flags.iter().map(|flag| flag.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned()).collect();
    if let Some(letter) = unknown(&letters, if ash { "bndmH" } else { "bndcHiSspuUoEew" }) {
        let code = invalid(sys, "top", letter).await;
        return code;
    }
    let value = |letter: char| {
        let at = args.iter().position(|arg| arg.starts_with('-') && arg.contains(letter))?;
        let joined = args[at].split_once(letter).map(|(_, rest)| rest).filter(|rest| !rest.is_empty());
        joined.or_else(|| args.get(at + 1).map(String::as_str))?.parse::<f64>().ok()
    };
    if !args.iter().any(|arg| arg.starts_with('-') && arg.contains('b')) {
        sys.err("top: failed tty get\n").await;
        return 1;
    }
    let most = value('n').unwrap_or(f64::INFINITY);
    let pause = Duration::from_secs_f64(value('d').unwrap_or(if ash { 5.0 } else { 3.0 }).clamp(0.1, 1e6));
    let mut turn = 0.0;
    loop {
        let text = sys.with(move |world, me| if ash { of_busybox(world, me) } else { of_procps(world, me) }).await;
        sys.out(if turn > 0.0 { format!("\n{text}") } else { text }).await;
        turn += 1.0;
        if turn >= most {
            return 0;
        }
        sys.sleep(pause).await;
    }
}

fn letter(process: &Process, me: Me) -> char {
    match process {
        Process { exit: Some(_), .. } => 'Z',
        Process { stopped: true, .. } => 'T',
        _ if process.pid == me.pid => 'R',
        _ => 'S',
    }
}

fn of_procps(world: &World, me: Me) -> String {
    let mib = |kib: u64| format!("{:.1}", f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0);
    let all = seen(world, me);
    let count = |wanted: char| all.iter().filter(|(_, process)| letter(process, me) == wanted).count();
    let [total, free, buffers, cached, available, _] = MEMORY;
    let mut text = format!(
        "top - {}\nTasks: {:>3} total, {:>3} running, {:>3} sleeping, {:>3} stopped, {:>3} zombie\n\
         %Cpu(s):  0.0 us,  4.8 sy,  0.0 ni, 95.2 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st \n\
         MiB Mem : {:>8} total, {:>8} free, {:>8} used, {:>8} buff/cache     \n\
         MiB Swap:      0.0 total,      0.0 free,      0.0 used. {:>8} avail Mem \n\n\
         {:>7} {:<8} {:>3} {:>3} {:>7} {:>6} {:>6} S {:>5} {:>5} {:>9} COMMAND\n",
        up(world, me, "user"),
        all.len(),
        count('R'),
        count('S'),
        count('T'),
        count('Z'),
        mib(total),
        mib(free),
        mib(total - available),
        mib(buffers + cached),
        mib(available),
        "PID",
        "USER",
        "PR",
        "NI",
        "VIRT",
        "RES",
        "SHR",
        "%CPU",
        "%MEM",
        "TIME+",
    );
    for (number, process) in &all {
        let age = world.now().duration_since(process.started).as_secs_f64();
        let used = process.cpu.as_secs_f64() + process.load * age;
        let (minutes, seconds) = ((used / 60.0).floor(), used % 60.0);
        // In 80 columns there is room for so much.
        let name: String = if process.comm.chars().count() > 8 {
            process.comm.chars().take(7).chain(['+']).collect()
        } else {
            process.comm.clone()
        };
        #[allow(clippy::cast_precision_loss)] // Far below 2^52.
        let share = (process.rss as f64) * 100.0 / (total as f64);
        text += &format!(
            "{number:>7} {:<8}  20   0 {:>7} {:>6} {:>6} {} {:>5.1} {share:>5.1} {:>9} {name}\n",
            process.user,
            process.vsz,
            process.rss,
            process.rss * 7 / 10,
            letter(process, me),
            process.load * 100.0,
            format!("{minutes:.0}:{seconds:05.2}"),
        );
    }
    text
}

fn of_busybox(world: &World, me: Me) -> String {
    let [total, free, buffers, cached, _, shared] = MEMORY;
    let all = seen(world, me);
    let number = |pid: u32| all.iter().find(|(_, process)| process.pid == pid).map_or(0, |(number, _)| *number);
    let last = all.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let mut text = format!(
        "Mem: {}K used, {free}K free, {shared}K shrd, {buffers}K buff, {cached}K cached\n\
         CPU:   0% usr   5% sys   0% nic  95% idle   0% io   0% irq   0% sirq\n\
         Load average: {LOAD} 1/{} {last}\n  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND\n",
        total - free,
        300 + all.len(),
    );
    for (own, process) in &all {
        let parent = number(process.ppid);
        let line = process.args.join(" ");
        text += &format!(
            "{own:>5} {parent:>5} {:<8} {}    {:>5}   0%   0% {line}\n",
            process.user,
            letter(process, me),
            process.vsz
        );
    }
    text + "\n"
}

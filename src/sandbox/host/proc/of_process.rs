//! The files of one process.

use std::fmt::Write as _;

use super::Proc;
use crate::sandbox::host::files::{Entry, Files, absolute};
use crate::sandbox::host::process::Process;
use crate::sandbox::host::programs;

/// What there is in a process's folder, as far as it is modelled.
const NAMES: [&str; 19] = [
    "cgroup",
    "cmdline",
    "comm",
    "cwd",
    "environ",
    "exe",
    "fd",
    "limits",
    "mounts",
    "ns",
    "oom_score",
    "oom_score_adj",
    "root",
    "stat",
    "statm",
    "status",
    "task",
    "loginuid",
    "sessionid",
];

const NAMESPACES: [&str; 10] =
    ["cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children", "user", "uts"];

/// The control groups that the lab's and kind's nodes have, of the first version.
const CONTROLLERS: [&str; 9] =
    ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "name=systemd"];

/// getrlimit(2), as the lab's nodes and containers have it.
const LIMITS: &str = "\
Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file size             unlimited            unlimited            bytes     
Max data size             unlimited            unlimited            bytes     
Max stack size            8388608              unlimited            bytes     
Max core file size        0                    unlimited            bytes     
Max resident set          unlimited            unlimited            bytes     
Max processes             96364                96364                processes 
Max open files            20000                20000                files     
Max locked memory         8388608              8388608              bytes     
Max address space         unlimited            unlimited            bytes     
Max file locks            unlimited            unlimited            locks     
Max pending signals       96364                96364                signals   
Max msgqueue size         819200               819200               bytes     
Max nice priority         0                    0                    
Max realtime priority     0                    0                    
Max realtime timeout      unlimited            unlimited            us        
";

pub(super) fn names(folder: &str, pid: &str) -> Vec<String> {
    let known: &[&str] = match folder {
        "" => &NAMES,
        "ns" => &NAMESPACES,
        "fd" => &["0", "1", "2"],
        "task" => return vec![pid.to_owned()],
        _ => &[],
    };
    known.iter().map(|name| (*name).to_owned()).collect()
}

impl Proc {
    pub(super) fn of_process(&self, files: &Files, process: &Process, path: &str) -> Option<Entry> {
        let text = |text: String| Some(self.file(0o444, text));
        let ended = process.exit.is_some();
        Some(match path {
            "" | "ns" | "fd" | "task" => self.dir(),
            "cmdline" => {
                let args = if ended { &[][..] } else { &process.args[..] };
                return text(args.iter().map(|arg| format!("{arg}\0")).collect());
            }
            "comm" => self.file(0o644, format!("{}\n", process.comm)),
            "environ" => {
                let all = process.env.iter().map(|(name, value)| format!("{name}={value}\0")).collect::<String>();
                self.file(0o400, if ended { String::new() } else { all })
            }
            "limits" => return text(LIMITS.to_owned()),
            "mounts" => return text(self.mounts(process)),
            // The less memory a process takes, the more its adjustment counts alone.
            "oom_score" => return text(format!("{}\n", 666 + self.oom_adjustment(process) * 666 / 1_000)),
            "oom_score_adj" => self.file(0o644, format!("{}\n", self.oom_adjustment(process))),
            "loginuid" | "sessionid" => return text("4294967295".to_owned()),
            "cgroup" => return text(self.cgroups(process)),
            "stat" => return text(self.stat(process)),
            "statm" => return text(format!("{} {} 0 0 0 0 0\n", process.vsz / 4, process.rss / 4)),
            "status" => return text(self.status(process)),
            "cwd" => self.link(&process.cwd),
            "root" if process.container == self.container => self.link("/"),
            "root" => self.dir(),
            "exe" => self.link(&self.program(files, process)?),
            "fd/0" => self.link("/dev/null"),
            "fd/1" | "fd/2" => self.link(&self.output(process, path.ends_with('2'))),
            _ => return self.deeper(process, path),
        })
    }

    fn deeper(&self, process: &Process, path: &str) -> Option<Entry> {
        if let Some(kind) = path.strip_prefix("ns/").filter(|kind| NAMESPACES.contains(kind)) {
            let name = kind.trim_end_matches("_for_children");
            return Some(self.link(&format!("{name}:[{}]", self.namespace(process, name))));
        }
        if let Some(number) = path.strip_prefix("task/") {
            let own = self.number(process)?.to_string();
            return (number == own).then(|| self.dir());
        }
        // What another container sees, from outside.
        let inside = path.strip_prefix("root/").filter(|_| process.container != self.container)?;
        self.containers.get(process.container.as_ref()?)?.files.get(&format!("/{inside}"))
    }

    /// Where its standard output goes: programs of the lab's nodes have logs there.
    fn output(&self, process: &Process, error: bool) -> String {
        match process.comm.as_str() {
            log @ ("kubelet" | "containerd") if process.container.is_none() => format!("/var/log/{log}.log"),
            _ => format!("pipe:[{}]", 4_236_000 + u64::from(process.pid) * 2 + u64::from(error)),
        }
    }

    /// The file of its program, links followed.
    fn program(&self, files: &Files, process: &Process) -> Option<String> {
        let other = process.container.as_ref().filter(|_| process.container != self.container);
        let files = other.and_then(|id| self.containers.get(id)).map_or(files, |container| &container.files);
        let first = process.args.first()?;
        let path = programs::find(files, &process.env, &process.cwd, first).unwrap_or_else(|_| first.clone());
        let path = files.resolve(&absolute(&process.cwd, &path))?;
        let is_script = files.get(&path).is_some_and(|entry| entry.content.starts_with(b"#!"));
        let path = if is_script { files.resolve("/bin/bash")? } else { path };
        // Of what is linked to by many names, the lab's own copies have theirs.
        Some(path)
    }

    /// The number of a namespace: those of a node, of a Pod (the first process of its sandbox has them) or of a container.
    pub(super) fn namespace(&self, process: &Process, kind: &str) -> u64 {
        const FIRST: u64 = 4_026_531_834;
        let sandbox = match &process.container {
            Some(id) => self.containers.get(id).and_then(|container| self.sandboxes.get(&container.sandbox)),
            None => self.sandboxes.values().find(|sandbox| sandbox.first_process() == process.pid),
        };
        let node = FIRST + 351 + self.node as u64 * 72;
        let pod = |sandbox: &crate::sandbox::host::Sandbox| {
            FIRST + 1000 + self.node as u64 * 1_000_000 + u64::from(sandbox.first_process()) * 8
        };
        let own = process.container.as_ref().and_then(|id| self.containers.get(id)).map(|container| container.main);
        match (kind, sandbox) {
            ("time", _) => FIRST,
            ("user", _) => FIRST + 3,
            ("cgroup", _) => node + 73,
            ("uts", None) => node + 1,
            ("ipc", None) => node + 2,
            ("pid", None) => node + 3,
            ("net", None) => node + 4,
            (_, None) => node,
            ("uts", Some(sandbox)) => pod(sandbox),
            ("ipc", Some(sandbox)) => pod(sandbox) + 1,
            ("net", Some(sandbox)) => pod(sandbox) + 2,
            (kind, Some(sandbox)) => {
                let first = own.map_or_else(|| pod(sandbox) + 3, |main| pod(sandbox) + u64::from(main) * 8 + 5);
                first + u64::from(kind == "pid")
            }
        }
    }

    /// How much rather than others a process is killed for want of memory, -1000 to 1000: kubelets say so of containers, a
    /// shim is told one more than containerd. Nobody in the lab's nodes may have less than nothing.
    fn oom_adjustment(&self, process: &Process) -> i32 {
        let container = process.container.as_ref().and_then(|id| self.containers.get(id));
        let own = match (container, process.comm.as_str()) {
            (Some(container), _) => container.spec.controls.oom_score_adj,
            (None, "pause") => -998,
            (None, "kubelet" | "kube-proxy") => -999,
            (None, "containerd-shim" | "containerd-shim-runc-v2") => 1,
            _ => 0,
        };
        if self.kind { own } else { own.max(0) }
    }

    /// The control group of a process: `/kubepods/besteffort/pod…/…`, or `/`.
    pub(super) fn cgroup_of(&self, process: &Process) -> String {
        let inside = process.container.as_ref().and_then(|id| {
            let sandbox = self.sandboxes.get(&self.containers.get(id)?.sandbox)?;
            Some(format!("{}/{id}", sandbox.pod.cgroup))
        });
        let pause = self.sandboxes.values().find(|sandbox| sandbox.first_process() == process.pid);
        let pause = pause.map(|sandbox| format!("{}/{}", sandbox.pod.cgroup, sandbox.id));
        inside.or(pause).unwrap_or_else(|| "/".to_owned())
    }

    fn cgroups(&self, process: &Process) -> String {
        let path = self.cgroup_of(process);
        let mut text = String::new();
        for (n, name) in CONTROLLERS.iter().enumerate().rev() {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{}:{name}:{path}", n + 1);
        }
        text + "0::/\n"
    }

    /// As the reader counts processes.
    fn parent(&self, process: &Process) -> u32 {
        self.processes.get(&process.ppid).and_then(|parent| self.number(parent)).unwrap_or(0)
    }

    fn letter(&self, process: &Process) -> (char, &'static str) {
        match process {
            Process { exit: Some(_), .. } => ('Z', "zombie"),
            Process { stopped: true, .. } => ('T', "stopped"),
            Process { pid, .. } if *pid == self.pid => ('R', "running"),
            _ => ('S', "sleeping"),
        }
    }

    fn stat(&self, process: &Process) -> String {
        let number = self.number(process).unwrap_or(0);
        let ticks = |seconds: f64| format!("{:.0}", (seconds * 100.0).floor());
        let age = self.now.duration_since(process.started).as_secs_f64();
        let used = ticks(process.cpu.as_secs_f64() + process.load * age);
        let start = ticks(process.started.duration_since(self.booted).as_secs_f64());
        let threads = if process.threads { 12 } else { 1 };
        format!(
            "{number} ({}) {} {} {number} {number} 0 -1 4194560 0 0 0 0 {used} 0 0 0 20 0 {threads} 0 {start} {} {} \
             18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            process.comm,
            self.letter(process).0,
            self.parent(process),
            process.vsz * 1024,
            process.rss / 4,
        )
    }

    fn status(&self, process: &Process) -> String {
        let number = self.number(process).unwrap_or(0);
        let (letter, word) = self.letter(process);
        let numbered = |name: &String| match name.as_str() {
            "nobody" | "nogroup" => 65_534,
            "daemon" => 1,
            other => other.parse::<u32>().unwrap_or(0),
        };
        let (user, group) = (numbered(&process.user), numbered(&process.group));
        let groups =
            if process.groups.is_empty() { vec![group] } else { process.groups.iter().map(numbered).collect() };
        let groups: String = groups.iter().map(|group| format!("{group} ")).collect();
        let set = |signals: &std::collections::BTreeSet<i32>| {
            signals.iter().filter(|s| (1..=64).contains(*s)).fold(0_u64, |bits, signal| bits | 1 << (signal - 1))
        };
        // What runc gives a container that asks for nothing, and Docker a privileged one.
        let capabilities = match (user, &process.container) {
            (0, Some(_)) => "00000000a80425fb",
            (0, None) => "0000003ffeffffff",
            _ => "0000000000000000",
        };
        let bound = if process.container.is_some() { "00000000a80425fb" } else { "0000003ffeffffff" };
        let threads = if process.threads { 12 } else { 1 };
        let mut text = format!(
            "Name:\t{}\nUmask:\t0022\nState:\t{letter} ({word})\nTgid:\t{number}\nNgid:\t0\nPid:\t{number}\nPPid:\t{}\n\
             TracerPid:\t0\nUid:\t{user}\t{user}\t{user}\t{user}\nGid:\t{group}\t{group}\t{group}\t{group}\nFDSize:\t64\nGroups:\t{groups}\n\
             NStgid:\t{number}\nNSpid:\t{number}\nNSpgid:\t{number}\nNSsid:\t{number}\nKthread:\t0\n",
            process.comm,
            self.parent(process),
        );
        if process.exit.is_none() {
            for (name, size) in [
                ("VmPeak", process.vsz),
                ("VmSize", process.vsz),
                ("VmLck", 0),
                ("VmPin", 0),
                ("VmHWM", process.rss),
                ("VmRSS", process.rss),
                ("VmSwap", 0),
            ] {
                let _ = writeln!(text, "{name}:\t{size:>8} kB");
            }
        }
        let rest = format!(
            "Threads:\t{threads}\nSigQ:\t0/96364\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n\
             SigBlk:\t0000000000000000\nSigIgn:\t{:016x}\nSigCgt:\t{:016x}\nCapInh:\t0000000000000000\n\
             CapPrm:\t{capabilities}\nCapEff:\t{capabilities}\nCapBnd:\t{bound}\nCapAmb:\t0000000000000000\n\
             NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n\
             Mems_allowed_list:\t0\n",
            set(&process.ignored),
            set(&process.handled),
        );
        text + rest.as_str()
    }
}

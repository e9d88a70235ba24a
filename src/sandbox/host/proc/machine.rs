//! The files of the machine, and what is mounted.

use std::time::Duration;

use super::Proc;
use crate::sandbox::host::files::Entry;
use crate::sandbox::host::process::Process;

/// How long before its nodes the machine started.
pub(in crate::sandbox::host) const BOOTED_BEFORE: Duration = Duration::from_secs(47_073);

/// What is told of its load: over one, five and fifteen minutes.
pub(in crate::sandbox::host) const LOAD: &str = "0.69 0.41 0.92";

/// KiB in all, free, of buffers, cached, available, shared: as the lab's nodes have it.
pub(in crate::sandbox::host) const MEMORY: [u64; 6] = [24_684_092, 17_570_696, 13_408, 6_323_084, 23_499_400, 9_060];

pub(super) const NAMES: [&str; 13] = [
    "cmdline",
    "cpuinfo",
    "filesystems",
    "loadavg",
    "meminfo",
    "mounts",
    "self",
    "stat",
    "swaps",
    "sys",
    "thread-self",
    "uptime",
    "version",
];

/// The parameters of the kernel that are there.
const PARAMETERS: [(&str, &str); 9] = [
    ("fs/file-max", "9223372036854775807"),
    ("kernel/hostname", ""),
    ("kernel/osrelease", "6.18.44-fc-v657"),
    ("kernel/ostype", "Linux"),
    ("kernel/panic", "10"),
    ("kernel/panic_on_oops", "1"),
    ("kernel/pid_max", "32768"),
    ("net/ipv4/ip_forward", "1"),
    ("vm/overcommit_memory", "1"),
];

/// What is mounted on every node of the lab, in order: what, where, which kind, how.
pub(in crate::sandbox::host) const MOUNTED: [(&str, &str, &str, &str); 23] = [
    (
        "overlay",
        "/",
        "overlay",
        "rw,relatime,lowerdir=/var/lib/docker/overlay2/l/KPAC7IEH72MKU6OBPF46QE35FP:/var/lib/docker/overlay2/l/RWARJ34U54PWQ7Z47FKCUTUMF7,upperdir=/var/lib/docker/overlay2/8215a24dc6632c622b5ea22ac8006af695101468a21eb10725c1499f96dec7dd/diff,workdir=/var/lib/docker/overlay2/8215a24dc6632c622b5ea22ac8006af695101468a21eb10725c1499f96dec7dd/work",
    ),
    ("proc", "/proc", "proc", "rw,nosuid,nodev,noexec,relatime"),
    ("tmpfs", "/dev", "tmpfs", "rw,nosuid,size=65536k,mode=755"),
    ("devpts", "/dev/pts", "devpts", "rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666"),
    ("sysfs", "/sys", "sysfs", "rw,nosuid,nodev,noexec,relatime"),
    ("tmpfs", "/sys/fs/cgroup", "tmpfs", "rw,nosuid,nodev,noexec,relatime,mode=755"),
    ("cgroup", "/sys/fs/cgroup/cpu", "cgroup", "rw,nosuid,nodev,noexec,relatime,cpu"),
    ("cgroup", "/sys/fs/cgroup/cpuacct", "cgroup", "rw,nosuid,nodev,noexec,relatime,cpuacct"),
    ("cgroup", "/sys/fs/cgroup/cpuset", "cgroup", "rw,nosuid,nodev,noexec,relatime,cpuset"),
    ("cgroup", "/sys/fs/cgroup/memory", "cgroup", "rw,nosuid,nodev,noexec,relatime,memory"),
    ("cgroup", "/sys/fs/cgroup/devices", "cgroup", "rw,nosuid,nodev,noexec,relatime,devices"),
    ("cgroup", "/sys/fs/cgroup/freezer", "cgroup", "rw,nosuid,nodev,noexec,relatime,freezer"),
    ("cgroup", "/sys/fs/cgroup/blkio", "cgroup", "rw,nosuid,nodev,noexec,relatime,blkio"),
    ("cgroup", "/sys/fs/cgroup/pids", "cgroup", "rw,nosuid,nodev,noexec,relatime,pids"),
    ("systemd", "/sys/fs/cgroup/systemd", "cgroup", "rw,nosuid,nodev,noexec,relatime,name=systemd"),
    ("mqueue", "/dev/mqueue", "mqueue", "rw,nosuid,nodev,noexec,relatime"),
    ("shm", "/dev/shm", "tmpfs", "rw,nosuid,nodev,noexec,relatime,size=65536k"),
    ("/dev/vda", "/var", "ext4", DISK),
    ("tmpfs", "/run", "tmpfs", "rw,nosuid,nodev,relatime"),
    ("tmpfs", "/tmp", "tmpfs", "rw,nosuid,nodev,relatime"),
    ("/dev/vda", "/etc/resolv.conf", "ext4", DISK),
    ("/dev/vda", "/etc/hostname", "ext4", DISK),
    ("/dev/vda", "/etc/hosts", "ext4", DISK),
];

const DISK: &str = "rw,relatime,discard,resv_strict,resuid=65534,resgid=65534";

/// What is mounted in a container: that of a node but for its disk, `/run` and `/tmp`, and read-only where the kernel's is.
fn in_container(mounts: &[crate::sandbox::host::volumes::Mount]) -> Vec<[String; 4]> {
    let owned = |parts: [&str; 4]| parts.map(str::to_owned);
    let mut all = vec![owned(["/dev/vda", "/", "ext4", DISK])];
    for (what, at, kind, how) in MOUNTED.iter().skip(1).filter(|(_, at, ..)| !matches!(*at, "/var" | "/run" | "/tmp")) {
        let read_only = *at != "/sys/fs/cgroup" && at.starts_with("/sys");
        let how = if read_only { how.replacen("rw", "ro", 1) } else { (*how).to_owned() };
        all.push([(*what).to_owned(), (*at).to_owned(), (*kind).to_owned(), how]);
    }
    for mount in mounts {
        let secret = ["kubernetes.io~secret", "kubernetes.io~projected"].iter().any(|kind| mount.from.contains(kind));
        let mode = if mount.read_only { "ro" } else { "rw" };
        let (what, kind) = if secret { ("tmpfs", "tmpfs") } else { ("/dev/vda", "ext4") };
        let how = if secret { format!("{mode},relatime") } else { DISK.replacen("rw", mode, 1) };
        all.push([what.to_owned(), mount.at.clone(), kind.to_owned(), how]);
    }
    for at in ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"] {
        all.push(owned(["proc", at, "proc", "ro,nosuid,nodev,noexec,relatime"]));
    }
    all
}

/// What is mounted where a process is: what, where, which kind, how.
pub(in crate::sandbox::host) fn mounts_of<'a>(
    process: &Process,
    container: Option<&crate::sandbox::host::Container>,
    sandboxes: impl Iterator<Item = &'a crate::sandbox::host::Sandbox>,
) -> Vec<[String; 4]> {
    if let Some(container) = container.filter(|container| process.container.as_ref() == Some(&container.id)) {
        return in_container(&container.spec.mounts);
    }
    let mut all: Vec<[String; 4]> =
        MOUNTED.map(|(what, at, kind, how)| [what, at, kind, how].map(str::to_owned)).into();
    for sandbox in sandboxes.filter(|sandbox| sandbox.ready) {
        let at = format!("/run/containerd/io.containerd.grpc.v1.cri/sandboxes/{}/shm", sandbox.id);
        all.push(["shm".to_owned(), at, "tmpfs".to_owned(), "rw,nosuid,nodev,noexec,relatime,size=65536k".to_owned()]);
    }
    all
}

/// What is in one of the folders below `/proc/sys`.
pub(super) fn below(path: &str) -> Vec<String> {
    let prefix = if path == "sys" { String::new() } else { path.trim_start_matches("sys/").to_owned() + "/" };
    if path != "sys" && !path.starts_with("sys/") {
        return Vec::new();
    }
    let inside = PARAMETERS.iter().filter_map(|(name, _)| name.strip_prefix(&prefix));
    inside.map(|rest| rest.split('/').next().unwrap_or_default().to_owned()).collect()
}

impl Proc {
    pub(super) fn mounts(&self, process: &Process) -> String {
        let container = process.container.as_ref().and_then(|id| self.containers.get(id));
        let all = mounts_of(process, container, self.sandboxes.values());
        all.iter().map(|parts| format!("{} 0 0\n", parts.join(" "))).collect()
    }

    pub(super) fn of_machine(&self, path: &str) -> Option<Entry> {
        let own = self.processes.get(&self.pid).and_then(|process| self.number(process)).unwrap_or(0);
        let up = self.now.duration_since(self.booted).as_secs_f64();
        Some(match path {
            "self" => self.link(&own.to_string()),
            "thread-self" => self.link(&format!("{own}/task/{own}")),
            "mounts" => self.link("self/mounts"),
            // Of two processors, a bit less than half of the time is idle.
            "uptime" => self.file(0o444, format!("{up:.2} {:.2}\n", up * 0.46)),
            "loadavg" => {
                let last = self.processes.values().filter_map(|process| self.number(process)).max().unwrap_or(0);
                self.file(0o444, format!("{LOAD} 1/{} {last}\n", 300 + self.processes.len()))
            }
            "meminfo" => self.file(0o444, memory()),
            "version" => self.file(0o444, VERSION),
            "cpuinfo" => self.file(0o444, (0..2).map(processor).collect::<String>()),
            "cmdline" => self.file(0o444, "console=ttyS0 reboot=k panic=1 root=/dev/vda rw\n"),
            "filesystems" => {
                self.file(0o444, "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tcgroup\nnodev\toverlay\n\text4\n")
            }
            "swaps" => self.file(0o444, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
            "stat" => {
                let started = self.booted.as_second();
                let used = up * 100.0;
                self.file(
                    0o444,
                    format!(
                        "cpu  {:.0} 0 {:.0} {:.0} 0 0 0 0 0 0\nbtime {started}\nprocesses {}\n",
                        used * 0.8,
                        used * 0.2,
                        used,
                        self.processes.len()
                    ),
                )
            }
            "sys" => self.dir(),
            _ => {
                let name = path.strip_prefix("sys/")?;
                if let Some((_, value)) = PARAMETERS.iter().find(|(known, _)| *known == name) {
                    let value = if name == "kernel/hostname" { self.hostname.as_str() } else { value };
                    return Some(self.file(0o644, format!("{value}\n")));
                }
                return PARAMETERS.iter().any(|(known, _)| known.starts_with(&format!("{name}/"))).then(|| self.dir());
            }
        })
    }
}

const VERSION: &str = "Linux version 6.18.44-fc-v657 (builder@sandboxing) (gcc (GCC) 15.3.0, GNU ld (GNU Binutils) 2.46) #1 SMP PREEMPT_DYNAMIC @0\n";

fn memory() -> String {
    let [total, free, buffers, cached, available, shared] = MEMORY;
    let rows = [
        ("MemTotal", total),
        ("MemFree", free),
        ("MemAvailable", available),
        ("Buffers", buffers),
        ("Cached", cached - 646_792),
        ("SwapCached", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
        ("Shmem", shared),
        ("KReclaimable", 646_792),
        ("SReclaimable", 646_792),
    ];
    rows.iter().map(|(name, size)| format!("{:<16}{size:>8} kB\n", format!("{name}:"))).collect()
}

fn processor(number: u32) -> String {
    format!(
        "processor\t: {number}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nstepping\t: 1\n\
         cpu MHz\t\t: 2445.406\ncache size\t: 512 KB\nphysical id\t: 0\nsiblings\t: 2\ncore id\t\t: {number}\ncpu cores\t: 2\n\
         bogomips\t: 4890.81\naddress sizes\t: 48 bits physical, 48 bits virtual\n\n"
    )
}

//! `/sys/fs/cgroup`: the control groups of Pods and containers, version 1, with the files of a v1.20.2 lab's kernel. A
//! container sees its own alone. What kubelets ask for: pkg/kubelet/cm/helpers_linux.go.

use super::{Controls, MEMORY, Proc};
use crate::sandbox::host::files::Entry;

/// The controllers, with the files that each has beside those of all.
const CONTROLLERS: [(&str, &str); 9] = [
    (
        "blkio",
        "blkio.bfq.io_service_bytes blkio.bfq.io_service_bytes_recursive blkio.bfq.io_serviced blkio.bfq.io_serviced_recursive \
         blkio.bfq.weight blkio.bfq.weight_device blkio.reset_stats blkio.throttle.io_service_bytes \
         blkio.throttle.io_service_bytes_recursive blkio.throttle.io_serviced blkio.throttle.io_serviced_recursive \
         blkio.throttle.read_bps_device blkio.throttle.read_iops_device blkio.throttle.write_bps_device \
         blkio.throttle.write_iops_device",
    ),
    (
        "cpu",
        "cpu.cfs_burst_us cpu.cfs_period_us cpu.cfs_quota_us cpu.idle cpu.rt_period_us cpu.rt_runtime_us cpu.shares cpu.stat \
         cpu.stat.local",
    ),
    (
        "cpuacct",
        "cpuacct.stat cpuacct.usage cpuacct.usage_all cpuacct.usage_percpu cpuacct.usage_percpu_sys \
         cpuacct.usage_percpu_user cpuacct.usage_sys cpuacct.usage_user",
    ),
    (
        "cpuset",
        "cpuset.cpu_exclusive cpuset.cpus cpuset.effective_cpus cpuset.effective_mems cpuset.mem_exclusive \
         cpuset.mem_hardwall cpuset.memory_migrate cpuset.memory_pressure cpuset.memory_spread_page \
         cpuset.memory_spread_slab cpuset.mems cpuset.sched_load_balance cpuset.sched_relax_domain_level",
    ),
    ("devices", "devices.allow devices.deny devices.list"),
    ("freezer", "freezer.parent_freezing freezer.self_freezing freezer.state"),
    (
        "memory",
        "cgroup.event_control memory.failcnt memory.force_empty memory.kmem.failcnt memory.kmem.limit_in_bytes \
         memory.kmem.max_usage_in_bytes memory.kmem.slabinfo memory.kmem.tcp.failcnt memory.kmem.tcp.limit_in_bytes \
         memory.kmem.tcp.max_usage_in_bytes memory.kmem.tcp.usage_in_bytes memory.kmem.usage_in_bytes memory.limit_in_bytes \
         memory.max_usage_in_bytes memory.memsw.failcnt memory.memsw.limit_in_bytes memory.memsw.max_usage_in_bytes \
         memory.memsw.usage_in_bytes memory.move_charge_at_immigrate memory.numa_stat memory.oom_control \
         memory.pressure_level memory.shown_ram_in_bytes memory.soft_limit_in_bytes memory.stat memory.swappiness \
         memory.usage_in_bytes memory.use_hierarchy",
    ),
    ("pids", "pids.current pids.events pids.max pids.peak"),
    ("systemd", ""),
];

/// What every group has.
const COMMON: [&str; 4] = ["cgroup.clone_children", "cgroup.procs", "notify_on_release", "tasks"];

/// Those that are only written to, and those that are only read.
const WRITTEN: [&str; 6] = [
    "cgroup.event_control",
    "memory.force_empty",
    "memory.pressure_level",
    "devices.allow",
    "devices.deny",
    "blkio.reset_stats",
];
const READ: [&str; 10] = [
    "cpu.stat",
    "cpu.stat.local",
    "memory.stat",
    "memory.numa_stat",
    "memory.usage_in_bytes",
    "memory.shown_ram_in_bytes",
    "pids.current",
    "pids.events",
    "pids.peak",
    "devices.list",
];

/// No limit: the most pages that a long counts.
const UNLIMITED: u64 = 9_223_372_036_854_771_712;

/// A group: what it may take, and who is in it, below it too.
struct Group {
    controls: Controls,
    members: Vec<u32>,
    own: Vec<u32>,
    memory: u64,
    cpu: u64,
}

impl Proc {
    /// Which groups there are: their paths without a slash in front, and what they may take.
    fn groups(&self) -> Vec<(String, Controls)> {
        let mut all: Vec<(String, Controls)> = vec![(String::new(), Controls { shares: 1_024, ..Controls::default() })];
        for sandbox in self.sandboxes.values() {
            let path = sandbox.pod.cgroup.trim_start_matches('/').to_owned();
            let inside = self.containers.values().filter(|container| container.sandbox == sandbox.id);
            let inside: Vec<_> = inside.filter(|container| container.state.running).collect();
            let limited = |all: fn(&Controls) -> Option<u64>| {
                inside.iter().map(|container| all(&container.spec.controls)).sum::<Option<u64>>().filter(|sum| *sum > 0)
            };
            let shares: u64 = inside.iter().map(|c| c.spec.controls.shares).filter(|shares| *shares > 2).sum();
            let controls = Controls {
                shares: shares.max(2),
                quota: limited(|controls| controls.quota),
                memory: limited(|controls| controls.memory),
                ..Controls::default()
            };
            for (end, _) in path.match_indices('/') {
                all.push((path[..end].to_owned(), Controls::default()));
            }
            all.push((path.clone(), controls));
            all.push((format!("{path}/{}", sandbox.id), Controls::default()));
            all.extend(inside.iter().map(|container| (format!("{path}/{}", container.id), container.spec.controls)));
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.dedup_by(|a, b| a.0 == b.0);
        // The shares of a class are those of its Pods together; the node's are its CPUs'.
        let sums: Vec<u64> = all
            .iter()
            .map(|(path, _)| {
                let below = |other: &str| {
                    other
                        .strip_prefix(&format!("{path}/"))
                        .is_some_and(|rest| rest.starts_with("pod") && !rest.contains('/'))
                };
                all.iter()
                    .filter(|(other, _)| below(other))
                    .map(|(_, controls)| controls.shares)
                    .filter(|n| *n > 2)
                    .sum()
            })
            .collect();
        for ((path, controls), sum) in all.iter_mut().zip(sums) {
            match path.rsplit('/').next().unwrap_or_default() {
                "kubepods" => (controls.shares, controls.memory) = (2_048, Some(MEMORY[0] * 1_024)),
                "burstable" => controls.shares = sum.max(2),
                "besteffort" => controls.shares = 2,
                _ => {}
            }
        }
        all
    }

    /// The group at a path; none: there is none.
    fn group(&self, path: &str) -> Option<Group> {
        let (prefix, controls) = match self.container.as_ref().and_then(|id| self.containers.get(id)) {
            Some(container) => (None, path.is_empty().then_some(container.spec.controls)?),
            None => {
                let groups = self.groups();
                let (_, controls) = groups.into_iter().find(|(other, _)| other == path)?;
                (Some(path), controls)
            }
        };
        let mut group = Group { controls, members: Vec::new(), own: Vec::new(), memory: 0, cpu: 0 };
        for process in self.processes.values().filter(|process| process.exit.is_none()) {
            let Some(number) = self.number(process) else { continue };
            if let Some(path) = prefix {
                let at = self.cgroup_of(process);
                let at = at.trim_start_matches('/');
                if !(path.is_empty() || at == path || at.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))) {
                    continue;
                }
                if at == path {
                    group.own.push(number);
                }
            } else {
                group.own.push(number);
            }
            group.members.push(number);
            group.memory += process.rss * 1_024 + process.taken;
            group.cpu += u64::try_from(process.cpu.as_nanos()).unwrap_or(u64::MAX) + 30_000_000;
        }
        Some(group)
    }

    /// What is at a path below `/sys/fs/cgroup`.
    pub(super) fn cgroup_entry(&self, path: &str) -> Option<Entry> {
        let path = path.trim_matches('/');
        let (controller, rest) = path.split_once('/').unwrap_or((path, ""));
        if controller.is_empty() {
            return Some(self.dir());
        }
        let (_, files) = CONTROLLERS.iter().find(|(name, _)| *name == controller)?;
        let (folder, file) = rest.rsplit_once('/').unwrap_or(("", rest));
        if COMMON.contains(&file) || files.split_whitespace().any(|known| known == file) {
            let group = self.group(folder)?;
            let mode = match file {
                file if WRITTEN.contains(&file) => 0o200,
                file if READ.contains(&file) => 0o444,
                _ => 0o644,
            };
            let content = if mode == 0o200 { String::new() } else { format!("{}\n", group.content(file)) };
            return Some(self.file(mode, content));
        }
        self.group(rest).map(|_| Entry { mode: 0o755, ..self.dir() })
    }

    /// The names in a folder below it.
    pub(super) fn cgroup_names(&self, path: &str) -> Vec<String> {
        let path = path.trim_matches('/');
        let (controller, folder) = path.split_once('/').unwrap_or((path, ""));
        let owned = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect::<Vec<_>>();
        let Some((_, files)) = CONTROLLERS.iter().find(|(name, _)| *name == controller) else {
            return if path.is_empty() { owned(&mut CONTROLLERS.iter().map(|(name, _)| *name)) } else { Vec::new() };
        };
        let mut names = owned(&mut COMMON.into_iter().chain(files.split_whitespace()));
        if self.container.is_none() {
            let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let groups = self.groups().into_iter();
            let inside = groups.filter_map(|(other, _)| other.strip_prefix(&below).map(str::to_owned));
            names.extend(inside.filter(|name| !name.is_empty() && !name.contains('/')));
        }
        names
    }
}

impl Group {
    fn content(&self, file: &str) -> String {
        let lines = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join("\n");
        let limit = self.controls.memory.unwrap_or(UNLIMITED);
        match file {
            "cgroup.procs" | "tasks" => lines(&self.own),
            "cpu.shares" => self.controls.shares.to_string(),
            "cpu.cfs_period_us" => "100000".to_owned(),
            "cpu.cfs_quota_us" => self.controls.quota.map_or_else(|| "-1".to_owned(), |quota| quota.to_string()),
            "cpu.rt_period_us" => "1000000".to_owned(),
            "cpu.stat" => "nr_periods 0\nnr_throttled 0\nthrottled_time 0\nnr_bursts 0\nburst_time 0".to_owned(),
            "cpuacct.usage" | "cpuacct.usage_user" => self.cpu.to_string(),
            "cpuacct.stat" => format!("user {}\nsystem 0", self.cpu / 10_000_000),
            "cpuset.cpus" | "cpuset.effective_cpus" => "0-1".to_owned(),
            "cpuset.sched_load_balance" | "memory.use_hierarchy" => "1".to_owned(),
            "cpuset.sched_relax_domain_level" => "-1".to_owned(),
            "devices.list" => "a *:* rwm".to_owned(),
            "freezer.state" => "THAWED".to_owned(),
            "memory.limit_in_bytes" | "memory.memsw.limit_in_bytes" => limit.to_string(),
            "memory.soft_limit_in_bytes" | "memory.kmem.limit_in_bytes" | "memory.kmem.tcp.limit_in_bytes" => {
                UNLIMITED.to_string()
            }
            "memory.usage_in_bytes"
            | "memory.max_usage_in_bytes"
            | "memory.memsw.usage_in_bytes"
            | "memory.memsw.max_usage_in_bytes" => self.memory.to_string(),
            "memory.oom_control" => "oom_kill_disable 0\nunder_oom 0\noom_kill 0".to_owned(),
            "memory.swappiness" => "60".to_owned(),
            "memory.stat" => format!(
                "cache 0\nrss {0}\nrss_huge 0\nshmem 0\nmapped_file 0\ndirty 0\nwriteback 0\nswap 0\ninactive_anon {0}\n\
                 active_anon 0\ninactive_file 0\nactive_file 0\nunevictable 0\nhierarchical_memory_limit {limit}\n\
                 hierarchical_memsw_limit {limit}\ntotal_cache 0\ntotal_rss {0}",
                self.memory
            ),
            "pids.current" | "pids.peak" => self.members.len().to_string(),
            "pids.max" => "max".to_owned(),
            "pids.events" => "max 0".to_owned(),
            _ => "0".to_owned(),
        }
    }
}

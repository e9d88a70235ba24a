//! What programs take, as measured on a lab.

use crate::sandbox::host::programs::daemons;

/// What a program takes.
pub(in crate::sandbox::host) struct Size {
    pub comm: String,
    pub vsz: u64,
    pub rss: u64,
    pub load: f64,
    pub threads: bool,
}

/// What a command line takes, as measured on a v1.20.2 lab.
pub(in crate::sandbox::host) fn size(args: &[String], in_container: bool, first: bool) -> Size {
    let program = args.first().map_or("", String::as_str);
    let mut comm = program.rsplit('/').next().unwrap_or_default();
    // A script is named after itself.
    if comm == "bash"
        && let Some(script) = args.get(1).filter(|arg| arg.starts_with('/'))
    {
        comm = script.rsplit('/').next().unwrap_or_default();
    }
    // systemd names itself.
    if program == "/sbin/init" {
        comm = "systemd";
    }
    let (vsz, rss, load, threads) = match comm {
        _ if in_container && !daemons::is(comm) => (2268, if first { 1732 } else { 1440 }, 0.0, false),
        "node-init" => (3940, 3060, 0.0, false),
        "containerd" => (1_426_648, 47_100, 0.004, true),
        "containerd-shim-runc-v2" => (1_537_332, 14_056, 0.0, true),
        "pause" => (184, 20, 0.0, false),
        "kubelet" => (851_992, 114_892, 0.009, true),
        "etcd" => (11_886_920, 57_432, 0.033, true),
        "kube-apiserver" => (1_129_580, 395_616, 0.085, true),
        "kube-controller-manager" => (852_696, 123_460, 0.017, true),
        "kube-scheduler" => (851_480, 95_320, 0.001, true),
        "systemd" => (19_932, 10_644, 0.0, false),
        "systemd-journald" => (28_592, 10_412, 0.0, false),
        "coredns" => (747_684, 39_152, 0.002, true),
        "kindnetd" => (736_700, 24_812, 0.0, true),
        "kube-proxy" => (748_044, 35_276, 0.001, true),
        "local-path-provisioner" => (139_748, 29_516, 0.0, true),
        "bash" => (3940, 2900, 0.0, false),
        "sh" => (2580, 892, 0.0, false),
        "sleep" => (2488, 912, 0.0, false),
        "ps" => (8104, 4216, 0.0, false),
        _ => (3324, 1620, 0.0, false),
    };
    Size { comm: comm.chars().take(15).collect(), vsz, rss, load, threads }
}

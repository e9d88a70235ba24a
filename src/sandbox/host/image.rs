//! What nodes and containers begin with: their files and programs, and what programs take.
//!
//! - this file: the lab's; `kind`: those of profile `kind`; `size`: what programs take

mod kind;
mod size;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::files::{Entry, Files};
use super::node::{Node, NodeSpec, Role};
use crate::sandbox::Profile;

pub(super) use size::size;

/// The programs in a node's `/usr/bin`.
const BIN: &str = "\
    [ addpart arch awk b2sum base32 base64 basename basenc bash bashbug c_rehash cat chage chcon chfn chgrp \
    chmod choom chown chrt chsh cksum clear_console cmp comm containerd containerd-shim-runc-v2 cp csplit ctr \
    ctstat cut dash date dd deb-systemd-helper deb-systemd-invoke debconf debconf-apt-progress debconf- \
    communicate debconf-copydb debconf-escape debconf-set-selections debconf-show delpart df diff diff3 dir \
    dircolors dirname dmesg dnsdomainname domainname dpkg dpkg-deb dpkg-divert dpkg-maintscript-helper dpkg- \
    query dpkg-realpath dpkg-split dpkg-statoverride dpkg-trigger du echo egrep env etcd etcdctl expand expiry \
    expr factor faillog fallocate false fgrep fincore find findmnt flock fmt fold free getconf getent getopt \
    gpasswd grep groups gunzip gzexe gzip hardlink head hostid hostname i386 iconv id install ionice ip ipcmk \
    ipcrm ipcs iptables-xml ischroot join kill kmod kube-apiserver kube-controller-manager kube-scheduler \
    kubectl kubelet labkube last lastb lastlog ld.so ldd link linux32 linux64 ln lnstat locale localedef logger \
    login logname ls lsblk lscpu lsfd lsipc lsirq lslocks lslogins lsmem lsmod lsns mawk mcookie md5sum \
    md5sum.textutils mesg mkdir mkfifo mknod mktemp more mount mountpoint mv namei nawk newgrp nice \
    nisdomainname nl nohup nproc nsenter nstat numfmt od openssl pager partx passwd paste pathchk pgrep pidof \
    pidwait pinky pkill pldd pmap pr printenv printf prlimit ps ptx pwd pwdx rbash rdma readlink realpath \
    rename.ul renice resizepart rev rgrep rm rmdir routel rtstat run-parts runc runcon savelog script scriptlive \
    scriptreplay sdiff sed seq setarch setpriv setsid setterm sg sh sha1sum sha224sum sha256sum sha384sum \
    sha512sum shred shuf skill slabtop sleep snice sort split ss stat stdbuf stty su sum sync tac tail tar \
    taskset tee tempfile test timeout tload top touch tr true truncate tsort tty tzselect uclampset umount uname \
    uncompress unexpand uniq unlink unshare update-alternatives uptime users utmpdump vdir vmstat w wall watch \
    wc wdctl whereis which which.debianutils who whoami x86_64 xargs yes ypdomainname zcat zcmp zdiff zdump \
    zegrep zfgrep zforce zgrep zless zmore znew ";

/// Those in its `/usr/sbin`.
const SBIN: &str = "\
    add-shell agetty arpd arptables arptables-nft arptables-nft-restore arptables-nft-save arptables-restore \
    arptables-save blkdiscard blkid blkzone blockdev bridge capsh chcpu chgpasswd chmem chpasswd chroot cpgr \
    cppw ctrlaltdel dcb depmod devlink dpkg-fsys-usrunmess dpkg-preconfigure dpkg-reconfigure ebtables ebtables- \
    nft ebtables-nft-restore ebtables-nft-save ebtables-restore ebtables-save ebtables-translate faillock findfs \
    fsck fsck.cramfs fsck.minix fsfreeze fstab-decode fstrim genl getcap getpcaps getty groupadd groupdel \
    groupmems groupmod grpck grpconv grpunconv hwclock iconvconfig insmod installkernel invoke-rc.d ip ip6tables \
    ip6tables-apply ip6tables-legacy ip6tables-legacy-restore ip6tables-legacy-save ip6tables-nft ip6tables-nft- \
    restore ip6tables-nft-save ip6tables-restore ip6tables-restore-translate ip6tables-save ip6tables-translate \
    iptables iptables-apply iptables-legacy iptables-legacy-restore iptables-legacy-save iptables-nft iptables- \
    nft-restore iptables-nft-save iptables-restore iptables-restore-translate iptables-save iptables-translate \
    isosize killall5 ldattach ldconfig losetup lsmod mkfs mkfs.bfs mkfs.cramfs mkfs.minix mkhomedir_helper \
    mkswap modinfo modprobe newusers nfnl_osf nologin pam-auth-update pam_getenv pam_namespace_helper \
    pam_timestamp_check pivot_root pwck pwconv pwhistory_helper pwunconv readprofile remove-shell rmmod rmt rmt- \
    tar rtacct rtcwake rtmon runc runuser service setcap shadowconfig start-stop-daemon sulogin swaplabel \
    swapoff swapon switch_root sysctl tarcat tc tipc unix_chkpwd unix_update update-passwd update-rc.d update- \
    shells useradd userdel usermod vdpa vigr vipw wipefs xtables-legacy-multi xtables-monitor xtables-nft-multi \
    zic zramctl ";

/// The programs of the busybox image, as its `busybox --list` has them.
const BUSYBOX: &str = "\
    [ [[ acpid adjtimex ar arch arp arping ascii ash awk base64 basename bc blkdiscard blockdev brctl bunzip2 \
    busybox bzcat bzip2 cal cat chgrp chmod chown chroot chvt clear cmp cp cpio crc32 crond crontab cttyhack cut \
    date dc dd deallocvt depmod devmem df diff dirname dmesg dnsdomainname dos2unix dpkg dpkg-deb du dumpkmap \
    dumpleases echo ed egrep env expand expr factor fallocate false fatattr fdisk fgrep find findfs fold free \
    freeramdisk fsfreeze fstrim ftpget ftpput getopt getty grep groups gunzip gzip halt head hexdump hostid hostname \
    httpd hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown ifup init insmod ionice ip ipcalc \
    ipneigh kill killall klogd last less link linux32 linux64 linuxrc ln loadfont loadkmap logger login logname \
    logread losetup ls lsmod lsscsi lzcat lzma lzop md5sum mdev microcom mim mkdir mkdosfs mke2fs mkfifo mknod \
    mkpasswd mkswap mktemp modinfo modprobe more mount mt mv nameif nc netstat nl nologin nproc nsenter nslookup \
    nuke od openvt partprobe passwd paste patch pidof ping ping6 pivot_root poweroff printf ps pwd rdate readlink \
    realpath reboot renice reset resume rev rm rmdir rmmod route rpm rpm2cpio run-init run-parts sed seq setkeycodes \
    setpriv setsid sh sha1sum sha256sum sha3sum sha512sum shred shuf sleep sort ssl_client start-stop-daemon stat \
    strings stty su sulogin svc svok swapoff swapon switch_root sync sysctl syslogd tac tail tar taskset tc tee \
    telnet telnetd test tftp time timeout top touch tr traceroute traceroute6 true truncate ts tty tunctl ubirename \
    udhcpc udhcpd uevent umount uname uncompress unexpand uniq unix2dos unlink unlzma unshare unxz unzip uptime \
    usleep uudecode uuencode vconfig vi w watch watchdog wc wget which who whoami xargs xxd xz xzcat yes zcat ";

/// Their names, in their order.
pub(super) fn applets() -> impl Iterator<Item = &'static str> {
    BUSYBOX.split_whitespace()
}

/// What a kubelet notes of CPUs that are somebody's alone: pkg/kubelet/cm/cpumanager/state, the policy `none`.
const CPU_STATE: &str = r#"{"policyName":"none","defaultCpuSet":"","checksum":1353318690}"#;

type Tree = BTreeMap<String, Entry>;

/// When the node image was built: 24 November 2026, 14:12 UTC.
fn built() -> Timestamp {
    Timestamp::from_second(1_795_529_528).unwrap_or_default()
}

/// The files of a node before anything is its own.
pub(super) fn node(profile: Profile) -> Arc<Tree> {
    static LAB: OnceLock<Arc<Tree>> = OnceLock::new();
    static KIND: OnceLock<Arc<Tree>> = OnceLock::new();
    match profile {
        Profile::Lab => LAB.get_or_init(|| Arc::new(node_tree())).clone(),
        Profile::Kind => KIND.get_or_init(|| Arc::new(kind::node(node_tree()))).clone(),
    }
}

fn node_tree() -> Tree {
    let at = built();
    let mut tree = Tree::new();
    for dir in [
        "/",
        "/dev",
        "/etc",
        "/etc/alternatives",
        "/etc/cni",
        "/etc/cni/net.d",
        "/etc/containerd",
        "/etc/kubernetes",
        "/home",
        "/mnt",
        "/opt",
        "/opt/cni",
        "/proc",
        "/root",
        "/run",
        "/run/containerd",
        "/sys",
        "/sys/fs",
        "/sys/fs/cgroup",
        "/tmp",
        "/usr",
        "/usr/bin",
        "/usr/lib",
        "/usr/lib64",
        "/usr/libexec",
        "/usr/local",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/share",
        "/var",
        "/var/backups",
        "/var/cache",
        "/var/lib",
        "/var/lib/containerd",
        "/var/lib/kubelet",
        "/var/lib/kubelet/device-plugins",
        "/var/lib/kubelet/pki",
        "/var/lib/kubelet/plugins",
        "/var/lib/kubelet/plugins_registry",
        "/var/lib/kubelet/pod-resources",
        "/var/lib/kubelet/pods",
        "/var/local",
        "/var/log",
        "/var/log/containers",
        "/var/log/pods",
        "/var/mail",
        "/var/opt",
        "/var/spool",
        "/var/tmp",
    ] {
        let mode = match dir {
            "/tmp" | "/var/tmp" => 0o1777,
            "/root" => 0o700,
            "/var/lib/kubelet/plugins"
            | "/var/lib/kubelet/plugins_registry"
            | "/var/lib/kubelet/pod-resources"
            | "/var/lib/kubelet/pods" => 0o750,
            "/proc" | "/sys" => 0o555,
            _ => 0o755,
        };
        tree.insert(dir.to_owned(), Entry::dir(mode, at));
    }
    for (link, to) in [
        ("/bin", "usr/bin"),
        ("/sbin", "usr/sbin"),
        ("/lib", "usr/lib"),
        ("/lib64", "usr/lib64"),
        ("/etc/os-release", "../usr/lib/os-release"),
        ("/var/run", "/run"),
        ("/etc/mtab", "/proc/mounts"),
    ] {
        tree.insert(link.to_owned(), Entry::link(to, at));
    }
    programs(&mut tree, "/usr/bin", BIN, at);
    programs(&mut tree, "/usr/sbin", SBIN, at);
    for (link, to) in [
        ("sh", "dash"),
        ("pkill", "pgrep"),
        ("kubectl", "labkube"),
        ("kube-apiserver", "labkube"),
        ("kube-scheduler", "labkube"),
        ("kube-controller-manager", "labkube"),
        ("runc", "../sbin/runc"),
        ("nawk", "/usr/bin/mawk"),
        ("awk", "/usr/bin/mawk"),
    ] {
        tree.insert(format!("/usr/bin/{link}"), Entry::link(to, at));
    }
    for (name, size) in [
        ("bash", 1_265_648),
        ("containerd", 48_168_072),
        ("containerd-shim-runc-v2", 11_615_216),
        ("ctr", 23_175_592),
        ("dash", 125_640),
        ("etcd", 21_529_688),
        ("etcdctl", 17_157_344),
        ("grep", 203_152),
        ("kubelet", 140_693_504),
        ("labkube", 140_693_504),
        ("pgrep", 35_248),
        ("ps", 146_360),
    ] {
        if let Some(entry) = tree.get_mut(&format!("/usr/bin/{name}")) {
            entry.size = size;
        }
    }
    let os_release = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
        VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n\
        SUPPORT_URL=\"https://www.debian.org/support\"\nBUG_REPORT_URL=\"https://bugs.debian.org/\"\n";
    let kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nauthentication:\n  anonymous:\n    \
        enabled: false\n  webhook:\n    enabled: true\n  x509:\n    clientCAFile: /etc/kubernetes/pki/ca.crt\nauthorization:\n  \
        mode: Webhook\ncgroupDriver: cgroupfs\ncgroupRoot: /\nfailSwapOn: false\nclusterDomain: cluster.local\nclusterDNS:\n\
        - 10.96.0.10\nimageGCHighThresholdPercent: 100\nevictionHard:\n  imagefs.available: \"0%\"\n  \
        nodefs.available: \"0%\"\n  nodefs.inodesFree: \"0%\"\n";
    let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
    for (path, mode, content) in [
        ("/etc/debian_version", 0o644, "12.11\n"),
        ("/usr/lib/os-release", 0o644, os_release),
        ("/etc/kubernetes/kubelet.yaml", 0o644, kubelet),
        ("/var/lib/kubelet/cpu_manager_state", 0o600, CPU_STATE),
        ("/var/lib/kubelet/pki/kubelet.crt", 0o644, ""),
        ("/var/lib/kubelet/pki/kubelet.key", 0o600, ""),
        ("/etc/passwd", 0o644, passwd),
        ("/etc/group", 0o644, "root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n"),
        ("/dev/null", 0o666, ""),
        ("/usr/local/bin/node-init", 0o755, "#!/bin/bash\n"),
        ("/.dockerenv", 0o755, ""),
        ("/etc/cni/net.d/10-bridge.conflist", 0o644, "{\"cniVersion\":\"0.4.0\",\"name\":\"bridge\"}\n"),
        ("/etc/containerd/config.toml", 0o644, "version = 2\n"),
    ] {
        tree.insert(path.to_owned(), Entry::file(mode, content, at));
    }
    tree
}

fn programs(tree: &mut Tree, dir: &str, names: &str, at: Timestamp) {
    for name in names.split_whitespace() {
        tree.insert(format!("{dir}/{name}"), Entry { size: 43_888, ..Entry::file(0o755, "", at) });
    }
}

/// Puts into a new node what is its own.
pub(super) fn own_files(node: &mut Node, now: Timestamp) {
    let NodeSpec { name, ip, role, profile, .. } = node.spec.clone();
    let hosts = format!(
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n\
         ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n{ip}\t{name}\n"
    );
    let files: &mut Files = &mut node.files;
    if profile == Profile::Kind {
        // Everything else is kubeadm's.
        for (path, content) in [("/etc/hostname", format!("{name}\n")), ("/etc/hosts", hosts)] {
            let _ = files.put(path, Entry::file(0o644, content, now));
        }
        return;
    }
    // Their directories are the image's.
    let _ = files.put("/etc/kubernetes/pki", Entry::dir(0o700, now));
    let mut own = vec![("/etc/hostname", 0o644, format!("{name}\n")), ("/etc/hosts", 0o644, hosts)];
    own.push(("/etc/resolv.conf", 0o644, "nameserver 127.0.0.11\noptions ndots:0\n".to_owned()));
    own.push(("/etc/kubernetes/admin.conf", 0o600, "apiVersion: v1\nkind: Config\n".to_owned()));
    for log in ["/var/log/kubelet.log", "/var/log/containerd.log"] {
        own.push((log, 0o644, String::new()));
    }
    if role == Role::ControlPlane {
        let _ = files.put("/etc/kubernetes/pki/etcd", Entry::dir(0o700, now));
        let _ = files.put("/var/lib/etcd", Entry::dir(0o700, now));
    }
    for (path, mode, content) in own {
        let _ = files.put(path, Entry::file(mode, content, now));
    }
}

/// What a container starts with.
pub(super) struct Image {
    pub files: Arc<Tree>,
    pub entrypoint: &'static [&'static str],
    pub command: &'static [&'static str],
}

/// The image of a name. There are no others: whoever asks for one is told so before.
pub(super) fn container(profile: Profile, image: &str) -> Image {
    if profile == Profile::Kind
        && let Some(found) = kind::container(image)
    {
        return found;
    }
    if image.contains("/pause") {
        return Image { files: pause(), entrypoint: &["/pause"], command: &[] };
    }
    Image { files: busybox(), entrypoint: &[], command: &["sh"] }
}

impl Image {
    /// What a container of this image runs that has a command, arguments, or neither.
    pub(super) fn argv(&self, command: &[String], args: &[String]) -> Vec<String> {
        let owned = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        if !command.is_empty() {
            return [command, args].concat();
        }
        let args = if args.is_empty() { owned(self.command) } else { args.to_vec() };
        [owned(self.entrypoint), args].concat()
    }
}

/// The files of a container of the image `pause`: its program alone, and what the runtime makes.
fn pause() -> Arc<Tree> {
    static TREE: OnceLock<Arc<Tree>> = OnceLock::new();
    TREE.get_or_init(|| {
        let mut tree = Tree::clone(&busybox());
        let kept = ["/", "/dev", "/dev/null", "/etc", "/etc/resolv.conf", "/proc", "/sys"];
        tree.retain(|path, _| kept.contains(&path.as_str()));
        tree.insert("/pause".to_owned(), Entry { size: 682_696, ..Entry::file(0o755, "", built()) });
        Arc::new(tree)
    })
    .clone()
}

/// The files of a busybox container before anything is its own.
pub(super) fn busybox() -> Arc<Tree> {
    static TREE: OnceLock<Arc<Tree>> = OnceLock::new();
    TREE.get_or_init(|| Arc::new(busybox_tree())).clone()
}

fn busybox_tree() -> Tree {
    let at = built();
    let mut tree = Tree::new();
    for dir in [
        "/",
        "/bin",
        "/dev",
        "/etc",
        "/home",
        "/proc",
        "/root",
        "/sbin",
        "/sys",
        "/sys/fs",
        "/sys/fs/cgroup",
        "/tmp",
        "/usr",
        "/usr/sbin",
        "/var",
        "/var/spool",
        "/var/www",
    ] {
        tree.insert(dir.to_owned(), Entry::dir(if dir == "/tmp" { 0o1777 } else { 0o755 }, at));
    }
    tree.insert("/bin/busybox".to_owned(), Entry { size: 1_982_464, ..Entry::file(0o755, "", at) });
    for name in applets().filter(|name| *name != "busybox") {
        tree.insert(format!("/bin/{name}"), Entry::link("/bin/busybox", at));
    }
    for (path, content) in [
        ("/dev/null", ""),
        ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n"),
        ("/etc/group", "root:x:0:\nnogroup:x:65534:\n"),
        ("/etc/resolv.conf", "nameserver 10.96.0.10\n"),
    ] {
        tree.insert(path.to_owned(), Entry::file(0o644, content, at));
    }
    tree
}

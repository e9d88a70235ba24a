use crate::sandbox::host::tests::{pod, run, sh, world};

#[test]
fn the_machine_is_as_the_labs() {
    let mut world = world();
    assert_eq!(
        sh(&mut world, "df -h /; df -T /var | tail -1").0,
        "Filesystem      Size  Used Avail Use% Mounted on\noverlay         252G   50G   42G  55% /\n\
         /dev/vda       ext4 264212084 51875148  43410740  55% /var\n"
    );
    assert_eq!(
        sh(&mut world, "free -h").0,
        "               total        used        free      shared  buff/cache   available\n\
         Mem:            23Gi       1.1Gi        16Gi       8.8Mi       6.0Gi        22Gi\n\
         Swap:             0B          0B          0B\n"
    );
    assert_eq!(sh(&mut world, "uptime | cut -d' ' -f3,4; mount | wc -l").0, "up 13:04,\n23\n");
    assert_eq!(
        sh(&mut world, "ip -br addr; ip route").0,
        "lo               UNKNOWN        127.0.0.1/8 \neth0@if245       UP             172.30.0.3/24 \n\
         default via 172.30.0.1 dev eth0 \n10.244.0.0/24 via 172.30.0.2 dev eth0 \n\
         172.30.0.0/24 dev eth0 proto kernel scope link src 172.30.0.3 \n"
    );
    assert_eq!(run(&mut world, &["ip", "foo"]), ("Object \"foo\" is unknown, try \"ip help\".\n".into(), 1));
    assert_eq!(run(&mut world, &["df", "-Q"]).1, 1);
    let (text, _) = sh(&mut world, "top -b -n1 | awk '$NF == \"kubelet\" {print $2, $3, $8}'; ss -tln | grep -c 10250");
    assert_eq!(text, "root 20 S\n1\n");
}

#[test]
fn nsenter_runs_in_the_container() {
    let mut world = world();
    let (_, id) = pod(&mut world, "while :; do sleep 1; done");
    let main = world.hosts.nodes[1].containers[&id].main.to_string();
    assert_eq!(run(&mut world, &["nsenter", "-t", &main, "-m", "-u", "--", "cat", "/etc/hostname"]).0, "p\n");
    assert_eq!(run(&mut world, &["nsenter", "-t", &main, "-a", "ls", "-d", "/proc/1"]).0, "/proc/1\n");
    let missing = "nsenter: failed to execute nosuch: No such file or directory\n";
    assert_eq!(run(&mut world, &["nsenter", "-t", &main, "-m", "nosuch"]), (missing.into(), 127));
    let gone = "nsenter: cannot open /proc/9999/ns/mnt: No such file or directory\n";
    assert_eq!(run(&mut world, &["nsenter", "-t", "9999", "-m", "ls"]), (gone.into(), 1));
    assert_eq!(sh(&mut world, "nsenter -t $(pgrep -x pause) -u hostname").0, "p\n");
}

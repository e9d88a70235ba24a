//! `ip`, `ss -l` and `netstat -l`: what there is to be seen, nothing to be changed.

use super::{inside, invalid, unknown};
use crate::sandbox::World;
use crate::sandbox::host::Process;
use crate::sandbox::host::connect::{network_namespace, sandbox_of};

use crate::sandbox::host::programs::{busybox, out};
use crate::sandbox::host::sys::{Me, Sys};

/// An interface: its number, name with its peer, hardware address, address with its length, and whether the bridge has it.
struct Interface {
    number: u32,
    name: String,
    hardware: String,
    address: Option<String>,
    on_bridge: bool,
    peer: Option<String>,
}

/// Docker's hardware addresses are made of the address.
fn hardware(prefix: &str, address: &str) -> String {
    let parts = address.split('.').map(|part| format!(":{:02x}", part.parse::<u8>().unwrap_or(0)));
    std::iter::once(prefix.to_owned()).chain(parts).collect()
}

fn interfaces(world: &World, me: Me) -> Vec<Interface> {
    let node = &world.hosts.nodes[me.node];
    if let Some((_, sandbox)) = inside(world, me).filter(|(_, sandbox)| sandbox.pod.address != node.spec.ip) {
        let address = &sandbox.pod.address;
        return vec![Interface {
            number: 2,
            name: format!("eth0@if{}", sandbox.first_process()),
            hardware: hardware("c6:28", address),
            address: Some(format!("{address}/24")),
            on_bridge: false,
            peer: Some("link-netnsid 0".to_owned()),
        }];
    }
    let bridge = node.spec.pod_cidr.split('/').next().unwrap_or_default();
    let bridge = bridge.rsplit_once('.').map_or_else(String::new, |(prefix, _)| format!("{prefix}.1"));
    let pods: Vec<_> =
        node.sandboxes.values().filter(|sandbox| sandbox.ready && sandbox.pod.address != node.spec.ip).collect();
    let mut all = Vec::new();
    // The bridge is made with the first Pod.
    if !pods.is_empty() {
        all.push(Interface {
            number: 2,
            name: "cni0".to_owned(),
            hardware: hardware("aa:ff", &bridge),
            address: Some(format!("{bridge}/24")),
            on_bridge: false,
            peer: None,
        });
    }
    for sandbox in pods {
        let space = network_namespace(&sandbox.id);
        let space = space.rsplit('/').next().unwrap_or_default();
        all.push(Interface {
            number: sandbox.first_process(),
            name: format!("veth{}@if2", &sandbox.id[..8]),
            hardware: hardware("6a:45", &sandbox.pod.address),
            address: None,
            on_bridge: true,
            peer: Some(format!("link-netns {space}")),
        });
    }
    all.sort_by_key(|interface| interface.number);
    if node.connected {
        all.push(Interface {
            number: 244,
            name: "eth0@if245".to_owned(),
            hardware: hardware("02:42", &node.spec.ip),
            address: Some(format!("{}/24", node.spec.ip)),
            on_bridge: false,
            peer: Some("link-netnsid 0".to_owned()),
        });
    }
    all
}

/// What `ip` shows of one kind, of an interface or of all.
fn shown(all: &[Interface], what: &str, only: Option<&str>, ash: bool, brief: bool, no_link: bool) -> Option<String> {
    let mut text = String::new();
    let mode = match (ash, what) {
        (true, _) => "",
        (_, "link") => "mode DEFAULT group default ",
        _ => "group default ",
    };
    let mut found = false;
    if only.is_none_or(|name| name == "lo") {
        found = true;
        if brief {
            text += &format!(
                "{:<16} {:<14} {}\n",
                "lo",
                "UNKNOWN",
                if what == "link" { "00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> " } else { "127.0.0.1/8 " }
            );
        } else {
            let state = if ash { "" } else { "state UNKNOWN " };
            text += &format!("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue {state}{mode}qlen 1000\n");
            if !no_link {
                text += "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n";
            }
            if what == "addr" {
                text += "    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n";
            }
        }
    }
    for interface in all {
        let plain = interface.name.split('@').next().unwrap_or_default();
        if only.is_some_and(|only| only != plain) || no_link && interface.address.is_none() {
            continue;
        }
        found = true;
        let address = interface.address.clone().unwrap_or_default();
        if brief {
            let cell = if what == "link" {
                format!("{} <BROADCAST,MULTICAST,UP,LOWER_UP> ", interface.hardware)
            } else if address.is_empty() {
                String::new()
            } else {
                format!("{address} ")
            };
            text += &format!("{:<16} {:<14} {cell}\n", interface.name, "UP");
            continue;
        }
        let (flags, state) = if ash {
            ("BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN", "")
        } else {
            ("BROADCAST,MULTICAST,UP,LOWER_UP", "state UP ")
        };
        let master = if interface.on_bridge { "master cni0 " } else { "" };
        let queue = if interface.name == "cni0" { "qlen 1000" } else { "" };
        text += &format!(
            "{}: {}: <{flags}> mtu 1500 qdisc noqueue {master}{state}{mode}{queue}\n",
            interface.number, interface.name
        );
        if !no_link {
            let peer = interface.peer.as_ref().filter(|_| !ash).map(|peer| format!(" {peer}")).unwrap_or_default();
            text += &format!("    link/ether {} brd ff:ff:ff:ff:ff:ff{peer}\n", interface.hardware);
        }
        if what == "addr" && !address.is_empty() {
            let broadcast = address.rsplit_once('.').map_or_else(String::new, |(prefix, _)| format!("{prefix}.255"));
            text += &format!(
                "    inet {address} brd {broadcast} scope global {plain}\n       valid_lft forever preferred_lft forever\n"
            );
        }
    }
    found.then_some(text)
}

fn routes(world: &World, me: Me, ash: bool) -> String {
    let node = &world.hosts.nodes[me.node];
    let net = |address: &str| address.rsplit_once('.').map_or_else(String::new, |(prefix, _)| prefix.to_owned());
    if let Some((_, sandbox)) = inside(world, me).filter(|(_, sandbox)| sandbox.pod.address != node.spec.ip) {
        let address = &sandbox.pod.address;
        let proto = if ash { "scope link  src" } else { "proto kernel scope link src" };
        return format!("default via {0}.1 dev eth0 \n{0}.0/24 dev eth0 {proto} {address} \n", net(address));
    }
    let mut text = format!("default via {}.1 dev eth0 \n", net(&node.spec.ip));
    let mut lines: Vec<(String, String)> = Vec::new();
    for other in world.hosts.nodes() {
        let cidr = other.spec.pod_cidr.clone();
        if other.spec.name != node.spec.name {
            lines.push((cidr.clone(), format!("{cidr} via {} dev eth0 \n", other.spec.ip)));
        } else if node.sandboxes.values().any(|sandbox| sandbox.ready) {
            lines.push((cidr.clone(), format!("{cidr} dev cni0 proto kernel scope link src {}.1 \n", net(&cidr))));
        }
    }
    lines.sort();
    text.extend(lines.into_iter().map(|(_, line)| line));
    let own = format!("{}.0/24 dev eth0 proto kernel scope link src {} \n", net(&node.spec.ip), node.spec.ip);
    text + own.as_str()
}

pub(super) async fn ip(sys: &Sys, args: &[String]) -> i32 {
    let ash = busybox(sys).await;
    let (flags, words): (Vec<&String>, Vec<&String>) = args.iter().partition(|arg| arg.starts_with('-'));
    let has = |names: &[&str]| flags.iter().any(|flag| names.contains(&flag.as_str()));
    let (brief, one_line, four) = (has(&["-br", "-brief"]), has(&["-o", "-oneline"]), has(&["-4"]));
    let object = words.first().map_or("", |word| word.as_str());
    let starts = |whole: &str| !object.is_empty() && whole.starts_with(object);
    let verb = words.get(1).map_or("show", |word| word.as_str());
    if ["add", "del", "delete", "set", "flush", "change", "replace"].contains(&verb) {
        sys.err("ip: not modelled in kpnb's sandbox: changes of the network\n").await;
        return 1;
    }
    let mut rest = words
        .iter()
        .skip(1)
        .map(|word| word.as_str())
        .filter(|word| !["show", "list", "ls", "sh", "s", "dev"].contains(word));
    let only = rest.next().map(str::to_owned);
    let what = if starts("address") {
        "addr"
    } else if starts("link") {
        "link"
    } else if starts("route") {
        let text = sys.with(move |world, me| routes(world, me, ash)).await;
        return out(sys, &text).await;
    } else {
        let text = if object.is_empty() || ash {
            "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n".to_owned()
        } else if starts("neighbour") || starts("rule") || starts("netns") {
            format!("ip: {object} is not modelled in kpnb's sandbox\n")
        } else {
            format!("Object \"{object}\" is unknown, try \"ip help\".\n")
        };
        sys.err(text).await;
        return if object.is_empty() && !ash { 255 } else { 1 };
    };
    let wanted = only.clone();
    let text = sys
        .with(move |world, me| {
            shown(&interfaces(world, me), what, wanted.as_deref(), ash, brief, four && what == "addr")
        })
        .await;
    let Some(mut text) = text else {
        let name = only.unwrap_or_default();
        let why = if ash {
            format!("ip: can't find device '{name}'\n")
        } else {
            format!("Device \"{name}\" does not exist.\n")
        };
        sys.err(why).await;
        return 1;
    };
    if one_line {
        text = text.replace("\n    ", "\\    ");
    }
    out(sys, &text).await
}

/// What a program of a node listens on: the address, `*` being all.
fn ports(process: &Process) -> Vec<(&'static str, u16)> {
    match process.comm.as_str() {
        "containerd" => vec![("127.0.0.1", 45443)],
        "etcd" => vec![("127.0.0.1", 2380), ("*", 2379)],
        "kubelet" => vec![("127.0.0.1", 10248), ("*", 10250)],
        "kube-apiserver" => vec![("*", 6443)],
        "kube-controller" => vec![("*", 10252), ("*", 10257)],
        "kube-scheduler" => vec![("*", 10251), ("*", 10259)],
        _ => process.listens.as_ref().map(|listens| ("*", listens.port)).into_iter().collect(),
    }
}

/// `ss -l` and `netstat -l`; connections are not modelled.
pub(super) async fn listening(sys: &Sys, program: &str, args: &[String]) -> i32 {
    let ss = program == "ss";
    let known = if ss { "hVnralomepTisbEZzN460tMSudwxfKHOADF" } else { "ralntuwxe" };
    if let Some(letter) = unknown(args, known) {
        let code = invalid(sys, program, letter).await;
        return if ss { 255 } else { code };
    }
    let flag = |letter: char| args.iter().any(|arg| arg.starts_with('-') && arg.contains(letter));
    if !flag('l') && !flag('a') {
        sys.err(format!("{program}: not modelled in kpnb's sandbox: connections; -l shows what listens\n")).await;
        return 1;
    }
    let (named, titled) = (flag('p'), !flag('H'));
    let (no_tcp, all) = (flag('u') && !flag('t'), !ss && flag('a'));
    let found: Vec<(String, String, String)> = sys
        .with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            let own = node.processes.get(&me.pid).and_then(|process| sandbox_of(node, process));
            let here = node.processes.values();
            let here = here.filter(|process| sandbox_of(node, process) == own && process.exit.is_none());
            let mut found = Vec::new();
            for process in here.filter(|_| !no_tcp) {
                for (n, (address, port)) in ports(process).into_iter().enumerate() {
                    let user = format!("users:((\"{}\",pid={},fd={}))", process.comm, process.pid, 7 + n);
                    let peer = if address == "*" { "*:*" } else { "0.0.0.0:*" };
                    found.push((format!("{address}:{port}"), peer.to_owned(), user));
                }
            }
            found
        })
        .await;
    let mut text = String::new();
    if ss {
        let local = found.iter().map(|row| row.0.len()).max().unwrap_or(0).max(18);
        if titled {
            text += &format!("State  Recv-Q Send-Q {:>local$}  Peer Address:PortProcess\n", "Local Address:Port");
        }
        for (address, peer, user) in found {
            let user = if named { user } else { String::new() };
            text += &format!("LISTEN 0      4096   {address:>local$} {peer:>13}    {user}\n");
        }
    } else {
        text += if all {
            "Active Internet connections (servers and established)\n"
        } else {
            "Active Internet connections (only servers)\n"
        };
        text += "Proto Recv-Q Send-Q Local Address           Foreign Address         State       \n";
        for (address, ..) in found {
            text += &format!("tcp        0      0 {:<23} {:<23} LISTEN      \n", address.replace('*', "::"), ":::*");
        }
    }
    out(sys, &text).await
}

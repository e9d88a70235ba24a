//! What listens on ports in Pods, as probes and proxies see it: nothing is sent.

use std::time::Duration;

use super::node::Node;
use super::process::Process;
use crate::sandbox::{Profile, World};

/// Asks a port of a Pod's sandbox: none if nothing listens there; otherwise what a server answers to a GET of `path`.
pub fn answer_of_port(world: &World, node: &str, sandbox: &str, port: u16, path: &str) -> Option<u16> {
    let node = world.hosts.node(node)?;
    let inside = |process: &&Process| {
        let container = process.container.as_ref().and_then(|id| node.containers.get(id));
        process.exit.is_none() && container.is_some_and(|container| container.sandbox == sandbox)
    };
    if node.spec.profile == Profile::Kind {
        let answer =
            node.processes.values().filter(inside).find_map(|process| daemon(world, node, process, port, path));
        if answer.is_some() {
            return answer;
        }
    }
    let server = node.processes.values().filter(inside).find(|process| listens(process, port))?;
    Some(if program(&server.args) == "httpd" { serves(node, server, path) } else { 200 })
}

/// How long the programs of the control plane, etcd and CoreDNS take to listen.
const WARM_UP: Duration = Duration::from_secs(1);

/// What a program of a kind node answers.
fn daemon(world: &World, node: &Node, process: &Process, port: u16, path: &str) -> Option<u16> {
    if process.stopped || world.now().duration_since(process.started).unsigned_abs() < WARM_UP {
        return None;
    }
    let up = || super::is_reachable(world, &node.spec.name);
    match (program(&process.args), port) {
        // Its checks ask etcd.
        ("kube-apiserver", 6443) if up() => Some(200),
        ("kube-apiserver", 6443) => (!super::etcd_is_up(world)).then_some(500),
        ("coredns", 8181) if path == "/ready" && !up() => Some(503),
        ("etcd", 2379..=2381)
        | ("kube-controller-manager", 10257)
        | ("kube-scheduler", 10259)
        | ("coredns", 53 | 8080 | 8181 | 9153)
        | ("kube-proxy", 10249 | 10256) => Some(200),
        _ => None,
    }
}

/// What a server in a Pod answers to a GET of `path`: HTTP's code and the content. None: nothing listens on that port.
pub fn page_of_port(world: &World, node: &str, pod: &str, port: u16, path: &str) -> Option<(u16, bytes::Bytes)> {
    const NOT_FOUND: &str = "<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\n\
                             The requested URL was not found\n</BODY></HTML>\n";
    let host = world.hosts.node(node)?;
    let sandbox = host.sandboxes.values().find(|sandbox| sandbox.ready && sandbox.pod.uid == pod)?;
    let code = answer_of_port(world, node, &sandbox.id, port, path)?;
    if code != 200 {
        return Some((code, NOT_FOUND.into()));
    }
    let server = host.processes.values().find(|process| {
        let container = process.container.as_ref().and_then(|id| host.containers.get(id));
        container.is_some_and(|container| container.sandbox == sandbox.id) && listens(process, port)
    });
    let Some(server) = server else { return Some((code, bytes::Bytes::new())) };
    let files = &host.containers.get(server.container.as_ref()?)?.files;
    let file = file(server, path);
    let entry = files.get(&file).filter(|entry| !entry.is_dir()).or_else(|| files.get(&format!("{file}/index.html")));
    Some((code, entry.map(|entry| entry.content).unwrap_or_default()))
}

fn listens(process: &Process, port: u16) -> bool {
    process.listens.as_ref().is_some_and(|listens| listens.port == port)
}

fn program(args: &[String]) -> &str {
    let first = args.iter().map(|arg| arg.rsplit('/').next().unwrap_or_default()).find(|name| *name != "busybox");
    first.unwrap_or_default()
}

/// The port that `httpd -f -p 8080` or `nc -l -p 8080` listens on.
pub(super) fn listens_on(args: &[String]) -> Option<u16> {
    let port = option(args, 'p').map(|port| port.rsplit(':').next().unwrap_or_default().parse().ok());
    match program(args) {
        // In the background its child listens, which has the option.
        "httpd" if flag(args, 'f') => port.unwrap_or(Some(80)),
        "nc" if flag(args, 'l') => port.flatten(),
        _ => None,
    }
}

/// Whether a letter is among the short options.
pub(super) fn flag(args: &[String], letter: char) -> bool {
    args.iter().skip(1).any(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.contains(letter))
}

/// The value of a short option: `-p 80`, `-lp 80`, `-p80`.
pub(super) fn option(args: &[String], letter: char) -> Option<&str> {
    let at = args.iter().skip(1).position(|arg| arg.starts_with('-') && arg.contains(letter))? + 1;
    match args[at].split_once(letter) {
        Some((_, rest)) if !rest.is_empty() => Some(rest),
        _ => args.get(at + 1).map(String::as_str),
    }
}

/// The file that httpd answers a path with.
fn file(server: &Process, path: &str) -> String {
    let home = option(&server.args, 'h').unwrap_or(&server.cwd);
    let home = if home.starts_with('/') { home.to_owned() } else { format!("{}/{home}", server.cwd) };
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    format!("{}{path}", home.trim_end_matches('/'))
}

/// What busybox's httpd answers: a file of its directory, or 404.
fn serves(node: &Node, server: &Process, path: &str) -> u16 {
    let file = file(server, path);
    let container = server.container.as_ref().and_then(|id| node.containers.get(id));
    let entry = |path: &str| container.and_then(|container| container.files.get(path));
    let there = match entry(&file) {
        Some(found) if found.is_dir() => entry(&format!("{file}/index.html")).is_some(),
        found => found.is_some(),
    };
    if there { 200 } else { 404 }
}

#[cfg(test)]
mod tests {
    use super::listens_on;

    #[test]
    fn servers_are_known_by_their_command_lines() {
        let port = |line: &str| listens_on(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(port("httpd -f -p 8080 -h /www"), Some(8080));
        assert_eq!(port("busybox httpd -f"), Some(80));
        assert_eq!((port("nc -l -p 99"), port("nc -lp 99"), port("nc -p 99 host 1")), (Some(99), Some(99), None));
        assert_eq!(port("sleep -p 80"), None);
    }
}

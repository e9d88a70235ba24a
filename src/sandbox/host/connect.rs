//! Connections to what listens in Pods: from outside, as the kubelet forwards them, and from one process to another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::Node;
use super::fd::{self, Fd, Writer};
use super::process::Process;
use super::sys::{Me, Sys, drive, lock, wake};
use crate::sandbox::World;

/// A process listens.
pub(super) struct Listens {
    pub port: u16,
    /// For each who has connected, what is read from them and what is written to them.
    waiting: VecDeque<(Fd, Fd)>,
}

/// A connection from outside to a port of a Pod. Dropping it closes it.
pub struct Connection {
    /// None: nothing more will be sent.
    to: Option<Arc<Writer>>,
    from: Arc<Mutex<Vec<u8>>>,
}

impl Connection {
    /// Connects to a port of a Pod's sandbox. None: nothing listens there.
    pub fn open(world: &mut World, node: &str, sandbox: &str, port: u16) -> Option<Self> {
        let at = world.hosts.index(node)?;
        let server = listener(&world.hosts.nodes[at], sandbox, port)?;
        let (reader, to) = fd::pipe(world);
        let (answer, from) = fd::outside(world);
        offer(world, Me { node: at, pid: server }, (Fd::Reader(reader), answer));
        drive(world);
        Some(Self { to: Some(to), from })
    }

    /// Sends; nothing at all says that nothing more will come.
    pub fn write(&mut self, world: &mut World, bytes: &[u8]) {
        match &self.to {
            Some(to) if !bytes.is_empty() => to.push(bytes),
            _ => self.to = None,
        }
        drive(world);
    }

    /// What came since last time, and whether that was all.
    pub fn read(&self) -> (Vec<u8>, bool) {
        // In this order: whoever wrote the last of it has let go of it afterwards.
        let ended = Arc::strong_count(&self.from) == 1;
        (std::mem::take(&mut *lock(&self.from)), ended)
    }

    /// Closes it, and lets the other end find out.
    pub fn close(self, world: &mut World) {
        drop(self);
        drive(world);
    }
}

/// Who listens on a port of a sandbox.
fn listener(node: &Node, sandbox: &str, port: u16) -> Option<u32> {
    let listens = |process: &&Process| {
        process.exit.is_none()
            && process.listens.as_ref().is_some_and(|listens| listens.port == port)
            && sandbox_of(node, process).as_deref() == Some(sandbox)
    };
    node.processes.values().find(listens).map(|process| process.pid)
}

/// In which sandbox a process is; none: on the node itself.
pub(super) fn sandbox_of(node: &Node, process: &Process) -> Option<String> {
    let container = process.container.as_ref().and_then(|id| node.containers.get(id));
    container.map(|container| container.sandbox.clone())
}

fn offer(world: &mut World, server: Me, ends: (Fd, Fd)) {
    if let Some(process) = world.hosts.nodes[server.node].processes.get_mut(&server.pid)
        && let Some(listens) = &mut process.listens
    {
        listens.waiting.push_back(ends);
        wake(world, server);
    }
}

/// Listens on a port of the own sandbox. False where somebody does.
pub(super) async fn listen(sys: &Sys, port: u16) -> bool {
    sys.with(move |world, me| {
        let node = &mut world.hosts.nodes[me.node];
        let own = node.processes.get(&me.pid).and_then(|process| sandbox_of(node, process));
        let taken = node.processes.values().any(|process| {
            let same = process.listens.as_ref().is_some_and(|listens| listens.port == port);
            same && process.exit.is_none() && sandbox_of(node, process) == own
        });
        if let Some(process) = node.processes.get_mut(&me.pid).filter(|_| !taken) {
            process.listens = Some(Listens { port, waiting: VecDeque::new() });
        }
        !taken
    })
    .await
}

/// Waits for the next who connects: what is read from them, and what is written to them.
pub(super) async fn accept(sys: &Sys) -> (Fd, Fd) {
    sys.wait_for(|world, me| {
        let process = world.hosts.nodes[me.node].processes.get_mut(&me.pid);
        let waiting = process.and_then(|process| process.listens.as_mut()).map(|listens| &mut listens.waiting);
        waiting.and_then(VecDeque::pop_front).map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// Where the network namespace of a sandbox is: `cni-` and a UUID, which is of the sandbox's own digits here.
pub fn network_namespace(sandbox: &str) -> String {
    let part = |from: usize, to: usize| sandbox.get(from..to).unwrap_or_default();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    format!("/var/run/netns/cni-{}", parts.join("-"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{ContainerSpec, PodRef, container, logs, run_pod, start_container};
    use super::*;

    fn pod(world: &mut World, script: &str) -> (String, String) {
        let pod = PodRef { uid: "u".into(), namespace: "default".into(), name: "p".into(), ..PodRef::default() };
        let sandbox = run_pod(world, "w", pod);
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        let spec = ContainerSpec { image: "busybox".into(), command, ..ContainerSpec::default() };
        let id = start_container(world, "w", &sandbox, spec).unwrap();
        (sandbox, id)
    }

    fn written(world: &World, id: &str) -> Vec<String> {
        logs(world, "w", id).unwrap_or_default().iter().map(|line| line.text.clone()).collect()
    }

    fn text(connection: &Connection) -> (String, bool) {
        let (bytes, ended) = connection.read();
        (String::from_utf8(bytes).unwrap(), ended)
    }

    #[test]
    fn httpd_answers_each_connection_and_ends_it() {
        let mut world = super::super::tests::world();
        let (sandbox, _) = pod(&mut world, "mkdir /www; echo hello > /www/index.html; httpd -f -p 8080 -h /www");
        assert!(Connection::open(&mut world, "w", &sandbox, 81).is_none());
        for (line, status, end) in [
            ("GET / HTTP/1.1\r\n\r\n", "200 OK", "Content-Length: 6\r\n\r\nhello\n"),
            ("HEAD /index.html HTTP/1.1\r\n\r\n", "200 OK", "Content-Length: 6\r\n\r\n"),
            ("GET /none HTTP/1.1\r\n\r\n", "404 Not Found", "The requested URL was not found\n</BODY></HTML>\n"),
            ("POST / HTTP/1.1\r\n\r\n", "501 Not Implemented", "method is not recognized\n</BODY></HTML>\n"),
        ] {
            let mut connection = Connection::open(&mut world, "w", &sandbox, 8080).unwrap();
            connection.write(&mut world, &line.as_bytes()[..3]);
            assert_eq!(text(&connection), (String::new(), false));
            connection.write(&mut world, &line.as_bytes()[3..]);
            let (told, ended) = text(&connection);
            assert!(told.starts_with(&format!("HTTP/1.1 {status}\r\nDate: ")) && told.ends_with(end), "{told}");
            assert!(ended, "{line}");
        }
    }

    #[test]
    fn nc_takes_one_connection_and_ends_with_it() {
        let mut world = super::super::tests::world();
        let (sandbox, id) = pod(&mut world, "echo hi | nc -l -p 90; echo over; exec nc -ll -p 91 -e cat");
        let mut one = Connection::open(&mut world, "w", &sandbox, 90).unwrap();
        assert!(Connection::open(&mut world, "w", &sandbox, 90).is_none());
        assert_eq!(text(&one), ("hi\n".to_owned(), true));
        one.write(&mut world, b"in\n");
        one.close(&mut world);
        let lines = written(&world, &id);
        assert_eq!(lines, ["in", "over"]);
        for _ in 0..2 {
            let mut echo = Connection::open(&mut world, "w", &sandbox, 91).unwrap();
            echo.write(&mut world, b"x");
            assert_eq!(text(&echo), ("x".to_owned(), false));
            echo.write(&mut world, b"");
            assert_eq!(text(&echo), (String::new(), true));
        }
        assert!(container(&world, "w", &id).unwrap().running);
    }

    #[test]
    fn a_port_is_taken_once() {
        let mut world = super::super::tests::world();
        let (_, id) = pod(
            &mut world,
            "httpd -f -p 80 & nc -l -p 80 2>&1; echo $?; httpd 2>&1; echo $?; nc -lk -p 1 2>&1 | head -1",
        );
        let lines = written(&world, &id);
        let taken = |name: &str| format!("{name}: bind: Address already in use");
        assert_eq!(lines, [&taken("nc"), "1", &taken("httpd"), "1", "nc: invalid option -- 'k'"]);
    }
}

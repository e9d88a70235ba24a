//! httpd and nc: programs that listen. busybox 1.35's `networking/{httpd,nc}.c`.

use std::task::Poll;

use super::super::connect::{accept, listen};
use super::super::fd::Fd;
use super::super::listen::{flag, listens_on, option};
use super::super::process::{self, Birth};
use super::super::sys::{Io, Sys, Task};
use super::{Env, arguments, httpd, spawn};

/// The busybox of the Debian image of the recordings.
const VERSION: &str = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\n";

const NC: &str = "Usage: nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]

Open a pipe to IP:PORT or FILE

\t-l\tListen mode, for inbound connects
\t\t(use -ll with -e for persistent server)
\t-p PORT\tLocal port
\t-w SEC\tConnect timeout
\t-i SEC\tDelay interval for lines sent
\t-f FILE\tUse file (ala /dev/ttyS0) instead of network
\t-e PROG\tRun PROG after connect
";

/// Serves until it is killed, or for one connection.
pub(super) async fn main(sys: &Sys, args: &[String], env: &Env) -> i32 {
    if args[0] == "httpd" { web(sys, args, env).await } else { nc(sys, args, env).await }
}

/// httpd: each connection has a process of its own; without `-f` all is in the background.
async fn web(sys: &Sys, args: &[String], env: &Env) -> i32 {
    let port = option(args, 'p').unwrap_or("80");
    let Some(port) = port.rsplit(':').next().and_then(|port| port.parse().ok()) else {
        sys.err(format!("httpd: bad address '{port}'\n")).await;
        return 1;
    };
    if !flag(args, 'f') {
        // Its child could not say so to who waits for this one.
        if !listen(sys, port).await {
            return taken(sys, "httpd").await;
        }
        sys.process(|process| process.listens = None).await;
        let args = [args, &["-f".to_owned()]].concat();
        return spawn(sys, args, env.clone(), sys.io.clone()).await.map_or_else(|code| code, |_| 0);
    }
    if !listen(sys, port).await {
        return taken(sys, "httpd").await;
    }
    let home = option(args, 'h').unwrap_or(".").to_owned();
    loop {
        let (reader, writer) = accept(sys).await;
        let home = home.clone();
        sys.with(move |world, me| {
            let Some(parent) = world.hosts.nodes[me.node].processes.get(&me.pid) else { return };
            let task = Task::new(Io::null(), move |sys| async move { httpd::serve(&sys, reader, writer, &home).await });
            let birth = Birth::of(parent, task);
            process::spawn(world, me.node, birth);
        })
        .await;
    }
}

async fn taken(sys: &Sys, name: &str) -> i32 {
    sys.err(format!("{name}: bind: Address already in use\n")).await;
    1
}

/// nc: one connection, between it and the standard streams, or to a program.
async fn nc(sys: &Sys, args: &[String], env: &Env) -> i32 {
    // What follows -e is the program's own.
    let own = args.iter().position(|arg| arg == "-e").unwrap_or(args.len());
    let (flags, values, operands) = arguments::options(&args[..own], "piwfe");
    if let Some(letter) = flags.chars().find(|letter| *letter != 'l') {
        sys.err(format!("nc: invalid option -- '{letter}'\n{VERSION}{NC}")).await;
        return 1;
    }
    let port = values.iter().find(|(letter, _)| *letter == 'p').map(|(_, port)| port.as_str());
    if let Some(bad) = port.filter(|port| port.parse::<u16>().is_err()) {
        sys.err(format!("nc: bad port '{bad}'\n")).await;
        return 1;
    }
    let listens = flags.contains('l');
    if operands.is_empty() && !listens {
        sys.err(format!("{VERSION}{NC}")).await;
        return 1;
    }
    if !listens {
        sys.err("nc: not modelled in kpnb's sandbox: connections to others\n").await;
        return 127;
    }
    // Without a port it is any; nobody knows which.
    if let Some(port) = listens_on(args)
        && !listen(sys, port).await
    {
        return taken(sys, "nc").await;
    }
    let program = args.get(own + 1..).filter(|program| !program.is_empty()).map(<[String]>::to_vec);
    let persistent = flags.matches('l').count() > 1;
    loop {
        let (reader, writer) = accept(sys).await;
        let Some(program) = program.clone() else {
            sys.process(|process| process.listens = None).await;
            return copy(sys, reader, writer).await;
        };
        let io = Io { stdin: reader, stdout: writer.clone(), stderr: writer };
        if persistent {
            if let Err(code) = spawn(sys, program, env.clone(), io).await {
                return code;
            }
            continue;
        }
        let argv = program.clone();
        sys.process(move |process| {
            process.listens = None;
            process::become_(process, argv);
        })
        .await;
        return super::main(sys.with_io(io), program, env.clone()).await;
    }
}

/// What was read of which end.
enum Read {
    Network(Vec<u8>),
    Input(Vec<u8>),
}

/// Carries to and fro until the other end has closed; the end of standard input is passed on.
async fn copy(sys: &Sys, reader: Fd, writer: Fd) -> i32 {
    let mut writer = Some(writer);
    loop {
        let (network, input) = (reader.clone(), writer.is_some().then(|| sys.io.stdin.clone()));
        let read = sys
            .wait_for(move |world, me| {
                if let Poll::Ready(bytes) = network.poll(world, me, usize::MAX) {
                    return Poll::Ready(Read::Network(bytes));
                }
                input.as_ref().map_or(Poll::Pending, |input| input.poll(world, me, usize::MAX).map(Read::Input))
            })
            .await;
        match read {
            Read::Network(bytes) if bytes.is_empty() => return 0,
            Read::Network(bytes) => sys.out(bytes).await,
            Read::Input(bytes) if bytes.is_empty() => writer = None,
            Read::Input(bytes) => {
                if let Some(writer) = writer.clone() {
                    writer.write(sys, bytes).await;
                }
            }
        }
    }
}

//! `kpnb sandbox`: the embedded cluster for other programs.

use std::fs::{self, DirBuilder};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::cluster::ProfileArg;
use super::folders;
use crate::report::{Error, Exit, Style};
use crate::sandbox::serve::{CONTEXT, Server};

const EXAMPLES: &str = "\
Examples:
  kpnb sandbox
  kpnb sandbox --speed 60 --profile kind
  kpnb sandbox -- kubectl get nodes
  kpnb sandbox -- bash

It prints what a shell needs to reach it, to be pasted into another terminal:

  export KUBECONFIG=… DOCKER_HOST=… ETCDCTL_API=3 ETCDCTL_ENDPOINTS=… ETCDCTL_CACERT=… ETCDCTL_CERT=… ETCDCTL_KEY=…

There kubectl, docker and etcdctl work, and so does `kpnb run --cluster kind-k8splayground`, whose waits follow its clock.

Exit codes: 0 ended by Ctrl-C, or the command succeeded; 1 the command failed, or nothing can be served; 2 usage.";

/// Serve the sandbox to other programs, such as kubectl, docker and etcdctl, until Ctrl-C.
///
/// The same cluster as that of notebooks without --cluster, but in real time: the API server and etcd on ports of 127.0.0.1,
/// Docker Engine on a socket. It begins anew each time, and all of it is gone at the end.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What chance begins with.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    profile: ProfileArg,
    /// How many times as fast as real time its clock runs.
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Run this command with those variables set, and end with it, instead of printing them and waiting for Ctrl-C.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.01..=10_000.0).contains(&speed) => Ok(speed),
        _ => Err("write a number from 0.01 to 10000".to_owned()),
    }
}

pub(super) fn run(args: &Args, style: Style) -> Result<Exit, Error> {
    let failed = |error: &dyn std::fmt::Display| {
        let hint =
            "its files and its socket are in a folder of yours; KPNB_STATE names another one, best with a short path";
        Error::with_hint(Exit::Failed, format!("cannot serve a sandbox: {error}"), hint)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| failed(&error))?;
    let folder = Folder::make().map_err(|error| failed(&error))?;
    let (mut server, ends) = runtime
        .block_on(async {
            // Before anybody is told of anything that has to go again.
            let ends = Ends::listen().map_err(|error| error.to_string())?;
            Ok((Server::start(args.profile.profile, args.seed, args.speed, &folder.0.join("docker.sock")).await?, ends))
        })
        .map_err(|error: String| failed(&error))?;
    let variables = folder.fill(&server).map_err(|error| failed(&error))?;
    if !args.command.is_empty() {
        return runtime.block_on(command(&args.command, &variables, ends));
    }
    tell(&variables, style).map_err(|error| failed(&error))?;
    runtime.block_on(async {
        tokio::select! {
            () = ends.come() => Ok(Exit::Ok),
            () = server.ended() => Err(failed(&"a server has ended, which is a mistake in kpnb")),
        }
    })
}

/// Runs a command that finds the sandbox. Ctrl-C, which the terminal sends to both, is the command's affair; SIGTERM and a
/// terminal that has gone end it.
async fn command(words: &[String], variables: &[(&str, String)], ends: Ends) -> Result<Exit, Error> {
    let mut child = tokio::process::Command::new(&words[0]);
    child.args(&words[1..]).envs(variables.iter().map(|(name, value)| (*name, value))).kill_on_drop(true);
    let ended = async { child.status().await };
    let status = tokio::select! {
        status = ended => status,
        () = ends.come_but_ctrl_c() => return Ok(Exit::Interrupted),
    };
    match status {
        Ok(status) => Ok(if status.success() { Exit::Ok } else { Exit::Failed }),
        Err(error) => Err(Error::with_hint(
            Exit::Usage,
            format!("cannot run {}: {error}", words[0]),
            "what follows -- is a program and its arguments; is it installed, and on the PATH?",
        )),
    }
}

/// What asks it to end: Ctrl-C, SIGTERM, a terminal that has gone.
struct Ends([Signal; 3]);

impl Ends {
    /// Begins to listen, from which moment on they do not end the program by themselves.
    fn listen() -> std::io::Result<Self> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hang_up] = kinds.map(signal);
        Ok(Self([interrupt?, terminate?, hang_up?]))
    }

    async fn come(self) {
        let Self([mut interrupt, mut terminate, mut hang_up]) = self;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }

    async fn come_but_ctrl_c(self) {
        let Self([_, mut terminate, mut hang_up]) = self;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}

/// Prints what a shell needs.
fn tell(variables: &[(&str, String)], style: Style) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, value) in variables {
        writeln!(out, "export {name}={}", shell_words::quote(value))?;
    }
    out.flush()?;
    let what = format!("context {CONTEXT}, Kubernetes {}", crate::sandbox::version::V1_20_2.name);
    crate::report::tell(&style.dim(&format!("the sandbox is served ({what}); Ctrl-C ends it\n")));
    Ok(())
}

/// What clients read: for this user's eyes only, and gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn make() -> std::io::Result<Self> {
        let above = folders::lasting().join("sandbox");
        fs::create_dir_all(&above)?;
        let folder = above.join(std::process::id().to_string());
        // Of a process that was killed and had the same number.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }

    /// Writes the files. Returns the variables that name them.
    fn fill(&self, server: &Server) -> std::io::Result<Vec<(&'static str, String)>> {
        let write = |name: &str, text: &str| -> std::io::Result<String> {
            let path = self.0.join(name);
            fs::write(&path, text)?;
            Ok(path.display().to_string())
        };
        Ok(vec![
            ("KUBECONFIG", write("kubeconfig", &server.kubeconfig)?),
            ("DOCKER_HOST", format!("unix://{}", self.0.join("docker.sock").display())),
            ("ETCDCTL_API", "3".to_owned()),
            ("ETCDCTL_ENDPOINTS", server.etcd.clone()),
            ("ETCDCTL_CACERT", write("etcd-ca.crt", &server.etcd_ca)?),
            ("ETCDCTL_CERT", write("etcd-client.crt", &server.etcd_client.certificate)?),
            ("ETCDCTL_KEY", write("etcd-client.key", &server.etcd_client.key)?),
        ])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Whoever removed it first has done the same.
        let _ = fs::remove_dir_all(&self.0);
    }
}

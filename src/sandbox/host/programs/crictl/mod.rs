//! `crictl` v1.19.0 over the node's container runtime, on a node of profile `kind`. cmd/crictl of cri-tools.
//!
//! - this file: command lines and errors; `seen`: the runtime's Pods and containers; `list`: tables; `inspect`: one of them;
//!   `act`: stopping and removing; `run`: commands and logs; `table`: how tables are printed

mod act;
mod inspect;
mod list;
mod run;
mod seen;
mod table;

use std::time::Duration;

use crate::sandbox::host::NodeState;
use crate::sandbox::host::sys::Sys;

/// How long it waits for the runtime: `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What a command line says: flags with their values (empty for those that have none) and the words after them.
struct Asked {
    flags: Vec<(String, String)>,
    words: Vec<String>,
}

impl Asked {
    /// Reads the flags up to the first word that is none; with `all`, further flags between the words too. `takes` names those
    /// that have a value, both long and short.
    fn read(args: &[String], takes: &[&str], all: bool) -> Self {
        let (mut flags, mut words) = (Vec::new(), Vec::new());
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if !arg.starts_with('-') || arg == "-" || (!words.is_empty() && !all) {
                words.push(arg.clone());
                continue;
            }
            if arg == "--" {
                words.extend(rest.by_ref().cloned());
                break;
            }
            let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
            let name = name.trim_start_matches('-');
            if takes.contains(&name) {
                let value = value.map(str::to_owned).or_else(|| rest.next().cloned()).unwrap_or_default();
                flags.push((name.to_owned(), value));
            } else if arg.starts_with("--") {
                flags.push((name.to_owned(), value.unwrap_or_default().to_owned()));
            } else {
                // Short ones together: `-aq`.
                flags.extend(name.chars().map(|flag| (flag.to_string(), String::new())));
            }
        }
        Self { flags, words }
    }

    /// Whether a flag is there, under any of its names.
    fn has(&self, names: &[&str]) -> bool {
        self.flags.iter().any(|(name, value)| names.contains(&name.as_str()) && value != "false")
    }

    /// The values of a flag, under any of its names.
    fn values(&self, names: &[&str]) -> Vec<&str> {
        self.flags.iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str()).collect()
    }

    fn value(&self, names: &[&str]) -> Option<&str> {
        self.values(names).last().copied()
    }
}

/// What a subcommand returns: its exit code, or what is said on the way out.
type Done = Result<i32, String>;

pub(super) async fn main(sys: &Sys, args: &[String]) -> i32 {
    let global = ["r", "runtime-endpoint", "i", "image-endpoint", "c", "config", "t", "timeout"];
    let asked = Asked::read(&args[1..], &global, false);
    if asked.has(&["version", "v"]) {
        sys.out("crictl version v1.19.0\n").await;
        return 0;
    }
    let Some(verb) = asked.words.first().cloned() else {
        sys.out("NAME:\n   crictl - client for CRI\n\nUSAGE:\n   crictl [global options] command [command options] [arguments...]\n\nVERSION:\n   v1.19.0\n").await;
        return 0;
    };
    if !reaches(sys).await {
        let why = "connect: connect endpoint 'unix:///run/containerd/containerd.sock', make sure you are running as root and \
                   the endpoint has been started: context deadline exceeded";
        sys.sleep(TIMEOUT).await;
        return fatal(sys, why).await;
    }
    let rest = &asked.words[1..];
    let done = match verb.as_str() {
        "version" => {
            sys.out(
                "Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v1.4.0-106-gce4439a8\n\
                 RuntimeApiVersion:  v1alpha2\n",
            )
            .await;
            Ok(0)
        }
        "ps" => list::containers(sys, rest).await,
        "pods" => list::pods(sys, rest).await,
        "images" | "image" | "img" => list::images(sys, rest).await,
        "inspect" => inspect::container(sys, rest).await,
        "inspectp" => inspect::pod(sys, rest).await,
        "inspecti" => inspect::image(sys, rest).await,
        "info" => inspect::info(sys).await,
        "stop" => act::stop(sys, rest).await,
        "rm" => act::remove(sys, rest).await,
        "stopp" => act::stop_pods(sys, rest).await,
        "rmp" => act::remove_pods(sys, rest).await,
        "exec" => run::exec(sys, rest).await,
        "logs" => run::logs(sys, rest).await,
        "attach" | "config" | "create" | "imagefsinfo" | "port-forward" | "pull" | "rmi" | "run" | "runp" | "start"
        | "stats" | "update" | "completion" | "help" => Err(format!("crictl {verb} is not modelled in kpnb's sandbox")),
        other => {
            sys.out(format!("No help topic for '{other}'\n")).await;
            Ok(3)
        }
    };
    match done {
        Ok(code) => code,
        Err(why) => fatal(sys, &why).await,
    }
}

/// Whether containerd runs.
async fn reaches(sys: &Sys) -> bool {
    sys.with(|world, me| {
        let node = &world.hosts.nodes[me.node];
        node.state == NodeState::Running && crate::sandbox::host::is_running(world, &node.spec.name, "containerd")
    })
    .await
}

/// Says why it ends, as logrus does on a terminal or elsewhere.
async fn fatal(sys: &Sys, why: &str) -> i32 {
    log(sys, "fatal", why).await;
    1
}

async fn log(sys: &Sys, level: &str, text: &str) {
    let terminal = sys.process(|process| process.tty != "?").await;
    let line = if terminal {
        format!("{}[0000] {text} \n", level.to_uppercase().chars().take(4).collect::<String>())
    } else {
        let now = sys.with(|world, _| world.now()).await;
        let now = now.strftime("%Y-%m-%dT%H:%M:%SZ");
        format!("time=\"{now}\" level={level} msg={text:?}\n")
    };
    sys.err(line).await;
}

//! `docker::` functions, and docker beside the real client.

use std::process::Command;

use kpnb::bindings::command::Program;
use libtest_mimic::{Failed, Trial};

use crate::lab::{Printed, exclusive, name, shared};
use crate::scripts::Scripts;

/// Lines that change nothing; NODE is a worker. The real docker lists the cluster's containers alone by the filter.
const LINES: &[&str] = &[
    "ps --filter LABEL",
    "ps -a --filter LABEL",
    "ps -q --filter LABEL",
    "ps -q --no-trunc --filter LABEL",
    "ps --no-trunc --filter LABEL",
    "ps --filter LABEL --format {{.ID}}/{{.Names}}/{{.Image}}/{{.Command}}/{{.CreatedAt}}/{{.Ports}}/{{.State}}/{{.Networks}}",
    "ps --filter LABEL --format {{.Labels}}",
    "ps --filter LABEL --format table\u{a0}{{.Names}}\\t{{.Status}}",
    "ps --filter LABEL --format {{.Foo}}",
    "ps --filter LABEL --format {{.Names",
    "ps -n 1 --filter LABEL",
    "ps -n x",
    "ps -l --filter LABEL",
    "ps -n 0 -q --filter LABEL",
    "ps --last=-1 -q --filter LABEL",
    "ps -s --filter name=worker2 --filter LABEL",
    "ps --filter name=worker2 --filter LABEL --format {{.Size}}",
    "ps --bogus",
    "ps extra",
    "ps -f x",
    "ps -f foo=bar",
    "inspect NODE",
    "inspect -f {{.State.Status}} NODE",
    "inspect --format={{json\u{a0}.State}} NODE",
    "inspect -f {{.Config.Labels}} NODE",
    "inspect -f {{.Name}}:{{.State.Pid}}:{{.State.Running}}:{{.HostConfig.Memory}} NODE",
    "inspect -f {{.Foo}} NODE",
    "inspect -f {{.NetworkSettings.Networks.nope}} NODE",
    "inspect -f {{index\u{a0}.Config.Labels\u{a0}\"io.x-k8s.kind.role\"}} NODE",
    "inspect nope",
    "inspect nope NODE --format {{.Name}}",
    "inspect --type container nope",
    "inspect",
    "top NODE -o pid,comm",
    "top nope",
    "top",
    "logs nope",
    "logs",
    "logs NODE",
    "exec NODE sh -c exit\u{a0}3",
    "exec NODE cat /etc/hostname /nope",
    "exec -e A=b -w /tmp NODE env",
    "exec -i NODE cat",
    "exec nope ls",
    "exec NODE",
    "exec",
    "exec NODE /nope",
    "exec -it NODE ls /",
    "exec --bogus NODE ls",
    "exec -w /nope NODE ls",
    "start nope",
    "start nope nope2",
    "start NODE",
    "stop nope",
    "stop -t x NODE",
    "stop -t 1.5 NODE",
    "stop --time=3 nope",
    "restart -t x nope",
    "kill -s",
    "stop",
    "restart nope",
    "kill nope",
    "kill -s FOO NODE",
    "pause nope",
    "unpause nope",
    "unpause NODE",
    "network ls",
    "network ls -q",
    "network ls --format {{.Name}}/{{.Driver}}/{{.Scope}}/{{.ID}}",
    "network connect nope NODE",
    "network disconnect nope NODE",
    "network connect nope",
    "network foo",
    "cp a b",
    "cp nope:/a b",
    "cp NODE:/nope b",
    "cp nope",
    "foo",
];

fn worker() -> String {
    format!("{}-worker", name().unwrap_or_default().trim_start_matches("kind-"))
}

/// Words are parted by spaces; a no-break space stands for one within a word.
fn words(line: &str) -> Vec<String> {
    let label = format!("label=io.x-k8s.kind.cluster={}", name().unwrap_or_default().trim_start_matches("kind-"));
    line.split(' ')
        .map(|word| word.replace("NODE", &worker()).replace("LABEL", &label).replace('\u{a0}', " "))
        .collect()
}

fn real(words: &[String]) -> Result<Printed, Failed> {
    let output = Command::new("docker").args(words).output()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Printed { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap_or(-1) })
}

/// Compares twice: an age may change between the two.
fn compare() -> Result<(), Failed> {
    let scripts = Scripts::without_namespace("kpnb-docker-lines");
    let mut differences = Vec::new();
    for line in LINES {
        let words = words(line);
        let args: Vec<&str> = words.iter().map(String::as_str).collect();
        let (mut ours, mut theirs) = (scripts.tool(Program::Docker, &args), real(&words)?);
        if ours != theirs {
            (ours, theirs) = (scripts.tool(Program::Docker, &args), real(&words)?);
        }
        if ours != theirs {
            differences.push(format!("docker {line}\nours: {ours:#?}\nreal: {theirs:#?}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n\n").into()) }
}

/// Functions that change no node's state.
const FUNCTIONS: &str = r#"
let names = docker::ps().map(|container| container.name);
expect(names.len() == 3 && names.contains(node), "the nodes are listed");
expect(docker::ps(#{labels: "io.x-k8s.kind.role=control-plane"}).len() == 1, "labels choose");
let state = docker::inspect(node).State;
expect(state.Status == "running" && state.Pid > 1, "a node runs");
let done = docker::exec(node, "echo out; echo err >&2; exit 3");
expect(done.stdout == "out\n" && done.stderr == "err\n" && done.exit_code == 3, "what a command prints and how it ends");
expect(docker::exec(node, ["echo", "a b"]).stdout == "a b\n", "an array is the words");
expect(docker::top(node).some(|process| process.PID == state.Pid.to_string()), "processes are told");
expect(type_of(docker::logs(node, #{tail: 1})) == "string", "logs are text");
docker::copy_to(node, "/root/kpnb-test-note", "line\n");
expect(docker::copy_from(node, "/root/kpnb-test-note") == "line\n", "what is copied there can be copied back");
docker::exec(node, "rm /root/kpnb-test-note");
docker::start(node);
let thrown = ();
try { docker::inspect("nope"); } catch (error) { thrown = error; }
expect(thrown.message == "Error response from daemon: No such container: nope" && thrown.code == 404, "errors are docker's");
"#;

/// Functions that break the node for a moment.
const BREAKING: &str = r#"
docker::pause(node);
let paused = docker::inspect(node).State.Paused;
docker::unpause(node);
expect(paused && !docker::inspect(node).State.Paused, "a node can be paused");
let networks = docker::inspect(node).NetworkSettings.Networks;
let network = networks.keys()[0];
let address = networks[network].IPAddress;
docker::disconnect(network, node);
let away = docker::inspect(node).NetworkSettings.Networks.is_empty();
docker::connect(network, node, #{ip: address});
expect(away && docker::inspect(node).NetworkSettings.Networks[network].IPAddress == address, "and cut off");
"#;

fn copies() -> Result<(), Failed> {
    let scripts = Scripts::without_namespace("kpnb-docker-copies");
    let folder = scripts.workspace.output.clone();
    let (node, run) = (worker(), |args: &[&str]| scripts.tool(Program::Docker, args));
    let out = run(&["cp", &format!("{node}:/etc/hostname"), "name"]);
    let text = std::fs::read_to_string(folder.join("name"));
    let again = run(&["cp", &format!("{node}:/etc/hostname"), "name"]);
    let outside = run(&["cp", &format!("{node}:/etc/hostname"), "../name"]);
    let tree = run(&["cp", &format!("{node}:/etc/kubernetes"), "."]);
    let listed = folder.join("kubernetes").is_dir();
    let back = run(&["cp", "name", &format!("{node}:/root/kpnb-test-copy")]);
    let there = run(&["exec", &node, "cat", "/root/kpnb-test-copy"]);
    run(&["exec", &node, "rm", "/root/kpnb-test-copy"]);
    std::fs::remove_dir_all(&folder)?;
    assert_eq!((out.code, out.stderr.as_str()), (0, ""));
    assert_eq!((text?, there.stdout), (format!("{node}\n"), format!("{node}\n")));
    assert_eq!((again.code, outside.code), (1, 1), "{again:?} {outside:?}");
    assert!(tree.code == 0 && listed && back.code == 0, "{tree:?} {back:?}");
    Ok(())
}

fn run(script: &str) -> Result<(), Failed> {
    let mut scripts = Scripts::without_namespace("kpnb-docker");
    scripts.run(&format!("let node = \"{}\";", worker()));
    scripts.run(script);
    Ok(())
}

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared("docker::functions_do_what_they_say", || run(FUNCTIONS)),
        exclusive("docker::functions_break_and_mend_a_node", || run(BREAKING)),
        shared("docker::prints_what_the_real_one_prints", compare),
        shared("docker::copies_both_ways_and_never_over_a_file", copies),
    ]
}

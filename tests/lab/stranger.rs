//! What a stranger's notebook is refused at Docker Engine: containers and networks that are not the cluster's, however
//! they are named, and files outside of the run's output folder.

use std::process::Command;

use kpnb::bindings::command::{Line, Streams};
use kpnb::client::FailureKind;
use libtest_mimic::Trial;

use crate::lab;
use crate::scripts::Scripts;

/// A container and a network of somebody else's on the same engine.
struct Others {
    container: String,
    network: String,
}

const CONTAINER: &str = "kpnb-test-others";
const NETWORK: &str = "kpnb-test-others-net";

fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Others {
    fn new(node: &str) -> Self {
        drop(Self { container: String::new(), network: String::new() });
        let image = docker(&["inspect", "-f", "{{.Image}}", node]);
        let container = docker(&["create", "--name", CONTAINER, &image, "true"]);
        let network = docker(&["network", "create", NETWORK]);
        assert!(container.len() == 64 && network.len() == 64, "{container} {network}");
        Self { container, network }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        docker(&["rm", "-f", CONTAINER]);
        docker(&["network", "rm", NETWORK]);
    }
}

/// How a line fails; it has to.
fn failure(scripts: &Scripts, line: &str) -> (FailureKind, String) {
    let streams = Streams::default();
    let ran = Line::parse(line).map(|line| scripts.block_on(line.run(&scripts.workspace, &streams)));
    let failure = match ran {
        Err(failure) | Ok(Err(failure)) => failure,
        Ok(Ok(ran)) => ran.failure.unwrap_or_else(|| panic!("{line} was run: {:?}", streams.output())),
    };
    (failure.kind, failure.message)
}

fn refuses_others() {
    let scripts = Scripts::without_namespace("kpnb-stranger");
    let node = format!("{}-worker", lab::name().unwrap().trim_start_matches("kind-"));
    let others = Others::new(&node);
    let ours = docker(&["inspect", "-f", "{{range $name, $n := .NetworkSettings.Networks}}{{$name}}{{end}}", &node]);
    for name in [CONTAINER, &others.container, &others.container[..12], &others.container[..6]] {
        for line in [
            "exec NAME true",
            "inspect NAME",
            "top NAME",
            "logs NAME",
            "start NAME",
            "stop NAME",
            "restart NAME",
            "kill NAME",
            "pause NAME",
            "unpause NAME",
            "cp NAME:/etc/hostname x",
            "cp NAME:/ x",
            &format!("network connect {ours} NAME"),
            &format!("network disconnect {ours} NAME"),
        ] {
            let (kind, message) = failure(&scripts, &format!("docker {}", line.replace("NAME", name)));
            assert_eq!(kind, FailureKind::Refused, "{line} {name}: {message}");
        }
    }
    for network in [NETWORK, &others.network, &others.network[..12], "host", "none"] {
        for verb in ["connect", "disconnect"] {
            let (kind, message) = failure(&scripts, &format!("docker network {verb} {network} {node}"));
            assert_eq!(kind, FailureKind::Refused, "{verb} {network}: {message}");
        }
    }
    // None of these names a container; each would lead the request to another path.
    for name in [
        &format!("/{CONTAINER}"),
        &format!("{node}/../{CONTAINER}"),
        &format!("../containers/{CONTAINER}"),
        &format!("{CONTAINER}%20"),
        "kpnb%2Dtest%2Dothers",
        &format!("{CONTAINER}?x=1"),
        &format!("{CONTAINER}#"),
        "'a b'",
        "''",
    ] {
        for line in ["exec NAME true", "inspect NAME", "stop NAME", &format!("network connect NAME {node}")] {
            let (_, message) = failure(&scripts, &format!("docker {}", line.replace("NAME", name)));
            let unknown = ["No such", "not found", "not a container", "not a network", "invalid"];
            assert!(unknown.iter().any(|text| message.contains(text)), "{line} {name}: {message}");
        }
    }
    assert_eq!(docker(&["inspect", "-f", "{{.State.Status}}", CONTAINER]), "created", "nobody has touched it");
    assert!(!docker(&["inspect", "-f", "{{json .NetworkSettings.Networks}}", &node]).contains(NETWORK));
}

fn writes_into_its_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut scripts = Scripts::without_namespace("kpnb-stranger-files");
    let output = scripts.workspace.output.clone();
    let _ = std::fs::remove_dir_all(&output);
    let node = format!("{}-worker", lab::name().unwrap().trim_start_matches("kind-"));
    let out = folder.path().join("x").display().to_string();
    for target in [out.as_str(), "../x", "a/../../x", "/etc/kpnb-x", "-"] {
        let (kind, message) = failure(&scripts, &format!("docker cp {node}:/etc/hostname {target}"));
        assert_eq!(kind, FailureKind::Refused, "{target}: {message}");
    }
    for target in [out.as_str(), "../x", "sub/x", ".."] {
        let (kind, message) = failure(&scripts, &format!("etcdctl snapshot save {target}"));
        assert_eq!(kind, FailureKind::Refused, "{target}: {message}");
    }
    // A link in a container is not followed on this machine, nor is a file written over another.
    scripts.run(&format!(
        "docker::exec(\"{node}\", \"rm -rf /root/kpnb-t && mkdir /root/kpnb-t && ln -s {} /root/kpnb-t/away && echo 1 > /root/kpnb-t/f\");\n\
         docker(\"cp {node}:/root/kpnb-t t\");",
        folder.path().display()
    ));
    assert!(output.join("t/f").is_file() && !output.join("t/away").exists());
    assert_eq!(failure(&scripts, &format!("docker cp {node}:/etc/hostname t/f")).0, FailureKind::Refused);
    assert_eq!(std::fs::read_to_string(output.join("t/f")).unwrap(), "1\n");
    scripts.run("etcdctl(\"snapshot save s.db\");");
    assert_eq!(failure(&scripts, "etcdctl snapshot save s.db").0, FailureKind::Refused);
    scripts.run(&format!("docker::exec(\"{node}\", \"rm -rf /root/kpnb-t\");"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing outside");
    std::fs::remove_dir_all(&output).unwrap();
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        lab::exclusive("stranger::reaches_no_container_and_no_network_of_others", || {
            refuses_others();
            Ok(())
        }),
        lab::shared("stranger::writes_into_its_output_folder_alone", || {
            writes_into_its_folder_alone();
            Ok(())
        }),
    ]
}

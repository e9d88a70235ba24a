//! All about one container: `docker inspect`.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, json_of};
use super::containers::{known, labels, offset, ports, state_name, volume};
use super::made;
use super::networks::endpoint;
use super::route::Asked;
use crate::sandbox::host::{Node, NodeState};

pub(super) fn inspect(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let node = known(asked, name)?;
    let found = asked.shared.with(|world| world.hosts.node(&node).map(|found| described(found, offset(world, &node))));
    found.map(|found| json_of(200, &found)).ok_or_else(|| Refusal::no_container(name))
}

fn described(node: &Node, offset: u32) -> Value {
    let folder = format!("/var/lib/docker/containers/{}", node.id);
    let running = node.state != NodeState::Exited;
    let image = made::image(node.spec.profile);
    let command = made::command(node.spec.profile);
    let finished = node.finished_at.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| at.to_string());
    let mut inspected = json!({
        "Id": node.id, "Created": node.created.to_string(), "Path": command[0], "Args": command[1..],
        "State": {
            "Status": state_name(node.state), "Running": running, "Paused": node.state == NodeState::Paused, "Restarting": false,
            "OOMKilled": false, "Dead": false, "Pid": if running { offset + 1 } else { 0 },
            "ExitCode": if running { 0 } else { node.exit_code }, "Error": "", "StartedAt": node.started_at.to_string(), "FinishedAt": finished,
        },
        "Image": image.id, "ResolvConfPath": format!("{folder}/resolv.conf"), "HostnamePath": format!("{folder}/hostname"),
        "HostsPath": format!("{folder}/hosts"), "LogPath": format!("{folder}/{}-json.log", node.id), "Name": format!("/{}", node.spec.name),
        "RestartCount": 0, "Driver": "overlay2", "Platform": "linux", "MountLabel": "", "ProcessLabel": "", "AppArmorProfile": "",
        "ExecIDs": null, "HostConfig": host_config(node), "GraphDriver": {"Data": null, "Name": "overlay2"},
        "Mounts": [{
            "Type": "volume", "Name": volume(node), "Source": format!("/var/lib/docker/volumes/{}/_data", volume(node)), "Destination": "/var",
            "Driver": "local", "Mode": "", "RW": true, "Propagation": "",
        }],
        "Config": config(node), "NetworkSettings": network_settings(node),
    });
    made::amend(node, &mut inspected);
    inspected
}

/// The published ports as they are bound on the machine.
fn bindings(node: &Node) -> Value {
    let bound = |public: u16| json!([{"HostIp": "127.0.0.1", "HostPort": public.to_string()}]);
    ports(node).iter().map(|(private, public)| (format!("{private}/tcp"), bound(*public))).collect()
}

fn host_config(node: &Node) -> Value {
    json!({
        "Binds": null, "ContainerIDFile": "", "LogConfig": {"Type": "json-file", "Config": {}},
        "NetworkMode": made::network(node.spec.profile), "PortBindings": bindings(node),
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "AutoRemove": false, "CapAdd": ["ALL"], "CapDrop": ["CAP_SYS_RESOURCE"],
        "CgroupnsMode": "private", "Dns": [], "DnsOptions": [], "DnsSearch": [], "IpcMode": "private", "Privileged": false,
        "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"], "Tmpfs": {"/run": "exec", "/tmp": "exec"},
        "ShmSize": 67_108_864, "Runtime": "runc", "Memory": 0, "NanoCpus": 0,
        "Devices": [{"PathOnHost": "/dev/kmsg", "PathInContainer": "/dev/kmsg", "CgroupPermissions": "rwm"}],
        "OomKillDisable": false, "PidsLimit": null, "Ulimits": [], "MaskedPaths": [], "ReadonlyPaths": [],
    })
}

fn config(node: &Node) -> Value {
    let own = |name: &str| !matches!(name, "PATH" | "HOME" | "HOSTNAME");
    let env = node.env().into_iter().filter(|(name, _)| own(name));
    let env: Vec<String> = env.map(|(name, value)| format!("{name}={value}")).collect();
    json!({
        "Hostname": node.spec.name, "Domainname": "", "User": "", "AttachStdin": false, "AttachStdout": true, "AttachStderr": true,
        "Tty": false, "OpenStdin": false, "StdinOnce": false, "Env": env, "Cmd": null, "Image": made::image(node.spec.profile).name,
        "Volumes": {"/var": {}}, "WorkingDir": "", "Entrypoint": made::command(node.spec.profile), "OnBuild": null, "Labels": labels(node),
    })
}

fn network_settings(node: &Node) -> Value {
    let running = node.state != NodeState::Exited;
    // The network namespace, named by chance as the volume is.
    let sandbox = if running { volume(node).replace('a', "7") } else { String::new() };
    let key = sandbox.get(..12).map(|short| format!("/var/run/docker/netns/{short}")).unwrap_or_default();
    let networks =
        if node.connected { json!({made::network(node.spec.profile): endpoint(node, true)}) } else { json!({}) };
    json!({
        "Bridge": "", "SandboxID": sandbox, "HairpinMode": false, "LinkLocalIPv6Address": "", "LinkLocalIPv6PrefixLen": 0,
        "Ports": if running && node.connected { bindings(node) } else { json!({}) }, "SandboxKey": key, "SecondaryIPAddresses": null,
        "SecondaryIPv6Addresses": null, "EndpointID": "", "Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
        "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "", "MacAddress": "", "Networks": networks,
    })
}

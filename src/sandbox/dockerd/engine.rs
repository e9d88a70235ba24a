//! The engine itself: its version, its one image.

use bytes::Bytes;
use serde_json::json;

use super::answer::{Answer, Refusal, bytes, json_of};
use super::made;
use super::route::Asked;
use crate::sandbox::host::NodeState;

const KERNEL: &str = "6.18.44-fc-v657";

pub(super) fn ping(asked: &Asked) -> Answer {
    let body = if asked.method == http::Method::HEAD { Bytes::new() } else { Bytes::from_static(b"OK") };
    let mut answer = bytes("text/plain; charset=utf-8", body);
    answer.headers_mut().insert("Cache-Control", http::HeaderValue::from_static("no-cache, no-store, must-revalidate"));
    answer.headers_mut().insert("Pragma", http::HeaderValue::from_static("no-cache"));
    answer
}

pub(super) fn version() -> Answer {
    json_of(
        200,
        &json!({
            "Platform": {"Name": ""},
            "Components": [
                {"Name": "Engine", "Version": "20.10.24+dfsg1", "Details": {
                    "ApiVersion": "1.41", "Arch": "amd64", "BuildTime": "2026-05-07T21:09:36.000000000+00:00", "Experimental": "false",
                    "GitCommit": "5d6db84", "GoVersion": "go1.19.8", "KernelVersion": KERNEL, "MinAPIVersion": "1.12", "Os": "linux",
                }},
                {"Name": "containerd", "Version": "1.6.20~ds1", "Details": {"GitCommit": "1.6.20~ds1-1+deb12u3"}},
                {"Name": "runc", "Version": "1.1.5+ds1", "Details": {"GitCommit": "1.1.5+ds1-1+deb12u1"}},
                {"Name": "docker-init", "Version": "0.19.0", "Details": {"GitCommit": ""}},
            ],
            "Version": "20.10.24+dfsg1", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "GitCommit": "5d6db84", "GoVersion": "go1.19.8",
            "Os": "linux", "Arch": "amd64", "KernelVersion": KERNEL, "BuildTime": "2026-05-07T21:09:36.000000000+00:00",
        }),
    )
}

pub(super) fn info(asked: &Asked) -> Answer {
    let (states, now) =
        asked.shared.with(|world| (world.hosts.nodes().iter().map(|node| node.state).collect::<Vec<_>>(), world.now()));
    let count = |state| states.iter().filter(|s| **s == state).count();
    json_of(
        200,
        &json!({
            "ID": "KPNB:SAND:BOX0", "Containers": states.len(), "ContainersRunning": count(NodeState::Running),
            "ContainersPaused": count(NodeState::Paused), "ContainersStopped": count(NodeState::Exited), "Images": 1, "Driver": "overlay2",
            "DriverStatus": [["Backing Filesystem", "extfs"]], "SystemTime": now.to_string(), "LoggingDriver": "json-file",
            "CgroupDriver": "cgroupfs", "CgroupVersion": "1", "KernelVersion": KERNEL, "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
            "OSVersion": "12", "OSType": "linux", "Architecture": "x86_64", "NCPU": 2, "MemTotal": 25_276_510_208_u64,
            "DockerRootDir": "/var/lib/docker", "Name": "kpnb-sandbox", "ServerVersion": "20.10.24+dfsg1", "DefaultRuntime": "runc",
            "Runtimes": {"runc": {"path": "runc"}}, "Swarm": {"LocalNodeState": "inactive"}, "SecurityOptions": [], "Warnings": null,
        }),
    )
}

pub(super) fn images(asked: &Asked) -> Answer {
    let image = made::image(asked.shared.with(|world| world.hosts.profile()));
    json_of(
        200,
        &json!([{
            "Containers": -1, "Created": image.created, "Id": image.id, "Labels": null, "ParentId": "", "RepoDigests": null,
            "RepoTags": [image.name], "SharedSize": -1, "Size": image.size, "VirtualSize": image.size,
        }]),
    )
}

/// The nodes' image, by its name or the beginning of its id.
pub(super) fn image(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let profile = asked.shared.with(|world| world.hosts.profile());
    let image = made::image(profile);
    let id = image.id.trim_start_matches("sha256:");
    let wanted = name.trim_start_matches("sha256:");
    if name != image.name && (wanted.is_empty() || !id.starts_with(wanted)) {
        let tagged = if name.contains(':') { name.to_owned() } else { format!("{name}:latest") };
        return Err(Refusal(404, format!("no such image: {name}: No such image: {tagged}")));
    }
    let created = jiff::Timestamp::from_second(image.created).unwrap_or_default();
    let config = json!({
        "Hostname": "", "Domainname": "", "User": "", "AttachStdin": false, "AttachStdout": false, "AttachStderr": false, "Tty": false,
        "OpenStdin": false, "StdinOnce": false, "Env": null, "Cmd": null, "Image": "", "Volumes": null, "WorkingDir": "",
        "Entrypoint": made::command(profile), "OnBuild": null, "Labels": null,
    });
    let image = json!({
        "Id": image.id, "RepoTags": [image.name], "RepoDigests": [], "Parent": "", "Comment": "", "Created": created.to_string(),
        "Container": "", "DockerVersion": "20.10.24+dfsg1", "Author": "", "Config": config, "Architecture": "amd64", "Os": "linux",
        "Size": image.size, "VirtualSize": image.size, "GraphDriver": {"Data": null, "Name": "overlay2"},
        "Metadata": {"LastTagTime": "0001-01-01T00:00:00Z"},
    });
    Ok(json_of(200, &image))
}

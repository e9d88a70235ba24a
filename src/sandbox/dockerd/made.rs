//! How the nodes' containers were made: as the lab's script or kind v0.10.0 does it.

use serde_json::{Value, json};

use crate::sandbox::Profile;
use crate::sandbox::host::Node;

/// The nodes' image.
pub(super) struct Image {
    pub(super) name: &'static str,
    pub(super) id: &'static str,
    /// When it was made: Unix seconds.
    pub(super) created: i64,
    /// In bytes.
    pub(super) size: u64,
}

const LAB: Image = Image {
    name: "kpnb-lab/node:v1.20.2",
    id: "sha256:8bc29d75929a4c1fa7c9a23035da876fdef60168ca8dea59587ccca17b8fb64f",
    created: 1_795_533_407,
    size: 487_487_975,
};

/// As kind's release notes name it.
const KIND: Image = Image {
    name: "kindest/node:v1.20.2",
    id: "sha256:8f7ea6e7642c0da54f04a7ee10431549c0257315b3a634f6ef2fecaaedb19bab",
    created: 1_611_101_040,
    size: 1_169_854_000,
};

/// The image of a profile's nodes.
pub(super) fn image(profile: Profile) -> &'static Image {
    match profile {
        Profile::Lab => &LAB,
        Profile::Kind => &KIND,
    }
}

/// The network of a profile's nodes.
pub(super) fn network(profile: Profile) -> &'static str {
    match profile {
        Profile::Lab => "kpnb-lab",
        Profile::Kind => "kind",
    }
}

/// What runs first in a node: the program and its arguments.
pub(super) fn command(profile: Profile) -> &'static [&'static str] {
    match profile {
        Profile::Lab => &["/usr/local/bin/node-init"],
        Profile::Kind => &["/usr/local/bin/entrypoint", "/sbin/init"],
    }
}

/// Whether a node's output is a terminal's.
pub(super) fn tty(node: &Node) -> bool {
    node.spec.profile == Profile::Kind
}

/// What a container was made with beyond the lab's.
pub(super) fn amend(node: &Node, inspected: &mut Value) {
    if node.spec.profile != Profile::Kind {
        return;
    }
    let host = &mut inspected["HostConfig"];
    host["RestartPolicy"] = json!({"Name": "on-failure", "MaximumRetryCount": 1});
    (host["CapAdd"], host["CapDrop"]) = (Value::Null, Value::Null);
    host["Privileged"] = json!(true);
    host["CgroupnsMode"] = json!("host");
    host["SecurityOpt"] = json!(["seccomp=unconfined", "apparmor=unconfined", "label=disable"]);
    host["Tmpfs"] = json!({"/run": "", "/tmp": ""});
    inspected["Config"]["Tty"] = json!(true);
    inspected["Config"]["StopSignal"] = json!("SIGRTMIN+3");
}

//! Pages of a node whose kubelet is gone and of its Pod, as a real cluster printed them.

use serde_json::json;

use super::*;

fn page(describer: &Describer, object: &Value, related: &Related, now: &str) -> String {
    write(describer, object, related, now.parse().unwrap()).unwrap()
}

fn event(kind: &str, reason: &str, count: i64, at: &str, from: &str, message: &str) -> Value {
    json!({"type": kind, "reason": reason, "count": count, "firstTimestamp": at, "lastTimestamp": at,
        "source": {"component": from}, "message": message})
}

/// The Pod that runs on the node.
fn the_pod() -> Value {
    json!({
        "metadata": {
            "name": "deployment-65cd5869f-fqns6",
            "namespace": "default",
            "creationTimestamp": "2026-11-24T15:23:08Z",
            "deletionTimestamp": "2026-11-24T15:28:57Z",
            "deletionGracePeriodSeconds": 5,
            "labels": {"pod-template-hash": "65cd5869f", "app.kubernetes.io/name": "deployment"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "deployment-65cd5869f", "controller": true}],
        },
        "spec": {
            "nodeName": "k8splayground-worker",
            "priority": 0,
            "containers": [{
                "name": "deployment",
                "image": "busybox:1.31",
                "command": ["/bin/sh", "-c", "while :; do echo '.'; sleep 30 ; done"],
                "resources": {},
                "volumeMounts": [{
                    "name": "default-token-xrzkr",
                    "readOnly": true,
                    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                }],
            }],
            "volumes": [{"name": "default-token-xrzkr", "secret": {"secretName": "default-token-xrzkr", "defaultMode": 420}}],
            "tolerations": [
                {"key": "playground_test", "operator": "Exists", "effect": "NoSchedule"},
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            ],
        },
        "status": {
            "phase": "Running",
            "conditions": [
                {"type": "Initialized", "status": "True"},
                {"type": "Ready", "status": "False"},
                {"type": "ContainersReady", "status": "True"},
                {"type": "PodScheduled", "status": "True"},
            ],
            "hostIP": "172.30.0.3",
            "podIP": "10.244.1.2",
            "podIPs": [{"ip": "10.244.1.2"}],
            "startTime": "2026-11-24T15:23:08Z",
            "containerStatuses": [{
                "name": "deployment",
                "state": {"running": {"startedAt": "2026-11-24T15:23:09Z"}},
                "lastState": {},
                "ready": true,
                "restartCount": 0,
                "imageID": "sha256:0a764132216019cb7f318e8b1911c302f00e0e1fffcd0bc9129cbc25ce9a5679",
                "containerID": "containerd://fe869ca7855c7b8cc6ff4b8ed1916d56ab183598c27c5864a4db4d6a9b4bb997",
            }],
        },
    })
}

#[test]
fn a_pod_on_a_dead_node_stays_terminating() {
    let at = "2026-11-24T15:23:08Z";
    let events = vec![
        event(
            "Normal",
            "Scheduled",
            1,
            at,
            "default-scheduler",
            "Successfully assigned default/deployment-65cd5869f-fqns6 to k8splayground-worker",
        ),
        event("Normal", "Pulled", 1, at, "kubelet", "Container image \"busybox:1.31\" already present on machine"),
        event("Warning", "NodeNotReady", 1, "2026-11-24T15:23:47Z", "node-controller", "Node is not ready"),
    ];
    let expected = "\
Name:                      deployment-65cd5869f-fqns6
Namespace:                 default
Priority:                  0
Node:                      k8splayground-worker/172.30.0.3
Start Time:                Tue, 24 Nov 2026 15:23:08 +0000
Labels:                    app.kubernetes.io/name=deployment
                           pod-template-hash=65cd5869f
Annotations:               <none>
Status:                    Terminating (lasts 77s)
Termination Grace Period:  5s
IP:                        10.244.1.2
IPs:
  IP:           10.244.1.2
Controlled By:  ReplicaSet/deployment-65cd5869f
Containers:
  deployment:
    Container ID:  containerd://fe869ca7855c7b8cc6ff4b8ed1916d56ab183598c27c5864a4db4d6a9b4bb997
    Image:         busybox:1.31
    Image ID:      sha256:0a764132216019cb7f318e8b1911c302f00e0e1fffcd0bc9129cbc25ce9a5679
    Port:          <none>
    Host Port:     <none>
    Command:
      /bin/sh
      -c
      while :; do echo '.'; sleep 30 ; done
    State:          Running
      Started:      Tue, 24 Nov 2026 15:23:09 +0000
    Ready:          True
    Restart Count:  0
    Environment:    <none>
    Mounts:
      /var/run/secrets/kubernetes.io/serviceaccount from default-token-xrzkr (ro)
Conditions:
  Type              Status
  Initialized       True 
  Ready             False 
  ContainersReady   True 
  PodScheduled      True 
Volumes:
  default-token-xrzkr:
    Type:        Secret (a volume populated by a Secret)
    SecretName:  default-token-xrzkr
    Optional:    false
QoS Class:       BestEffort
Node-Selectors:  <none>
Tolerations:     node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
                 node.kubernetes.io/unreachable:NoExecute op=Exists for 300s
                 playground_test:NoSchedule op=Exists
Events:
  Type     Reason        Age    From               Message
  ----     ------        ----   ----               -------
  Normal   Scheduled     7m6s   default-scheduler  Successfully assigned default/deployment-65cd5869f-fqns6 to k8splayground-worker
  Normal   Pulled        7m6s   kubelet            Container image \"busybox:1.31\" already present on machine
  Warning  NodeNotReady  6m27s  node-controller    Node is not ready
";
    let related = Related::of(vec![], Some(events));
    assert_eq!(page(&pod::DESCRIBER, &the_pod(), &related, "2026-11-24T15:30:14Z"), expected);
}

#[test]
fn a_node_without_a_kubelet_is_unknown() {
    let unknown = |kind: &str| {
        json!({"type": kind, "status": "Unknown", "lastHeartbeatTime": "2026-11-24T15:22:50Z",
            "lastTransitionTime": "2026-11-24T15:23:48Z", "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status."})
    };
    let amounts = json!({"cpu": "2", "ephemeral-storage": "264212084Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        "memory": "24684092Ki", "pods": "110"});
    let node = json!({
        "metadata": {
            "name": "k8splayground-worker",
            "creationTimestamp": "2026-11-24T15:22:48Z",
            "labels": {"mock-server": "true", "kubernetes.io/os": "linux"},
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {
            "podCIDR": "10.244.1.0/24",
            "podCIDRs": ["10.244.1.0/24"],
            "taints": [
                {"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule", "timeAdded": "2026-11-24T15:23:48Z"},
                {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": "2026-11-24T15:23:53Z"},
            ],
        },
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [unknown("MemoryPressure"), unknown("Ready")],
            "addresses": [
                {"type": "InternalIP", "address": "172.30.0.3"},
                {"type": "Hostname", "address": "k8splayground-worker"},
            ],
            "nodeInfo": {
                "machineID": "aa4465b5",
                "systemUUID": "aa4465b5",
                "bootID": "fcd3d9f1",
                "kernelVersion": "6.18.44",
                "osImage": "Debian GNU/Linux 12 (bookworm)",
                "containerRuntimeVersion": "containerd://1.6.20",
                "kubeletVersion": "v1.20.2",
                "kubeProxyVersion": "v1.20.2",
                "operatingSystem": "linux",
                "architecture": "amd64",
            },
        },
    });
    let lease = json!({"spec": {"holderIdentity": "k8splayground-worker", "renewTime": "2026-11-24T15:23:08.123456Z"}});
    let at = "2026-11-24T15:22:48Z";
    let events = vec![
        event("Normal", "Starting", 1, at, "kubelet", "Starting kubelet."),
        event(
            "Normal",
            "NodeHasSufficientPID",
            2,
            at,
            "kubelet",
            "Node k8splayground-worker status is now: NodeHasSufficientPID",
        ),
    ];
    let expected = "\
Name:               k8splayground-worker
Roles:              <none>
Labels:             kubernetes.io/os=linux
                    mock-server=true
Annotations:        node.alpha.kubernetes.io/ttl: 0
CreationTimestamp:  Tue, 24 Nov 2026 15:22:48 +0000
Taints:             node.kubernetes.io/unreachable:NoExecute
                    node.kubernetes.io/unreachable:NoSchedule
Unschedulable:      false
Lease:
  HolderIdentity:  k8splayground-worker
  AcquireTime:     <unset>
  RenewTime:       Tue, 24 Nov 2026 15:23:08 +0000
Conditions:
  Type             Status    LastHeartbeatTime                 LastTransitionTime                Reason              Message
  ----             ------    -----------------                 ------------------                ------              -------
  MemoryPressure   Unknown   Tue, 24 Nov 2026 15:22:50 +0000   Tue, 24 Nov 2026 15:23:48 +0000   NodeStatusUnknown   Kubelet stopped posting node status.
  Ready            Unknown   Tue, 24 Nov 2026 15:22:50 +0000   Tue, 24 Nov 2026 15:23:48 +0000   NodeStatusUnknown   Kubelet stopped posting node status.
Addresses:
  InternalIP:  172.30.0.3
  Hostname:    k8splayground-worker
Capacity:
  cpu:                2
  ephemeral-storage:  264212084Ki
  hugepages-1Gi:      0
  hugepages-2Mi:      0
  memory:             24684092Ki
  pods:               110
Allocatable:
  cpu:                2
  ephemeral-storage:  264212084Ki
  hugepages-1Gi:      0
  hugepages-2Mi:      0
  memory:             24684092Ki
  pods:               110
System Info:
  Machine ID:                 aa4465b5
  System UUID:                aa4465b5
  Boot ID:                    fcd3d9f1
  Kernel Version:             6.18.44
  OS Image:                   Debian GNU/Linux 12 (bookworm)
  Operating System:           linux
  Architecture:               amd64
  Container Runtime Version:  containerd://1.6.20
  Kubelet Version:            v1.20.2
  Kube-Proxy Version:         v1.20.2
PodCIDR:                      10.244.1.0/24
PodCIDRs:                     10.244.1.0/24
Non-terminated Pods:          (1 in total)
  Namespace                   Name                          CPU Requests  CPU Limits  Memory Requests  Memory Limits  AGE
  ---------                   ----                          ------------  ----------  ---------------  -------------  ---
  default                     deployment-65cd5869f-fqns6    0 (0%)        0 (0%)      0 (0%)           0 (0%)         2m38s
Allocated resources:
  (Total limits may be over 100 percent, i.e., overcommitted.)
  Resource           Requests  Limits
  --------           --------  ------
  cpu                0 (0%)    0 (0%)
  memory             0 (0%)    0 (0%)
  ephemeral-storage  0 (0%)    0 (0%)
  hugepages-1Gi      0 (0%)    0 (0%)
  hugepages-2Mi      0 (0%)    0 (0%)
Events:
  Type    Reason                Age                    From     Message
  ----    ------                ----                   ----     -------
  Normal  Starting              2m58s                  kubelet  Starting kubelet.
  Normal  NodeHasSufficientPID  2m58s (x2 over 2m58s)  kubelet  Node k8splayground-worker status is now: NodeHasSufficientPID
";
    let read = vec![("pods", Ok(vec![the_pod()])), ("leases.coordination.k8s.io", Ok(vec![lease]))];
    let now = "2026-11-24T15:25:46Z";
    assert_eq!(page(&node::DESCRIBER, &node, &Related::of(read, Some(events)), now), expected);

    let missing = Failure {
        answer: "leases.coordination.k8s.io \"k8splayground-worker\" not found".into(),
        ..Failure::answer("x")
    };
    let mut forbidden = Failure::answer("x");
    forbidden.reason = "Forbidden".into();
    let read = vec![("pods", Err(forbidden)), ("leases.coordination.k8s.io", Err(missing))];
    let text = page(&node::DESCRIBER, &node, &Related::of(read, None), now);
    let lease =
        "Lease:              Failed to get lease: leases.coordination.k8s.io \"k8splayground-worker\" not found\n";
    assert!(text.contains(lease), "{text}");
    assert!(text.ends_with("Pods:                         not authorized\n"), "{text}");
}

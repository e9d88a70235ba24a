//! What a stranger's notebook must not reach.

use super::Bench;
use crate::bindings::command::{Line, Streams};
use crate::client::FailureKind;

#[test]
fn a_strangers_lines_are_refused() {
    let bench = Bench::new();
    for line in [
        "kubectl get pods --server http://x",
        "kubectl get pods --server=http://x",
        "kubectl -s http://x get pods",
        "kubectl -shttp://x get pods",
        "kubectl get pods -s=http://x",
        "kubectl get pods -As http://x",
        "kubectl --kubeconfig /root/.kube/config get pods",
        "kubectl get pods --kubeconfig=/x",
        "kubectl --context other get pods",
        "kubectl get pods --cluster other",
        "kubectl get pods --user admin",
        "kubectl get pods --as system:admin",
        "kubectl get pods --as=system:admin --as-group=system:masters",
        "kubectl get pods --token abc",
        "kubectl get pods --username a --password b",
        "kubectl get pods --insecure-skip-tls-verify",
        "kubectl get pods --certificate-authority x --client-certificate y --client-key z",
        "kubectl get pods --tls-server-name x",
        "kubectl apply -f https://example.com/x.yaml",
        "kubectl apply --filename=http://example.com/x.yaml",
        "kubectl create -f https://example.com/x.yaml",
        "kubectl delete -f http://example.com/x.yaml",
        "kubectl config view",
        "kubectl proxy",
        "kubectl port-forward pod/x 8080",
        "kubectl cp a:/x /tmp/x",
        "kubectl plugin list",
        "kubectl edit node x",
        "kubectl exec x --kubeconfig=/x -- ls",
        "docker -H tcp://x ps",
        "docker -Htcp://x ps",
        "docker --host=tcp://x ps",
        "docker --context other ps",
        "docker -c other ps",
        "docker --config /x ps",
        "docker --tlscert x ps",
        "docker run --privileged -v /:/host alpine",
        "docker create alpine",
        "docker build .",
        "docker pull alpine",
        "docker rm x",
        "docker volume ls",
        "docker system prune",
        "docker container exec x ls",
        "docker attach x",
        "etcdctl --endpoints http://x get a",
        "etcdctl get a --endpoints=http://x",
        "etcdctl --cacert x --cert y --key z get a",
        "etcdctl --user root get a",
        "etcdctl --insecure-skip-tls-verify get a",
        "etcdctl --discovery-srv x get a",
        "etcdctl make-mirror x",
        "etcdctl snapshot restore x",
        "etcdctl member add x",
        "etcdctl lock x ls",
    ] {
        let ran = Line::parse(line).and_then(|line| {
            bench._runtime.block_on(line.run(&bench.workspace, &Streams::default())).map(|ran| ran.failure)
        });
        let failure = match ran {
            Err(failure) => failure,
            Ok(failure) => failure.unwrap_or_else(|| panic!("{line} was run")),
        };
        assert_eq!(failure.kind, FailureKind::Refused, "{line}: {}", failure.message);
    }
    // What needs a shell, another program or an environment is none of the commands.
    for line in [
        "KUBECONFIG=/x kubectl get pods",
        "env kubectl get pods",
        "sudo kubectl get pods",
        "DOCKER_HOST=tcp://x docker ps",
        "kubectl get pods; ls",
        "kubectl get pods && ls",
        "kubectl get pods > /tmp/x",
        "kubectl apply -f - < /etc/passwd",
        "kubectl get pods | sh",
        "kubectl get pods | tee /tmp/x",
        "kubectl get $(whoami)",
        "kubectl get `whoami`",
        "kubectl get \"$(whoami)\"",
        "kubectl get $HOME",
        "/usr/bin/kubectl get pods",
        "kubectl get pods &",
        "kubectl get pods | sort -o /tmp/x",
        "kubectl get pods | grep -f /etc/passwd x",
        "kubectl get pods | cut -d : -f 1 /etc/passwd",
        "kubectl get pods | head /etc/passwd",
    ] {
        assert!(Line::parse(line).is_err(), "{line}");
    }
}

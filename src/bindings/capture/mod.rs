//! What a person would look at after a failure: events, descriptions, logs. Captured before anything is cleaned up.

mod touched;

use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use touched::{Object, Touched};

use super::Workspace;
use super::command::{Line, Streams};
use crate::script::Host;

/// How long all of it may take; each part is on its own, and one that hangs keeps the others from nothing.
const TIME: Duration = Duration::from_secs(10);
/// How long the search for the Pods of a list may take of it.
const SEARCH: Duration = Duration::from_secs(3);
/// How many namespaces, objects and Pods are looked at.
const NAMESPACES: usize = 5;
const OBJECTS: usize = 8;
const PODS: usize = 5;
/// How much of a part is kept, in lines and bytes: the head of a description, the tail of what grows.
const LINES: usize = 200;
const BYTES: usize = 32 * 1024;

/// One part of what was captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// `events`, `describe` or `logs`.
    pub kind: &'static str,
    /// Of what: `namespace default`, `pods default/web`.
    pub of: String,
    /// The text, or why there is none. Secrets are not hidden yet.
    pub text: Result<String, String>,
}

/// A part that is still to be captured.
struct Part {
    kind: &'static str,
    of: String,
    words: Vec<String>,
    /// Whether the end of it tells more than its beginning.
    tail: bool,
}

/// Captures the events of the namespaces that `all` paths of the API lie in, the descriptions of the objects that `cell`
/// names, and their Pods' logs. Takes 10 s at most. An interrupt ends it at once, with nothing.
pub fn capture(host: &Host, workspace: &Workspace, all: &[String], cell: &[String]) -> Vec<Captured> {
    let (all, cell) = (Touched::new(all), Touched::new(cell));
    let captured = host.block_on(async {
        let pods = pods_of(workspace, &cell).await;
        let parts = parts(&all, &cell, &pods);
        Ok(join_all(parts.into_iter().map(|part| run(workspace, part))).await)
    });
    captured.unwrap_or_default()
}

/// The Pods that the cell listed, of each list the first.
async fn pods_of(workspace: &Workspace, cell: &Touched) -> Vec<Object> {
    let lists = cell.pods.iter().map(|(namespace, selector)| {
        let mut words: Vec<String> = ["kubectl", "get", "pods", "-o"].map(str::to_owned).to_vec();
        words.push(r"jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}".to_owned());
        words.push(namespace.as_ref().map_or_else(|| "-A".to_owned(), |namespace| format!("--namespace={namespace}")));
        words.extend(selector.as_ref().map(|selector| format!("--selector={selector}")));
        tokio::time::timeout(SEARCH, print(workspace, words))
    });
    let names = join_all(lists).await.into_iter().filter_map(|listed| listed.ok()?.ok());
    let names: Vec<String> =
        names.flat_map(|names| names.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    let pods = names.iter().filter_map(|name| name.split_once('/'));
    pods.take(PODS)
        .map(|(namespace, name)| Object {
            resource: "pods".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        })
        .collect()
}

fn parts(all: &Touched, cell: &Touched, pods: &[Object]) -> Vec<Part> {
    let mut parts = Vec::new();
    // The cell's own first: of many namespaces they tell most.
    let others = all.namespaces.difference(&cell.namespaces);
    for namespace in cell.namespaces.iter().chain(others).take(NAMESPACES) {
        let words = ["get", "events", "--sort-by=.lastTimestamp", "--namespace", namespace.as_str()];
        parts.push(part("events", format!("namespace {namespace}"), &words, true));
    }
    let mut objects: Vec<&Object> = cell.objects.iter().take(OBJECTS).collect();
    objects.extend(pods.iter().filter(|pod| !cell.objects.contains(pod)));
    for object in &objects {
        parts.push(of_object("describe", object, &["describe", &object.resource, &object.name], false));
    }
    let logged = objects.iter().filter_map(|object| Some((object, has_logs(&object.resource)?)));
    for (object, kind) in logged.take(PODS) {
        let target = format!("{kind}/{}", object.name);
        parts.push(of_object("logs", object, &["logs", &target, "--all-containers", "--prefix", "--tail=50"], true));
    }
    parts
}

/// What `kubectl logs` takes.
fn has_logs(resource: &str) -> Option<&'static str> {
    Some(match resource {
        "pods" => "pod",
        "deployments.apps" => "deployment",
        "replicasets.apps" => "replicaset",
        "statefulsets.apps" => "statefulset",
        "daemonsets.apps" => "daemonset",
        "jobs.batch" => "job",
        _ => return None,
    })
}

fn of_object(kind: &'static str, object: &Object, words: &[&str], tail: bool) -> Part {
    let (mut words, of) = (
        words.to_vec(),
        match &object.namespace {
            Some(namespace) => format!("{} {namespace}/{}", object.resource, object.name),
            None => format!("{} {}", object.resource, object.name),
        },
    );
    if let Some(namespace) = &object.namespace {
        words.extend(["--namespace", namespace]);
    }
    part(kind, of, &words, tail)
}

fn part(kind: &'static str, of: String, words: &[&str], tail: bool) -> Part {
    let words = std::iter::once("kubectl").chain(words.iter().copied()).map(str::to_owned).collect();
    Part { kind, of, words, tail }
}

async fn run(workspace: &Workspace, part: Part) -> Captured {
    let Part { kind, of, words, tail } = part;
    let text = match tokio::time::timeout(TIME - SEARCH, print(workspace, words)).await {
        Ok(Ok(text)) => Ok(cut(&text, tail)),
        Ok(Err(why)) => Err(cut(&why, false).trim_end().to_owned()),
        Err(_) => Err(format!("no answer within {} s", (TIME - SEARCH).as_secs())),
    };
    Captured { kind, of, text }
}

/// What a command prints, or why it fails.
fn print(workspace: &Workspace, words: Vec<String>) -> BoxFuture<'_, Result<String, String>> {
    async move {
        let streams = Streams::default();
        let line = Line::parse(&shell_words::join(&words)).map_err(|failure| failure.message)?;
        let ran = line.run(workspace, &streams).await.map_err(|failure| failure.message)?;
        match ran.failure {
            Some(failure) => Err(failure.message),
            None => Ok(streams.output().terminal),
        }
    }
    .boxed()
}

/// The head or the tail of a text, in whole lines.
fn cut(text: &str, tail: bool) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut bytes = 0;
    let mut take = |line: &&str| {
        bytes += line.len() + 1;
        bytes <= BYTES
    };
    if tail {
        kept.extend(lines.iter().rev().take(LINES).take_while(|line| take(line)));
        kept.reverse();
    } else {
        kept.extend(lines.iter().take(LINES).take_while(|line| take(line)));
    }
    let left = lines.len() - kept.len();
    let note = format!("[… {left} more lines …]");
    match (left, tail) {
        (0, _) => {}
        (_, true) => kept.insert(0, &note),
        (_, false) => kept.push(&note),
    }
    kept.iter().flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_end_that_tells_most() {
        let text: String = (0..300).map(|line| format!("{line}\n")).collect();
        let (head, tail) = (cut(&text, false), cut(&text, true));
        assert!(head.starts_with("0\n1\n") && head.ends_with("199\n[… 100 more lines …]\n"), "{head}");
        assert!(tail.starts_with("[… 100 more lines …]\n100\n") && tail.ends_with("299\n"), "{tail}");
        assert_eq!(cut("a\nb\n", true), "a\nb\n");
        assert!(cut(&"x".repeat(BYTES), false).contains("1 more lines"));
    }

    #[test]
    fn looks_at_what_the_cell_named() {
        let paths = ["/apis/apps/v1/namespaces/a/deployments/web".to_owned(), "/api/v1/nodes/worker".to_owned()];
        let pod = Object { resource: "pods".to_owned(), namespace: Some("a".to_owned()), name: "web-1".to_owned() };
        let all = Touched::new(&["/api/v1/namespaces/b/pods/x".to_owned()]);
        let parts = parts(&all, &Touched::new(&paths), &[pod]);
        let lines: Vec<String> = parts.iter().map(|part| part.words[1..].join(" ")).collect();
        assert_eq!(
            lines,
            [
                "get events --sort-by=.lastTimestamp --namespace a",
                "get events --sort-by=.lastTimestamp --namespace b",
                "describe nodes worker",
                "describe deployments.apps web --namespace a",
                "describe pods web-1 --namespace a",
                "logs deployment/web --all-containers --prefix --tail=50 --namespace a",
                "logs pod/web-1 --all-containers --prefix --tail=50 --namespace a",
            ]
        );
    }
}

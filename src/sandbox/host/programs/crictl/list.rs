//! `crictl ps`, `pods` and `images`.

use regex::Regex;
use serde_json::{Value, json};

use super::seen::{Seen, SeenPod, image_id, nanos, seen, seen_pod};
use super::table::{short, size, table};
use super::{Asked, Done};
use crate::sandbox::host::human;
use crate::sandbox::host::sys::Sys;
use crate::sandbox::kubelet::images;

/// The flags with values of `ps` and `pods`.
const TAKES: [&str; 12] = ["id", "name", "pod", "p", "image", "state", "s", "label", "output", "o", "last", "n"];

/// What is filtered by, with its values.
struct Filter {
    asked: Asked,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<(String, String)>,
}

impl Filter {
    fn read(args: &[String]) -> Result<Self, String> {
        let takes: Vec<&str> = TAKES.into_iter().chain(["namespace"]).collect();
        let asked = Asked::read(args, &takes, true);
        // What is no pattern matches nothing.
        let regex = |name: &str| asked.value(&[name]).map(|text| Regex::new(text).unwrap_or_else(|_| never()));
        let (name, namespace) = (regex("name"), regex("namespace"));
        let mut labels = Vec::new();
        for label in asked.values(&["label"]) {
            let pair = label.split_once('=').filter(|(_, value)| !value.contains('='));
            let (name, value) = pair.ok_or_else(|| format!("incorrectly specified label: {label}"))?;
            labels.push((name.to_owned(), value.to_owned()));
        }
        Ok(Self { asked, name, namespace, labels })
    }

    fn labelled(&self, labels: &Value) -> bool {
        self.labels.iter().all(|(name, value)| labels[name] == value.as_str())
    }

    /// How many are shown.
    fn most(&self) -> usize {
        if self.asked.has(&["latest", "l"]) {
            return 1;
        }
        let last = self.asked.value(&["last", "n"]).and_then(|count| count.parse().ok());
        last.filter(|count| *count > 0).unwrap_or(usize::MAX)
    }
}

fn never() -> Regex {
    // Valid: a test would not get past it.
    #[allow(clippy::unwrap_used)]
    Regex::new("$^x").unwrap()
}

fn matches(pattern: Option<&Regex>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(text))
}

fn id(id: &str, filter: &Filter) -> String {
    if filter.asked.has(&["no-trunc"]) { id.to_owned() } else { short(id) }
}

pub(super) async fn containers(sys: &Sys, args: &[String]) -> Done {
    let filter = Filter::read(args).map_err(|why| format!("listing containers: {why}"))?;
    let state = filter.asked.value(&["state", "s"]).map(str::to_lowercase);
    if let Some(state) = &state
        && !["created", "running", "exited", "unknown"].contains(&state.as_str())
    {
        return Err("--state should be one of created, running, exited or unknown".to_owned());
    }
    let all = filter.asked.has(&["all", "a"]) || filter.most() < usize::MAX;
    let (now, mut found, image) = {
        let image = filter.asked.value(&["image"]).map(str::to_owned);
        sys.with(move |world, me| {
            let node = &world.hosts.nodes[me.node];
            let found: Vec<Seen> = node.containers.values().map(|container| seen(node, container)).collect();
            (world.now(), found, image.map(|image| image_id(node, &image)))
        })
        .await
    };
    found.retain(|one| {
        let fits = match state.as_deref() {
            Some("running") => one.running,
            Some("exited") => !one.running,
            Some(_) => false,
            None => all || one.running,
        };
        fits && matches(filter.name.as_ref(), &one.name)
            && filter.labelled(&one.labels)
            && filter.asked.value(&["id"]).is_none_or(|id| one.id.starts_with(id))
            && filter.asked.value(&["pod", "p"]).is_none_or(|pod| one.sandbox.starts_with(pod))
            && image.as_ref().is_none_or(|image| one.image == *image || short(&one.image) == *image)
    });
    found.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    found.truncate(filter.most());
    match filter.asked.value(&["output", "o"]).unwrap_or("table") {
        "table" => {}
        format @ ("json" | "yaml") => {
            let containers: Vec<Value> = found.iter().map(as_json).collect();
            return print(sys, &json!({"containers": containers}), format).await;
        }
        other => return Err(format!("listing containers: unsupported output format {other:?}")),
    }
    if filter.asked.has(&["quiet", "q"]) {
        sys.out(found.iter().map(|one| format!("{}\n", one.id)).collect::<String>()).await;
        return Ok(0);
    }
    let mut rows =
        vec![["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID"].map(str::to_owned).to_vec()];
    rows.extend(found.iter().map(|one| {
        let since = human(now.duration_since(one.created).as_secs());
        vec![
            id(&one.id, &filter),
            if filter.asked.has(&["no-trunc"]) { one.image.clone() } else { short(&one.image) },
            format!("{since} ago"),
            if one.running { "Running" } else { "Exited" }.to_owned(),
            one.name.clone(),
            one.attempt.to_string(),
            short(&one.sandbox),
        ]
    }));
    sys.out(table(&rows)).await;
    Ok(0)
}

fn as_json(one: &Seen) -> Value {
    json!({
        "id": one.id, "podSandboxId": one.sandbox, "metadata": {"name": one.name, "attempt": one.attempt},
        "image": {"image": one.image, "annotations": {}}, "imageRef": one.image,
        "state": if one.running { "CONTAINER_RUNNING" } else { "CONTAINER_EXITED" },
        "createdAt": nanos(one.created), "labels": one.labels, "annotations": one.annotations,
    })
}

pub(super) async fn pods(sys: &Sys, args: &[String]) -> Done {
    let filter = Filter::read(args).map_err(|why| format!("listing pod sandboxes: {why}"))?;
    let state = filter.asked.value(&["state", "s"]).map(str::to_lowercase);
    if let Some(state) = &state
        && !["ready", "notready"].contains(&state.as_str())
    {
        return Err("--state should be ready or notready".to_owned());
    }
    let (now, mut found) = sys
        .with(|world, me| {
            let sandboxes = world.hosts.nodes[me.node].sandboxes.values();
            (world.now(), sandboxes.map(|sandbox| seen_pod(world, sandbox)).collect::<Vec<SeenPod>>())
        })
        .await;
    found.retain(|one| {
        state.as_ref().is_none_or(|state| (state == "ready") == one.ready)
            && matches(filter.name.as_ref(), &one.name)
            && matches(filter.namespace.as_ref(), &one.namespace)
            && filter.labelled(&one.labels)
            && filter.asked.value(&["id"]).is_none_or(|id| one.id.starts_with(id))
    });
    found.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    found.truncate(filter.most());
    match filter.asked.value(&["output", "o"]).unwrap_or("table") {
        "table" => {}
        format @ ("json" | "yaml") => {
            let items: Vec<Value> = found
                .iter()
                .map(|one| {
                    json!({
                        "id": one.id,
                        "metadata": {"name": one.name, "uid": one.uid, "namespace": one.namespace, "attempt": one.attempt},
                        "state": if one.ready { "SANDBOX_READY" } else { "SANDBOX_NOTREADY" },
                        "createdAt": nanos(one.created), "labels": one.labels, "annotations": one.annotations,
                        "runtimeHandler": "",
                    })
                })
                .collect();
            return print(sys, &json!({"items": items}), format).await;
        }
        other => return Err(format!("listing pod sandboxes: unsupported output format {other:?}")),
    }
    if filter.asked.has(&["quiet", "q"]) {
        sys.out(found.iter().map(|one| format!("{}\n", one.id)).collect::<String>()).await;
        return Ok(0);
    }
    let titles = ["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    rows.extend(found.iter().map(|one| {
        let since = human(now.duration_since(one.created).as_secs());
        vec![
            id(&one.id, &filter),
            format!("{since} ago"),
            if one.ready { "Ready" } else { "NotReady" }.to_owned(),
            one.name.clone(),
            one.namespace.clone(),
            one.attempt.to_string(),
            "(default)".to_owned(),
        ]
    }));
    sys.out(table(&rows)).await;
    Ok(0)
}

pub(super) async fn images(sys: &Sys, args: &[String]) -> Done {
    let asked = Asked::read(args, &["output", "o"], true);
    let profile = sys.with(|world, me| world.hosts.nodes[me.node].spec.profile).await;
    let mut all: Vec<images::Image> = images::of(profile).to_vec();
    if let Some(name) = asked.words.first() {
        let full = images::full_name(name);
        all.retain(|(tag, ..)| *tag == full);
    }
    all.sort_by_key(|(name, ..)| *name);
    if let Some(format @ ("json" | "yaml")) = asked.value(&["output", "o"]) {
        let images: Vec<Value> = all.iter().map(super::inspect::image_json).collect();
        return print(sys, &json!({"images": images}), format).await;
    }
    if asked.has(&["quiet", "q"]) {
        sys.out(all.iter().map(|(_, id, _)| format!("{id}\n")).collect::<String>()).await;
        return Ok(0);
    }
    let mut rows = vec![["IMAGE", "TAG", "IMAGE ID", "SIZE"].map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|(name, id, bytes)| {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "<none>"));
        let shown = if asked.has(&["no-trunc"]) { (*id).to_owned() } else { short(id) };
        vec![repository.to_owned(), tag.to_owned(), shown, size(*bytes)]
    }));
    sys.out(table(&rows)).await;
    Ok(0)
}

/// Prints a value as crictl does: JSON indented by two, or YAML.
pub(super) async fn print(sys: &Sys, value: &Value, format: &str) -> Done {
    let text = match format {
        "yaml" => serde_yaml::to_string(value).unwrap_or_default(),
        _ => format!("{value:#}"),
    };
    sys.out(text + "\n").await;
    Ok(0)
}

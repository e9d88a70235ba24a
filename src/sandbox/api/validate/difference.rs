//! How two specs of a Pod differ, as `cmp.Diff` tells it.
//!
//! Source: go-cmp v0.4.0 `cmp/report_compare.go`, and the fields of v1.20.2 `pkg/apis/core/types.go` in their order.

use serde_json::Value;

use super::items;

/// How many fields are shown before and after one that differs.
const CONTEXT: usize = 2;

/// What a field holds, as Go calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A value by itself: text, number, truth.
    Plain(&'static str),
    /// Likewise, or nothing.
    Pointer,
    /// A list of plain values, of a type.
    Texts(&'static str),
    /// Texts by keys.
    Map,
    /// What is shown in short.
    Other(&'static str),
    /// Containers.
    Containers,
}

use Kind::{Containers, Map, Other, Plain, Pointer, Texts};

const SPEC: &[(&str, &str, Kind)] = &[
    ("Volumes", "volumes", Other("[]core.Volume")),
    ("InitContainers", "initContainers", Containers),
    ("Containers", "containers", Containers),
    ("EphemeralContainers", "ephemeralContainers", Other("[]core.EphemeralContainer")),
    ("RestartPolicy", "restartPolicy", Plain("")),
    ("TerminationGracePeriodSeconds", "terminationGracePeriodSeconds", Pointer),
    ("ActiveDeadlineSeconds", "activeDeadlineSeconds", Pointer),
    ("DNSPolicy", "dnsPolicy", Plain("")),
    ("NodeSelector", "nodeSelector", Map),
    ("ServiceAccountName", "serviceAccountName", Plain("")),
    ("AutomountServiceAccountToken", "automountServiceAccountToken", Pointer),
    ("NodeName", "nodeName", Plain("")),
    ("SecurityContext", "securityContext", Other("&core.PodSecurityContext")),
    ("ImagePullSecrets", "imagePullSecrets", Other("[]core.LocalObjectReference")),
    ("Hostname", "hostname", Plain("")),
    ("Subdomain", "subdomain", Plain("")),
    ("SetHostnameAsFQDN", "setHostnameAsFQDN", Pointer),
    ("Affinity", "affinity", Other("&core.Affinity")),
    ("SchedulerName", "schedulerName", Plain("")),
    ("Tolerations", "tolerations", Other("[]core.Toleration")),
    ("HostAliases", "hostAliases", Other("[]core.HostAlias")),
    ("PriorityClassName", "priorityClassName", Plain("")),
    ("Priority", "priority", Pointer),
    ("PreemptionPolicy", "preemptionPolicy", Pointer),
    ("DNSConfig", "dnsConfig", Other("&core.PodDNSConfig")),
    ("ReadinessGates", "readinessGates", Other("[]core.PodReadinessGate")),
    ("RuntimeClassName", "runtimeClassName", Pointer),
    ("Overhead", "overhead", Other("core.ResourceList")),
    ("EnableServiceLinks", "enableServiceLinks", Pointer),
    ("TopologySpreadConstraints", "topologySpreadConstraints", Other("[]core.TopologySpreadConstraint")),
];

const CONTAINER: &[(&str, &str, Kind)] = &[
    ("Name", "name", Plain("")),
    ("Image", "image", Plain("")),
    ("Command", "command", Texts("string")),
    ("Args", "args", Texts("string")),
    ("WorkingDir", "workingDir", Plain("")),
    ("Ports", "ports", Other("[]core.ContainerPort")),
    ("EnvFrom", "envFrom", Other("[]core.EnvFromSource")),
    ("Env", "env", Other("[]core.EnvVar")),
    ("Resources", "resources", Other("core.ResourceRequirements")),
    ("VolumeMounts", "volumeMounts", Other("[]core.VolumeMount")),
    ("VolumeDevices", "volumeDevices", Other("[]core.VolumeDevice")),
    ("LivenessProbe", "livenessProbe", Other("&core.Probe")),
    ("ReadinessProbe", "readinessProbe", Other("&core.Probe")),
    ("StartupProbe", "startupProbe", Other("&core.Probe")),
    ("Lifecycle", "lifecycle", Other("&core.Lifecycle")),
    ("TerminationMessagePath", "terminationMessagePath", Plain("")),
    ("TerminationMessagePolicy", "terminationMessagePolicy", Plain("")),
    ("ImagePullPolicy", "imagePullPolicy", Plain("")),
    ("SecurityContext", "securityContext", Other("&core.SecurityContext")),
    ("Stdin", "stdin", Plain("false")),
    ("StdinOnce", "stdinOnce", Plain("false")),
    ("TTY", "tty", Plain("false")),
];

/// One line or more: the mark, the depth, the field's name, the value.
struct Line {
    mark: char,
    depth: usize,
    key: &'static str,
    value: String,
    /// Names that stand one below the other begin their values at one column.
    aligned: bool,
}

/// How `new` differs from `old`, of which only what may not change counts.
pub(super) fn of_pods(new: &Value, old: &Value) -> String {
    let mut new = new.clone();
    // What may change is taken from the old one.
    for field in ["activeDeadlineSeconds", "tolerations"] {
        new[field] = old[field].clone();
    }
    for list in ["containers", "initContainers"] {
        for (index, container) in items(&old[list]).iter().enumerate() {
            if !new[list][index].is_null() {
                new[list][index]["image"] = container["image"].clone();
            }
        }
    }
    let mut lines = Vec::new();
    fields(SPEC, &new, old, 1, &mut lines);
    format!("  core.PodSpec{{\n{}  }}\n", written(&lines))
}

fn fields(of: &[(&'static str, &'static str, Kind)], new: &Value, old: &Value, depth: usize, lines: &mut Vec<Line>) {
    let differs =
        |(_, field, kind): &(&str, &str, Kind)| shown(*kind, &new[*field], true) != shown(*kind, &old[*field], true);
    let changed: Vec<usize> = (0..of.len()).filter(|at| differs(&of[*at])).collect();
    let mut at = 0;
    while at < of.len() {
        if changed.contains(&at) {
            change(of[at], new, old, depth, lines);
            at += 1;
            continue;
        }
        let end = (at..of.len()).find(|at| changed.contains(at)).unwrap_or(of.len());
        let same = end - at;
        let low = if at == 0 { 0 } else { CONTEXT.min(same) };
        let mut high = if end == of.len() { 0 } else { CONTEXT.min(same - low) };
        if same - low - high == 1 {
            // One field takes no more room than to say that it is left out.
            high += 1;
        }
        let mut show = |(key, field, kind): (&'static str, &str, Kind)| {
            let value = format!("{},", shown(kind, &old[field], false));
            lines.push(Line { mark: ' ', depth, key, value, aligned: true });
        };
        of[at..at + low].iter().for_each(|field| show(*field));
        let left = same - low - high;
        if left > 0 {
            let value = format!("... // {left} identical fields");
            lines.push(Line { mark: ' ', depth, key: "", value, aligned: false });
        }
        let shown = of[end - high..end].to_vec();
        for (key, field, kind) in shown {
            let value = format!("{},", self::shown(kind, &old[field], false));
            lines.push(Line { mark: ' ', depth, key, value, aligned: true });
        }
        at = end;
    }
}

fn change(
    (key, field, kind): (&'static str, &'static str, Kind),
    new: &Value,
    old: &Value,
    depth: usize,
    lines: &mut Vec<Line>,
) {
    let line = |mark, depth, key, value: String, aligned| Line { mark, depth, key, value, aligned };
    match kind {
        Containers => {
            lines.push(line(' ', depth, key, "[]core.Container{".to_owned(), false));
            for (new, old) in items(&new[field]).iter().zip(items(&old[field])) {
                lines.push(line(' ', depth + 1, "", "{".to_owned(), false));
                fields(CONTAINER, new, old, depth + 2, lines);
                lines.push(line(' ', depth + 1, "", "},".to_owned(), false));
            }
            lines.push(line(' ', depth, "", "},".to_owned(), false));
        }
        Map if new[field].is_object() && old[field].is_object() => {
            lines.push(line(' ', depth, key, "map[string]string{".to_owned(), false));
            let maps = [('-', &new[field], &old[field]), ('+', &old[field], &new[field])];
            let widths = maps.iter().flat_map(|(_, map, _)| super::sorted(map)).map(|(key, _)| key.len());
            let width = widths.max().unwrap_or(0);
            for (mark, map, other) in maps {
                for (key, value) in super::sorted(map) {
                    if other.get(key) != Some(value) {
                        let padding = " ".repeat(width - key.len());
                        lines.push(line(mark, depth + 1, "", format!("{key:?}: {padding}{value},"), false));
                    }
                }
            }
            lines.push(line(' ', depth, "", "},".to_owned(), false));
        }
        kind => {
            for (mark, spec) in [('-', new), ('+', old)] {
                lines.push(line(mark, depth, key, format!("{},", shown(kind, &spec[field], true)), true));
            }
        }
    }
}

/// A value in one line; with its type, where it is what differs.
fn shown(kind: Kind, value: &Value, typed: bool) -> String {
    let prefix = |of: &str| if typed { of.to_owned() } else { String::new() };
    match (kind, value) {
        (Plain("false"), Value::Null) => "false".to_owned(),
        (Plain(_), Value::Null) => "\"\"".to_owned(),
        (Plain(_), value) => value.to_string(),
        (_, Value::Null) if kind == Other("core.ResourceRequirements") => "{}".to_owned(),
        (_, Value::Null) => "nil".to_owned(),
        (Pointer, value) => format!("&{value}"),
        (Texts(of), value) => {
            let texts: Vec<String> = items(value).iter().map(Value::to_string).collect();
            format!("{}{{{}}}", prefix(&format!("[]{of}")), texts.join(", "))
        }
        (Map, value) => {
            let entries: Vec<String> =
                super::sorted(value).iter().map(|(key, value)| format!("{key:?}: {value}")).collect();
            format!("{}{{{}}}", prefix("map[string]string"), entries.join(", "))
        }
        (Containers, value) if typed => value.to_string(),
        (Containers, value) => format!("{{{}}}", items(value).iter().map(container).collect::<Vec<_>>().join(", ")),
        (Other(of), Value::Object(fields)) if fields.is_empty() => {
            let pointer = if of.starts_with('&') { "&" } else { "" };
            if typed { format!("{of}{{}}") } else { format!("{pointer}{{}}") }
        }
        (Other(of), value) if typed => format!("{of}{{{}}}", inner(value)),
        (Other("[]core.Volume"), value) => {
            format!("{{{}}}", items(value).iter().map(volume).collect::<Vec<_>>().join(", "))
        }
        (Other(of), value) => format!("{}{{{}}}", if of.starts_with('&') { "&" } else { "" }, inner(value)),
    }
}

/// How many fields of a container are shown where it does not differ.
const SHOWN: usize = 4;

fn container(value: &Value) -> String {
    let zero = |shown: &String| matches!(shown.as_str(), "nil" | "\"\"" | "false" | "{}");
    let fields: Vec<String> = CONTAINER
        .iter()
        .map(|(key, field, kind)| (key, shown(*kind, &value[*field], false)))
        .filter(|(_, shown)| !zero(shown))
        .map(|(key, shown)| format!("{key}: {shown}"))
        .collect();
    let more = if fields.len() > SHOWN { ", ..." } else { "" };
    format!("{{{}{more}}}", fields[..fields.len().min(SHOWN)].join(", "))
}

fn volume(value: &Value) -> String {
    let name = &value["name"];
    let sources = value.as_object().into_iter().flatten().filter(|(field, _)| *field != "name");
    let sources: Vec<String> =
        sources.map(|(field, source)| format!("{}: &{{{}}}", named(field), inner(source))).collect();
    format!("{{Name: {name}, VolumeSource: {{{}}}}}", sources.join(", "))
}

fn named(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// What is within, with the fields' names as Go has them.
fn inner(value: &Value) -> String {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{}: {}", named(name), nested(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Array(elements) => elements.iter().map(nested).collect::<Vec<_>>().join(", "),
        plain => plain.to_string(),
    }
}

fn nested(value: &Value) -> String {
    match value {
        Value::Object(_) | Value::Array(_) => format!("{{{}}}", inner(value)),
        // The numbers of a Pod that are within something are pointers, but for ports.
        Value::Number(number) if number.as_i64().is_some_and(|number| number < 512) => format!("&{number}"),
        plain => plain.to_string(),
    }
}

/// The lines with their marks, their names padded to one width where they follow each other.
fn written(lines: &[Line]) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let tabs = "\t".repeat(line.depth);
        if line.key.is_empty() {
            text.push_str(&format!("{} {tabs}{}\n", line.mark, line.value));
            continue;
        }
        let of_run = |line: &&Line| line.aligned;
        let width = if line.aligned {
            let before = lines[..at].iter().rev().take_while(of_run);
            let after = lines[at..].iter().take_while(of_run);
            before.chain(after).map(|line| line.key.len()).max().unwrap_or(0)
        } else {
            line.key.len()
        };
        let padding = " ".repeat(width - line.key.len());
        text.push_str(&format!("{} {tabs}{}: {padding}{}\n", line.mark, line.key, line.value));
    }
    text
}

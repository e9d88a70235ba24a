//! The containers of a Pod or a Pod template.

use serde_json::Value;

use super::super::sort;
use super::env;
use super::json::{capital, flag, int, items, quantity, show, show_list, sorted, text, time};
use super::page::Page;

/// Where containers are shown.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// In a Pod, which gives the fields that variables refer to.
    Pod(&'a Value),
    /// In a template, one column further to the right.
    Template,
}

impl Place<'_> {
    /// What kubectl puts before a heading, and before the names under it.
    pub(super) fn indents(self) -> (&'static str, &'static str) {
        match self {
            Self::Pod(_) => ("", ""),
            Self::Template => ("  ", " "),
        }
    }
}

/// Writes all containers of one sort with what is known of their state.
pub(super) fn write(page: &mut Page, label: &str, containers: &Value, statuses: &Value, place: Place<'_>) {
    let (heading_indent, name_indent) = place.indents();
    let none = if items(containers).is_empty() { " <none>" } else { "" };
    page.line(0, format!("{heading_indent}{label}:{none}"));
    for container in items(containers) {
        let status = items(statuses).iter().find(|status| status["name"] == container["name"]);
        page.line(1, format!("{name_indent}{}:", text(&container["name"])));
        basics(page, container, status);
        command(page, container);
        if let Some(status) = status {
            state(page, "State", &status["state"]);
            if !status["lastState"]["terminated"].is_null() {
                state(page, "Last State", &status["lastState"]);
            }
            page.field(2, "Ready", capital(flag(&status["ready"])));
            page.field(2, "Restart Count", int(&status["restartCount"]));
        }
        resources(page, container);
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if !container[field].is_null() {
                page.field(2, title, probe(&container[field]));
            }
        }
        env::write(page, container, place);
        mounts(page, container);
    }
}

fn basics(page: &mut Page, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        page.field(2, "Container ID", text(&status["containerID"]));
    }
    page.field(2, "Image", text(&container["image"]));
    if let Some(status) = status {
        page.field(2, "Image ID", text(&status["imageID"]));
    }
    for (title, field) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports: Vec<String> = items(&container["ports"])
            .iter()
            .map(|port| format!("{}/{}", int(&port[field]), text(&port["protocol"])))
            .collect();
        match ports.len() {
            0 => page.field(2, title, "<none>"),
            1 => page.field(2, title, &ports[0]),
            _ => page.field(2, format!("{title}s"), ports.join(", ")),
        }
    }
}

fn command(page: &mut Page, container: &Value) {
    for (title, field) in [("Command", "command"), ("Args", "args")] {
        if !items(&container[field]).is_empty() {
            page.line(2, format!("{title}:"));
        }
        for line in items(&container[field]).iter().flat_map(|word| text(word).split('\n')) {
            page.line(3, line);
        }
    }
}

/// What a container does: running, waiting or terminated.
fn state(page: &mut Page, title: &str, state: &Value) {
    let (running, terminated) = (&state["running"], &state["terminated"]);
    if !running.is_null() {
        page.field(2, title, "Running");
        page.field(3, "Started", time(&running["startedAt"]));
    } else if !terminated.is_null() {
        page.field(2, title, "Terminated");
        for (name, field) in [("Reason", "reason"), ("Message", "message")] {
            if !text(&terminated[field]).is_empty() {
                page.field(3, name, text(&terminated[field]));
            }
        }
        page.field(3, "Exit Code", int(&terminated["exitCode"]));
        if int(&terminated["signal"]) > 0 {
            page.field(3, "Signal", int(&terminated["signal"]));
        }
        page.field(3, "Started", time(&terminated["startedAt"]));
        page.field(3, "Finished", time(&terminated["finishedAt"]));
    } else {
        page.field(2, title, "Waiting");
        if !text(&state["waiting"]["reason"]).is_empty() {
            page.field(3, "Reason", text(&state["waiting"]["reason"]));
        }
    }
}

fn resources(page: &mut Page, container: &Value) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let amounts = sorted(&container["resources"][field]);
        if !amounts.is_empty() {
            page.line(2, format!("{title}:"));
        }
        for (name, amount) in amounts {
            page.field(3, name, quantity(amount));
        }
    }
}

/// A probe on one line.
fn probe(probe: &Value) -> String {
    let how = if !probe["exec"].is_null() {
        format!("exec {}", show_list(&probe["exec"]["command"]))
    } else if !probe["httpGet"].is_null() {
        let get = &probe["httpGet"];
        let (host, path) = (text(&get["host"]), text(&get["path"]));
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        let scheme = text(&get["scheme"]).to_lowercase();
        format!("http-get {scheme}://{host}:{}{slash}{}", show(&get["port"]), escaped_path(path))
    } else if !probe["tcpSocket"].is_null() {
        format!("tcp-socket {}:{}", text(&probe["tcpSocket"]["host"]), show(&probe["tcpSocket"]["port"]))
    } else {
        "unknown".to_owned()
    };
    format!(
        "{how} delay={}s timeout={}s period={}s #success={} #failure={}",
        int(&probe["initialDelaySeconds"]),
        int(&probe["timeoutSeconds"]),
        int(&probe["periodSeconds"]),
        int(&probe["successThreshold"]),
        int(&probe["failureThreshold"]),
    )
}

/// A path as Go's `url.URL` writes it.
fn escaped_path(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&b) => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn mounts(page: &mut Page, container: &Value) {
    let mut mounts: Vec<&Value> = items(&container["volumeMounts"]).iter().collect();
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    page.line(2, format!("Mounts:{none}"));
    sort::sort(&mut mounts, |a, b| text(&a["mountPath"]) < text(&b["mountPath"]));
    for mount in mounts {
        let mut how = if flag(&mount["readOnly"]) { "ro" } else { "rw" }.to_owned();
        if !text(&mount["subPath"]).is_empty() {
            how.push_str(&format!(",path={:?}", text(&mount["subPath"])));
        }
        page.line(3, format!("{} from {} ({how})", text(&mount["mountPath"]), text(&mount["name"])));
    }
    let mut devices: Vec<&Value> = items(&container["volumeDevices"]).iter().collect();
    if !devices.is_empty() {
        // kubectl says <none> here when there are no mounts.
        page.line(2, format!("Devices:{none}"));
        sort::sort(&mut devices, |a, b| text(&a["devicePath"]) < text(&b["devicePath"]));
        for device in devices {
            page.line(3, format!("{} from {}", text(&device["devicePath"]), text(&device["name"])));
        }
    }
}

/// The Pod template of a controller.
pub(super) fn template(page: &mut Page, template: &Value) {
    let (metadata, spec) = (&template["metadata"], &template["spec"]);
    page.line(0, "Pod Template:");
    super::meta::pairs(page, "", "  Labels", &metadata["labels"]);
    if !sorted(&metadata["annotations"]).is_empty() {
        super::meta::annotations(page, "  Annotations", &metadata["annotations"]);
    }
    if !text(&spec["serviceAccountName"]).is_empty() {
        page.field(1, "Service Account", text(&spec["serviceAccountName"]));
    }
    if !items(&spec["initContainers"]).is_empty() {
        write(page, "Init Containers", &spec["initContainers"], &Value::Null, Place::Template);
    }
    write(page, "Containers", &spec["containers"], &Value::Null, Place::Template);
    super::volume::write(page, &spec["volumes"], Place::Template);
    if !text(&spec["priorityClassName"]).is_empty() {
        page.field(1, "Priority Class Name", text(&spec["priorityClassName"]));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_probes_on_one_line() {
        let times = json!({"initialDelaySeconds": 1, "timeoutSeconds": 2, "periodSeconds": 3, "successThreshold": 4,
            "failureThreshold": 5});
        let with = |how: Value| {
            let mut probe = times.clone();
            probe.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
            super::probe(&probe)
        };
        let attributes = "delay=1s timeout=2s period=3s #success=4 #failure=5";
        for (how, text) in [
            (json!({"exec": {"command": ["cat", "/x y"]}}), "exec [cat /x y]"),
            (json!({"httpGet": {"path": "/a b?c=1", "port": 80, "scheme": "HTTP"}}), "http-get http://:80/a%20b%3Fc=1"),
            (
                json!({"httpGet": {"path": "x", "port": "web", "scheme": "HTTPS", "host": "::1"}}),
                "http-get https://[::1]:web/x",
            ),
            (json!({"tcpSocket": {"port": 5432}}), "tcp-socket :5432"),
            (json!({}), "unknown"),
        ] {
            assert_eq!(with(how), format!("{text} {attributes}"));
        }
    }

    #[test]
    fn tells_how_a_container_ended() {
        let mut page = Page::new(jiff::Timestamp::UNIX_EPOCH);
        state(
            &mut page,
            "Last State",
            &json!({"terminated": {"exitCode": 137, "reason": "Error", "signal": 9,
            "startedAt": "2026-11-24T15:22:48Z", "finishedAt": null}}),
        );
        state(&mut page, "State", &json!({"waiting": {"reason": "CrashLoopBackOff"}}));
        state(&mut page, "State", &json!({}));
        let expected = "    Last State:   Terminated
      Reason:     Error
      Exit Code:  137
      Signal:     9
      Started:    Tue, 24 Nov 2026 15:22:48 +0000
      Finished:   Mon, 01 Jan 0001 00:00:00 +0000
    State:        Waiting
      Reason:     CrashLoopBackOff
    State:        Waiting
";
        assert_eq!(page.finish(), expected);
    }
}

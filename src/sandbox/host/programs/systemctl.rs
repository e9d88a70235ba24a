//! `systemctl` of systemd 246, on a node of profile `kind`.

use std::task::Poll;

use super::arguments::unrecognized;
use crate::sandbox::World;
use crate::sandbox::host::process;
use crate::sandbox::host::sys::{Me, Sys, drive};
use crate::sandbox::host::systemd::{self, State, WANTS, describe};
use crate::sandbox::host::{Entry, signal_named};

/// The options and commands that it has, modelled or not.
const SHORT: &str = "htpalqfsHMnoiTr";
const LONG: &str = "help version type property all reverse after before show-types job-mode full failed fail irreversible \
    replace-irreversibly ignore-dependencies value user system global wait no-block no-legend no-pager no-wall root force \
    no-reload kill-who signal no-ask-password host machine runtime lines output plain state recursive with-dependencies \
    preset-mode firmware-setup boot-loader-menu boot-loader-entry now message show-transaction dry-run quiet";
const VERBS: &str = "list-units list-sockets list-timers list-jobs list-machines list-unit-files list-dependencies cancel \
    start stop reload restart try-restart condrestart reload-or-restart try-reload-or-restart force-reload condreload \
    reload-or-try-restart condstop isolate kill clean freeze thaw is-active check is-failed status show cat set-property \
    help reset-failed enable disable reenable preset preset-all is-enabled mask unmask link revert add-wants \
    add-requires edit get-default set-default daemon-reload daemon-reexec log-level log-target show-environment \
    set-environment unset-environment import-environment halt poweroff reboot kexec exit switch-root suspend hibernate \
    hybrid-sleep suspend-then-hibernate rescue emergency default is-system-running service-watchdogs";

/// What a command says: standard output, standard error, exit code.
type Said = (String, String, i32);

pub(super) async fn systemctl(sys: &Sys, args: &[String]) -> i32 {
    let mut words = Vec::new();
    let (mut now, mut quiet, mut signal, mut journal) = (false, false, process::SIGTERM, true);
    let (mut properties, mut values, mut all, mut legend, mut kind) = (Vec::new(), false, false, true, String::new());
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
        match name {
            "--now" => now = true,
            "-q" | "--quiet" => quiet = true,
            "-n" | "--lines" => {
                let lines = value.map(str::to_owned).or_else(|| rest.next().cloned());
                journal = lines.is_none_or(|lines| lines != "0");
            }
            "-s" | "--signal" => {
                let named = value.map(str::to_owned).or_else(|| rest.next().cloned()).unwrap_or_default();
                let Some(number) = signal_named(&named) else {
                    sys.err(format!("Failed to parse signal string {named}.\n")).await;
                    return 1;
                };
                signal = number;
            }
            "-p" | "--property" => {
                let named = value.map(str::to_owned).or_else(|| rest.next().cloned()).unwrap_or_default();
                properties.extend(named.split(',').map(str::to_owned));
            }
            "-t" | "--type" => kind = value.map(str::to_owned).or_else(|| rest.next().cloned()).unwrap_or_default(),
            "--value" => values = true,
            "-a" | "--all" => all = true,
            "--no-legend" => legend = false,
            "--no-pager" | "-l" | "--full" | "-f" | "--force" | "--no-block" | "--system" | "--plain"
            | "--no-ask-password" => {}
            "--version" => {
                sys.out("systemd 246 (246.6-1ubuntu1)\n").await;
                return 0;
            }
            flag if flag.starts_with('-') && unrecognized("systemctl", flag, SHORT, LONG).is_some() => {
                sys.err(unrecognized("systemctl", flag, SHORT, LONG).unwrap_or_default()).await;
                return 1;
            }
            flag if flag.starts_with('-') => {
                sys.err(format!("systemctl: the option {flag} is not modelled in kpnb's sandbox\n")).await;
                return 1;
            }
            _ => words.push(arg.clone()),
        }
    }
    let verb = words.first().cloned().unwrap_or_else(|| "list-units".to_owned());
    if !VERBS.split_whitespace().any(|known| known == verb) {
        sys.err(format!("Unknown operation {verb}.\n")).await;
        return 1;
    }
    let names: Vec<String> = words.into_iter().skip(1).collect();
    let needs = !matches!(
        verb.as_str(),
        "list-units" | "list-unit-files" | "daemon-reload" | "daemon-reexec" | "reset-failed" | "is-system-running"
    );
    if needs && names.is_empty() && verb != "status" {
        sys.err("Too few arguments.\n").await;
        return 1;
    }
    let (mut out, mut err, mut code) = (String::new(), String::new(), 0);
    match verb.as_str() {
        "list-units" | "list-unit-files" => {
            let files = verb == "list-unit-files";
            let (shown, wanted) = (all, kind.is_empty() || kind == "service");
            out = sys
                .with(move |world, me| if wanted { list(world, me.node, files, shown, legend) } else { String::new() })
                .await;
        }
        "daemon-reload" | "daemon-reexec" | "reset-failed" => {}
        "is-system-running" => out = "running\n".to_owned(),
        "status" if names.is_empty() => {
            err = "systemctl: status without a unit is not modelled in kpnb's sandbox\n".to_owned();
            code = 1;
        }
        _ => {
            let options = Options { now, signal, journal, properties, values };
            let (verb, options) = (std::sync::Arc::<str>::from(verb), std::sync::Arc::new(options));
            let mut first = true;
            for name in names {
                let (asked, options) = (verb.clone(), options.clone());
                let said = sys.with(move |world, me| one(world, me.node, &asked, &name, &options)).await;
                if verb.as_ref() == "status" && !first && !said.0.is_empty() {
                    out.push('\n');
                }
                first = false;
                out += &said.0;
                err += &said.1;
                code = if code == 0 { said.2 } else { code };
            }
            if matches!(verb.as_ref(), "stop" | "restart" | "disable") {
                settled(sys).await;
            }
        }
    }
    if !quiet {
        sys.out(out).await;
        sys.err(err).await;
    }
    code
}

struct Options {
    now: bool,
    signal: i32,
    journal: bool,
    properties: Vec<String>,
    values: bool,
}

/// Waits until no service is on its way down.
async fn settled(sys: &Sys) {
    loop {
        let busy = sys
            .wait_for(|world, me| {
                let units = world.hosts.nodes[me.node].systemd.units.iter();
                Poll::Ready(units.filter(|unit| unit.state == State::Stopping).count() > 0)
            })
            .await;
        if !busy {
            return;
        }
        sys.sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Does one thing with one unit.
fn one(world: &mut World, at: usize, verb: &str, name: &str, options: &Options) -> Said {
    let nothing = || (String::new(), String::new(), 0);
    let full = if name.contains('.') { name.to_owned() } else { format!("{name}.service") };
    let Some(unit) = world.hosts.nodes[at].systemd.find(name) else { return unknown(verb, &full) };
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    let known = &node.systemd.units[unit];
    let enabled = known.enabled(&node.files);
    match verb {
        "start" | "stop" | "restart" | "try-restart" | "reload-or-restart" | "condrestart" => {
            let runs = known.state != State::Dead;
            match verb {
                "start" => systemd::start(world, at, unit),
                "stop" => systemd::stop(world, at, unit),
                "try-restart" | "condrestart" if !runs => {}
                _ => systemd::restart(world, at, unit),
            }
            drive(world);
            nothing()
        }
        "reload" => {
            (String::new(), format!("Failed to reload {full}: Job type reload is not applicable for unit {full}.\n"), 1)
        }
        "kill" => {
            let pid = known.main;
            process::signal(world, Me { node: at, pid }, options.signal);
            drive(world);
            nothing()
        }
        "is-active" => {
            (format!("{}\n", known.active()), String::new(), if known.state == State::Running { 0 } else { 3 })
        }
        "is-failed" => (format!("{}\n", known.active()), String::new(), 1),
        "is-enabled" => (format!("{enabled}\n"), String::new(), i32::from(enabled == "disabled")),
        "status" => {
            let code = if known.state == State::Running { 0 } else { 3 };
            (describe(node, known, now, options.journal), String::new(), code)
        }
        "enable" | "disable" | "reenable" => able(world, at, unit, verb, options.now),
        "mask" => {
            let path = known.definition.path;
            if path.starts_with("/etc") {
                return (String::new(), format!("Failed to mask unit: File {path} already exists.\n"), 1);
            }
            (String::new(), "systemctl: mask is not modelled for this unit in kpnb's sandbox\n".to_owned(), 1)
        }
        "unmask" => nothing(),
        "cat" => {
            let paths = std::iter::once(known.definition.path).chain(known.definition.drop_in);
            let texts: Vec<String> = paths
                .map(|path| {
                    let content =
                        node.files.get(path).map(|entry| String::from_utf8_lossy(&entry.content).into_owned());
                    format!("# {path}\n{}", content.unwrap_or_default())
                })
                .collect();
            (texts.join("\n"), String::new(), 0)
        }
        "show" => (show(known, enabled, options), String::new(), 0),
        _ => (String::new(), format!("Unknown command verb {verb}.\n"), 1),
    }
}

fn unknown(verb: &str, full: &str) -> Said {
    match verb {
        "status" => (String::new(), format!("Unit {full} could not be found.\n"), 4),
        "is-active" | "is-failed" => ("inactive\n".to_owned(), String::new(), if verb == "is-active" { 3 } else { 1 }),
        "is-enabled" => {
            (String::new(), format!("Failed to get unit file state for {full}: No such file or directory\n"), 1)
        }
        "enable" | "disable" | "reenable" => {
            (String::new(), format!("Failed to {verb} unit: Unit file {full} does not exist.\n"), 1)
        }
        "mask" => (String::new(), format!("Unit {full} does not exist, proceeding anyway.\n"), 0),
        "stop" | "kill" => (String::new(), format!("Failed to {verb} {full}: Unit {full} not loaded.\n"), 5),
        "cat" => (String::new(), format!("No files found for {full}.\n"), 1),
        "show" => ("LoadState=not-found\nActiveState=inactive\nSubState=dead\n".to_owned(), String::new(), 0),
        "start" | "restart" | "reload" | "try-restart" => {
            (String::new(), format!("Failed to {verb} {full}: Unit {full} not found.\n"), 5)
        }
        _ => (String::new(), format!("Unknown command verb {verb}.\n"), 1),
    }
}

fn able(world: &mut World, at: usize, unit: usize, verb: &str, also: bool) -> Said {
    let now = world.now();
    let node = &mut world.hosts.nodes[at];
    let known = &node.systemd.units[unit];
    let (link, path, enabled) = (known.link(), known.definition.path, known.enabled(&node.files));
    let mut said = String::new();
    match (verb, enabled) {
        (_, "static") => {}
        ("disable", "enabled") => {
            node.files.remove(&link);
            said = format!("Removed {link}.\n");
        }
        ("enable" | "reenable", "disabled") => {
            // Gone with the last link, made with the first.
            let _ = node.files.put(WANTS, Entry::dir(0o755, now));
            let _ = node.files.put(&link, Entry::link(path, now));
            said = format!("Created symlink {link} → {path}.\n");
        }
        _ => {}
    }
    if also {
        match verb {
            "disable" => systemd::stop(world, at, unit),
            _ => systemd::start(world, at, unit),
        }
        drive(world);
    }
    (String::new(), said, 0)
}

fn show(unit: &systemd::Unit, enabled: &str, options: &Options) -> String {
    let end = unit.end.map_or(0, |end| end.signal.unwrap_or(end.code));
    let all = [
        ("Type", "simple".to_owned()),
        ("Restart", "always".to_owned()),
        ("RestartUSec", unit.definition.restart.map_or(String::new(), |delay| format!("{}s", delay.as_secs()))),
        ("MainPID", unit.main.to_string()),
        ("NRestarts", unit.restarts.to_string()),
        ("Result", unit.result().to_owned()),
        ("ExecMainStatus", end.to_string()),
        ("Id", unit.definition.name.to_owned()),
        ("Names", unit.definition.name.to_owned()),
        ("Description", unit.definition.description.to_owned()),
        ("LoadState", "loaded".to_owned()),
        ("ActiveState", unit.active().to_owned()),
        ("SubState", unit.sub().to_owned()),
        ("FragmentPath", unit.definition.path.to_owned()),
        ("UnitFileState", enabled.to_owned()),
    ];
    let shown =
        all.iter().filter(|(name, _)| options.properties.is_empty() || options.properties.iter().any(|p| p == name));
    shown.map(|(name, value)| if options.values { format!("{value}\n") } else { format!("{name}={value}\n") }).collect()
}

/// The table of services.
fn list(world: &World, at: usize, files: bool, all: bool, legend: bool) -> String {
    let node = &world.hosts.nodes[at];
    let mut units: Vec<_> = node.systemd.units.iter().collect();
    units.sort_by_key(|unit| unit.definition.name);
    if files {
        let mut text =
            if legend { format!("{:<25} {:<8} VENDOR PRESET\n", "UNIT FILE", "STATE") } else { String::new() };
        for unit in &units {
            let enabled = unit.enabled(&node.files);
            let preset = if enabled == "static" { "-" } else { "enabled" };
            text += &format!("{:<25} {enabled:<8} {preset:<13}\n", unit.definition.name);
        }
        if legend {
            text += &format!("\n{} unit files listed.\n", units.len());
        }
        return text;
    }
    units.retain(|unit| all || unit.state != State::Dead);
    let mut text = String::new();
    let width = |of: fn(&systemd::Unit) -> &'static str, title: &str| {
        units.iter().map(|unit| of(unit).len()).chain([title.len()]).max().unwrap_or(0)
    };
    let (name, active, sub) = (
        width(|unit| unit.definition.name, "UNIT"),
        width(systemd::Unit::active, "ACTIVE"),
        width(systemd::Unit::sub, "SUB"),
    );
    if legend {
        text += &format!("  {:<name$} LOAD   {:<active$} {:<sub$} DESCRIPTION\n", "UNIT", "ACTIVE", "SUB");
    }
    for unit in &units {
        let failed = if unit.result() == "success" { ' ' } else { '●' };
        text += &format!(
            "{failed} {:<name$} loaded {:<active$} {:<sub$} {}\n",
            unit.definition.name,
            unit.active(),
            unit.sub(),
            unit.definition.description
        );
    }
    if legend {
        text += "\nLOAD   = Reflects whether the unit definition was properly loaded.\n\
                 ACTIVE = The high-level unit activation state, i.e. generalization of SUB.\n\
                 SUB    = The low-level unit activation state, values depend on unit type.\n\n";
        text += &format!("{} loaded units listed.", units.len());
        text += if all { "\n" } else { " Pass --all to see loaded but inactive units, too.\n" };
        text += "To show all installed unit files use 'systemctl list-unit-files'.\n";
    }
    text
}

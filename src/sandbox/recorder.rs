//! Events that components record: created, counted when they repeat, combined when there are many alike, dropped when one
//! object has too many. k8s.io/client-go, `tools/record/events_cache.go`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::World;
use super::object;

/// Events of one kind with different messages are combined from this many on: `defaultAggregateMaxEvents`.
const COMBINED_FROM: usize = 10;
/// Within this time: `defaultAggregateIntervalInSeconds`.
const COMBINED_WITHIN: Duration = Duration::from_secs(600);
/// One object's events of one source that are let through at once: `defaultSpamBurst`.
const BURST: f64 = 25.0;
/// And per second: `defaultSpamQPS`, one in 5 minutes.
const RATE: f64 = 1.0 / 300.0;

/// Who records.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// `kubelet`.
    pub component: &'a str,
    /// The node it is on; empty for none.
    pub host: &'a str,
}

/// An event to record.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What it is about.
    pub about: &'a Value,
    /// Which part of it: `spec.containers{main}`; empty for all.
    pub field_path: &'a str,
    /// `Normal` or `Warning`.
    pub kind: &'a str,
    /// As in `Pulled`.
    pub reason: &'a str,
    /// For people.
    pub message: &'a str,
}

/// What recorders remember.
#[derive(Debug, Default)]
pub struct Recorder {
    /// By source and object: what is left of the burst, and when that was.
    allowed: BTreeMap<String, (f64, Timestamp)>,
    /// By everything but the message: the messages of late, and the time of the last.
    alike: BTreeMap<String, (BTreeSet<String>, Timestamp)>,
    /// By everything: the event as it was last written.
    known: BTreeMap<String, Known>,
    /// Of those in the form of events.k8s.io, the ones that a series was begun for.
    series: BTreeSet<String>,
    /// The nanosecond that the last event is named after.
    last: i128,
}

/// What is remembered of an event, also when it is no longer there.
#[derive(Debug, Clone)]
struct Known {
    name: String,
    /// When it was first told.
    first: Value,
    /// How often it was told.
    count: i64,
}

impl Recorder {
    /// Forgets what the recorder of a program remembered, which ended: what it tells again is new. `is_of` is asked with the
    /// component and the host of each source.
    pub fn forget(&mut self, is_of: impl Fn(&str, &str) -> bool) {
        let stays = |key: &String| {
            let mut parts = key.split('\0');
            !is_of(parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        };
        self.allowed.retain(|key, _| stays(key));
        self.alike.retain(|key, _| stays(key));
        self.known.retain(|key, _| stays(key));
        self.series.retain(stays);
    }
}

/// Records an event of a controller: type Normal or Warning on a whole object.
pub fn record(world: &mut World, component: &str, about: &Value, kind: &str, reason: &str, message: &str) {
    let event = Event { about, field_path: "", kind, reason, message };
    record_from(world, Source { component, host: "" }, event);
}

/// Records an event. Where the API refuses it (its namespace is gone), it is lost, as in life.
pub fn record_from(world: &mut World, source: Source<'_>, event: Event<'_>) {
    let now = world.now();
    let object = involved(event.about, event.field_path);
    let who = format!("{}\0{}\0{}", source.component, source.host, identity(&object));
    if !allow(world, &who, now) {
        return;
    }
    let kind = format!("{who}\0{}\0{}", event.kind, event.reason);
    let entry = world.recorder.alike.entry(kind.clone()).or_insert_with(|| (BTreeSet::new(), now));
    if now.duration_since(entry.1).unsigned_abs() > COMBINED_WITHIN {
        entry.0.clear();
    }
    entry.0.insert(event.message.to_owned());
    entry.1 = now;
    let (message, key) = if entry.0.len() >= COMBINED_FROM {
        (format!("(combined from similar events): {}", event.message), kind)
    } else {
        (event.message.to_owned(), format!("{kind}\0{}", event.message))
    };
    let namespace = namespace_of(event.about);
    let known = world.recorder.known.get(&key).cloned();
    if let Some(known) = &known
        && again(world, source.component, &namespace, known, &message)
    {
        world.recorder.known.insert(key, Known { count: known.count + 1, ..known.clone() });
        return;
    }
    // One that is gone is made anew as it was, and goes on being counted.
    let told = known.map_or_else(
        || Known { name: name(world, event.about), first: object::time(now), count: 1 },
        |known| Known { count: known.count + 1, ..known },
    );
    let made_of = match source.host {
        "" => json!({"component": source.component}),
        host => json!({"component": source.component, "host": host}),
    };
    let made = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": told.name, "namespace": namespace},
        "involvedObject": object, "reason": event.reason, "message": message, "source": made_of,
        "firstTimestamp": told.first, "lastTimestamp": object::time(now), "count": told.count, "type": event.kind,
        "eventTime": null, "reportingComponent": "", "reportingInstance": "",
    });
    if write(world, source.component, &namespace, made) {
        world.recorder.known.insert(key, told);
    }
}

/// Records an event as the scheduler does, in the form of events.k8s.io.
pub fn record_new(world: &mut World, controller: &str, instance: &str, action: &str, event: Event<'_>) {
    let now = world.now();
    let object = involved(event.about, event.field_path);
    let key = format!("{controller}\0{action}\0{object}\0{}", event.reason);
    let namespace = namespace_of(event.about);
    if let Some(Known { name, .. }) = world.recorder.known.get(&key).cloned() {
        // A series is written when it begins; its count only when it ends, which takes half an hour.
        if world.recorder.series.contains(&key) || series(world, controller, &namespace, &name, now) {
            world.recorder.series.insert(key);
            return;
        }
    }
    let name = name(world, event.about);
    let made = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": name, "namespace": namespace},
        "involvedObject": object, "reason": event.reason, "message": event.message, "source": {},
        "firstTimestamp": null, "lastTimestamp": null, "type": event.kind, "eventTime": object::micro_time(now),
        "action": action, "reportingComponent": controller, "reportingInstance": instance,
    });
    if write(world, controller, &namespace, made) {
        world.recorder.known.insert(key, Known { name, first: Value::Null, count: 1 });
    }
}

/// The name of a new event: its object's, and the nanosecond, of which two events recorded in a row take two.
fn name(world: &mut World, about: &Value) -> String {
    let apart = i128::from(world.rng.u32(2_000..60_000));
    let at = world.now().as_nanosecond().max(world.recorder.last + apart);
    world.recorder.last = at;
    format!("{}.{at:x}", object::name(about))
}

fn namespace_of(about: &Value) -> String {
    match object::namespace(about) {
        "" => "default".to_owned(),
        namespace => namespace.to_owned(),
    }
}

fn involved(about: &Value, field_path: &str) -> Value {
    let mut involved = json!({"kind": about["kind"]});
    let metadata = &about["metadata"];
    for field in ["namespace", "name", "uid"] {
        if !metadata[field].is_null() {
            involved[field] = metadata[field].clone();
        }
    }
    involved["apiVersion"] = about["apiVersion"].clone();
    if metadata["resourceVersion"].is_string() {
        involved["resourceVersion"] = metadata["resourceVersion"].clone();
    }
    if !field_path.is_empty() {
        involved["fieldPath"] = json!(field_path);
    }
    involved
}

/// The reference without its resourceVersion, by which events are counted.
fn identity(involved: &Value) -> String {
    let mut involved = involved.clone();
    if let Some(fields) = involved.as_object_mut() {
        fields.remove("resourceVersion");
    }
    involved.to_string()
}

fn allow(world: &mut World, who: &str, now: Timestamp) -> bool {
    let (left, at) = world.recorder.allowed.entry(who.to_owned()).or_insert((BURST, now));
    *left = (*left + now.duration_since(*at).as_secs_f64() * RATE).min(BURST);
    *at = now;
    let allowed = *left >= 1.0;
    if allowed {
        *left -= 1.0;
    }
    allowed
}

/// Counts a known event once more; false when it is gone.
fn again(world: &mut World, component: &str, namespace: &str, known: &Known, message: &str) -> bool {
    let now = object::time(world.now());
    let there = world.api(component_name(component)).get("events", Some(namespace), &known.name);
    let Ok(there) = there else { return false };
    let mut event = Value::clone(&there);
    event["count"] = json!(known.count + 1);
    event["lastTimestamp"] = now;
    event["message"] = json!(message);
    world.api(component_name(component)).update("events", Some(namespace), event).is_ok()
}

/// Likewise in the form of events.k8s.io: `series`.
fn series(world: &mut World, component: &str, namespace: &str, name: &str, now: Timestamp) -> bool {
    let Ok(known) = world.api(component_name(component)).get("events", Some(namespace), name) else { return false };
    let mut event = Value::clone(&known);
    event["series"] = json!({"count": 1, "lastObservedTime": object::micro_time(now)});
    world.api(component_name(component)).update("events", Some(namespace), event).is_ok()
}

fn write(world: &mut World, component: &str, namespace: &str, event: Value) -> bool {
    world.api(component_name(component)).create("events", Some(namespace), event).is_ok()
}

/// The field manager of a component's writes: its program's name.
fn component_name(component: &str) -> &'static str {
    match component {
        "kubelet" => "kubelet",
        "default-scheduler" => "kube-scheduler",
        _ => "kube-controller-manager",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// As after `kubectl delete events --all` on a v1.20.2 cluster.
    #[test]
    fn a_deleted_event_that_repeats_comes_back_under_its_name_and_is_counted_on() {
        let mut world = World::new(1, Timestamp::UNIX_EPOCH);
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}});
        world.api("test").create("namespaces", None, namespace).unwrap();
        let about = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "uid": "n"}});
        let tell = |world: &mut World| {
            record(world, "kubelet", &about, "Normal", "NodeReady", "it is");
            let told = world.api("test").list("events", Some("default")).unwrap();
            assert_eq!(told.len(), 1);
            Value::clone(&told[0])
        };
        tell(&mut world);
        let first = tell(&mut world);
        world.run_until(world.now() + Duration::from_secs(60));
        let key = format!("/registry/events/default/{}", object::name(&first));
        world.store.delete(key.as_bytes()).unwrap();
        let again = tell(&mut world);
        assert_eq!(object::name(&again), object::name(&first));
        assert_eq!((&first["count"], &again["count"]), (&json!(2), &json!(3)));
        assert_eq!(first["firstTimestamp"], again["firstTimestamp"]);
        assert_ne!(first["lastTimestamp"], again["lastTimestamp"]);
        assert_eq!(tell(&mut world)["count"], 4);
    }
}

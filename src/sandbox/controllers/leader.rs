//! Which process of kube-controller-manager and of kube-scheduler may act: that which holds its Lease.
//! client-go/tools/leaderelection with v1.20's defaults. In profile `kind` alone: the lab's are told not to elect.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::host;
use crate::sandbox::object;
use crate::sandbox::recorder::record;
use crate::sandbox::{Profile, World};

/// Those that elect.
const PROGRAMS: [&str; 2] = ["kube-controller-manager", "kube-scheduler"];
/// Where their Leases are.
const NAMESPACE: &str = "kube-system";
/// How long a Lease is good that is not renewed: `LeaseDuration`.
const LEASE: Duration = Duration::from_secs(15);
/// How long a holder tries to renew it before it gives up and ends: `RenewDeadline`.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often it is renewed, and tried for: `RetryPeriod`.
const RETRY: Duration = Duration::from_secs(2);
/// What one that tries adds to that by chance: `JitterFactor`.
const JITTER: f64 = 1.2;

/// Who leads, by program.
#[derive(Default, Debug)]
pub(super) struct Leaders(BTreeMap<&'static str, Leader>);

#[derive(Debug)]
struct Leader {
    /// The process, by its number.
    process: u32,
    identity: String,
    renewed: jiff::Timestamp,
}

/// Starts the elections, where there are any.
pub(super) fn start(world: &mut World) {
    for program in PROGRAMS {
        world.after(RETRY, move |world| turn(world, program));
    }
}

/// Whether a program's process leads, or need not.
pub(super) fn leads(world: &World, node: &str, program: &str) -> bool {
    if world.hosts.profile() != Profile::Kind || !PROGRAMS.contains(&program) {
        return true;
    }
    let process = host::process_of(world, node, program);
    world.controllers.leaders.0.get(program).is_some_and(|leader| Some(leader.process) == process)
}

fn turn(world: &mut World, program: &'static str) {
    if world.hosts.profile() != Profile::Kind {
        // Nobody ever elects here.
        return;
    }
    let leads = act(world, program);
    let jitter = if leads { 0.0 } else { JITTER * world.rng.f64() };
    world.after(RETRY.mul_f64(1.0 + jitter), move |world| turn(world, program));
}

/// Renews or tries; whether the program leads then.
fn act(world: &mut World, program: &'static str) -> bool {
    let Some(node) = super::control_plane(world) else { return false };
    let Some(process) = host::process_of(world, &node, program).filter(|_| !host::is_frozen(world, &node)) else {
        return false;
    };
    let now = world.now();
    let since = |then: jiff::Timestamp| now.duration_since(then).unsigned_abs();
    let leader = world.controllers.leaders.0.get(program).filter(|leader| leader.process == process);
    let (own, renewed) = leader.map_or((None, now), |leader| (Some(leader.identity.clone()), leader.renewed));
    let renews = host::is_reachable(world, &node) && write(world, &node, program, own.as_deref(), process);
    if own.is_some() && !renews && since(renewed) >= DEADLINE {
        // `leaderelection lost`: a fatal end.
        world.controllers.leaders.0.remove(program);
        host::end_process(world, &node, process, 255);
        return false;
    }
    renews || own.is_some()
}

/// Writes the Lease, if it is free or its holder's; whether it was.
fn write(world: &mut World, node: &str, program: &'static str, own: Option<&str>, process: u32) -> bool {
    let now = world.now();
    let known = world.api(program).get("leases", Some(NAMESPACE), program).ok();
    if let Some(known) = &known
        && own.is_none_or(|own| known["spec"]["holderIdentity"] != own)
    {
        let renewed = object::parse_time(&known["spec"]["renewTime"]).unwrap_or(now);
        let held = known["spec"]["holderIdentity"].as_str().is_some_and(|holder| !holder.is_empty());
        if held && now.duration_since(renewed).unsigned_abs() < LEASE {
            return false;
        }
    }
    let identity = own.map_or_else(|| format!("{node}_{}", world.uid()), str::to_owned);
    let time = object::micro_time(now);
    let taken = known.as_ref().is_none_or(|known| known["spec"]["holderIdentity"] != identity.as_str());
    let made = match known {
        None => {
            let lease = json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": program, "namespace": NAMESPACE},
                "spec": {
                    "holderIdentity": identity, "leaseDurationSeconds": LEASE.as_secs(), "acquireTime": time,
                    "renewTime": time, "leaseTransitions": 0,
                },
            });
            world.api(program).create("leases", Some(NAMESPACE), lease)
        }
        Some(known) => {
            let mut lease = Value::clone(&known);
            lease["spec"]["renewTime"] = time.clone();
            if taken {
                lease["spec"]["holderIdentity"] = json!(identity);
                lease["spec"]["acquireTime"] = time;
                lease["spec"]["leaseTransitions"] = json!(object::int(&known["spec"]["leaseTransitions"], 0) + 1);
            }
            world.api(program).update("leases", Some(NAMESPACE), lease)
        }
    };
    let Ok(lease) = made else { return false };
    if taken {
        record(world, program, &lease, "Normal", "LeaderElection", &format!("{identity} became leader"));
    }
    world.controllers.leaders.0.insert(program, Leader { process, identity, renewed: now });
    true
}

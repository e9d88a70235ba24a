//! `crictl stop`, `rm`, `stopp` and `rmp`.

use std::task::Poll;
use std::time::Duration;

use super::seen::resolve;
use super::{Asked, Done, log};
use crate::sandbox::host::sys::Sys;
use crate::sandbox::host::{remove_container, remove_pod, stop_container, stop_pod};

/// How often an end is waited for.
const STEP: Duration = Duration::from_millis(20);

/// The container that an id means, and whether it runs.
async fn container(sys: &Sys, asked: &str) -> Result<(String, bool), String> {
    let asked = asked.to_owned();
    sys.with(move |world, me| {
        let containers = &world.hosts.nodes[me.node].containers;
        let id = resolve(containers.keys(), "container", &asked)?;
        let runs = containers.get(&id).is_some_and(|container| container.state.running);
        Ok((id, runs))
    })
    .await
}

/// Stops a container and waits for its end.
async fn end(sys: &Sys, id: &str, grace: Duration) {
    let of = id.to_owned();
    sys.with(move |world, me| {
        let node = world.hosts.nodes[me.node].spec.name.clone();
        stop_container(world, &node, &of, grace);
    })
    .await;
    loop {
        let of = id.to_owned();
        let runs = sys.wait_for(move |world, me| {
            let container = world.hosts.nodes[me.node].containers.get(&of);
            Poll::Ready(container.is_some_and(|container| container.state.running))
        });
        if !runs.await {
            return;
        }
        sys.sleep(STEP).await;
    }
}

pub(super) async fn stop(sys: &Sys, args: &[String]) -> Done {
    let asked = Asked::read(args, &["timeout", "t"], true);
    let grace = asked.value(&["timeout", "t"]).map_or(Some(10), |text| text.parse().ok());
    let grace = Duration::from_secs(grace.ok_or("invalid value for flag -timeout: parse error")?);
    for id in &asked.words {
        let found = container(sys, id).await.map_err(|why| format!("stopping the container {id:?}: {why}"))?;
        end(sys, &found.0, grace).await;
        sys.out(format!("{id}\n")).await;
    }
    Ok(0)
}

pub(super) async fn remove(sys: &Sys, args: &[String]) -> Done {
    let asked = Asked::read(args, &[], true);
    let mut ids = asked.words.clone();
    if asked.has(&["all", "a"]) {
        ids = sys.with(|world, me| world.hosts.nodes[me.node].containers.keys().cloned().collect()).await;
    }
    let mut failed = false;
    for id in ids {
        match container(sys, &id).await {
            Err(why) => {
                log(sys, "error", &why).await;
                failed = true;
            }
            // v1.19 leaves what it stopped so.
            Ok((found, true)) if asked.has(&["force", "f"]) => {
                end(sys, &found, Duration::ZERO).await;
                sys.out(format!("{id}\n")).await;
            }
            Ok((_, true)) => {
                log(sys, "error", &format!("container {id:?} is running, please stop it first")).await;
                failed = true;
            }
            Ok((found, false)) => {
                sys.with(move |world, me| {
                    let node = world.hosts.nodes[me.node].spec.name.clone();
                    remove_container(world, &node, &found);
                })
                .await;
                sys.out(format!("{id}\n")).await;
            }
        }
    }
    if failed { Err("unable to remove container(s)".to_owned()) } else { Ok(0) }
}

/// The sandbox that an id means, and whether it is ready.
async fn sandbox(sys: &Sys, asked: &str) -> Result<(String, bool), String> {
    let asked = asked.to_owned();
    sys.with(move |world, me| {
        let sandboxes = &world.hosts.nodes[me.node].sandboxes;
        let id = resolve(sandboxes.keys(), "sandbox", &asked)?;
        let ready = sandboxes.get(&id).is_some_and(|sandbox| sandbox.ready);
        Ok((id, ready))
    })
    .await
}

pub(super) async fn stop_pods(sys: &Sys, args: &[String]) -> Done {
    for id in &Asked::read(args, &[], true).words {
        let (found, _) = sandbox(sys, id).await.map_err(|why| format!("stopping the pod sandbox {id:?}: {why}"))?;
        sys.with(move |world, me| {
            let node = world.hosts.nodes[me.node].spec.name.clone();
            stop_pod(world, &node, &found);
        })
        .await;
        sys.out(format!("Stopped sandbox {id}\n")).await;
    }
    Ok(0)
}

pub(super) async fn remove_pods(sys: &Sys, args: &[String]) -> Done {
    let asked = Asked::read(args, &[], true);
    let (all, force) = (asked.has(&["all", "a"]), asked.has(&["force", "f"]));
    let mut ids = asked.words.clone();
    if all {
        ids = sys.with(|world, me| world.hosts.nodes[me.node].sandboxes.keys().cloned().collect()).await;
    }
    let mut failed = false;
    for id in ids {
        match sandbox(sys, &id).await {
            Err(why) => {
                log(sys, "error", &why).await;
                failed = true;
            }
            Ok((_, true)) if !force => {
                log(sys, "error", &format!("pod sandbox {id:?} is running, please stop it first")).await;
                failed = true;
            }
            Ok((found, ready)) => {
                sys.with(move |world, me| {
                    let node = world.hosts.nodes[me.node].spec.name.clone();
                    remove_pod(world, &node, &found);
                })
                .await;
                if ready {
                    sys.out(format!("Stopped sandbox {id}\n")).await;
                }
                sys.out(format!("Removed sandbox {id}\n")).await;
            }
        }
    }
    if failed { Err("unable to remove sandbox(es)".to_owned()) } else { Ok(0) }
}

//! `kubectl logs`: what containers have written.

mod options;
mod sources;

use std::sync::{Mutex, PoisonError};

use futures::FutureExt;
use futures::future::try_join_all;

use self::options::{FLAGS, Options};
use self::sources::{Log, logs_of};
use super::{Kubectl, Verb};
use crate::client::Failure;
use crate::client::k8s::LogOptions;

pub(super) const VERB: Verb = Verb {
    name: "logs",
    about: "Print the logs for a container in a pod",
    help: "Usage:
  kubectl logs [-f] [-p] (POD | TYPE/NAME | -l SELECTOR) [-c CONTAINER]

Options:
      --all-containers=false: Get all containers' logs in the pod(s)
  -c, --container='': Print the logs of this container
  -f, --follow=false: Go on until the containers end or the cell's time is over
      --ignore-errors=false: Go on with the other logs where one cannot be had
      --limit-bytes=0: Maximum bytes of logs to return
      --max-log-requests=5: How many logs to follow at most with a selector
      --pod-running-timeout=20s: How long to wait until at least one pod of TYPE/NAME is there
      --prefix=false: Prefix each log line with the pod's and the container's name
  -p, --previous=false: The logs of the container's previous instance
  -l, --selector='': Label selector
      --since=0s: Only logs newer than this
      --since-time='': Only logs after this date (RFC 3339)
      --tail=-1: Lines of recent logs to print; with a selector 10 if not given
      --timestamps=false: Include timestamps

Examples:
  kubectl logs mypod -c app --tail=20
  kubectl logs deploy/mydeployment --all-containers
  kubectl logs -l app=web --prefix
",
    run: |kubectl, words| run(kubectl, words).boxed(),
};

async fn run(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let flags = kubectl.flags("kubectl logs", words, &[FLAGS])?;
    let options = Options::read(&flags)?;
    let namespace = kubectl.scope(&flags)?.namespace;
    let logs = logs_of(kubectl, &namespace, &options).await?;
    if !options.log.follow || logs.len() < 2 {
        for log in &logs {
            print(kubectl, log, &options).await?;
        }
        return Ok(0);
    }
    if logs.len() > options.max_requests {
        return Err(Failure::answer(format!(
            "error: you are attempting to follow {} log streams, but maximum allowed concurrency is {}, use \
             --max-log-requests to increase the limit",
            logs.len(),
            options.max_requests
        )));
    }
    try_join_all(logs.iter().map(|log| print(kubectl, log, &options))).await?;
    Ok(0)
}

/// Prints one log by whole lines, so that logs that are followed together do not mix within one.
async fn print(kubectl: &Kubectl<'_>, log: &Log, options: &Options) -> Result<(), Failure> {
    let prefix = if options.prefix { format!("[pod/{}/{}] ", log.pod, log.container) } else { String::new() };
    let rest = Mutex::new(String::new());
    let with_prefix = |text: &str| text.split_inclusive('\n').map(|line| format!("{prefix}{line}")).collect::<String>();
    let mut write = |text: &str| {
        let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.push_str(text);
        if let Some(end) = rest.rfind('\n') {
            let whole: String = rest.drain(..=end).collect();
            kubectl.out(&with_prefix(&whole));
        }
    };
    let which = LogOptions { container: Some(log.container.clone()), ..options.log.clone() };
    let outcome = kubectl.k8s().logs(&log.namespace, &log.pod, &which, &mut write).await;
    kubectl.out(&with_prefix(&rest.into_inner().unwrap_or_else(PoisonError::into_inner)));
    match outcome {
        Err(failure) if options.ignore_errors => {
            kubectl.out(&format!("error: {}\n", failure.answer));
            Ok(())
        }
        outcome => outcome,
    }
}

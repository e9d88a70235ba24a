//! Waiting until an object is as wanted.

use std::time::Duration;

use serde_json::Value;

use super::{Accept, Change, Follower, K8s, ListOptions, Resource, glance};
use crate::client::Failure;
use crate::clock::Clock;

/// One object of the cluster, which need not exist.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its resource.
    pub resource: &'a Resource,
    /// Its namespace; ignored where the resource has none.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

/// How long a wait without time of its own gives the server for its answer.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// What a Failure's reason says when a wait's own time is over. (A deadline around it is another matter.)
const TIMED_OUT: &str = "WaitTimeout";

impl Failure {
    /// Whether the time given to a wait passed before what it waited for came.
    pub fn is_wait_timeout(&self) -> bool {
        self.reason == TIMED_OUT
    }
}

impl K8s {
    /// Waits until `test` gives a value for the state of `target`, which is none while it does not exist.
    ///
    /// A watch: the test runs once at first and again within milliseconds of each change. Rides through 429,
    /// 5xx and broken connections. `timeout` none: for ever; zero: the test runs once.
    ///
    /// # Errors
    /// Past the timeout, in kubectl's words, with the last error and the last state of the object as its hint; what
    /// asking again does not mend; what `test` returns.
    pub async fn wait_for<T>(
        &self,
        clock: &dyn Clock,
        target: Target<'_>,
        timeout: Option<Duration>,
        mut test: impl FnMut(Option<&Value>) -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let Target { resource, namespace, name } = target;
        let mut follower = Follower::new(self, clock, resource, namespace, ListOptions::named(name), Accept::Json);
        let mut last = None;
        let once = timeout == Some(Duration::ZERO);
        let passed = async {
            match timeout {
                Some(_) if once => clock.sleep(FIRST_ANSWER).await,
                Some(timeout) => clock.sleep(timeout).await,
                None => std::future::pending().await,
            }
        };
        let met = async {
            loop {
                let state = match follower.next().await? {
                    Change::Listed(mut list) => list["items"].get_mut(0).map(|item| resource.typed(item.take())),
                    Change::Event(event) if event.kind == "DELETED" => {
                        last = Some(event.object);
                        None
                    }
                    Change::Event(event) => Some(event.object),
                };
                let met = test(state.as_ref())?;
                last = state.or(last.take());
                if met.is_some() || once {
                    return Ok(met);
                }
            }
        };
        tokio::select! {
            biased;
            met = met => if let Some(value) = met? { return Ok(value) },
            () = passed => {}
        }
        Err(timed_out(&target, follower.last_error(), last.as_ref()))
    }

    /// Waits until the object is gone, or, where `uid` is given, another one has its name.
    ///
    /// # Errors
    /// As [`K8s::wait_for`].
    pub async fn wait_gone(
        &self,
        clock: &dyn Clock,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        uid: Option<&str>,
        timeout: Option<Duration>,
    ) -> Result<(), Failure> {
        self.wait_for(clock, Target { resource, namespace, name }, timeout, |object| {
            let there = object.is_some_and(|object| uid.is_none_or(|uid| object["metadata"]["uid"] == uid));
            Ok((!there).then_some(()))
        })
        .await
    }
}

/// kubectl's words for it (v1.20 `pkg/cmd/wait/wait.go`, `extendErrWaitTimeout`), and what was seen last as the hint.
fn timed_out(target: &Target<'_>, error: Option<&Failure>, object: Option<&Value>) -> Failure {
    let message = format!("error: timed out waiting for the condition on {}/{}", target.resource.plural, target.name);
    let mut seen = match object {
        Some(object) => format!("last seen: {}", glance(object)),
        None => format!("{}/{} was never seen", target.resource.plural, target.name),
    };
    if let Some(error) = error {
        seen = format!("last error: {error}\n{seen}");
    }
    Failure { reason: TIMED_OUT.to_owned(), ..Failure::answer(message).with_hint(seen) }
}

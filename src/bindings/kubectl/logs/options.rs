//! The flags of `kubectl logs`, and what kubectl refuses of them.
//!
//! Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/logs/logs.go`, `Complete` and `Validate`.

use std::time::Duration;

use crate::bindings::flags::{Flag, Flags};
use crate::bindings::kubectl::invocation::duration_flag;
use crate::client::Failure;
use crate::client::k8s::LogOptions;

pub(super) const FLAGS: &[Flag] = &[
    Flag::switch("all-containers", None),
    Flag::value("container", Some('c')),
    Flag::switch("follow", Some('f')),
    Flag::switch("ignore-errors", None),
    Flag::value("limit-bytes", None),
    Flag::value("max-log-requests", None),
    Flag::value("pod-running-timeout", None),
    Flag::switch("prefix", None),
    Flag::switch("previous", Some('p')),
    Flag::value("selector", Some('l')),
    Flag::value("since", None),
    Flag::value("since-time", None),
    Flag::value("tail", None),
    Flag::switch("timestamps", None),
];

const USAGE: &str = "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
POD or TYPE/NAME is a required argument for the logs command
See 'kubectl logs -h' for help and examples";

/// So many lines are shown of each Pod that a selector finds.
const TAIL_WITH_SELECTOR: i64 = 10;

#[derive(Debug)]
pub(super) struct Options {
    /// `pod`, `deploy/x`; none with a selector.
    pub(super) name: Option<String>,
    pub(super) selector: Option<String>,
    pub(super) container: Option<String>,
    pub(super) all_containers: bool,
    pub(super) prefix: bool,
    pub(super) ignore_errors: bool,
    pub(super) max_requests: usize,
    pub(super) pod_timeout: Duration,
    /// What is the same for each container.
    pub(super) log: LogOptions,
}

impl Options {
    pub(super) fn read(flags: &Flags) -> Result<Self, Failure> {
        let fail = |text: &str| Err(Failure::usage(format!("error: {text}")));
        let selector = flags.get("selector").filter(|selector| !selector.is_empty()).map(str::to_owned);
        let (name, inline) = match (flags.args.as_slice(), &selector) {
            ([], Some(_)) => (None, None),
            (_, Some(_)) => {
                return fail(
                    "only a selector (-l) or a POD name is allowed\nSee 'kubectl logs -h' for help and examples",
                );
            }
            ([name], None) => (Some(name.clone()), None),
            ([name, container], None) => (Some(name.clone()), Some(container.clone())),
            _ => return Err(Failure::usage(USAGE)),
        };
        let given = flags.get("container").map(str::to_owned);
        if given.is_some() && inline.is_some() {
            return fail("only one of -c or an inline [CONTAINER] arg is allowed");
        }
        let container = given.or(inline);
        let all_containers = flags.switch("all-containers", false)?;
        let since = duration_flag(flags, "since")?;
        let since_time = flags.get("since-time").map(str::to_owned);
        if since.is_some() && since_time.is_some() {
            return fail("at most one of `sinceTime` or `sinceSeconds` may be specified");
        }
        if let Some(name) = container.as_ref().filter(|_| all_containers) {
            return fail(&format!("--all-containers=true should not be specified with container name {name}"));
        }
        if let Some(time) = since_time.as_ref().filter(|time| time.parse::<jiff::Timestamp>().is_err()) {
            return fail(&format!("--since-time: {time:?} is no RFC 3339 time, as in 2026-01-31T08:00:00Z"));
        }
        let limit_bytes = flags.integer("limit-bytes")?.filter(|limit| *limit != 0);
        if limit_bytes.is_some_and(|limit| limit < 0) {
            return fail("--limit-bytes must be greater than 0");
        }
        let tail = flags.integer("tail")?.unwrap_or(-1);
        if tail < -1 {
            return fail("--tail must be greater than or equal to -1");
        }
        let tail = match (tail, &selector) {
            (-1, Some(_)) if flags.get("tail").is_none() => Some(TAIL_WITH_SELECTOR),
            (-1, _) => None,
            (tail, _) => Some(tail),
        };
        let max_requests = flags.integer("max-log-requests")?.unwrap_or(5);
        Ok(Self {
            name,
            selector,
            container,
            all_containers,
            prefix: flags.switch("prefix", false)?,
            ignore_errors: flags.switch("ignore-errors", false)?,
            max_requests: usize::try_from(max_requests).unwrap_or(0),
            pod_timeout: duration_flag(flags, "pod-running-timeout")?.unwrap_or(Duration::from_secs(20)),
            log: LogOptions {
                container: None,
                previous: flags.switch("previous", false)?,
                follow: flags.switch("follow", false)?,
                timestamps: flags.switch("timestamps", false)?,
                tail,
                since_seconds: since.map(rounded_seconds),
                since_time,
                limit_bytes,
            },
        })
    }
}

fn rounded_seconds(duration: Duration) -> i64 {
    let half_a_second_more = duration + Duration::from_millis(500);
    i64::try_from(half_a_second_more.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let flags = Flags::parse("kubectl logs", &words, &[FLAGS]);
        flags.and_then(|flags| Options::read(&flags)).map_err(|failure| failure.message)
    }

    #[test]
    fn takes_a_pod_a_workload_or_a_selector() {
        let options = read("deploy/web c --since 1500ms --tail=3").unwrap();
        assert_eq!((options.name.as_deref(), options.container.as_deref()), (Some("deploy/web"), Some("c")));
        assert_eq!((options.log.since_seconds, options.log.tail), (Some(2), Some(3)));
        assert_eq!(read("-l app=web").unwrap().log.tail, Some(10));
        assert_eq!(read("-l app=web --tail=-1").unwrap().log.tail, None);
    }

    #[test]
    fn refuses_as_kubectl_does() {
        assert_eq!(read("").unwrap_err(), USAGE);
        assert_eq!(read("a b c").unwrap_err(), USAGE);
        assert!(read("a -l x=y").unwrap_err().starts_with("error: only a selector (-l) or a POD name is allowed"));
        assert_eq!(read("a b -c d").unwrap_err(), "error: only one of -c or an inline [CONTAINER] arg is allowed");
        assert_eq!(
            read("a -c b --all-containers").unwrap_err(),
            "error: --all-containers=true should not be specified with container name b"
        );
        assert_eq!(read("a --tail=-5").unwrap_err(), "error: --tail must be greater than or equal to -1");
    }
}

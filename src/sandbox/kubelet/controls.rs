//! What a container may take of its node, as its control group says it. pkg/kubelet/cm/helpers_linux.go and
//! pkg/kubelet/qos/policy.go.

use serde_json::Value;

use crate::sandbox::host::Controls;
use crate::sandbox::scheduler::resources::Resources;

use super::environment::memory_limit;
use super::status::qos;

/// The least weight, and that of one CPU.
const SHARES: (i64, i64) = (2, 1_024);
/// The period of a quota and the least quota, in microseconds.
const QUOTA: (i64, i64) = (100_000, 1_000);
/// Adjustments for who is guaranteed what it takes, and for who asks for nothing.
const GUARANTEED: i64 = -997;
const BEST_EFFORT: i64 = 1_000;
/// The priority from which on a Pod is critical for its node (pkg/apis/scheduling, `system-node-critical`).
const NODE_CRITICAL: i64 = 2_000_001_000;

/// What a container of a Pod may take of a node with this memory, in bytes.
pub(super) fn controls(pod: &Value, spec: &Value, capacity: i64) -> Controls {
    let (requests, limits) = (&spec["resources"]["requests"], &spec["resources"]["limits"]);
    let milli = |of: &Value| Resources::parse(of).get("cpu");
    let (asked, most) = (milli(requests), milli(limits));
    let weight = if requests["cpu"].is_null() && most > 0 { most } else { asked };
    let positive = |number: i64| u64::try_from(number).unwrap_or(0);
    let memory = Resources::parse(requests).get("memory");
    Controls {
        memory: memory_limit(spec),
        shares: positive((weight * SHARES.1 / 1_000).max(SHARES.0)),
        quota: (most > 0).then(|| positive((most * QUOTA.0 / 1_000).max(QUOTA.1))),
        oom_score_adj: i32::try_from(adjustment(pod, memory, capacity)).unwrap_or(0),
    }
}

/// `GetContainerOOMScoreAdjust`.
fn adjustment(pod: &Value, memory: i64, capacity: i64) -> i64 {
    match qos(pod) {
        _ if pod["spec"]["priority"].as_i64().is_some_and(|priority| priority >= NODE_CRITICAL) => GUARANTEED,
        "Guaranteed" => GUARANTEED,
        "BestEffort" => BEST_EFFORT,
        // The more of the node it asks for, the less; never as little as who is guaranteed, never as much as who asks for
        // nothing.
        _ => (1_000 - 1_000 * memory / capacity.max(1)).clamp(1_000 + GUARANTEED, BEST_EFFORT - 1),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn control_groups_are_as_on_a_node_of_24_gibibytes() {
        let of = |resources: Value| {
            let pod = json!({"spec": {"containers": [{"name": "c", "resources": resources}]}});
            controls(&pod, &pod["spec"]["containers"][0], 24_683_656 << 10)
        };
        let guaranteed = of(json!({"limits": {"cpu": "200m", "memory": "64Mi"}}));
        assert_eq!((guaranteed.shares, guaranteed.quota, guaranteed.memory), (204, Some(20_000), Some(64 << 20)));
        assert_eq!(guaranteed.oom_score_adj, -997);
        let small = of(json!({"requests": {"cpu": "100m", "memory": "32Mi"}}));
        assert_eq!((small.shares, small.quota, small.oom_score_adj), (102, None, 999));
        let large = of(json!({"requests": {"cpu": "1m", "memory": "8Gi"}, "limits": {"cpu": "1"}}));
        assert_eq!((large.shares, large.quota, large.oom_score_adj), (2, Some(100_000), 661));
        assert_eq!(of(json!({})).oom_score_adj, 1_000);
    }
}

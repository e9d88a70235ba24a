//! The quality of service that a Pod gets: v1.20 `pkg/apis/core/v1/helper/qos`.

use serde_json::Value;

/// As `status.qosClass` has it.
pub(super) fn qos_class(spec: &Value) -> &'static str {
    let (mut any, mut guaranteed) = (false, true);
    let lists = ["containers", "initContainers"];
    for container in lists.iter().flat_map(|list| spec[*list].as_array().into_iter().flatten()) {
        let (requests, limits) = (&container["resources"]["requests"], &container["resources"]["limits"]);
        for resource in ["cpu", "memory"] {
            let (request, limit) = (&requests[resource], &limits[resource]);
            any |= !request.is_null() || !limit.is_null();
            guaranteed &= !limit.is_null() && (request.is_null() || request == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

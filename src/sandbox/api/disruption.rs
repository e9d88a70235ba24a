//! `/eviction`: deleting a Pod if its disruption budgets allow it: v1.20 `pkg/registry/core/pod/storage/eviction.go`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::metadata::{name, rfc3339};
use super::update::Part;
use super::validate::Cause;
use super::{Api, DeleteOptions, Resource, Status, admission};

impl Api<'_> {
    /// Evicts a Pod, as POST to `/eviction` does.
    ///
    /// # Errors
    /// 404, 409, 429 where a disruption budget does not allow it, 500 where there are several.
    pub fn evict(&mut self, namespace: &str, pod: &str, options: &DeleteOptions) -> Result<(), Status> {
        let pods = Resource::named("pods")?;
        admission::namespace_exists(self.world, pods, Some(namespace))?;
        let found = self.get("pods", Some(namespace), pod)?;
        // What has not run or runs no more disrupts nothing.
        if !matches!(found["status"]["phase"].as_str(), Some("Succeeded" | "Failed" | "Pending")) {
            self.disrupt(namespace, &found, self.dry_run || options.dry_run)?;
        }
        self.delete("pods", Some(namespace), pod, options)?;
        Ok(())
    }

    /// Counts a disruption in the Pod's budget, unless it is only tried.
    fn disrupt(&mut self, namespace: &str, pod: &Value, dry_run: bool) -> Result<(), Status> {
        let budgets = Resource::named("poddisruptionbudgets")?;
        let all = self.world.read_all(budgets, Some(namespace));
        let mut matching = all.iter().filter(|budget| selects(&budget["spec"]["selector"], &pod["metadata"]["labels"]));
        let Some(budget) = matching.next() else { return Ok(()) };
        if matching.next().is_some() {
            let text =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(Status { code: 500, reason: "", message: text.to_owned(), details: None });
        }
        let status = &budget["status"];
        let count = |field: &str| status[field].as_i64().unwrap_or(0);
        let refused = |why: String, seconds: Option<u64>| {
            let text = "Cannot evict pod as it would violate the pod's disruption budget.".to_owned();
            let details = seconds.map_or_else(|| json!({}), |seconds| json!({"retryAfterSeconds": seconds}));
            Status { code: 429, reason: "TooManyRequests", message: text, details: Some(details) }.because(&Cause {
                reason: "DisruptionBudget",
                message: why,
                field: String::new(),
            })
        };
        let own = name(budget);
        if count("observedGeneration") < budget["metadata"]["generation"].as_i64().unwrap_or(0) {
            let why = format!("The disruption budget {own} is still being processed by the server.");
            return Err(refused(why, Some(10)));
        }
        if count("disruptionsAllowed") <= 0 {
            let why = format!(
                "The disruption budget {own} needs {} healthy pods and has {} currently",
                count("desiredHealthy"),
                count("currentHealthy")
            );
            return Err(refused(why, None));
        }
        if dry_run {
            return Ok(());
        }
        let mut next: Value = Value::clone(&Arc::clone(budget));
        next["status"]["disruptionsAllowed"] = json!(count("disruptionsAllowed") - 1);
        next["status"]["disruptedPods"][name(pod)] = rfc3339(self.world.now());
        self.replace(budgets, Some(namespace), next, Part::Status)?;
        Ok(())
    }
}

/// Whether a `metav1.LabelSelector` selects these labels. An empty one selects nothing in policy/v1beta1.
fn selects(selector: &Value, labels: &Value) -> bool {
    let wanted = selector["matchLabels"].as_object();
    let expressions = selector["matchExpressions"].as_array();
    if wanted.is_none_or(serde_json::Map::is_empty) && expressions.is_none_or(Vec::is_empty) {
        return false;
    }
    wanted.into_iter().flatten().all(|(key, value)| labels[key] == *value)
        && expressions.into_iter().flatten().all(|expression| {
            let label = &labels[expression["key"].as_str().unwrap_or_default()];
            let among = expression["values"].as_array().is_some_and(|values| values.contains(label));
            match expression["operator"].as_str() {
                Some("In") => among,
                Some("NotIn") => !among,
                Some("Exists") => !label.is_null(),
                Some("DoesNotExist") => label.is_null(),
                _ => false,
            }
        })
}

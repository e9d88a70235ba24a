//! Amounts: of CPU in thousandths, of everything else in whole units.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::object;

/// Amounts by resource.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Resources(BTreeMap<String, i64>);

impl Resources {
    /// A `ResourceList`.
    pub fn parse(list: &Value) -> Self {
        let amounts = list.as_object().into_iter().flatten();
        Self(amounts.map(|(name, quantity)| (name.clone(), amount(name, quantity))).collect())
    }

    /// What a Pod asks for: the sum of its containers or the largest init container, and its overhead.
    pub fn requested(pod: &Value) -> Self {
        let mut sum = Self::default();
        for container in object::items(&pod["spec"]["containers"]) {
            sum.add(&Self::parse(&container["resources"]["requests"]));
        }
        for container in object::items(&pod["spec"]["initContainers"]) {
            for (name, amount) in Self::parse(&container["resources"]["requests"]).0 {
                let known = sum.0.entry(name).or_insert(0);
                *known = (*known).max(amount);
            }
        }
        sum.add(&Self::parse(&pod["spec"]["overhead"]));
        sum
    }

    /// Adds amounts.
    pub fn add(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            *self.0.entry(name.clone()).or_insert(0) += amount;
        }
    }

    /// One amount; 0 if it is not there.
    pub fn get(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// All amounts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(name, amount)| (name.as_str(), *amount))
    }
}

/// The host ports that a Pod takes.
pub fn ports(pod: &Value) -> Vec<String> {
    let containers = object::items(&pod["spec"]["containers"]).iter();
    let ports = containers.flat_map(|container| object::items(&container["ports"]));
    let taken = ports.filter(|port| object::int(&port["hostPort"], 0) > 0);
    taken.map(|port| format!("{}/{}", port["protocol"].as_str().unwrap_or("TCP"), port["hostPort"])).collect()
}

fn amount(name: &str, quantity: &Value) -> i64 {
    let scale = if name == "cpu" || name.ends_with("requests.cpu") { 1000.0 } else { 1.0 };
    let text = match quantity {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-' || c == '+')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        exponent => format!("1{exponent}").parse().unwrap_or(1.0),
    };
    // Amounts are far below 2^53.
    #[allow(clippy::cast_possible_truncation)]
    let whole = (number.parse::<f64>().unwrap_or(0.0) * unit * scale).ceil() as i64;
    whole
}

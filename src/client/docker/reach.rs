//! Which containers and networks a notebook may touch: the chosen cluster's.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use super::Docker;
use super::failure::answered;
use crate::client::{Change, Failure, Read, Seen, TokenClass};

/// One container within reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Without the leading slash.
    pub name: String,
    /// What the engine says about it, as `docker inspect` shows it.
    pub inspected: Value,
}

impl Docker {
    /// The container of the cluster that has this name, id or beginning of an id.
    ///
    /// # Errors
    /// NotFound where there is none; refused where it is not the cluster's.
    pub async fn container(&self, name: &str) -> Result<Container, Failure> {
        self.reads.record(|| Read::Polled);
        if !is_name(name) {
            return Err(answered(404, &format!("No such container: {name}")));
        }
        let inspected = self.json(&format!("/containers/{name}/json")).await?;
        let (key, value) = self.label.split_once('=').unwrap_or((&self.label, ""));
        if inspected["Config"]["Labels"][key].as_str() != Some(value) {
            return Err(Failure::refused(format!("{name}: not a container of this cluster"))
                .with_hint(format!("kpnb reaches only containers with the label {}", self.label)));
        }
        note(&self.seen, &inspected);
        let text = |field: &str| inspected[field].as_str().unwrap_or_default().to_owned();
        let (id, name) = (text("Id"), text("Name").trim_start_matches('/').to_owned());
        Ok(Container { id, name, inspected })
    }

    /// As [`Docker::container`], for one that is about to be changed.
    pub(super) async fn to_change(&self, name: &str) -> Result<Container, Failure> {
        let container = self.container(name).await?;
        if let Some(recorder) = &self.recorder {
            recorder.before(Change::Container(&container)).await?;
        }
        Ok(container)
    }

    /// The cluster's containers, as the engine lists them: newest first. `filters` are docker's: `("name", "worker")`.
    ///
    /// # Errors
    /// A filter that the engine does not know; no connection.
    pub async fn list(&self, all: bool, filters: &[(String, String)]) -> Result<Vec<Value>, Failure> {
        self.listed(all, false, filters).await
    }

    /// As [`Docker::list`], with what each container takes on disk, which the engine has to count first.
    ///
    /// # Errors
    /// As [`Docker::list`].
    pub async fn list_with_sizes(&self, all: bool, filters: &[(String, String)]) -> Result<Vec<Value>, Failure> {
        self.listed(all, true, filters).await
    }

    async fn listed(&self, all: bool, sizes: bool, filters: &[(String, String)]) -> Result<Vec<Value>, Failure> {
        self.reads.record(|| Read::Polled);
        let mut wanted = serde_json::Map::new();
        let ours = ("label".to_owned(), self.label.clone());
        for (name, value) in filters.iter().chain([&ours]) {
            let values = wanted.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            values.as_array_mut().into_iter().for_each(|values| values.push(value.clone().into()));
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("all", if all { "1" } else { "0" })
            .append_pair("size", if sizes { "1" } else { "0" })
            .append_pair("filters", &Value::Object(wanted).to_string())
            .finish();
        let listed = self.json(&format!("/containers/json?{query}")).await?;
        note(&self.seen, &listed);
        Ok(listed.as_array().cloned().unwrap_or_default())
    }

    /// The name of a network that the cluster's containers are on, or were on when this client connected.
    ///
    /// # Errors
    /// NotFound where there is none; refused where it is another's.
    pub(super) async fn reachable_network(&self, name: &str) -> Result<Value, Failure> {
        self.reads.record(|| Read::Polled);
        if !is_name(name) {
            return Err(answered(404, &format!("network {name} not found")));
        }
        let network = self.json(&format!("/networks/{name}")).await?;
        let ours =
            |field: &str| network[field].as_str().is_some_and(|id| self.networks.iter().any(|known| known == id));
        if ours("Id") || ours("Name") {
            note(&self.seen, &network);
            return Ok(network);
        }
        Err(Failure::refused(format!("{name}: not a network of this cluster"))
            .with_hint("kpnb reaches only networks that the cluster's containers are on"))
    }

    /// The engine's own JSON, with the order of its fields.
    pub(super) async fn json(&self, path: &str) -> Result<Value, Failure> {
        let request = Request::get(path).body(Full::<Bytes>::default());
        let request = request.map_err(|error| Failure::usage(format!("{path}: {error}")))?;
        let response = self.transport.send(request).await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|error| self.failed(&error.into()))?.to_bytes();
        let value: Result<Value, _> = serde_json::from_slice(&bytes);
        if status.is_success() {
            return value.map_err(|error| Failure::unreachable(format!("error during connect: {path}: {error}")));
        }
        let text = String::from_utf8_lossy(&bytes);
        let message = value.ok().and_then(|value| value["message"].as_str().map(str::to_owned));
        Err(answered(status.as_u16(), message.as_deref().unwrap_or(text.trim())))
    }
}

/// What the engine takes as a name; anything else would change the path of the request.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter))
}

/// Notes the ids, addresses and times of what the engine answered.
fn note(seen: &Seen, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let Value::String(text) = field else {
                    note(seen, field);
                    continue;
                };
                match name.as_str() {
                    "Id" | "NetworkID" | "EndpointID" if text.len() == 64 => {
                        seen.note(TokenClass::ContainerId, text.as_str());
                        seen.note(TokenClass::ContainerId, &text[..12]);
                    }
                    "IPAddress" | "Gateway" | "IPv4Address" => {
                        seen.note(TokenClass::Ip, text.as_str());
                        seen.note(TokenClass::Ip, text.split('/').next().unwrap_or_default());
                    }
                    "Created" | "StartedAt" | "FinishedAt" => seen.note(TokenClass::Timestamp, text.as_str()),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| note(seen, item)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_to_another_path() {
        assert!(is_name("k8splayground-worker2") && is_name("138156dbe6b3") && is_name("a_b.c"));
        for bad in ["", "../info", "a/b", "a?all=1", "-x", "a b", "a#b"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn ids_are_noted_in_both_lengths() {
        let seen = Seen::default();
        let id = "1".repeat(64);
        note(
            &seen,
            &serde_json::json!([{"Id": id, "NetworkSettings": {"Networks": {"n": {"IPAddress": "10.0.0.1"}}}}]),
        );
        let mut tokens = seen.tokens();
        tokens.sort();
        let wanted =
            [("10.0.0.1", TokenClass::Ip), (&id[..12], TokenClass::ContainerId), (&id, TokenClass::ContainerId)];
        assert_eq!(tokens, wanted.map(|(token, class)| (token.to_owned(), class)));
    }
}

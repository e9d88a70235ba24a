//! Where Docker Engine is, as docker itself finds it, and where podman's is.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::client::Failure;

/// Where an engine listens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DockerHost {
    /// `unix:///var/run/docker.sock`, `tcp://host:2376`.
    pub url: String,
    /// For `tcp`: the certificates.
    pub tls: Option<Tls>,
}

/// Certificates of a `tcp` engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// A folder with `ca.pem`, `cert.pem` and `key.pem`, each of which may be missing.
    pub folder: PathBuf,
}

/// The settings of a machine; a parameter so that they can be tested.
struct Settings<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    home: PathBuf,
    is_socket: &'a dyn Fn(&Path) -> bool,
}

impl DockerHost {
    /// `DOCKER_HOST`; else the context that `DOCKER_CONTEXT` or docker's configuration names; else the first socket
    /// that is there of Docker's, rootless Docker's, Docker Desktop's and podman's.
    ///
    /// # Errors
    /// A context that is not there or that has no engine.
    pub fn find() -> Result<Self, Failure> {
        Self::find_with(&Settings {
            variable: &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
            home: std::env::home_dir().unwrap_or_default(),
            is_socket: &Path::exists,
        })
    }

    fn find_with(settings: &Settings) -> Result<Self, Failure> {
        let variable = settings.variable;
        let config = variable("DOCKER_CONFIG").map_or_else(|| settings.home.join(".docker"), PathBuf::from);
        if let Some(url) = variable("DOCKER_HOST") {
            let folder = variable("DOCKER_CERT_PATH").map_or(config, PathBuf::from);
            let tls = variable("DOCKER_TLS_VERIFY").map(|_| Tls { folder });
            return Ok(Self { url, tls });
        }
        let context = variable("DOCKER_CONTEXT").or_else(|| {
            let text = std::fs::read_to_string(config.join("config.json")).ok()?;
            let config: Value = serde_json::from_str(&text).ok()?;
            config["currentContext"].as_str().map(str::to_owned)
        });
        match context {
            Some(name) if !name.is_empty() && name != "default" => Self::of_context(&name, &config),
            _ => Ok(Self { url: format!("unix://{}", default_socket(settings).display()), tls: None }),
        }
    }

    /// docker keeps a context in a folder that is named by the SHA-256 of its name.
    fn of_context(name: &str, config: &Path) -> Result<Self, Failure> {
        let folder: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
        let missing = |why: &str| {
            Failure::usage(format!("context {name:?}: {why}"))
                .with_hint("`docker context ls` lists the contexts; DOCKER_CONTEXT or DOCKER_HOST choose")
        };
        let meta = config.join("contexts/meta").join(&folder).join("meta.json");
        let text = std::fs::read_to_string(&meta).map_err(|_| missing("context not found"))?;
        let meta: Value = serde_json::from_str(&text).map_err(|error| missing(&error.to_string()))?;
        let url = meta["Endpoints"]["docker"]["Host"].as_str().filter(|url| !url.is_empty());
        let url = url.ok_or_else(|| missing("it names no docker endpoint"))?.to_owned();
        let certificates = config.join("contexts/tls").join(&folder).join("docker");
        Ok(Self { url, tls: certificates.is_dir().then_some(Tls { folder: certificates }) })
    }
}

/// The first socket that is there; without any, Docker's own, which the error then names.
fn default_socket(settings: &Settings) -> PathBuf {
    let docker = PathBuf::from("/var/run/docker.sock");
    let runtime = (settings.variable)("XDG_RUNTIME_DIR").map(PathBuf::from);
    let candidates = [
        Some(docker.clone()),
        runtime.as_ref().map(|folder| folder.join("docker.sock")),
        Some(settings.home.join(".docker/run/docker.sock")),
        runtime.as_ref().map(|folder| folder.join("podman/podman.sock")),
        Some(PathBuf::from("/run/podman/podman.sock")),
    ];
    candidates.into_iter().flatten().find(|path| (settings.is_socket)(path)).unwrap_or(docker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)], home: &Path, sockets: &[&str]) -> Result<DockerHost, Failure> {
        let value =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        DockerHost::find_with(&Settings {
            variable: &value,
            home: home.to_owned(),
            is_socket: &|path| sockets.iter().any(|socket| Path::new(socket) == path),
        })
    }

    fn home_with_context() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".docker");
        // As `docker context create remote` named it.
        let meta = folder.join("contexts/meta/b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a");
        std::fs::create_dir_all(&meta).unwrap();
        std::fs::write(folder.join("config.json"), r#"{"currentContext": "remote"}"#).unwrap();
        std::fs::write(meta.join("meta.json"), r#"{"Name":"remote","Endpoints":{"docker":{"Host":"tcp://far:1"}}}"#)
            .unwrap();
        home
    }

    #[test]
    fn docker_host_goes_before_a_context_and_a_context_before_a_socket() {
        let home = home_with_context();
        let sockets = ["/var/run/docker.sock"];
        let url = |variables| find(variables, home.path(), &sockets).unwrap().url;
        assert_eq!(url(&[("DOCKER_HOST", "tcp://near:2"), ("DOCKER_CONTEXT", "remote")]), "tcp://near:2");
        assert_eq!(url(&[]), "tcp://far:1");
        assert_eq!(url(&[("DOCKER_CONTEXT", "default")]), "unix:///var/run/docker.sock");
    }

    #[test]
    fn a_context_that_is_not_there_is_named() {
        let home = tempfile::tempdir().unwrap();
        let failure = find(&[("DOCKER_CONTEXT", "gone")], home.path(), &[]).unwrap_err();
        assert_eq!(failure.message, "context \"gone\": context not found");
    }

    #[test]
    fn podman_comes_after_docker() {
        let home = Path::new("/home/me");
        let variables = [("XDG_RUNTIME_DIR", "/run/user/1")];
        let url = |sockets| find(&variables, home, sockets).unwrap().url;
        assert_eq!(url(&["/run/podman/podman.sock"]), "unix:///run/podman/podman.sock");
        assert_eq!(
            url(&["/run/user/1/podman/podman.sock", "/run/user/1/docker.sock"]),
            "unix:///run/user/1/docker.sock"
        );
        assert_eq!(url(&[]), "unix:///var/run/docker.sock");
    }
}

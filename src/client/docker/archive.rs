//! Files out of containers and into them.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder};
use bytes::Bytes;
use futures::StreamExt;
use http::Request;
use http_body_util::Full;

use super::Docker;
use crate::client::{Failure, Read};

/// A file or folder of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path from where the copy began: `log`, `log/kubelet.log`.
    pub path: String,
    /// A file's bytes; none for a folder.
    pub bytes: Option<Vec<u8>>,
}

impl Docker {
    /// What lies at `path` in a container: a file, or a folder with what is in it. Links are followed only when `path`
    /// itself is one; others are left out, as are devices.
    ///
    /// # Errors
    /// As [`Docker::container`]; NotFound where there is no such path.
    pub async fn copy_out(&self, container: &str, path: &str) -> Result<Vec<Entry>, Failure> {
        self.reads.record(|| Read::Polled);
        let id = self.container(container).await?.id;
        let mut path = path.to_owned();
        // A link to a link to a link is enough; the engine resolves one at a time.
        for _ in 0..8 {
            let entries = self.archive(&id, &path).await?;
            match entries {
                Archive::Entries(entries) => {
                    for bytes in entries.iter().filter_map(|entry| entry.bytes.as_ref()) {
                        self.seen.secrets().note_text(&String::from_utf8_lossy(bytes));
                    }
                    return Ok(entries);
                }
                Archive::Link(target) => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    path = if target.starts_with('/') { target } else { format!("{folder}/{target}") };
                }
            }
        }
        Err(Failure::answer(format!("Error response from daemon: {path}: too many levels of symbolic links")))
    }

    /// Writes a file into a folder of a container, over one of that name if there is one. The user is root.
    ///
    /// # Errors
    /// As [`Docker::container`]; NotFound where there is no such folder.
    pub async fn copy_in(&self, container: &str, folder: &str, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let id = self.to_change(container).await?.id;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        let mut archive = tar::Builder::new(Vec::new());
        let wrong = |error: std::io::Error| Failure::usage(format!("{name}: {error}"));
        archive.append_data(&mut header, name, bytes).map_err(wrong)?;
        let body = archive.into_inner().map_err(wrong)?;
        let options = UploadToContainerOptionsBuilder::new().path(folder).build();
        self.done(self.bollard.upload_to_container(&id, Some(options), bollard::body_full(body.into())).await)
    }

    /// The permissions of a file of a container, also of one that does not run; none where there is no such file.
    ///
    /// # Errors
    /// As [`Docker::container`].
    pub async fn mode(&self, container: &str, path: &str) -> Result<Option<u32>, Failure> {
        let id = self.container(container).await?.id;
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("path", path).finish();
        let uri = format!("/containers/{id}/archive?{query}");
        let request = Request::head(&uri).body(Full::<Bytes>::default());
        let request = request.map_err(|error| Failure::usage(format!("{uri}: {error}")))?;
        let response = self.transport.send(request).await.map_err(|error| self.failed(&error))?;
        let stat = response.headers().get("X-Docker-Container-Path-Stat").and_then(|stat| BASE64.decode(stat).ok());
        let stat: Option<serde_json::Value> = stat.and_then(|stat| serde_json::from_slice(&stat).ok());
        let mode = stat.and_then(|stat| u32::try_from(stat["mode"].as_u64()?).ok());
        Ok(mode.map(|mode| mode & 0o777))
    }

    async fn archive(&self, id: &str, path: &str) -> Result<Archive, Failure> {
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let mut parts = self.bollard.download_from_container(id, Some(options));
        let mut bytes = Vec::new();
        while let Some(part) = parts.next().await {
            bytes.extend_from_slice(&part.map_err(|error| self.failed(&error))?);
        }
        Archive::read(&bytes)
            .map_err(|error| Failure::unreachable(format!("error during connect: archive of {path}: {error}")))
    }
}

enum Archive {
    Entries(Vec<Entry>),
    /// The path is a link to this one.
    Link(String),
}

impl Archive {
    fn read(bytes: &[u8]) -> std::io::Result<Self> {
        let mut entries = Vec::new();
        for entry in tar::Archive::new(bytes).entries()? {
            let mut entry = entry?;
            let path = entry.path()?.to_string_lossy().trim_end_matches('/').to_owned();
            let kind = entry.header().entry_type();
            if kind.is_symlink() && entries.is_empty() {
                return Ok(Self::Link(entry.link_name()?.unwrap_or_default().to_string_lossy().into_owned()));
            }
            if kind.is_dir() {
                entries.push(Entry { path, bytes: None });
            } else if kind.is_file() {
                let mut content = Vec::new();
                entry.read_to_end(&mut content)?;
                entries.push(Entry { path, bytes: Some(content) });
            }
        }
        Ok(Self::Entries(entries))
    }
}

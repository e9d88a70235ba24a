//! Files in and out of the nodes' containers, as tar archives (`docker cp`). As in life it is the image's files and the volumes
//! that are read and written: what lies beneath a tmpfs, not what is in it.

use base64::Engine as _;
use http::{HeaderValue, Method};
use serde_json::json;

use super::answer::{Answer, Refusal, bytes, empty};
use super::containers::known;
use super::events::event;
use super::route::Asked;
use crate::sandbox::host::archive::{self, Packing};
use crate::sandbox::host::{Entry, Files, Kind};

/// Go's file mode: directories and links have bits of their own.
fn go_mode(entry: &Entry) -> u32 {
    match entry.kind {
        Kind::Dir => 1 << 31 | entry.mode,
        Kind::Link(_) => 1 << 27 | entry.mode,
        Kind::File => entry.mode,
    }
}

pub(super) fn answer(asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let node = known(asked, name)?;
    let path = asked.value("path").to_owned();
    if path.is_empty() {
        return Err(Refusal(400, "bad parameter: pathcannot be empty".to_owned()));
    }
    let missing = || Refusal(404, format!("Could not find the file {path} in container {name}"));
    let full = format!("/{}", path.trim_start_matches('/'));
    if asked.method == Method::PUT {
        let body = asked.body.clone();
        return asked.shared.with(|world| {
            let files = &mut world.hosts.files_mut(&node).ok_or_else(missing)?.on_disk();
            let dir = files.resolve(&full).filter(|dir| files.get(dir).is_some()).ok_or_else(missing)?;
            if !files.get(&dir).is_some_and(|entry| entry.is_dir()) {
                return Err(Refusal(400, "extraction point is not a directory".to_owned()));
            }
            unpack(files, &dir, &body).map_err(|error| Refusal(400, error))?;
            event(world, &node, "extract-to-dir", Vec::new());
            Ok(empty(200))
        });
    }
    let (own, base, tar) = asked.shared.with(|world| {
        let files = &world.hosts.files_mut(&node).ok_or_else(missing)?.on_disk();
        // A link at the end is itself; with a slash or `.` behind it, what it points to.
        let follows = full.ends_with('/') || full.ends_with("/.");
        let resolved = files.resolve(&full).ok_or_else(missing)?;
        let (dir, last) = full.trim_end_matches('/').rsplit_once('/').unwrap_or_default();
        let at = match files.resolve(if dir.is_empty() { "/" } else { dir }) {
            Some(dir) if !follows && !matches!(last, "" | "." | "..") => {
                format!("{}/{last}", dir.trim_end_matches('/'))
            }
            _ => resolved,
        };
        let own = files.own(&at).ok_or_else(missing)?;
        let base = at.rsplit('/').next().unwrap_or_default().to_owned();
        let name = if full.ends_with("/.") { "." } else { base.as_str() };
        let tar = if asked.method == Method::HEAD {
            Vec::new()
        } else {
            event(world, &node, "archive-path", Vec::new());
            pack(files, &at, name).map_err(|error| Refusal(500, error.to_string()))?
        };
        Ok::<_, Refusal>((own, base, tar))
    })?;
    let target = if let Kind::Link(to) = &own.kind { to.as_str() } else { "" };
    let stat = json!({"name": base, "size": own.size, "mode": go_mode(&own), "mtime": own.mtime.to_string(), "linkTarget": target});
    let mut answer = bytes("application/x-tar", tar);
    let stat = base64::engine::general_purpose::STANDARD.encode(stat.to_string());
    if let Ok(stat) = HeaderValue::from_str(&stat) {
        answer.headers_mut().insert("X-Docker-Container-Path-Stat", stat);
    }
    Ok(answer)
}

fn pack(files: &Files, at: &str, name: &str) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    archive::pack(&mut builder, files, at, name, Packing::default())?;
    builder.into_inner()
}

fn unpack(files: &mut Files, dir: &str, body: &[u8]) -> Result<(), String> {
    let (members, broken) = archive::members(body);
    for member in members {
        let name = member.name.trim_start_matches("./").trim_end_matches('/');
        if name.split('/').any(|part| part == "..") {
            return Err(format!("invalid path {name}"));
        }
        if !matches!(name, "" | ".") {
            archive::put(files, dir, name, member.entry).map_err(|why| format!("{dir}/{name}: {why}"))?;
        }
    }
    broken.map_or(Ok(()), |_| Err("unexpected EOF".to_owned()))
}

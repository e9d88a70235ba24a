//! `docker cp`: out of a container into the run's output folder, and from the notebook's files into a container.

use std::path::{Component, Path};

use super::parse;
use crate::bindings::flags::Flag;
use crate::bindings::{Workspace, files};
use crate::client::Failure;
use crate::client::docker::{Docker, ExecOptions};

pub(super) async fn cp(docker: &Docker, workspace: &Workspace, words: &[String]) -> Result<i32, Failure> {
    let flags = parse("cp", words, &[Flag::switch("quiet", Some('q'))], (2, Some(2)))?;
    match (flags.args[0].split_once(':'), flags.args[1].split_once(':')) {
        (Some(_), Some(_)) => Err(Failure::usage("copying between containers is not supported")),
        (None, None) => Err(Failure::usage("must specify at least one container source")),
        (Some((container, path)), None) => copy_out(docker, &workspace.output, container, path, &flags.args[1]).await,
        (None, Some((container, path))) => copy_in(docker, workspace, &flags.args[0], container, path).await,
    }
}

async fn copy_out(
    docker: &Docker,
    folder: &Path,
    container: &str,
    path: &str,
    destination: &str,
) -> Result<i32, Failure> {
    if destination == "-" {
        return Err(Failure::refused("docker cp: an archive is no text")
            .with_hint("docker::copy_from(container, path) gives a file's text"));
    }
    let wanted = Path::new(destination);
    if !wanted.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(Failure::refused(format!("docker cp: {destination}: copies go into the run's output folder"))
            .with_hint("give a path without a leading / and without .."));
    }
    let entries = docker.copy_out(container, path).await.map_err(|mut failure| {
        if failure.is_not_found() && failure.answer.starts_with("Could not find the file") {
            failure.message =
                format!("Error response from daemon: Could not find the file {path} in container {container}");
        }
        failure
    })?;
    let into_folder = destination.ends_with('/') || destination == "." || folder.join(wanted).is_dir();
    let broken = |path: &Path, error: &std::io::Error| Failure::answer(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| broken(folder, &error))?;
    for entry in entries {
        let inner = Path::new(&entry.path);
        if !inner.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Failure::refused(format!("docker cp: {}: outside of what is copied", entry.path)));
        }
        let named: std::path::PathBuf = match into_folder {
            true => wanted.join(inner),
            false => wanted.components().chain(inner.components().skip(1)).collect(),
        };
        let target = folder.join(&named);
        let Some(bytes) = entry.bytes else {
            std::fs::create_dir_all(&target).map_err(|error| broken(&named, &error))?;
            continue;
        };
        if !target.parent().is_some_and(Path::is_dir) {
            let parent = named.parent().unwrap_or(&named).display().to_string();
            return Err(Failure::usage(format!("invalid output path: directory {parent:?} does not exist")));
        }
        let mut file = std::fs::File::create_new(&target).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::refused(format!(
                "docker cp: {} is there already, and kpnb writes over no file",
                named.display()
            )),
            _ => broken(&named, &error),
        })?;
        std::io::Write::write_all(&mut file, &bytes).map_err(|error| broken(&named, &error))?;
    }
    Ok(0)
}

/// The file is one of the notebook's, or one that the run has written.
async fn copy_in(
    docker: &Docker,
    workspace: &Workspace,
    source: &str,
    container: &str,
    path: &str,
) -> Result<i32, Failure> {
    let written = Path::new(source);
    let own = written.components().all(|part| matches!(part, Component::Normal(_)));
    let written = workspace.output.join(written);
    let (file, bytes) = match own && written.is_file() {
        true => {
            let bytes = files::read(&written, source)?;
            (written, bytes)
        }
        false => workspace.bytes(source)?,
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let asked = ["test".to_owned(), "-d".to_owned(), path.to_owned()];
    let is_folder = docker.exec(container, &asked, &ExecOptions::default()).await?.exit_code == 0;
    let (folder, name) = match path.trim_end_matches('/').rsplit_once('/') {
        _ if is_folder => (path, name.as_str()),
        Some((folder, name)) => (if folder.is_empty() { "/" } else { folder }, name),
        None => ("/", path),
    };
    docker.copy_in(container, folder, name, &bytes).await?;
    Ok(0)
}

//! Files and folders → objects.

use super::{Contents, parse};
use crate::bindings::Workspace;
use crate::client::Failure;

/// Reads files, folders (`.yaml`, `.yml`, `.json` in them, by name) and `-`, which is `stdin`. One that is wrong does not keep
/// the others from being read.
///
/// # Errors
/// A name that leads nowhere; nothing is read then, as in kubectl.
pub fn load(
    workspace: &Workspace,
    names: &[String],
    recursive: bool,
    stdin: Option<&str>,
) -> Result<Vec<Contents>, Failure> {
    let mut texts = Vec::new();
    for name in names {
        if name == "-" {
            texts.push(("STDIN".to_owned(), Ok(stdin.unwrap_or_default().to_owned())));
        } else if workspace.locate(name)?.is_dir() {
            for file in files_in(workspace, name, recursive)? {
                let text = workspace.read(&file).map(|(_, text)| text);
                texts.push((file, text));
            }
        } else {
            texts.push((name.clone(), workspace.read(name).map(|(_, text)| text)));
        }
    }
    let contents = |(name, text): (String, Result<String, Failure>)| match text {
        Ok(text) => parse(&name, &text),
        Err(failure) => Contents { failure: Some(failure), ..Contents::default() },
    };
    Ok(texts.into_iter().map(contents).collect())
}

fn files_in(workspace: &Workspace, folder: &str, recursive: bool) -> Result<Vec<String>, Failure> {
    let unreadable = |error| Failure::usage(format!("error: cannot read {folder}: {error}"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(workspace.locate(folder)?).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        // As kubectl, not over links: those that lead back would never end.
        let is_folder = entry.file_type().map_err(unreadable)?.is_dir();
        names.push((entry.file_name().to_string_lossy().into_owned(), is_folder));
    }
    names.sort();
    let mut files = Vec::new();
    for (name, is_folder) in names {
        let path = format!("{}/{name}", folder.trim_end_matches('/')).trim_start_matches("./").to_owned();
        if is_folder && recursive {
            files.extend(files_in(workspace, &path, recursive)?);
        } else if !is_folder && [".json", ".yaml", ".yml"].iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
    Ok(files)
}

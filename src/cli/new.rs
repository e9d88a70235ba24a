//! `kpnb new`: a notebook with its manifest and library module, which run at once.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::report::{Error, Exit};

const EXAMPLES: &str = "\
Examples:
  kpnb new pod-eviction
  kpnb run --cluster kind-k8splayground notebooks/pod-eviction.md";

/// Begin an exploration: a notebook, a manifest and a library module that run as they are.
///
/// Writes notebooks/NAME.md, manifests/NAME.yaml and stdlib/NAME.rhai below the current folder, and never over a file.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Lower-case letters, digits and single dashes; it also names the Kubernetes objects.
    #[arg(value_parser = name)]
    name: String,
    /// The folder to write below.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

/// What a label of Kubernetes, a file and a cell can be called alike.
fn name(text: &str) -> Result<String, String> {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
    if starts && text.len() <= 50 && text.split('-').all(part) {
        Ok(text.to_owned())
    } else {
        Err("write lower-case letters, digits and single dashes, as in pod-eviction; at most 50".to_owned())
    }
}

pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let name = &args.name;
    let files = [
        (format!("notebooks/{name}.md"), include_str!("new/notebook.md")),
        (format!("manifests/{name}.yaml"), include_str!("new/manifest.yaml")),
        (format!("stdlib/{name}.rhai"), include_str!("new/module.rhai")),
    ];
    for (file, _) in &files {
        let path = args.folder.join(file);
        if path.exists() {
            let message = format!("{} is there already", path.display());
            return Err(Error::with_hint(Exit::Usage, message, "nothing was written; choose another name"));
        }
    }
    for (file, template) in &files {
        let path = args.folder.join(file);
        create(&path, &fill(template, name))
            .map_err(|error| Error::usage(format!("cannot write {}: {error}", path.display())))?;
        println!("{}", path.display());
    }
    Ok(Exit::Ok)
}

/// `NAME` in all its forms: as it is, as a title, as an identifier of Rhai.
fn fill(template: &str, name: &str) -> String {
    let words = name.replace('-', " ");
    let title = words[..1].to_uppercase() + &words[1..];
    template.replace("{{name}}", name).replace("{{title}}", &title).replace("{{ident}}", &name.replace('-', "_"))
}

fn create(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_good_for_files_objects_and_cells() {
        assert!(name("pod-eviction2").is_ok());
        for bad in ["", "Pod", "a--b", "-a", "a-", "a_b", "../a", "2a", &"a".repeat(51)] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_notebook_is_without_fault() {
        let text = fill(include_str!("new/notebook.md"), "pod-eviction");
        let notebook = crate::notebook::parse("x.md", text);
        assert_eq!(notebook.diagnostics, []);
        assert_eq!(notebook.front_matter.title.as_deref(), Some("Pod eviction"));
        assert!(notebook.text.contains("import \"pod-eviction\" as pod_eviction;"));
    }
}

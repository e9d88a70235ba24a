//! The files that a notebook may read: those in a few folders, whatever it calls them and whatever links it came with.

use std::path::{Component, Path, PathBuf};

use crate::client::Failure;

/// The largest file that a notebook may read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The canonical path of a file or folder that a script names, looked up in `folders`, in order.
///
/// # Errors
/// A missing one, with the folders that were searched; a URL; a path that leads outside of them, also over links.
pub fn locate(folders: &[PathBuf], name: &str) -> Result<PathBuf, Failure> {
    if name.contains("://") {
        return Err(Failure::refused(format!("{name}: URLs are not fetched"))
            .with_hint("save the manifest beside the notebook and name the file"));
    }
    let outside = || {
        Failure::refused(format!("{name}: outside of the notebook's reach"))
            .with_hint("files are looked up in the notebook's folder and in manifests/ beside it or its folder")
    };
    // What is written as a path to elsewhere is not looked for: not even whether it is there can be learned.
    let written: Vec<PathBuf> = folders.iter().map(|folder| without_dots(&folder.join(name))).collect();
    let is_inside = |path: &PathBuf| folders.iter().any(|folder| path.starts_with(without_dots(folder)));
    if !folders.is_empty() && !written.iter().any(is_inside) {
        return Err(outside());
    }
    for path in written.iter().filter(|path| is_inside(path)) {
        let Ok(path) = path.canonicalize() else { continue };
        let stays =
            folders.iter().filter_map(|folder| folder.canonicalize().ok()).any(|folder| path.starts_with(folder));
        return if stays { Ok(path) } else { Err(outside()) };
    }
    let searched: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    Err(Failure::usage(format!("error: the path {name:?} does not exist"))
        .with_hint(format!("looked in {}", searched.join(", "))))
}

/// What is in a file; `name` is what the script calls it.
///
/// # Errors
/// An unreadable file, one that is too large, and what is no file: a pipe or a device might never end.
pub fn read(path: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| Failure::usage(format!("error: cannot read {name}: {why}"));
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        return Err(unreadable(&"it is a folder"));
    }
    if !metadata.is_file() {
        return Err(Failure::refused(format!("error: cannot read {name}: it is no file")));
    }
    if metadata.len() > LARGEST {
        return Err(Failure::refused(format!("error: cannot read {name}: it has more than {} MiB", LARGEST >> 20)));
    }
    std::fs::read(path).map_err(|error| unreadable(&error))
}

/// Whether `path` is in `folder` as it is written, and over whatever links it leads; so may be one that is not there.
pub fn is_within(path: &Path, folder: &Path) -> bool {
    let over_links = match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        (there, _) => there.is_err(),
    };
    without_dots(path).starts_with(without_dots(folder)) && over_links
}

/// A path without `.` and `..`, as it is written: what links make of it is not looked at.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    /// `around/here/in.yaml`, `around/manifests/m.yaml`, `around/secret`, and links that lead out.
    fn ground() -> (tempfile::TempDir, Vec<PathBuf>) {
        let ground = tempfile::tempdir().unwrap();
        let around = ground.path().canonicalize().unwrap();
        for folder in ["here/sub", "manifests"] {
            std::fs::create_dir_all(around.join(folder)).unwrap();
        }
        for file in ["here/in.yaml", "here/sub/deep.yaml", "manifests/m.yaml", "secret"] {
            std::fs::write(around.join(file), file).unwrap();
        }
        symlink("../secret", around.join("here/link.yaml")).unwrap();
        symlink("..", around.join("here/up")).unwrap();
        symlink("/", around.join("here/root")).unwrap();
        symlink("in.yaml", around.join("here/same.yaml")).unwrap();
        let folders = vec![around.join("here"), around.join("manifests")];
        (ground, folders)
    }

    #[test]
    fn what_lies_in_the_folders_is_found_however_it_is_called() {
        let (_ground, folders) = ground();
        for name in
            ["in.yaml", "./in.yaml", "sub/../in.yaml", "same.yaml", "sub/deep.yaml", "m.yaml", "../manifests/m.yaml"]
        {
            assert!(locate(&folders, name).is_ok(), "{name}");
        }
        let absolute = folders[0].join("in.yaml");
        assert_eq!(locate(&folders, absolute.to_str().unwrap()).unwrap(), absolute);
    }

    #[test]
    fn what_leads_out_is_refused() {
        let (_ground, folders) = ground();
        for name in [
            "../secret",
            "sub/../../secret",
            "link.yaml",
            "up/secret",
            "root/etc/passwd",
            "/etc/passwd",
            "/proc/self/environ",
            "../../../../../../../../etc/passwd",
            "../here-too/x",
            "https://example.com/x.yaml",
            "file:///etc/passwd",
            "HTTP://example.com",
        ] {
            let failure = locate(&folders, name).unwrap_err();
            assert_eq!(failure.kind, crate::client::FailureKind::Refused, "{name}: {failure}");
        }
        // Whether it is there makes no difference.
        assert_eq!(locate(&folders, "/no/such").unwrap_err().kind, crate::client::FailureKind::Refused);
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        let (_ground, folders) = ground();
        let pipe = folders[0].join("pipe.yaml");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(read(&pipe, "pipe.yaml").unwrap_err().message.ends_with("it is no file"));
        assert!(read(Path::new("/dev/zero"), "zero").unwrap_err().message.ends_with("it is no file"));
        assert!(read(&folders[0], "here").unwrap_err().message.ends_with("it is a folder"));
        let large = folders[0].join("large");
        std::fs::File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(read(&large, "large").unwrap_err().message.ends_with("it has more than 64 MiB"));
    }

    #[test]
    fn a_folder_may_be_no_link_to_elsewhere() {
        let (ground, folders) = ground();
        assert!(is_within(&folders[0].join("sub"), &folders[0]) && is_within(&folders[0].join("later"), &folders[0]));
        assert!(!is_within(&folders[0].join("up"), &folders[0]) && !is_within(&folders[0].join("../x"), &folders[0]));
        assert!(!is_within(Path::new("/etc"), ground.path()));
    }
}

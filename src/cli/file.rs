//! Reads and writes notebooks' files: the only place that does.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::notebook::{self, Merged, Notebook, Run};
use crate::report::{Error, Exit};

/// Reads and parses a notebook.
///
/// # Errors
/// An unreadable file, or one that is not UTF-8.
pub(super) fn read(path: &Path) -> Result<Notebook, Error> {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => Ok(notebook::parse(name, text)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(Error::with_hint(Exit::Usage, format!("cannot read {name}: it is not UTF-8"), "save it as UTF-8"))
        }
        Err(error) => Err(Error::usage(format!("cannot read {name}: {error}"))),
    }
}

/// Writes what a run of `ran` brought into its file. When the file has changed meanwhile, the new outputs go into the
/// person's text; [`Merged::conflicts`] says for which cells that could not be.
///
/// # Errors
/// A file that cannot be read or written; it is as it was. The text that it should have got is then in `spare`.
pub(super) fn save(path: &Path, ran: &Notebook, run: &Run, spare: &Path) -> Result<Merged, Error> {
    let _alone = alone(path);
    // A person may save between the look and the write; the look is repeated until nothing came between.
    let mut on_disk = fs::read_to_string(path);
    loop {
        let merged = match &on_disk {
            Ok(text) if *text == ran.text => Merged { update: notebook::update(ran, run), conflicts: Vec::new() },
            Ok(text) => notebook::merge(ran, &notebook::parse(ran.name.clone(), text.clone()), run),
            // Gone or unreadable: the text that ran is all there is.
            Err(error) => {
                let text = notebook::update(ran, run).text;
                return Err(spared(path, &format!("cannot read it again: {error}"), &text, spare));
            }
        };
        if on_disk.as_ref().is_ok_and(|text| *text == merged.update.text) {
            return Ok(merged);
        }
        let again = fs::read_to_string(path);
        if let (Ok(before), Ok(now)) = (&on_disk, &again)
            && before == now
        {
            return match replace(path, &merged.update.text) {
                Ok(()) => Ok(merged),
                Err(error) => Err(spared(path, &error.to_string(), &merged.update.text, spare)),
            };
        }
        on_disk = again;
    }
}

/// Puts a text in a file's place, whole or not at all: written beside it, synced, then renamed. The file keeps its
/// mode and owner; a symlink stays one.
///
/// # Errors
/// A file or folder that may not be written; the file is as it was.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(path)?;
    let metadata = fs::metadata(&target)?;
    if metadata.permissions().readonly() {
        // A rename would replace it all the same.
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    let folder = target.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().prefix(".kpnb-").suffix(".md").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(metadata.permissions())?;
    keep_owner(file.as_file(), &metadata);
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    // The rename is on disk when the folder is. Not every file system can sync one; the text is whole either way.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Puts a text into a file, whole or not at all, whether the file is there or not.
///
/// # Errors
/// As [`replace`], or a folder that is missing.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() {
        return replace(path, text);
    }
    let folder = folder(path);
    let mut builder = tempfile::Builder::new();
    // As any program creates files: less what the person's umask takes.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".kpnb-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// The folder that a path lies in.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How long another kpnb may take to write a file beside ours, which is an instant unless it was stopped in the middle.
const OTHERS: Duration = Duration::from_secs(5);

/// Keeps other kpnbs from writing files of this folder until it is dropped: two that read the same text and write one
/// after the other would lose what the first has written. Not every file system has locks; without one a run is as safe
/// as beside an editor.
fn alone(path: &Path) -> Option<File> {
    let target = fs::canonicalize(path).ok()?;
    let folder = File::open(target.parent()?).ok()?;
    let begin = Instant::now();
    loop {
        match folder.try_lock() {
            Ok(()) => return Some(folder),
            Err(fs::TryLockError::WouldBlock) if begin.elapsed() < OTHERS => {
                std::thread::sleep(Duration::from_millis(5))
            }
            Err(_) => return None,
        }
    }
}

/// When root writes a person's file it stays the person's. Others cannot give files away, and need not.
#[cfg(unix)]
fn keep_owner(file: &File, metadata: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) {}

/// The error for a file that could not be written, after saving its text elsewhere.
fn spared(path: &Path, why: &str, text: &str, spare: &Path) -> Error {
    let message = format!("cannot write {}: {why}", path.display());
    let name = path.file_name().map_or_else(|| PathBuf::from("notebook.md"), PathBuf::from);
    let at = spare.join(name);
    match fs::create_dir_all(spare).and_then(|()| fs::write(&at, text)) {
        Ok(()) => {
            let hint = format!("the file is as it was; the text with the new outputs is in {}", at.display());
            Error::with_hint(Exit::Usage, message, hint)
        }
        Err(error) => {
            let hint = format!("the file is as it was; nor can {} be written: {error}", at.display());
            Error::with_hint(Exit::Usage, message, hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::notebook::{CellOutput, OutputPiece, Status};

    const TEXT: &str = "# t\n\n```rhai {name=a}\n1\n```\n";

    fn run(text: &str) -> Run {
        let output = CellOutput {
            cell: 0,
            status: Status::Ok,
            on: "here".into(),
            pieces: vec![OutputPiece::new("text", text, None)],
            elapsed: Duration::ZERO,
        };
        Run { outputs: vec![output], ..Run::default() }
    }

    fn folder(text: &str) -> (tempfile::TempDir, PathBuf, Notebook) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.md");
        fs::write(&path, text).unwrap();
        let notebook = read(&path).unwrap();
        (folder, path, notebook)
    }

    #[test]
    fn keeps_mode_and_symlink_and_leaves_nothing_behind() {
        let (folder, path, notebook) = folder(TEXT);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link.md");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        save(&link, &notebook, &run("1"), &folder.path().join("spare")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::read_to_string(&path).unwrap().contains("```text\n1\n```"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_file_that_changed_meanwhile_keeps_the_persons_text() {
        let (folder, path, notebook) = folder(TEXT);
        fs::write(&path, TEXT.replace("# t", "# title")).unwrap();
        let merged = save(&path, &notebook, &run("1"), folder.path()).unwrap();
        assert_eq!(merged.conflicts, []);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# title\n") && text.contains("```text\n1\n```"), "{text}");
    }

    #[test]
    fn a_read_only_file_stays_and_the_result_is_spared() {
        let (folder, path, notebook) = folder(TEXT);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let spare = folder.path().join("spare");
        let error = save(&path, &notebook, &run("1"), &spare).unwrap_err();
        assert!(error.report.to_string().contains("read-only"), "{}", error.report);
        assert_eq!(fs::read_to_string(&path).unwrap(), TEXT);
        assert!(fs::read_to_string(spare.join("n.md")).unwrap().contains("```text\n1\n```"));
    }

    #[test]
    fn a_file_that_is_gone_loses_nothing() {
        let (folder, path, notebook) = folder(TEXT);
        fs::remove_file(&path).unwrap();
        let spare = folder.path().join("spare");
        save(&path, &notebook, &run("1"), &spare).unwrap_err();
        assert!(!path.exists());
        assert!(fs::read_to_string(spare.join("n.md")).unwrap().contains("```text\n1\n```"));
    }

    #[test]
    fn of_runs_that_end_together_none_loses_its_output() {
        let text: String = (0..8).map(|cell| format!("```rhai {{name=c{cell}}}\n{cell}\n```\n\n")).collect();
        let (folder, path, notebook) = folder(&text);
        std::thread::scope(|threads| {
            for cell in 0..8 {
                let (path, notebook, folder) = (&path, &notebook, folder.path());
                threads.spawn(move || {
                    let mut run = run(&format!("output {cell}"));
                    run.outputs[0].cell = cell;
                    let merged = save(path, notebook, &run, &folder.join("spare")).unwrap();
                    assert_eq!(merged.conflicts, []);
                });
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        for cell in 0..8 {
            assert!(text.contains(&format!("```text\noutput {cell}\n```")), "{text}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_read_only_folder_keeps_the_file_and_the_result_is_spared() {
        let (folder, path, notebook) = folder(TEXT);
        let spare = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let saved = save(&path, &notebook, &run("1"), spare.path());
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // To root no folder is read-only.
        let Err(error) = saved else { return assert!(fs::read_to_string(&path).unwrap().contains("```text\n1\n```")) };
        assert!(error.report.help().unwrap().to_string().contains("the text with the new outputs is in"));
        assert_eq!(fs::read_to_string(&path).unwrap(), TEXT);
        assert!(fs::read_to_string(spare.path().join("n.md")).unwrap().contains("```text\n1\n```"));
    }

    #[test]
    fn says_what_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.md");
        assert!(read(&path).unwrap_err().report.to_string().contains("cannot read"));
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(read(&path).unwrap_err().report.to_string().contains("not UTF-8"));
    }
}

//! A journal's file: lines that are only ever added to its end.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::line::Line;

/// An open journal. The process that has it open holds its lock, which dies with it.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    file: File,
    /// Where its last whole line ends.
    length: u64,
}

/// What a journal's file says.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Its whole lines.
    pub(super) lines: Vec<Line>,
    /// The numbers of lines in its midst that nobody can read.
    pub(super) damaged: Vec<usize>,
    /// Where the last whole line ends.
    length: u64,
}

impl JournalFile {
    /// Makes the file, which only this user can read, with its first lines.
    pub(super) fn create(path: &Path, first: &[Line]) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        // Nobody else knows the name yet.
        let _ = file.try_lock();
        let mut journal = Self { path: path.to_owned(), file, length: 0 };
        let begun = first.iter().try_for_each(|line| journal.write(line)).and_then(|()| journal.file.sync_all());
        if let Err(error) = begun {
            journal.remove()?;
            return Err(error);
        }
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(journal)
    }

    /// Opens a journal that another process has left, to add to it. None: that process lives.
    pub(super) fn open(path: &Path) -> io::Result<Option<(Self, Contents)>> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let contents = read_from(&mut file)?;
        // A line that was cut off belongs to a change that was never made.
        file.set_len(contents.length)?;
        Ok(Some((Self { path: path.to_owned(), file, length: contents.length }, contents)))
    }

    /// Adds a line. When this returns it is on the disk.
    pub(super) fn append(&mut self, line: &Line) -> io::Result<()> {
        self.write(line)?;
        self.file.sync_data()
    }

    /// Adds a line that may be lost in a power cut, though not when the process ends.
    pub(super) fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.file.seek(SeekFrom::Start(self.length))?;
        if let Err(error) = self.file.write_all(text.as_bytes()) {
            // The next line begins where this one did.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += text.len() as u64;
        Ok(())
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads a journal without touching it.
pub(super) fn read(path: &Path) -> io::Result<Contents> {
    read_from(&mut File::open(path)?)
}

/// Whether the process that writes this journal lives.
pub(super) fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Makes a folder that only this user can enter.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn read_from(file: &mut File) -> io::Result<Contents> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let mut contents = Contents::default();
    let mut damaged = None;
    let mut end = 0;
    for (index, piece) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        end += piece.len() as u64;
        let line = piece.strip_suffix(b"\n").and_then(|text| serde_json::from_slice(text).ok());
        let Some(line) = line else {
            // The last line may have been cut off by a power cut; any other is damage.
            damaged.get_or_insert_with(Vec::new).push(index + 1);
            continue;
        };
        contents.damaged.extend(damaged.take().unwrap_or_default());
        contents.lines.push(line);
        contents.length = end;
    }
    Ok(contents)
}

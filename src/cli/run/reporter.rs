//! `--report`: where reports go, and how they get there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::cli::file;
use crate::report::{self, Error, Exit, RunReport};

/// The value of `--report`: `json=FILE` or `junit=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct ReportTo {
    form: Form,
    /// `-` is standard output.
    file: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Junit,
}

impl FromStr for ReportTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (form, file) = text.split_once('=').ok_or("write json=FILE or junit=FILE")?;
        let form = match form {
            "json" => Form::Json,
            "junit" => Form::Junit,
            other => return Err(format!("no form {other:?}: write json=FILE or junit=FILE")),
        };
        if file.is_empty() {
            return Err("a file is missing behind the =".to_owned());
        }
        Ok(Self { form, file: file.into() })
    }
}

impl ReportTo {
    fn is_stdout(&self) -> bool {
        self.file == Path::new("-")
    }

    fn error(&self, why: &str) -> Error {
        Error::usage(format!("cannot write the report {}: {why}", self.file.display()))
    }
}

/// Looks whether all reports can be written, before anything runs. `printing`: standard output is taken.
///
/// # Errors
/// A folder that is missing or may not be written, a read-only file, a notebook of the run, two reports in one place.
pub(super) fn check(reports: &[ReportTo], notebooks: &[PathBuf], printing: bool) -> Result<(), Error> {
    let mut places = Vec::new();
    for report in reports {
        let place = if report.is_stdout() { report.file.clone() } else { writable(report)? };
        if report.is_stdout() && printing {
            return Err(report.error("standard output has outputs or differences already"));
        }
        if notebooks.iter().filter_map(|notebook| notebook.canonicalize().ok()).any(|notebook| notebook == place) {
            return Err(report.error("it is a notebook of this run"));
        }
        if places.contains(&place) {
            return Err(report.error("another report goes there already"));
        }
        places.push(place);
    }
    Ok(())
}

/// The canonical path of a report that can be written.
fn writable(report: &ReportTo) -> Result<PathBuf, Error> {
    let path = &report.file;
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(report.error("it is a folder")),
        Ok(metadata) if metadata.is_file() && metadata.permissions().readonly() => {
            return Err(report.error("the file is read-only"));
        }
        // A pipe or a device: only writing shows whether it can be written.
        Ok(metadata) if !metadata.is_file() => return Ok(path.clone()),
        _ => {}
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    let folder = file::folder(&target);
    let folder = folder.canonicalize().map_err(|error| {
        let message = format!("cannot write the report {}: {}: {error}", path.display(), folder.display());
        Error::with_hint(Exit::Usage, message, format!("mkdir -p {}", folder.display()))
    })?;
    tempfile::tempfile_in(&folder).map_err(|error| report.error(&format!("{}: {error}", folder.display())))?;
    Ok(folder.join(target.file_name().unwrap_or_default()))
}

/// Writes all reports, each whole or not at all; one that fails does not keep the others from being written.
///
/// # Errors
/// The first that could not be written.
pub(super) fn write(reports: &[ReportTo], run: &RunReport) -> Result<(), Error> {
    let mut failed = Ok(());
    for report in reports {
        let written = text(report.form, run).and_then(|text| {
            let special = fs::metadata(&report.file).is_ok_and(|metadata| !metadata.is_file());
            if report.is_stdout() {
                io::stdout().write_all(text.as_bytes())
            } else if special {
                fs::write(&report.file, text)
            } else {
                file::write(&report.file, &text)
            }
        });
        failed = failed.and(written.map_err(|error| report.error(&error.to_string())));
    }
    failed
}

fn text(form: Form, run: &RunReport) -> io::Result<String> {
    match form {
        Form::Json => Ok(report::json(run)),
        Form::Junit => report::junit(run).map_err(io::Error::other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(text: &str) -> ReportTo {
        text.parse().unwrap()
    }

    fn refused(reports: &[ReportTo], notebooks: &[PathBuf], printing: bool) -> String {
        check(reports, notebooks, printing).unwrap_err().report.to_string()
    }

    #[test]
    fn reads_form_and_file() {
        assert_eq!(to("json=a=b.json"), ReportTo { form: Form::Json, file: "a=b.json".into() });
        for wrong in ["json", "xml=a", "junit="] {
            assert!(wrong.parse::<ReportTo>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn says_before_the_run_what_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let json = |name: &str| to(&format!("json={}", path(name).display()));
        fs::write(path("n.md"), "# n").unwrap();
        let notebooks = [path("n.md")];
        assert!(check(&[json("a.json"), json("b.json")], &notebooks, false).is_ok());
        assert!(refused(&[json("a.json"), json("./a.json")], &notebooks, false).contains("another report"));
        assert!(refused(&[json("n.md")], &notebooks, false).contains("a notebook"));
        assert!(refused(&[json("none/a.json")], &notebooks, false).contains("No such file"));
        assert!(refused(&[to(&format!("json={}", folder.path().display()))], &notebooks, false).contains("a folder"));
        assert!(refused(&[to("junit=-")], &notebooks, true).contains("already"));
        assert!(refused(&[to("json=-"), to("junit=-")], &notebooks, false).contains("another report"));
        assert!(check(&[to("json=/dev/null")], &notebooks, false).is_ok());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

//! The files that a report is written to: all of one or nothing, and checked before a run begins.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::arguments::ReportFileArgs;
use super::error::CommandError;
use super::print::{self, Written};
use crate::event::Operation;
use crate::file::named::WriteTarget;
use crate::foreign;
use crate::foreign::one_line;
use crate::report::{self, Report, RunState};

impl ReportFileArgs {
    /// Checks that every file that is asked for can be written, and leaves none behind.
    ///
    /// # Errors
    /// If one cannot, or both are the same file.
    pub fn check(&self) -> Result<(), CommandError> {
        for path in [&self.html, &self.junit].into_iter().flatten() {
            check_one(path)?;
        }
        self.check_apart()
    }

    /// Checks that the two do not go to the same file.
    fn check_apart(&self) -> Result<(), CommandError> {
        let file = |path: &PathBuf| match WriteTarget::of(path) {
            Ok(WriteTarget::File(file)) => Some(file),
            Ok(WriteTarget::Stream(_)) | Err(_) => None,
        };
        let (html, junit) = (self.html.as_ref().and_then(file), self.junit.as_ref().and_then(file));
        if html.is_some() && html == junit {
            let text = "--html and --junit name the same file: nothing was touched";
            return Err(CommandError::usage(text));
        }
        Ok(())
    }

    /// Writes every file that is asked for; returns the paths of those that were written.
    ///
    /// One that cannot be written is said, and keeps what stood in its place.
    pub fn write(&self, state: &RunState, report: &Report) -> Vec<PathBuf> {
        let page = || match report.operation {
            Some(Operation::Plan) => report::plan_html(report),
            Some(_) | None => report::html(state, report),
        };
        let html = self.html.as_ref().map(|path| (path, page()));
        let junit = self.junit.as_ref().map(|path| (path, report::junit(report)));
        let mut written = Vec::new();
        for (path, text) in [html, junit].into_iter().flatten() {
            match write_one(path, &text) {
                Written::Whole | Written::Unread => written.push(path.clone()),
                Written::Lost => {}
            }
        }
        written
    }

    /// Returns whether every file that is asked for is among those that were written.
    pub fn whole(&self, written: &[PathBuf]) -> Written {
        let count = usize::from(self.html.is_some()) + usize::from(self.junit.is_some());
        if written.len() == count { Written::Whole } else { Written::Lost }
    }
}

/// Checks that a file can be written, and leaves none behind.
///
/// # Errors
/// If it cannot.
pub fn check_one(path: &Path) -> Result<(), CommandError> {
    check(path).map_err(|error| {
        let help = "its folder must be there and writable; nothing was touched";
        let path = one_line(&foreign::path(path));
        CommandError::usage(format!("{path} cannot be written: {error}")).with_help(help)
    })
}

/// Writes a file; if it cannot be written, that is said, and it keeps what stood in its place.
pub fn write_one(path: &Path, text: &str) -> Written {
    match write(path, text) {
        Ok(()) => Written::Whole,
        Err(error) => {
            let path = foreign::path(path);
            print::trouble_line(&format!("warning: {path} could not be written: {error}"));
            Written::Lost
        }
    }
}

fn check(path: &Path) -> io::Result<()> {
    let target = WriteTarget::of(path)?;
    if let WriteTarget::File(file) = &target
        && !is_replaceable(file)?
    {
        return Err(io::Error::other("what stands there is no page and no report"));
    }
    target.check()
}

/// Whether a file may be replaced by a report: one that is not there, is empty, or is HTML or XML. A shell's `*` names
/// environment files behind `--html` soon.
fn is_replaceable(file: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    match fs::File::open(file) {
        Ok(file) => file.take(64).read_to_end(&mut start)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        // What cannot be read may be written all the same.
        Err(_) => return Ok(true),
    };
    Ok(start.trim_ascii_start().first().is_none_or(|first| *first == b'<'))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    WriteTarget::of(path)?.write(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_a_link_stays_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (file, link) = (folder.path().join("report.xml"), folder.path().join("link"));
        write(&file, "<old/>").expect("it can be written");
        std::os::unix::fs::symlink(&file, &link).expect("a link can be made");
        check(&link).expect("it can be written");
        write(&link, "new").expect("it can be written");
        assert_eq!(fs::read_to_string(&file).expect("it can be read"), "new");
        assert!(fs::symlink_metadata(&link).expect("it stands").is_symlink());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "no draft stays");
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("report.html");
        fs::write(&file, "old").expect("it can be written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is ours");
        write(&file, "new").expect("it can be written");
        let mode = fs::metadata(&file).expect("it stands").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_new_file_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("report.html");
        write(&file, "outputs may be delicate").expect("it can be written");
        let mode = fs::metadata(&file).expect("it stands").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pipe = folder.path().join("report.html");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("it runs");
        assert!(made.success());
        assert!(check(&pipe).is_err());
    }

    #[test]
    fn what_is_no_report_is_not_replaced_by_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("prod.yaml");
        write(&file, "environment: prod\n").expect("it can be written");
        assert!(check(&file).is_err());
        for text in ["", "<!doctype html>", "\n<?xml version=\"1.0\"?>"] {
            write(&file, text).expect("it can be written");
            check(&file).expect("a report may stand in its place");
        }
    }

    #[test]
    fn what_cannot_be_written_is_known_beforehand() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let missing = check(&folder.path().join("missing/report.xml"));
        assert_eq!(missing.map_err(|error| error.kind()), Err(io::ErrorKind::NotFound));
        assert!(check(folder.path()).is_err(), "a folder");
        assert!(check(Path::new("..")).is_err() && check(Path::new("")).is_err());
    }

    #[test]
    fn a_device_is_written_to_and_stays() {
        check(Path::new("/dev/null")).expect("it can be written");
        write(Path::new("/dev/null"), "text").expect("it can be written");
        assert!(!fs::metadata("/dev/null").expect("it stands").is_file());
    }
}

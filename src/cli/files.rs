//! The files that a report is written to: all of one or nothing, and checked before a run begins.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::kept::ReportFiles;
use super::print;
use crate::report::{self, Report, RunState};

impl ReportFiles {
    /// Checks that every file that is asked for can be written, and leaves none behind.
    ///
    /// # Errors
    /// With the exit code for wrong usage, after saying which cannot.
    pub fn check(&self) -> Result<(), Exit> {
        for path in [&self.html, &self.junit].into_iter().flatten() {
            check(path).map_err(|error| {
                let help = "its folder must be there and writable; nothing was touched";
                print::note(&format!(
                    "{} cannot be written: {error}\n  help: {help}",
                    path.display()
                ));
                Exit::Usage
            })?;
        }
        Ok(())
    }

    /// Writes every file that is asked for; returns the paths of those that were written.
    ///
    /// One that cannot be written is said, and keeps what stood in its place.
    pub fn write(&self, state: &RunState, report: &Report) -> Vec<PathBuf> {
        let html = self.html.as_ref().map(|path| (path, report::html(state, report)));
        let junit = self.junit.as_ref().map(|path| (path, report::junit(report)));
        let mut written = Vec::new();
        for (path, text) in [html, junit].into_iter().flatten() {
            match write(path, &text) {
                Ok(()) => written.push(path.clone()),
                Err(error) => print::note(&format!(
                    "warning: {} could not be written: {error}",
                    path.display()
                )),
            }
        }
        written
    }

    /// Returns how many files are asked for.
    pub fn count(&self) -> usize {
        usize::from(self.html.is_some()) + usize::from(self.junit.is_some())
    }
}

/// Where a text goes.
enum Target {
    /// A file, there or not, which is replaced as a whole.
    File(PathBuf),
    /// A pipe or a device, which is written to.
    Stream,
}

fn target(path: &Path) -> io::Result<Target> {
    match fs::metadata(path) {
        // Through a link, so that the link stays one.
        Ok(found) if found.is_file() => Ok(Target::File(fs::canonicalize(path)?)),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => Ok(Target::Stream),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Target::File(path.to_owned())),
        Err(error) => Err(error),
    }
}

fn check(path: &Path) -> io::Result<()> {
    match target(path)? {
        Target::File(file) => {
            let draft = draft(&file)?;
            File::create_new(&draft)?;
            fs::remove_file(draft)
        }
        Target::Stream => Ok(()),
    }
}

/// Writes a whole file or nothing: readers see the old text or the new one.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let Target::File(file) = target(path)? else { return fs::write(path, text) };
    let draft = draft(&file)?;
    let written = File::create_new(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&draft, &file));
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&draft);
    }
    written
}

/// Returns the name of a draft beside `file`, which no other process uses.
fn draft(file: &Path) -> io::Result<PathBuf> {
    let name = file.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_string_lossy();
    Ok(file.with_file_name(format!(".{name}.{}.draft", std::process::id())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_a_link_stays_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (file, link) = (folder.path().join("report.xml"), folder.path().join("link"));
        write(&file, "old").expect("it can be written");
        std::os::unix::fs::symlink(&file, &link).expect("a link can be made");
        check(&link).expect("it can be written");
        write(&link, "new").expect("it can be written");
        assert_eq!(fs::read_to_string(&file).expect("it can be read"), "new");
        assert!(fs::symlink_metadata(&link).expect("it stands").is_symlink());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "no draft stays");
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

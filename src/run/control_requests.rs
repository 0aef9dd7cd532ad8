//! What people ask of a run that another process carries out: requests that they leave beside its journal, and
//! which that process takes.
//!
//! Nobody else needs to know where they stand. What is left for a process that is gone is not for the next one.

use std::ffi::OsStr;
use std::io;

use jiff::Timestamp;

use crate::event::ControlRequest;
use crate::file::Folder;
use crate::journal::{RunFolder, requests_name};
use crate::name::RunId;

/// How the file of a request ends.
const EXTENSION: &str = "json";

/// The requests to one run.
#[derive(Clone, Debug)]
pub struct ControlRequests {
    folder: RunFolder,
    /// The name of the folder that they stand in, beside the journal.
    name: String,
}

impl ControlRequests {
    /// Returns the requests to a run that is kept in a folder.
    pub fn of(folder: &RunFolder, run: &RunId) -> Self {
        Self { folder: folder.clone(), name: requests_name(run) }
    }

    /// Leaves a request for the process that carries the run out.
    ///
    /// # Errors
    /// If the folder cannot be written to, or is not ours.
    pub fn leave(&self, request: &ControlRequest) -> io::Result<()> {
        let folder = self.folder.opened()?.made_inside(&self.name)?;
        let json = serde_json::to_vec(request).expect("names and words become JSON");
        // In the order of their names they are heeded.
        let now = Timestamp::now().as_nanosecond();
        folder.replace(format!("{now:024}-{:08x}.{EXTENSION}", fastrand::u32(..)), &json)
    }

    /// Takes away what was left since, oldest first. What cannot be read or taken away is passed over.
    pub fn take(&self) -> Vec<ControlRequest> {
        let Ok(folder) = self.folder.opened().and_then(|runs| runs.inside(&self.name)) else {
            return Vec::new();
        };
        let names = folder.names().unwrap_or_default();
        let requests = names.iter().filter(|name| is_request(name));
        requests.filter_map(|name| taken(&folder, name)).collect()
    }

    /// Takes away all that was left, whatever it asks for.
    pub fn forget(&self) {
        let removed = self.folder.opened().and_then(|runs| runs.remove_folder(&self.name));
        if let Err(error) = removed.or_else(nothing_there) {
            tracing::warn!(%error, folder = self.name, "requests to the run stay behind");
        }
    }
}

fn is_request(name: &OsStr) -> bool {
    let name = name.to_str().unwrap_or_default();
    // Drafts are still being written.
    !name.starts_with('.') && name.ends_with(EXTENSION)
}

fn taken(folder: &Folder, name: &OsStr) -> Option<ControlRequest> {
    let read = folder.read(name);
    // One that stays would be heeded again and again.
    if let Err(error) = folder.remove(name) {
        tracing::warn!(%error, ?name, "a request to the run cannot be taken");
        return None;
    }
    let request = read.and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
    request.inspect_err(|error| tracing::warn!(%error, ?name, "a request cannot be read")).ok()
}

fn nothing_there(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::event::{Control, Owner};

    fn requests() -> (tempfile::TempDir, ControlRequests) {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        let run = "20261123-155602-k3f9".parse().expect("a run id");
        (state, ControlRequests::of(&folder, &run))
    }

    fn request(control: Control) -> ControlRequest {
        let owner = Owner { user: "ada".into(), host: "desk".into(), process: 7, job: None };
        ControlRequest { control, owner }
    }

    #[test]
    fn requests_are_taken_once_in_the_order_in_which_they_were_left() {
        let (_state, requests) = requests();
        assert_eq!(requests.take(), []);
        let asked = [Control::Pause, Control::Continue, Control::Cancel].map(request);
        asked.iter().for_each(|request| requests.leave(request).expect("it can be left"));
        assert_eq!(requests.take(), asked);
        assert_eq!(requests.take(), []);
    }

    #[test]
    fn what_is_left_is_its_owners_alone() {
        let (state, requests) = requests();
        requests.leave(&request(Control::Pause)).expect("it can be left");
        let folder = state.path().join("runs/20261123-155602-k3f9.requests");
        let mode = |path: &std::path::Path| fs::metadata(path).expect("it stands").permissions();
        assert_eq!(mode(&folder).mode() & 0o777, 0o700);
        let file = fs::read_dir(&folder).expect("it can be read").next().expect("one is left");
        assert_eq!(mode(&file.expect("it stands").path()).mode() & 0o777, 0o600);
        requests.forget();
        assert!(!folder.exists());
        requests.forget();
    }

    #[test]
    fn what_is_no_request_of_ours_is_passed_over() {
        let (state, requests) = requests();
        requests.leave(&request(Control::Pause)).expect("it can be left");
        let folder = state.path().join("runs/20261123-155602-k3f9.requests");
        fs::write(folder.join("0-bad.json"), "{\"control\":\"reboot\"}").expect("it takes files");
        fs::write(folder.join(".draft-1"), "{").expect("it takes files");
        let elsewhere = state.path().join("elsewhere.json");
        let stop = serde_json::to_vec(&request(Control::Cancel)).expect("JSON");
        fs::write(&elsewhere, stop).expect("it takes files");
        symlink(&elsewhere, folder.join("1-link.json")).expect("linked");
        assert_eq!(requests.take(), [request(Control::Pause)]);
        assert!(elsewhere.exists());
    }

    #[test]
    fn a_link_in_the_folders_place_is_not_followed() {
        let (state, requests) = requests();
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        let stop = serde_json::to_vec(&request(Control::Cancel)).expect("JSON");
        fs::write(elsewhere.path().join("1.json"), stop).expect("it takes files");
        let folder = state.path().join("runs/20261123-155602-k3f9.requests");
        symlink(elsewhere.path(), &folder).expect("linked");
        assert_eq!(requests.take(), []);
        assert!(requests.leave(&request(Control::Pause)).is_err());
        requests.forget();
        assert!(elsewhere.path().join("1.json").exists() && !folder.exists());
    }
}

//! Reservations of environments whose run was left and is to be resumed: other jobs wait for its end.
//!
//! The lock of an environment is let go when a job ends, and another job may get it before the one that
//! resumes the run. A reservation in the state folder keeps that other job back, for a while: whoever
//! goes on may never come.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::job_notes::JOBS;
use crate::journal::RunFolder;
use crate::name::{EnvironmentName, RunId};

/// How long a run is waited for that nobody goes on with.
const LASTS: Duration = Duration::from_secs(5 * 60);

/// The reservations of a state folder.
pub struct Reservations {
    folder: RunFolder,
}

/// An environment that is kept for a run.
#[derive(Serialize, Deserialize)]
struct Reservation {
    run: RunId,
    until: Timestamp,
}

impl Reservations {
    /// Returns the reservations of a state folder.
    pub fn of(folder: &RunFolder) -> Self {
        Self { folder: folder.clone() }
    }

    /// Keeps environments for a run.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub fn keep<'a>(
        &self,
        environments: impl IntoIterator<Item = &'a EnvironmentName>,
        run: &RunId,
        now: Timestamp,
    ) -> io::Result<()> {
        let until = now.checked_add(LASTS).unwrap_or(Timestamp::MAX);
        let reservation = Reservation { run: run.clone(), until };
        let text = serde_json::to_string(&reservation).expect("names and times become JSON");
        let folder = self.folder.make_beside(JOBS)?;
        let mut environments = environments.into_iter();
        environments.try_for_each(|name| folder.replace(file(name), text.as_bytes()))
    }

    /// Lets environments go that were kept for a run.
    pub fn release<'a>(
        &self,
        environments: impl IntoIterator<Item = &'a EnvironmentName>,
        run: &RunId,
    ) {
        let Ok(folder) = self.folder.open_beside(JOBS) else { return };
        for environment in environments {
            if self.read(environment).is_some_and(|kept| kept.run == *run) {
                let _ = folder.remove(file(environment));
            }
        }
    }

    /// Returns the run that one of the environments is kept for, unless it is this one.
    pub fn other<'a>(
        &self,
        environments: impl IntoIterator<Item = &'a EnvironmentName>,
        run: Option<&RunId>,
        now: Timestamp,
    ) -> Option<RunId> {
        let kept = environments.into_iter().filter_map(|environment| self.read(environment));
        let mut others = kept.filter(|kept| kept.until > now && Some(&kept.run) != run);
        others.next().map(|kept| kept.run)
    }

    fn read(&self, environment: &EnvironmentName) -> Option<Reservation> {
        let folder = self.folder.open_beside(JOBS).ok()?;
        serde_json::from_slice(&folder.read(file(environment)).ok()?).ok()
    }
}

fn file(environment: &EnvironmentName) -> String {
    format!("{environment}.reserved")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_kept_for_its_run_until_it_ended_or_nobody_came() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let reservations = Reservations::of(&RunFolder::of(state.path()));
        let run: RunId = "20261123-155602-k3f9".parse().expect("a run id");
        let other: RunId = "20261123-155602-aaaa".parse().expect("a run id");
        let [prod, test]: [EnvironmentName; 2] =
            ["prod", "test"].map(|n| n.parse().expect("a name"));
        let now = Timestamp::UNIX_EPOCH;
        reservations.keep([&prod], &run, now).expect("it is written");
        assert_eq!(reservations.other([&test, &prod], Some(&other), now), Some(run.clone()));
        assert_eq!(reservations.other([&prod], None, now), Some(run.clone()));
        assert_eq!(reservations.other([&prod], Some(&run), now), None);
        assert_eq!(reservations.other([&test], Some(&other), now), None);
        assert_eq!(reservations.other([&prod], None, now + LASTS), None);
        reservations.release([&prod], &other);
        assert_eq!(reservations.other([&prod], None, now), Some(run.clone()));
        reservations.release([&prod, &test], &run);
        assert_eq!(reservations.other([&prod], None, now), None);
    }
}

//! Which run a person means.

use std::path::{Path, PathBuf};

use super::folder::{FolderError, RunFolder, is_journal_path, run_of};
use crate::name::RunId;

/// What stands for the newest run.
const LATEST: &str = "latest";

/// How many runs are named to choose from.
const MOST_NAMED: usize = 5;

/// A run that cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No run was kept yet.
    #[error("no run stands in {folder}")]
    None {
        /// The state folder that was searched.
        folder: PathBuf,
    },
    /// No run's id begins like this.
    #[error("no run in {folder} begins with `{text}`{}", named("; the nearest", nearest))]
    Unknown {
        /// The state folder that was searched.
        folder: PathBuf,
        /// What was asked for.
        text: String,
        /// The runs whose ids begin most like it.
        nearest: Vec<RunId>,
    },
    /// Several runs' ids begin like this.
    #[error("{count} runs begin with `{text}`{}", named("", runs))]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// How many there are.
        count: usize,
        /// The newest of them.
        runs: Vec<RunId>,
    },
    /// It is no id, no start of one and no journal's path.
    #[error("`{text}` is neither a run's id, nor the start of one, nor the path of a .jsonl file")]
    NotARun {
        /// What was asked for.
        text: String,
    },
}

impl FindError {
    /// Returns what to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Folder(_) => "name another folder with --state-dir",
            Self::None { .. } => {
                "apply and destroy keep their runs there; --state-dir names another folder"
            }
            Self::Unknown { .. } | Self::NotARun { .. } => {
                "`xdeploy runs` lists them; `latest` is the newest"
            }
            Self::Ambiguous { .. } => "add a few characters",
        }
    }
}

impl RunFolder {
    /// Returns the journal that `wanted` means: a run's id, the start of one that no other run
    /// shares, `latest` for the newest, or the path of a `.jsonl` file.
    ///
    /// # Errors
    /// If it means none, or several.
    pub fn find(&self, wanted: &str) -> Result<PathBuf, FindError> {
        if is_journal_path(wanted) {
            return Ok(PathBuf::from(wanted));
        }
        Ok(self.journal(&self.find_run(wanted)?))
    }

    /// Returns the run of this folder that `wanted` means: its id, the start of one that no other run shares,
    /// `latest` for the newest, or the path of its journal.
    ///
    /// # Errors
    /// If it means none, or several.
    pub fn find_run(&self, wanted: &str) -> Result<RunId, FindError> {
        let name = Path::new(wanted).file_name().filter(|_| is_journal_path(wanted));
        let of_path = name.and_then(run_of);
        let wanted = of_path.as_ref().map_or(wanted, RunId::as_str);
        let is_start = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase() || c == '-';
        if wanted.is_empty() || !wanted.chars().all(is_start) {
            return Err(FindError::NotARun { text: wanted.to_owned() });
        }
        let runs = self.runs()?;
        let Some(latest) = runs.first() else {
            return Err(FindError::None { folder: self.path().to_owned() });
        };
        if wanted == LATEST {
            return Ok(latest.clone());
        }
        let meant: Vec<&RunId> =
            runs.iter().filter(|run| run.as_str().starts_with(wanted)).collect();
        match meant[..] {
            [run] => Ok(run.clone()),
            [] => Err(FindError::Unknown {
                folder: self.path().to_owned(),
                text: wanted.to_owned(),
                nearest: nearest(wanted, &runs),
            }),
            _ => Err(FindError::Ambiguous {
                text: wanted.to_owned(),
                count: meant.len(),
                runs: meant.into_iter().take(MOST_NAMED).cloned().collect(),
            }),
        }
    }
}

/// Returns the runs whose ids have the longest start in common with `wanted`, if they have any.
fn nearest(wanted: &str, runs: &[RunId]) -> Vec<RunId> {
    let common = |run: &RunId| {
        let pairs = run.as_str().chars().zip(wanted.chars());
        pairs.take_while(|(one, other)| one == other).count()
    };
    let most = runs.iter().map(common).max().unwrap_or(0);
    let near = runs.iter().filter(|run| most > 0 && common(run) == most);
    near.take(MOST_NAMED).cloned().collect()
}

/// Returns a list of runs after its first words; nothing for none.
fn named(start: &str, runs: &[RunId]) -> String {
    let names: Vec<&str> = runs.iter().map(RunId::as_str).collect();
    if names.is_empty() { String::new() } else { format!("{start}: {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds a run among three; returns the name of its journal, or what is said.
    fn found(wanted: &str) -> String {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::of(state.path());
        folder.make().expect("it can be made");
        for run in ["20261123-155602-k3f9", "20261123-160000-aaaa", "20261125-090000-zzzz"] {
            std::fs::write(folder.path().join(format!("{run}.jsonl")), "").expect("it takes files");
        }
        match folder.find(wanted) {
            Ok(path) => path.strip_prefix(folder.path()).unwrap_or(&path).display().to_string(),
            Err(error) => error.to_string().replace(&folder.path().display().to_string(), "RUNS"),
        }
    }

    #[test]
    fn a_run_is_meant_by_its_id_or_a_start_that_no_other_shares() {
        assert_eq!(found("20261123-155602-k3f9"), "20261123-155602-k3f9.jsonl");
        assert_eq!(found("20261123-16"), "20261123-160000-aaaa.jsonl");
        assert_eq!(found("latest"), "20261125-090000-zzzz.jsonl");
        assert_eq!(found("../elsewhere/run.jsonl"), "../elsewhere/run.jsonl");
    }

    #[test]
    fn what_means_none_or_several_is_answered_with_the_nearest() {
        let wanted = ["20261123", "20261124", "9", "../x", "", "latest/..", "a b"];
        insta::assert_snapshot!(wanted.map(found).join("\n"));
    }

    #[test]
    fn where_no_run_stands_that_is_said() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let error = RunFolder::of(state.path()).find(LATEST).expect_err("there is none");
        assert!(error.to_string().starts_with("no run stands in "), "{error}");
        assert!(error.help().contains("--state-dir"));
    }
}

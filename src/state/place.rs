//! Where runs are kept: a folder of this machine, or a place in a bucket with a folder as its working copy.

use super::shared::SharedState;
use crate::foreign;
use crate::journal::RunFolder;

/// Where runs are kept. Cloning it is cheap.
#[derive(Clone, Debug)]
pub enum RunPlace {
    /// A folder of this machine's alone.
    Folder(RunFolder),
    /// A place that a team shares.
    Shared(Box<SharedState>),
}

impl RunPlace {
    /// Returns the folder in which runs stand on this machine.
    pub fn folder(&self) -> &RunFolder {
        match self {
            Self::Folder(folder) => folder,
            Self::Shared(shared) => shared.folder(),
        }
    }

    /// Returns the place as a person names it.
    pub fn shown(&self) -> String {
        match self {
            Self::Folder(folder) => foreign::path(folder.path()),
            Self::Shared(shared) => shared.place().to_string(),
        }
    }

    /// Returns what a team shares, if it does.
    pub fn shared(&self) -> Option<&SharedState> {
        match self {
            Self::Folder(_) => None,
            Self::Shared(shared) => Some(shared),
        }
    }
}

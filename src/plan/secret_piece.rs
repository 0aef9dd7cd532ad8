//! Characters of a secret value, and where they come from: they are kept nowhere, and read anew from there.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Characters of a secret value. They are no part of its serialization, only where they come from is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretPiece {
    /// Where they come from.
    pub source: SecretSource,
    /// The characters; none until they are read anew.
    #[serde(skip)]
    pub text: String,
}

/// Where a part of a secret value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// In a variable of the process's environment.
    Env {
        /// The variable's name.
        name: String,
        /// The file that has a default for it, if one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default_in: Option<PathBuf>,
    },
    /// In a file alone.
    File(PathBuf),
}

/// The characters are never printed.
impl fmt::Debug for SecretPiece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*** of {:?}", self.source)
    }
}

//! Settings of this machine with which AWS cannot be reached: a proxy or a file of certificates.

use std::path::PathBuf;

use crate::foreign;

/// Settings of this machine with which AWS cannot be reached; nothing was sent.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NetworkError {
    /// A variable names no proxy that can be used. Its value may hold a password and is not shown.
    #[error("{variable} does not name a proxy: {reason}")]
    Proxy {
        /// The name of the environment variable.
        variable: &'static str,
        /// A fragment, such as "it has no host".
        reason: String,
    },
    /// The certificate authorities to trust cannot be read.
    #[error("{named_by} names `{path}`, {reason}", path = foreign::path(path))]
    Authorities {
        /// The variable, or the key and its profile.
        named_by: String,
        /// The file of certificates that it names.
        path: PathBuf,
        /// A fragment that follows the path.
        reason: String,
    },
}

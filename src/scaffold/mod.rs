//! The files of a first environment: what `init` writes.
//!
//! [`FirstEnvironment::files`] says what is in them, [`write()`] writes those that are missing, all or none. Who asks for
//! the answers is no matter here.

mod first_environment;
mod new_files;

pub use first_environment::FirstEnvironment;
pub use new_files::{NewFile, NotWritten, WrittenFiles, write};

//! Reading a template from a file, or from a text that is in memory.

use std::path::Path;
use std::sync::Arc;

use super::model::{MOST_BYTES, Template};
use super::sections;
use crate::document::{self, Faults, SourceFile};

impl Template {
    /// Reads the template at `path`.
    ///
    /// # Errors
    /// A file that cannot be read, is over [`MOST_BYTES`] or is not a template: all faults at once.
    pub fn load(path: &Path) -> Result<Self, Faults> {
        Self::parse(document::read(path, MOST_BYTES)?)
    }

    /// Reads the template that `file` holds.
    ///
    /// # Errors
    /// As [`Template::load`].
    pub fn parse(file: Arc<SourceFile>) -> Result<Self, Faults> {
        let root = document::parse(&file)?;
        sections::read(&root, file)
    }
}

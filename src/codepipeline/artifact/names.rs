//! The names in an archive: however one is spelled, it stands for one thing. What only some file systems
//! take for one name, as they tell no case apart, is found when the file is made there.

use std::collections::HashMap;
use std::path::Path;

use super::error::{ArtifactError, MOST_ENTRIES};

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder, whether it has an entry of its own or not.
    Folder,
    /// A file with content of its own.
    File,
    /// A link, which is left out.
    Link,
}

/// What an archive holds so far.
#[derive(Debug, Default)]
pub struct EntryNames {
    /// By places within the folder.
    taken: HashMap<String, (String, EntryKind)>,
}

impl EntryNames {
    /// Takes a place within the folder, of an entry that is called `name`.
    ///
    /// # Errors
    /// If something else stands there, or above it, or there are too many.
    pub fn take(&mut self, path: &Path, kind: EntryKind, name: &str) -> Result<(), ArtifactError> {
        let parts: Vec<String> =
            path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        if parts.is_empty() && kind != EntryKind::Folder {
            return Err(ArtifactError::Twice { name: name.to_owned() });
        }
        for depth in 1..=parts.len() {
            let kind = if depth == parts.len() { kind } else { EntryKind::Folder };
            self.take_one(parts[..depth].join("/"), kind, name)?;
        }
        Ok(())
    }

    fn take_one(
        &mut self,
        place: String,
        kind: EntryKind,
        name: &str,
    ) -> Result<(), ArtifactError> {
        match self.taken.get(&place) {
            None if self.taken.len() >= 2 * MOST_ENTRIES => Err(ArtifactError::TooLarge),
            None => {
                self.taken.insert(place, (name.to_owned(), kind));
                Ok(())
            }
            Some((_, EntryKind::Folder)) if kind == EntryKind::Folder => Ok(()),
            Some((link, EntryKind::Link)) if kind == EntryKind::Folder => {
                let (name, link) = (name.to_owned(), link.clone());
                Err(ArtifactError::BelowLink { name, link })
            }
            Some((other, _)) if other == name => {
                Err(ArtifactError::Twice { name: name.to_owned() })
            }
            Some((other, _)) => {
                let (name, other) = (name.to_owned(), other.clone());
                Err(ArtifactError::Alike { name, other })
            }
        }
    }
}

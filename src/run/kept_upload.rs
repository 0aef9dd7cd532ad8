//! What a kept plan uploads: the content of each object is taken from the file that it was made of, if that is there and
//! as it was then.

use std::path::Path;

use crate::journal::Templates;
use crate::package::{Boundary, PackingStore};
use crate::plan::{Upload, UploadOrigin};

/// Returns the objects that a kept plan uploads; those of which nobody has the content must be in their buckets. Paths
/// are relative to `folder`.
pub(super) fn uploads(
    origins: Vec<UploadOrigin>,
    folder: &Path,
    templates: &Templates,
) -> Vec<Upload> {
    let mut store = PackingStore::default();
    let upload = |origin: UploadOrigin| {
        let found = match origin.packing {
            None => {
                let text = templates.read(&origin.digest).ok();
                text.map(|text| Upload::text(&origin, text))
            }
            Some(packing) => {
                let path = folder.join(&origin.path);
                let packed = store.pack(&path, packing, &Boundary::default()).ok();
                let same = packed.filter(|packed| packed.digest() == origin.digest);
                same.map(|packed| Upload::packed(packed, origin.is_of_template))
            }
        };
        found.unwrap_or_else(|| Upload::away(origin))
    };
    origins.into_iter().map(upload).collect()
}

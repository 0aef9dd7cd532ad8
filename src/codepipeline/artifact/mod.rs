//! Artifacts: zip archives that are unpacked without trust, and made.

mod directory;
mod error;
mod names;
mod pack;
mod unpack;

pub use error::{ArtifactError, MOST_PACKED_BYTES};
pub use pack::pack;
pub use unpack::{LeftOutLink, UnpackedArtifact, unpack};

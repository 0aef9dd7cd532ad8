//! Files, opened and replaced so that nobody else's hand leads elsewhere. No other room opens a file for
//! writing.
//!
//! A [`Folder`] holds files of our own: they are opened through no link, on the way neither, only if they
//! are plain files with one name that belong to us, and are readable by their owner only. What a person
//! [`named`] is theirs: a link there is followed, and a file keeps its mode.
//! What stands in the files is not known here.

mod digest;
mod folder;
pub mod named;
mod own;
mod path;
mod size;
mod temporary;

pub use digest::digest;
pub use folder::{Folder, How};
pub use own::NotOurs;
pub use path::{shortened, stands_in};
pub use size::spoken_bytes;
pub use temporary::temporary;

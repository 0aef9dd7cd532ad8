//! Local paths of a plan's templates: what they lead to is looked at or packed, and the objects that it becomes
//! take their places.
//!
//! Every template is looked through once, however many stacks have it, and written anew for each bucket and Region.
//! From then on nobody knows of local paths: what is sent, compared, kept and put back is the template with its
//! objects.

mod capabilities;
mod contents;
mod located;
mod packing;

pub(in crate::plan) use packing::local_path_faults;
pub use packing::{check_local_paths, local_paths, package};

//! Files and folders made into what is uploaded: a file as it is, or a zip archive.
//!
//! The same content gives the same bytes on every machine: whoever owns the files, when they were written and in
//! which order a folder lists them does not count. Nothing is left out silently: what cannot be packed is an
//! error with its path. What the content is for, and where it goes, is not known here.

mod archive;
mod error;
mod listing;
mod reading;
mod store;
#[cfg(test)]
mod tests;

pub use error::PackError;
pub use listing::Boundary;
pub use store::{Packed, Packing, PackingStore, check};

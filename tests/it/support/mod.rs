//! What tests share, named after what it builds.

pub mod binary;
pub mod client;
pub mod embedded;
pub mod files;
pub mod world;

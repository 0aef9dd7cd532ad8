//! What tests share, named after what it builds.

pub mod sandbox;

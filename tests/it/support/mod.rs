//! What tests share, named after what it builds.

pub mod accounts;
pub mod caller;
pub mod peers;
pub mod workplace;
pub mod world;

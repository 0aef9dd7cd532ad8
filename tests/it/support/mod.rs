//! What integration tests are set up with.

pub mod peers;

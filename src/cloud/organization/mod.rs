//! AWS Organizations: asked slowly which units and accounts there are, and nothing that no pattern can reach.

mod ask;
pub mod client;
mod walk;

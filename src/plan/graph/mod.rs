//! The order of a plan, printed: as text for people, as dot and mermaid for programs that draw.

mod drawing;
mod summary;
#[cfg(test)]
mod tests;
mod text;

pub use drawing::{dot, mermaid};
pub use summary::Summary;
pub use text::text;

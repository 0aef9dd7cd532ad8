//! One self-contained page per run, for a browser without a network.
//!
//! The page is put together from the files in `page/` and the run as compact JSON. Its scripts put
//! every text that came from elsewhere in place as text, never as markup, and its
//! Content-Security-Policy lets nothing run but exactly those scripts, and nothing be fetched.

mod data;
mod drift;
mod plan;
mod render;
mod still;
#[cfg(test)]
mod tests;
mod texts;

pub use drift::drift_html;
pub use plan::plan_html;
pub use render::html;
